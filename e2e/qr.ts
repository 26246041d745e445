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

/** Something may pass over the code for a moment; who holds a camera waits. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 200;

/** The text of the code that `picture` shows. */
export async function scan(picture: Locator): Promise<string> {
  prepared ??= prepare();
  await prepared;
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const [found] = await readBarcodes(await picture.screenshot(), { formats: ["QRCode"] });
    if (found !== undefined) return found.text;
    if (Date.now() > end) throw new Error("no code can be read on the screen");
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}
