/** Real pictures made in the browser of a test, so that none has to be kept in the repository. */

import type { Page } from "playwright-core";

export interface Made {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A picture of coloured noise and stripes, which no encoder makes very small. */
export async function picture(
  page: Page,
  name: string,
  { width = 2400, height = 1800, type = "image/jpeg", hue = 200 } = {},
): Promise<Made> {
  const bytes = await page.evaluate(
    async ({ w, h, mime, colour }) => {
      const canvas = document.createElement("canvas");
      canvas.width = w;
      canvas.height = h;
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("no canvas");
      for (let y = 0; y < h; y += 24) {
        for (let x = 0; x < w; x += 24) {
          context.fillStyle = `hsl(${(colour + ((x * 7 + y * 13) % 90)) % 360} 70% ${35 + ((x * y) % 40)}%)`;
          context.fillRect(x, y, 24, 24);
        }
      }
      context.fillStyle = "#fff";
      context.font = `${Math.round(h / 6)}px sans-serif`;
      context.fillText("鸿雁 ↑", w / 10, h / 2);
      const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, mime, 0.92));
      return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))];
    },
    { w: width, h: height, mime: type, colour: hue },
  );
  return { name, mimeType: type, buffer: Buffer.from(bytes) };
}

/** A file that says it is a PNG of 60,000 × 60,000 pixels, and would be, once decoded. */
export function bomb(): Made {
  const head = Buffer.alloc(64);
  Buffer.from("89504e470d0a1a0a0000000d49484452", "hex").copy(head);
  head.writeUInt32BE(60_000, 16);
  head.writeUInt32BE(60_000, 20);
  return { name: "bomb.png", mimeType: "image/png", buffer: head };
}

/** A picture of one point that blinks. */
export function blinking(name: string): Made {
  const screen = "0100010080000000c060ffffff";
  const forEver = "21ff0b4e45545343415045322e300301000000";
  const frames = ["4401", "4c01"].map((lzw) => `21f904040a0000002c0000000001000100000202${lzw}00`);
  return {
    name,
    mimeType: "image/gif",
    buffer: Buffer.from(`474946383961${screen}${forEver}${frames.join("")}3b`, "hex"),
  };
}

interface Film {
  ms?: number;
  /** Of noise, which no encoder makes small: about a megabyte in two seconds. */
  large?: boolean;
  type?: string;
}

/** A film of a second or two, of a square that wanders; in the browser's own format. */
export async function film(
  page: Page,
  name: string,
  { ms = 1_500, large = false, type = "video/webm" }: Film = {},
): Promise<Made> {
  const base64 = await page.evaluate(
    async ({ length, noisy, mime }) => {
      const canvas = document.createElement("canvas");
      canvas.width = 320;
      canvas.height = 240;
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("no canvas");
      const noise = context.createImageData(320, 240);
      const bitrate = noisy ? { videoBitsPerSecond: 5_000_000 } : {};
      const recorder = new MediaRecorder(canvas.captureStream(15), { mimeType: mime, ...bitrate });
      const parts: Blob[] = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const ended = new Promise((done) => {
        recorder.onstop = done;
      });
      recorder.start();
      const startedMs = performance.now();
      while (performance.now() - startedMs < length) {
        const at = (performance.now() - startedMs) / length;
        context.fillStyle = "#1d8a4e";
        context.fillRect(0, 0, 320, 240);
        if (noisy) {
          for (let i = 0; i < noise.data.length; i++) noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 256;
          context.putImageData(noise, 0, 0);
        }
        context.fillStyle = "#fff";
        context.fillRect(at * 280, 100, 40, 40);
        await new Promise((done) => setTimeout(done, 50));
      }
      recorder.stop();
      await ended;
      const reader = new FileReader();
      const read = new Promise((done) => {
        reader.onload = done;
      });
      reader.readAsDataURL(new Blob(parts));
      await read;
      return String(reader.result).split(",")[1] ?? "";
    },
    { length: ms, noisy: large, mime: type },
  );
  return { name, mimeType: type.split(";")[0] ?? type, buffer: Buffer.from(base64, "base64") };
}
