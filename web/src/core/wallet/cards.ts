import { type ChatId, CoreError } from "../api.ts";
import { base64 } from "../bytes.ts";
import type { Sending } from "../chats/sending.ts";
import type { MoneyCard } from "../content/money.ts";
import type { Session } from "../session.ts";
import { integer, type Row, text } from "../store/store.ts";
import type { ActId } from "./api.ts";
import { GiftsHttp } from "./gifts-http.ts";

/**
 * The cards of money, each sent once after its money has moved, whatever breaks between [GF9].
 *
 * A row of `card_due` is written before the request leaves. The transaction that stores the card's message erases
 * it. One that is left over is settled by asking the server about the act: if it is there, its card goes; if it is
 * not, and its approval cannot be used any more, the row goes.
 */

const ASK_EVERY_MS = 30_000;
/** An approval is good for two minutes [WA8]; a request may be on its way for a little longer. */
const MOVES_WITHIN_MS = 3 * 60_000;
/** By then the money is back [GF2] [GF7]. */
const DUE_KEPT_MS = 86_400_000;

export class Cards {
  private readonly http: GiftsHttp;
  private readonly underWay = new Map<ActId, Promise<void>>();
  private readonly sent = new Set<ActId>();
  private askAtMs = 0;

  constructor(
    private readonly session: Session,
    private readonly sending: Sending,
  ) {
    this.http = new GiftsHttp(session.http);
  }

  /** The card with which this act was begun, while it is on its way. */
  begun(id: ActId): MoneyCard | null {
    const row = this.session.store.one("SELECT card FROM card_due WHERE id = ?", [id]);
    return row === undefined ? null : cardOf(row);
  }

  /**
   * Lets `move` move the money, and sends the card that it answers. The same act again sends none twice.
   * Throws what `move` throws, and as the chat does: not_a_member, no_consent, storage_full.
   */
  async send(chat: ChatId, card: MoneyCard, move: () => Promise<MoneyCard>): Promise<void> {
    this.sending.open(chat);
    for (let before = this.underWay.get(card.id); before !== undefined; before = this.underWay.get(card.id)) {
      await before.catch(() => undefined);
    }
    if (this.sent.has(card.id)) return;
    this.session.store.write((tx) => {
      tx.run("INSERT OR REPLACE INTO card_due (id, chat, card, at_ms) VALUES (?, ?, ?, ?)", [
        card.id,
        chat,
        JSON.stringify(card),
        this.now(),
      ]);
    });
    await this.alone(card.id, async () => this.hand(chat, await move()));
  }

  /** There is a connection again: what was left over is asked for at once. */
  hurry(): void {
    this.askAtMs = 0;
  }

  /** Settles what an earlier request, or an earlier life of this app, left over. */
  tend(): void {
    if (this.now() < this.askAtMs) return;
    this.askAtMs = this.now() + ASK_EVERY_MS;
    for (const row of this.session.store.all("SELECT * FROM card_due ORDER BY at_ms")) {
      const id = text(row, "id");
      // Offline or no room: it is asked again.
      if (!this.underWay.has(id)) void this.alone(id, () => this.settle(row)).catch(() => undefined);
    }
  }

  private async settle(row: Row): Promise<void> {
    const card = cardOf(row);
    const ageMs = this.now() - integer(row, "at_ms");
    if (ageMs > DUE_KEPT_MS) return this.forget(card.id);
    let moved: MoneyCard;
    try {
      moved = await this.asked(card);
    } catch (error) {
      if (error instanceof CoreError && error.code === "act_unknown" && ageMs > MOVES_WITHIN_MS) this.forget(card.id);
      return;
    }
    await this.hand(text(row, "chat"), moved);
  }

  /** The card as it goes, once the server knows the act. Throws CoreError: `act_unknown`, offline. */
  private async asked(card: MoneyCard): Promise<MoneyCard> {
    switch (card.kind) {
      case "packet":
        return { ...card, commitment: base64((await this.http.packet(card.id, card.secret, "look")).commitment) };
      case "transfer":
        await this.http.transfer(card.id);
        return card;
      case "collection":
        await this.session.http.ask("GET", `/wallet/collections/${card.id}`);
        return card;
    }
  }

  private async hand(chat: ChatId, detail: MoneyCard): Promise<void> {
    const saying = { text: "", carried: { detail, thumb: null }, quote: null, mentions: [] };
    await this.sending.send(chat, saying, (tx) => {
      tx.run("DELETE FROM card_due WHERE id = ?", [detail.id]);
    });
    this.sent.add(detail.id);
  }

  private forget(id: ActId): void {
    this.session.store.write((tx) => {
      tx.run("DELETE FROM card_due WHERE id = ?", [id]);
    });
  }

  private async alone(id: ActId, work: () => Promise<void>): Promise<void> {
    const working = work().finally(() => this.underWay.delete(id));
    this.underWay.set(id, working);
    await working;
  }

  private now(): number {
    return Math.round(this.session.clock.now());
  }
}

function cardOf(row: Row): MoneyCard {
  return JSON.parse(text(row, "card")) as MoneyCard;
}
