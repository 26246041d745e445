/** Reads QR codes out of pictures. Arrives, with its WebAssembly from our own address, when the scanner opens. */
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasmAddress from "zxing-wasm/reader/zxing_reader.wasm?url";

let prepared = false;

/** The text of the first code in the picture, null if there is none. */
export async function readCode(picture: ImageData): Promise<string | null> {
  if (!prepared) {
    prepareZXingModule({
      overrides: {
        locateFile: (name: string, folder: string) => (name.endsWith(".wasm") ? wasmAddress : folder + name),
      },
    });
    prepared = true;
  }
  const found = await readBarcodes(picture, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 });
  const text = found.find((code) => code.isValid)?.text ?? "";
  return text === "" ? null : text;
}

/** Draws a frame or a picture small enough to be read quickly. */
export function pixelsOf(source: CanvasImageSource, width: number, height: number): ImageData | null {
  const LONGEST_SIDE_PX = 1280;
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (pen === null) return null;
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
