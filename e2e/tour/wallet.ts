/** The community's own money: between people here, at the shop and in the books in wallet-shop.ts. */

import type { Key } from "../../web/src/i18n/message.ts";
import type { Person } from "../person.ts";
import { confirms, has, issues, opensCurrency, PIN, setsPin } from "../wallet.ts";
import type { Album } from "./album.ts";
import type { Cast } from "./cast.ts";
import { addressIn, pays, shopping, truth } from "./wallet-shop.ts";

const TABLE = "外婆的寿宴";

export async function wallet({ town, lan, mei, bo }: Cast, album: Album): Promise<void> {
  album.begin("钱包", "The wallet");
  const wang = await town.friendOf(lan, "老王");
  const grandma = await town.arrives("外婆", { care: true });
  await grandma.joins(await lan.showsCode());
  for (const friend of ["老王", "外婆"]) await lan.isFriendOf(friend);
  await opensCurrency(lan);
  await Promise.all([lan, mei, bo, wang, grandma].map((one) => setsPin(one)));
  await lan.goes("/wallet/treasury");
  await lan.button("treasury.appoint").click();
  await lan.answersLine("小梅");
  await lan.seesWords("treasury.appointed");
  await issues(lan, "外婆", "200", "敬老慰问");
  await issues(lan, "老王", "100", "修好了楼下的路灯");
  for (const one of ["小梅", "阿波"]) await issues(lan, one, "300", "楼道打扫补贴");
  await has(mei, "300.00");
  await issues(mei, "阿兰", "600", "办邻里聚餐的经费");
  await has(lan, "600.00");
  await album.keep(
    lan,
    "wallet-home",
    "钱包：用社区自己发的货币，在“我”的“服务”里",
    "The wallet, for the community's own currency",
  );
  await transfer(lan, mei, album);
  await packet(lan, [mei, bo, wang, grandma], album);
  await split(lan, [mei, bo], album);
  await codes(lan, mei, bo, album);
  await shopping({ lan, mei, bo, wang, grandma }, album);
  await truth(lan, album);
}

function card(person: Person, words: string) {
  return person.page.getByRole("article").getByRole("link", { name: words });
}

async function fills(person: Person, label: Key, yuan: string): Promise<void> {
  await person.page.getByLabel(person.t(label)).fill(yuan);
}

async function transfer(lan: Person, mei: Person, album: Album): Promise<void> {
  await lan.talksWith("小梅");
  await lan.says("昨天的菜钱我转给你");
  await lan.opensMore("more.transfer");
  await fills(lan, "wallet.amount", "66.5");
  await lan.field("gift.words_label").fill("菜钱");
  await lan.button("gift.transfer").click();
  await confirms(lan, PIN.slice(0, 4));
  await album.keep(
    lan,
    "wallet-pin",
    "付给谁、付多少，看清了再输支付密码",
    "To whom and how much, then the payment PIN",
  );
  await confirms(lan);
  await card(lan, "菜钱").waitFor();
  await mei.talksWith("阿兰");
  await card(mei, "菜钱").click();
  await mei.button("gift.accept").waitFor();
  await album.keep(mei, "wallet-accept", "收到转账：收款，或者退还", "A transfer arrives: to be taken or given back");
  await mei.button("gift.accept").click();
  await mei.seesWords("gift.accepted_you");
  await mei.page.goBack();
  await mei.says("收到啦，周末见");
  await card(lan, lan.t("gift.card_accepted")).waitFor();
  await lan.reads("周末见");
  await album.keep(lan, "wallet-transfer", "对方收没收，聊天里就看得到", "The chat tells whether it was taken");
}

async function packet(lan: Person, others: readonly Person[], album: Album): Promise<void> {
  const words = "外婆八十大寿，大家同乐";
  await lan.makesGroup(
    TABLE,
    others.map(({ name }) => name),
  );
  await lan.opensMore("more.packet");
  await lan.field("gift.count").fill("5");
  await fills(lan, "gift.total", "88");
  await lan.field("gift.greeting").fill(words);
  await album.keep(
    lan,
    "wallet-packet",
    "发红包：拼手气，或者每人一样多",
    "A red packet: shares by luck, or all the same",
  );
  await lan.button("gift.put_in").click();
  await confirms(lan);
  await card(lan, words).waitFor();
  for (const one of others) {
    await one.opensChats();
    await one.talksWith(TABLE);
    await opensPacket(one, words, one === others[0] ? album : null);
  }
  await opensPacket(lan, words, null);
  await lan.seesWords("gift.proof_fair");
  await album.keep(
    lan,
    "wallet-shares",
    "谁领了多少、谁手气最佳；公不公平，你的设备会验证",
    "Who got what; one's own device proves that the draw was fair",
  );
}

async function opensPacket(person: Person, words: string, album: Album | null): Promise<void> {
  await card(person, words).click();
  await person.button("gift.open_label").waitFor();
  await album?.keep(person, "wallet-open", "收到红包，点一下“开”", "A tap on the gold seal opens it");
  await person.button("gift.open_label").click();
  await person.seesWords("gift.in_wallet");
}

async function split(lan: Person, payers: readonly Person[], album: Album): Promise<void> {
  await lan.talksWith(TABLE);
  await lan.opensMore("more.split");
  await lan.field("collect.title").fill("寿宴的饭钱");
  await fills(lan, "collect.total", "240");
  await lan.page.getByRole("checkbox", { name: "外婆" }).uncheck();
  await lan.seesWords("collect.equal_text", { count: 4, amount: "¥60.00" });
  await lan.button("collect.start").click();
  await card(lan, "寿宴的饭钱").waitFor();
  for (const one of payers) {
    await one.talksWith(TABLE);
    await card(one, "寿宴的饭钱").click();
    await one.button("collect.pay").click();
    await confirms(one);
    await one.seesWords("collect.you_paid");
  }
  await card(lan, "寿宴的饭钱").click();
  await lan.seesWords("collect.received", { paid: "¥120.00", all: "¥180.00" });
  await album.keep(lan, "wallet-split", "AA 收款：谁付了，谁还没付", "A bill split: who has paid, and who has not yet");
}

async function codes(lan: Person, mei: Person, bo: Person, album: Album): Promise<void> {
  await lan.goes("/wallet/pay");
  const shown = lan.page.getByRole("img", { name: /^付款码/ });
  const asked = await addressIn(shown);
  await lan.seesWords("charge.small");
  await album.keep(
    lan,
    "wallet-pay-code",
    "付款码：每分钟换一次，只能用一次",
    "The code to pay by: new every minute, good for once",
  );
  await bo.goes(asked);
  await fills(bo, "charge.amount", "15");
  await bo.button("charge.go").click();
  await bo.seesWords("charge.waiting");
  await confirms(lan);
  await bo.seesWords("charge.done", { name: "阿兰" });
  await lan.goes("/wallet/receive");
  await mei.goes(await addressIn(lan.page.getByRole("img", { name: lan.t("pay.code_label", { name: "阿兰" }) })));
  await pays(mei, "12.5");
  await lan.sees(lan.t("pay.arrived_from", { name: "小梅", amount: "¥12.50" }));
  await album.keep(
    lan,
    "wallet-receive",
    "二维码收款：钱一到就显示，还会读出来",
    "The code to be paid by; what arrives is shown and spoken",
  );
}
