/** Starts the worker, as the app does, and hands its words to whoever drives the browser. */

import type { Figures } from "./worker.ts";

declare global {
  var measureSearch: (messages: number) => Promise<Figures>;
  /** Given by whoever drives the browser. */
  var told: (what: string) => void;
}

globalThis.measureSearch = (messages) =>
  new Promise((done, failed) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onerror = (event) => failed(new Error(event.message));
    worker.onmessage = ({ data }: MessageEvent<{ told: string } | { figures: Figures } | { failed: string }>) => {
      if ("told" in data) told(data.told);
      else if ("failed" in data) failed(new Error(data.failed));
      else done(data.figures);
    };
    worker.postMessage(messages);
  });
