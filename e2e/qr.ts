/** Reads the QR code on a screen as a camera would: from its pixels. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Locator } from "playwright-core";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

let prepared: Promise<unknown> | null = null;

async function prepare(): Promise<void> {
  const path = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm");
  const wasm = await readFile(path);
  const wasmBinary = wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength);
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
}

/** The text of the code that `picture` shows. */
export async function scan(picture: Locator): Promise<string> {
  prepared ??= prepare();
  await prepared;
  const found = await readBarcodes(await picture.screenshot(), { formats: ["QRCode"] });
  const text = found[0]?.text;
  if (text === undefined) throw new Error("no code can be read on the screen");
  return text;
}
