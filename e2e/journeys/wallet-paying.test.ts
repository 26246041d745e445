/** 付款码: bo shows his code, lan scans it and asks for 12.50, bo confirms with his PIN. */

import { it } from "vitest";
import { scan } from "../qr.ts";
import { confirms, has, withMoney } from "../wallet.ts";
import { useTown } from "./use-town.ts";

const town = useTown();

it("bo's payment code is charged by lan once he agrees", async () => {
  const lan = await town().owner("阿兰");
  const bo = await town().friendOf(lan, "阿波");
  await withMoney(lan, [bo]);
  await bo.goes("/wallet/pay");
  const link = await scan(bo.page.getByRole("img", { name: /^付款码/ }));
  await lan.goes(new URL(link).pathname + new URL(link).hash);
  await lan.page.getByLabel(lan.t("charge.amount")).fill("12.5");
  await lan.button("charge.go").click();
  await lan.seesWords("charge.waiting");
  await confirms(bo);
  await lan.seesWords("charge.done", { name: "阿波" });
  await has(bo, "87.50");
  await has(lan, "112.50");
});
