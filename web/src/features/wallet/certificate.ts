/** What can be seen of a certificate request before it is sent [SH11]. */

export const CSR_CHARACTERS_MAX = 8_192;

export type Flaw = "private" | "unusable";

/** What keeps a text from being sent; null if nothing does. A private key leaves the device for nobody. */
export function flawOf(text: string): Flaw | null {
  if (/PRIVATE KEY/i.test(text)) return "private";
  if (text.length > CSR_CHARACTERS_MAX || !text.includes("CERTIFICATE REQUEST-----")) return "unusable";
  return null;
}
