import type { Engine } from "../engine.ts";
import type { WalletCommands } from "./api.ts";

/** Each command of the wallet, handed to the part that does it. */

export type WalletHandlers = {
  [K in keyof WalletCommands]: (argument: WalletCommands[K][0]) => Promise<WalletCommands[K][1]>;
};

export function walletHandlers(engine: () => Engine): WalletHandlers {
  const wallet = () => engine().wallet;
  const gifts = () => engine().gifts;
  return {
    sendPacket: (gift) => gifts().sendPacket(gift),
    lookAtPacket: ({ message }) => gifts().look(message),
    openPacket: ({ message }) => gifts().open(message),
    sendTransfer: (gift) => gifts().sendTransfer(gift),
    moneyTransfer: ({ id }) => gifts().transfer(id),
    answerTransfer: ({ id, how }) => gifts().answer(id, how),
    walletRefresh: () => wallet().refresh(),
    passkeyAsked: async () => wallet().passkeyAsked,
    allowPasskeys: ({ pin }) => wallet().allowPasskeys(pin),
    setPaymentPin: ({ pin, old }) => wallet().setPin(pin, old),
    receiveLink: ({ amountMinor, remark, renew }) => wallet().paying.receiveLink(amountMinor, remark, renew),
    payeeOf: ({ link }) => wallet().paying.payee(link),
    payCode: ({ id, link, amountMinor, secret }) => wallet().paying.payCode(id, link, amountMinor, secret),
    paymentPinForgotten: ({ waits }) => wallet().pinForgotten(waits),
    setLimits: ({ dayMinor, monthMinor }) => wallet().setLimits(dayMinor, monthMinor),
    familyCards: () => wallet().family.cards(),
    giveFamilyCard: ({ id, person, limitMinor, secret }) => wallet().family.give(id, person, limitMinor, secret),
    endFamilyCard: ({ person, got }) => wallet().family.end(person, got),
    askMoney: (wanted) => wallet().paying.ask(wanted),
    collection: ({ id }) => wallet().paying.collection(id),
    payPart: ({ collection, amountMinor, secret }) => wallet().paying.payPart(collection, amountMinor, secret),
    closeCollection: ({ id }) => wallet().paying.close(id),
    showPayCode: ({ fresh }) => wallet().payCodes.show(fresh),
    smallAmounts: () => wallet().payCodes.small(),
    allowSmall: ({ id, secret }) => wallet().payCodes.allowSmall(id, secret),
    forbidSmall: () => wallet().payCodes.forbidSmall(),
    takeByCode: ({ id, code, amountMinor }) => wallet().payCodes.take(id, code, amountMinor),
    payClaim: ({ id }) => wallet().payCodes.claim(id),
    confirmClaim: ({ claim, secret }) => wallet().payCodes.pay(claim, secret),
    refuseClaim: ({ id }) => wallet().payCodes.refuse(id),
    shops: () => wallet().shops.list(),
    openShop: ({ id, name }) => wallet().shops.open(id, name),
    shopStaff: ({ shop, person, works }) => wallet().shops.staff(shop, person, works),
    shopLink: async ({ shop, order }) => wallet().shops.link(shop, order),
    shopOrders: ({ shop }) => wallet().shops.orders(shop),
    makeOrder: ({ shop, no, amountMinor, description }) => wallet().shops.make(shop, no, amountMinor, description),
    closeOrder: ({ order }) => wallet().shops.close(order),
    refundOrder: ({ id, order, amountMinor, reason, secret }) =>
      wallet().shops.refund(id, order, amountMinor, reason, secret),
    topUps: () => wallet().topUps.list(),
    beginTopUp: ({ id, rail, amountMinor }) => wallet().topUps.begin(id, rail, amountMinor),
    topUp: ({ id }) => wallet().topUps.look(id),
    cancelTopUp: ({ id }) => wallet().topUps.cancel(id),
    oddTopUps: () => wallet().topUps.odd(),
    shopWebhook: ({ shop }) => wallet().shops.webhook(shop),
    putShopWebhook: ({ shop, url }) => wallet().shops.putWebhook(shop, url),
    removeShopWebhook: ({ shop }) => wallet().shops.removeWebhook(shop),
    tryShopWebhook: ({ shop }) => wallet().shops.tryWebhook(shop),
    shopCertificates: ({ shop }) => wallet().certificates.list(shop),
    enrolCertificate: ({ id, shop, csr, secret }) => wallet().certificates.enrol(id, shop, csr, secret),
    revokeCertificate: ({ shop, serial }) => wallet().certificates.revoke(shop, serial),
    platformCertificate: () => wallet().certificates.platform(),
    closeShop: ({ shop }) => wallet().shops.closeShop(shop),
    takeFromShop: ({ id, shop, amountMinor, secret }) => wallet().shops.take(id, shop, amountMinor, secret),
    shopReport: ({ shop, month, offsetMinutes }) => wallet().shops.report(shop, month, offsetMinutes),
    counterOf: ({ link }) => wallet().shops.counter(link),
    payShop: ({ id, counter, amountMinor, card, secret }) => wallet().shops.pay(id, counter, amountMinor, card, secret),
    openWallet: ({ name, symbol }) => wallet().treasury.open(name, symbol),
    treasury: () => wallet().treasury.books(),
    treasuryActs: ({ before }) => wallet().treasury.acts(before),
    treasuryMove: ({ move, secret }) => wallet().treasury.move(move, secret),
    treasuryConfirm: ({ act, secret }) => wallet().treasury.confirm(act, secret),
    treasuryRefuse: ({ id }) => wallet().treasury.refuse(id),
    setTreasuryCaps: (caps) => wallet().treasury.setCaps(caps),
    appointTreasurer: ({ person, treasurer }) => wallet().treasury.appoint(person, treasurer),
    freezePurse: ({ person, frozen, reason }) => wallet().treasury.freeze(person, frozen, reason),
    checkBooks: () => wallet().books.check(),
    checkTransfer: ({ id }) => wallet().books.checkTransfer(id),
    walletBill: (wanted) => wallet().http.bill(wanted),
  };
}
