import { afterEach, describe, expect, it } from "vitest";
import { canDictate, dictate } from "./dictation.ts";

/** A browser's recogniser, as far as it is used; `started` tells what was asked of it. */
function browserWith({ local, has }: { local: boolean; has: string }): { started: object[] } {
  const seen: { started: object[] } = { started: [] };
  class SpeechRecognition {
    lang = "";
    onresult: ((heard: object) => void) | null = null;
    onend: (() => void) | null = null;
    start(): void {
      seen.started.push({ ...this });
      this.onresult?.({ results: [[{ transcript: "我到家" }], [{ transcript: "了" }]] });
    }
    stop(): void {
      this.onend?.();
    }
    static available(): Promise<string> {
      return Promise.resolve(has);
    }
  }
  if (local) Reflect.set(SpeechRecognition.prototype, "processLocally", false);
  Reflect.set(globalThis, "SpeechRecognition", SpeechRecognition);
  return seen;
}

afterEach(() => Reflect.deleteProperty(globalThis, "SpeechRecognition"));

describe("speech becomes text", () => {
  it.each([
    ["no recogniser", null, false],
    ["one that can only send it away", { local: false, has: "available" }, false],
    ["one that would have to fetch the language first", { local: true, has: "downloadable" }, false],
    ["one that has it here", { local: true, has: "available" }, true],
  ])("%s", async (_what, browser, can) => {
    if (browser !== null) browserWith(browser);
    expect(await canDictate("zh-CN")).toBe(can);
  });

  it("is understood on the device, and nowhere else", () => {
    const { started } = browserWith({ local: true, has: "available" });
    const heard: string[] = [];
    let ended = 0;
    const stop = dictate(
      "zh-CN",
      (text) => heard.push(text),
      () => (ended += 1),
    );
    stop();
    expect(heard).toEqual(["我到家了"]);
    expect(ended).toBe(1);
    expect(started).toMatchObject([{ lang: "zh-CN", processLocally: true }]);
  });

  it("never begins where it would be sent to a service", () => {
    const { started } = browserWith({ local: false, has: "available" });
    dictate(
      "zh-CN",
      () => undefined,
      () => undefined,
    );
    expect(started).toEqual([]);
  });
});
