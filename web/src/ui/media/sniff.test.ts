import { expect, test } from "vitest";
import { moves, sniff } from "./sniff.ts";

function bytes(hex: string, length = 64): Uint8Array {
  const all = new Uint8Array(length);
  all.set(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  return all;
}

const ascii = (text: string): string => [...text].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");

const PNG = `89504e470d0a1a0a0000000d${ascii("IHDR")}00000640000002580806000000${"00".repeat(4)}`;

test.each([
  ["png", `89504e470d0a1a0a0000000d${ascii("IHDR")}0000064000000258`, "image/png", 1600, 600],
  ["gif", `${ascii("GIF89a")}40012c01`, "image/gif", 320, 300],
  [
    "jpeg behind what a camera wrote",
    "ffd8ffe100081122334455 66ffc0001108025803200301".replace(" ", ""),
    "image/jpeg",
    800,
    600,
  ],
  ["lossy webp", `${ascii("RIFF")}00000000${ascii("WEBPVP8 ")}000000000000009d012a20034b02`, "image/webp", 800, 587],
  [
    "extended webp",
    `${ascii("RIFF")}00000000${ascii("WEBPVP8X")}0a00000010000000ff0300ff0200`,
    "image/webp",
    1024,
    768,
  ],
  [
    "lossless webp",
    `${ascii("RIFF")}00000000${ascii("WEBPVP8L")}000000002f ff c0 3f 00`.replaceAll(" ", ""),
    "image/webp",
    256,
    256,
  ],
  ["a film", `00000018${ascii("ftypisom")}`, "video/mp4", 0, 0],
  [
    "a still in a film's box",
    `00000018${ascii("ftypavif")}00000000${ascii("ispe")}0000000000000400000002d0`,
    "image/avif",
    1024,
    720,
  ],
  ["webm", "1a45dfa3", "video/webm", 0, 0],
  ["ogg", ascii("OggS"), "audio/ogg", 0, 0],
])("%s is known by its bytes", (_, hex, type, width, height) => {
  expect(sniff(bytes(hex))).toEqual({ type, width, height });
});

test("words, nothing, and a page with a picture's name are nothing that is shown", () => {
  expect(sniff(new TextEncoder().encode("<html><script>alert(1)</script></html>    "))).toBeNull();
  expect(sniff(new Uint8Array())).toBeNull();
});

test.each([
  ["a GIF", `${ascii("GIF89a")}40012c01`, true],
  ["an extended webp with frames", `${ascii("RIFF")}00000000${ascii("WEBPVP8X")}0a00000002000000ff0300ff0200`, true],
  ["an extended webp without", `${ascii("RIFF")}00000000${ascii("WEBPVP8X")}0a00000010000000ff0300ff0200`, false],
  ["a PNG with frames", `${PNG}00000008${ascii("acTL")}000000020000000000000000`, true],
  ["a PNG without", `${PNG}00000008${ascii("IDAT")}0000000200000000${"00".repeat(4)}00000008${ascii("acTL")}`, false],
  ["a JPEG", "ffd8ffe0", false],
])("whether it moves: %s", (_, hex, expected) => {
  expect(moves(bytes(hex, 96))).toBe(expected);
});
