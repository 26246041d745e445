import { expect, test } from "vitest";
import { addressesIn, cardOf, judge } from "./links.ts";

test.each([
  ["看这个 https://example.org/a?b=1#c。很好", ["https://example.org/a?b=1#c"]],
  ["（https://example.org/饺子）", ["https://example.org/饺子"]],
  ["See https://example.org/a, and http://b.example.", ["https://example.org/a", "http://b.example"]],
  ["没有链接 example.org", []],
  ["javascript:alert(1) data:text/html,x", []],
  ["https://", []],
])("addresses in %s", (text, urls) => {
  expect(addressesIn(text).map(({ url }) => url)).toEqual(urls);
});

test("one address with words beside it makes a card; two make none", () => {
  expect(cardOf("怎么包饺子\nhttps://example.org/x")).toEqual({ url: "https://example.org/x", title: "怎么包饺子" });
  expect(cardOf("https://a.example https://b.example")).toBeNull();
  expect(cardOf("没有")).toBeNull();
});

test.each([
  "http://localhost:8080/",
  "http://127.0.0.1/",
  "http://2130706433/",
  "http://0x7f.1/",
  "http://192.168.1.1/admin",
  "http://172.20.0.1",
  "http://10.1.2.3",
  "http://169.254.169.254/latest",
  "http://100.64.0.1",
  "http://[::1]/",
  "http://[fe80::1]/",
  "http://[fd00::1]/",
  "http://[::ffff:192.168.0.1]/",
  "http://router/",
  "http://nas.local/",
  "http://printer.home.arpa/",
])("%s is an inner address", (url) => {
  expect(judge(url).inner).toBe(true);
});

test.each(["https://example.org/", "http://8.8.8.8/", "https://172.32.0.1/", "https://[2001:db8::1]/"])(
  "%s is not an inner address",
  (url) => {
    expect(judge(url).inner).toBe(false);
  },
);

test.each([
  ["https://аpple.com/", true], // Cyrillic а
  ["https://xn--pple-43d.com/", true],
  ["https://wеixin.qq.com/", true],
  ["https://例子.中国/", false],
  ["https://weixin中.example/", true],
  ["https://example.org/аpple", false], // only the host matters
])("%s looks like another: %s", (url, lookalike) => {
  expect(judge(url).lookalike).toBe(lookalike);
});

test("the real host is told, not what stands before an @", () => {
  expect(judge("https://weixin.qq.com@evil.example/login")).toMatchObject({ host: "evil.example", disguised: true });
  expect(judge("https://аpple.com/").host).toBe("xn--pple-43d.com");
});
