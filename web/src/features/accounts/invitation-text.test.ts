import { expect, test } from "vitest";
import { invitationPath } from "./invitation-text.ts";

test.each([
  ["https://goose.example/i#abc-_1.def.ghi", "/i#abc-_1.def.ghi"],
  ["外婆 邀请你加入鸿雁 https://goose.example/i#abc.def.ghi 快来", "/i#abc.def.ghi"],
  ["http://localhost:8080/l#abc.def", "/l#abc.def"],
  ["你好", null],
  ["", null],
])("%s leads to %s", (pasted, path) => {
  expect(invitationPath(pasted)).toBe(path);
});
