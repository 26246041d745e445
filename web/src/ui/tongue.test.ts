import { describe, expect, it } from "vitest";
import { sentencesOf, tongueOf, type Voice, voiceFor } from "./tongue.ts";

function voice(lang: string, localService = true, isDefault = false): Voice & { name: string } {
  return { name: `${lang}${localService ? "" : " of a service"}`, lang, localService, default: isDefault };
}

describe("the language of a text", () => {
  it.each([
    ["晚上回来吃饭吗", "zh-Hans", "zh-CN"],
    ["晚上回來吃飯嗎", "zh-Hant", "zh-TW"],
    ["明天 meeting 改到 3 点", "en", "zh-CN"],
    ["See you on Friday!", "zh-Hans", "en-US"],
    ["こんにちは、世界", "zh-Hans", "ja-JP"],
    ["안녕하세요", "zh-Hans", "ko-KR"],
    ["138 0013", "zh-Hans", "zh-CN"],
    ["👍", "en", "en-US"],
  ])("%s for a reader of %s is %s", (text, reader, tongue) => {
    expect(tongueOf(text, reader)).toBe(tongue);
  });
});

describe("the voice", () => {
  it("is one of the device, never of a service, however well that would fit", () => {
    expect(voiceFor([voice("zh-CN", false, true)], "zh-CN")).toBeNull();
    expect(voiceFor([voice("zh-CN", false), voice("zh-TW")], "zh-CN")?.lang).toBe("zh-TW");
    expect(voiceFor([], "zh-CN")).toBeNull();
  });

  it("is the nearest one: the same place, Mandarin by another name, then Cantonese", () => {
    const all = [voice("zh-HK"), voice("cmn-CN"), voice("zh_CN"), voice("en-US", true, true)];
    expect(voiceFor(all, "zh-CN")?.lang).toBe("zh_CN");
    expect(voiceFor([voice("zh-HK"), voice("cmn-CN")], "zh-CN")?.lang).toBe("cmn-CN");
    expect(voiceFor([voice("zh-HK")], "zh-CN")?.lang).toBe("zh-HK");
    expect(voiceFor([voice("en-US", true, true)], "zh-CN")).toBeNull();
    expect(voiceFor([voice("en-GB"), voice("en-AU", true, true)], "en-US")?.lang).toBe("en-AU");
  });
});

describe("sentences", () => {
  it("end where a reader takes breath, and very long ones are cut", () => {
    expect(sentencesOf("你好！吃了吗？\n来吧。")).toEqual(["你好！", "吃了吗？", "来吧。"]);
    const long = sentencesOf("哈".repeat(500));
    expect(long.map((piece) => piece.length)).toEqual([160, 160, 160, 20]);
    expect(long.join("")).toBe("哈".repeat(500));
    expect(sentencesOf("  \n ")).toEqual([]);
  });
});
