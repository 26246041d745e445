import { expect, it } from "vitest";
import { CSR_CHARACTERS_MAX, flawOf } from "./certificate.ts";

const CSR = "-----BEGIN CERTIFICATE REQUEST-----\nMIIC\n-----END CERTIFICATE REQUEST-----\n";

it("sends a request, in the old words of openssl too", () => {
  expect(flawOf(CSR)).toBe(null);
  expect(flawOf(CSR.replaceAll("CERTIFICATE", "NEW CERTIFICATE"))).toBe(null);
});

it("sends no private key, of any kind, and beside a request neither", () => {
  for (const kind of ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "private key"])
    expect(flawOf(`${CSR}-----BEGIN ${kind}-----\nMIIE\n`)).toBe("private");
});

it("sends nothing that is none", () => {
  for (const wrong of ["", "你好", CSR.replaceAll(" REQUEST", ""), CSR + " ".repeat(CSR_CHARACTERS_MAX)])
    expect(flawOf(wrong)).toBe("unusable");
});
