import { expect, it } from "vitest";
import { useTown } from "./world/town.ts";

const town = useTown();

it("asks somebody met in a group, and by a code, though she is not found by name [CT4]", async () => {
  const { lan } = town;
  const [mei, bo] = [await town.friend("mei"), await town.friend("bo")];
  const chat = await lan.call("createGroup", { people: [mei.id, bo.id], name: "楼里的" });
  await mei.until("group", { chat }, (details) => details?.members.length === 3);
  await bo.call("setWaysToMe", { byName: false, byCode: false, byGroup: false });
  const asked = { id: bo.id, greeting: "我住三楼" };
  await expect(mei.call("findPerson", { name: "bo" })).rejects.toMatchObject({ code: "person_unknown" });
  await expect(mei.call("requestFriend", asked)).rejects.toMatchObject({ code: "person_unknown" });

  await bo.call("setWaysToMe", { byName: false, byCode: false, byGroup: true });
  expect(await bo.call("waysToMe", undefined)).toEqual({ byName: false, byCode: false, byGroup: true });
  expect(await mei.call("requestFriend", asked)).toBe("requested");
  await bo.until("requests", undefined, (requests) =>
    requests.some(({ person, greeting }) => person.id === mei.id && greeting === "我住三楼"),
  );

  const { link } = await mei.call("myCode", undefined);
  await mei.call("setWaysToMe", { byName: false, byCode: true, byGroup: false });
  const wang = await town.friend("wang");
  expect(await wang.call("requestFriend", { link, greeting: "刚扫的" })).toBe("friends");
  await mei.chatWith(wang);
});
