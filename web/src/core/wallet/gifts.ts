import { CoreError, type MessageId, type PersonId } from "../api.ts";
import { base64, fromBase64, random } from "../bytes.ts";
import { storedDetail } from "../chats/render.ts";
import type { Sending } from "../chats/sending.ts";
import { cutWords, type PacketCard, SECRET_BYTES, type TransferCard } from "../content/money.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import { type Row, text } from "../store/store.ts";
import type { ActId } from "./api.ts";
import type { Cards } from "./cards.ts";
import type { MoneyTransfer, NewGift, PacketKind, PacketState } from "./gifts-api.ts";
import { GiftsHttp, type ToldPacket } from "./gifts-http.ts";
import { faultOf } from "./proof.ts";
import type { Wallet } from "./wallet.ts";

/** 红包 and 转账: the money goes first, then its card (`Cards`); what nobody takes comes back after a day. */
export class Gifts {
  private readonly http: GiftsHttp;
  /** Packets and transfers in which nothing can change any more. */
  private readonly ended = new Map<MessageId | ActId, PacketState | MoneyTransfer>();

  constructor(
    private readonly session: Session,
    private readonly sending: Sending,
    private readonly wallet: Wallet,
    private readonly cards: Cards,
  ) {
    this.http = new GiftsHttp(session.http);
  }

  /** Throws CoreError as every payment does, or as the chat does: not_a_member, no_consent. */
  async sendPacket(gift: NewGift & { kind: PacketKind; shares: number }): Promise<void> {
    this.sending.open(gift.chat);
    const begun = this.cards.begun(gift.id);
    const secret = begun?.kind === "packet" ? fromBase64(begun.secret) : random(SECRET_BYTES);
    const { id, kind, shares, amountMinor } = gift;
    const approval = await this.wallet.approved({ action: "packet", id, amountMinor, payee: "packet" }, gift.secret);
    const secretHash = digest("hongyan packet secret v1\0", secret);
    const card: PacketCard = {
      kind: "packet",
      id,
      secret: base64(secret),
      commitment: "",
      greeting: cutWords(gift.words),
      mineMinor: 0,
    };
    await this.cards.send(gift.chat, card, async () => {
      const commitment = await this.http.sendPacket({
        id,
        kind,
        shares,
        totalMinor: amountMinor,
        secretHash,
        approval,
      });
      return { ...card, commitment: base64(commitment) };
    });
    await this.wallet.refresh().catch(() => undefined);
  }

  /** To the friend of a direct chat, or to one of a group. Throws CoreError as every payment does. */
  async sendTransfer(gift: NewGift & { payee: PersonId | null }): Promise<void> {
    const payee = gift.payee ?? /^d:(\d+)$/.exec(gift.chat)?.[1];
    if (payee === undefined) throw new CoreError("unexpected");
    this.sending.open(gift.chat);
    const { id, amountMinor } = gift;
    const approval = await this.wallet.approved({ action: "transfer", id, amountMinor, payee }, gift.secret);
    const words = cutWords(gift.words);
    const card: TransferCard = { kind: "transfer", id, words, payee: gift.payee === null ? 0 : Number(payee) };
    await this.cards.send(gift.chat, card, async () => {
      await this.http.sendTransfer(id, payee, amountMinor, approval);
      return card;
    });
    await this.wallet.refresh().catch(() => undefined);
  }

  /** How the packet of a message stands; opens nothing. Throws CoreError. */
  async look(message: MessageId): Promise<PacketState> {
    const ended = this.ended.get(message);
    if (ended !== undefined && "known" in ended) return ended;
    const { card } = this.packetIn(message);
    return this.judged(message, card, await this.http.packet(card.id, card.secret, "look"));
  }

  /** Takes a share, if there is one; what was in it is noted with the message, to hold the server to it. */
  async open(message: MessageId): Promise<PacketState> {
    const { row, card } = this.packetIn(message);
    const told = await this.http.packet(card.id, card.secret, "open");
    const opened = { ...card, mineMinor: card.mineMinor || (told.mineMinor ?? 0) };
    if (opened.mineMinor !== card.mineMinor) this.note(row, opened);
    void this.wallet.refresh().catch(() => undefined);
    return this.judged(message, opened, told);
  }

  async transfer(id: ActId): Promise<MoneyTransfer> {
    const ended = this.ended.get(id);
    if (ended !== undefined && "payee" in ended) return ended;
    return this.keptTransfer(await this.http.transfer(id));
  }

  async answer(id: ActId, how: "accept" | "return"): Promise<MoneyTransfer> {
    const transfer = this.keptTransfer(await this.http.answer(id, how));
    await this.wallet.changed().catch(() => undefined);
    return transfer;
  }

  private keptTransfer(transfer: MoneyTransfer): MoneyTransfer {
    this.knowsCurrency();
    if (transfer.state !== "waiting") this.ended.set(transfer.id, transfer);
    return transfer;
  }

  /** A card is shown with its currency, wherever she comes upon it first. */
  private knowsCurrency(): void {
    if (!this.wallet.state?.asset) void this.wallet.refresh().catch(() => undefined);
  }

  private packetIn(message: MessageId): { row: Row; card: PacketCard } {
    const row = this.session.store.one("SELECT * FROM message WHERE n = ?", [Number(message)]);
    const card = row === undefined ? null : storedDetail(row);
    if (row === undefined || card?.kind !== "packet") throw new CoreError("unexpected");
    return { row, card };
  }

  private note(row: Row, card: PacketCard): void {
    this.session.store.write((tx) => {
      tx.run("UPDATE message SET detail = ? WHERE n = ?", [JSON.stringify(card), Number(row["n"])]);
      tx.touch("chats");
      tx.touch(`messages:${text(row, "chat")}`);
    });
  }

  private judged(message: MessageId, card: PacketCard, told: ToldPacket): PacketState {
    this.knowsCurrency();
    const reader = String(this.session.accountId);
    const fault =
      told.id === card.id ? faultOf(told, fromBase64(card.commitment), reader, card.mineMinor) : "commitment";
    const { id: _id, commitment: _commitment, salt: _salt, ...shown } = told;
    const state: PacketState = { ...shown, greeting: card.greeting, fault };
    if (state.state !== "open") this.ended.set(message, state);
    return state;
  }
}
