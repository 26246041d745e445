import { equal, hex } from "../bytes.ts";
import type { Directory } from "../devices/directory.ts";
import type { Commits } from "../groups/commits.ts";
import type { Conversation, Conversations } from "../groups/conversations.ts";
import { NotThere } from "../http.ts";
import { configFor, joinExternally, newKeyPackage, peekGroupInfo, Unusable } from "../mls/group.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import type { Link } from "../sync/link.ts";
import type { Outbox } from "../sync/outbox.ts";

/** Groups in which this device lost its way are joined anew by external commit [HL2] [DS9]. */

export class Rejoin {
  private readonly working = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly directory: Directory,
    private readonly conversations: Conversations,
    private readonly commits: Commits,
    private readonly outbox: Outbox,
    private readonly link: Link,
  ) {}

  async tend(): Promise<void> {
    if (!this.link.ready) return;
    for (const conversation of this.conversations.withStatus("broken", this.session.clock.now())) {
      const key = hex(conversation.groupId);
      if (this.working.has(key) || this.commits.isPending(conversation.groupId)) continue;
      this.working.add(key);
      try {
        await this.rejoin(conversation);
      } catch (error) {
        if (error instanceof NotThere) this.notThere(conversation);
        else this.session.store.write((tx) => this.conversations.postpone(tx, conversation));
      } finally {
        this.working.delete(key);
      }
    }
  }

  private async rejoin(conversation: Conversation): Promise<void> {
    const { groupId } = conversation;
    const { groupInfo, roster } = await this.session.http.groupInfo(groupId);
    const own = await newKeyPackage(this.session.device);
    // Leaves of accounts that no longer exist have no certificate; they can neither send nor receive.
    const lenient = configFor(async (key) => {
      await this.directory.isCertified(key);
      return true;
    });
    await this.session.turn.run(async () => {
      const now = this.conversations.find(groupId);
      if (now?.status !== "broken" || this.commits.isPending(groupId)) return;
      if (this.isAlone(groupInfo, conversation)) return;
      const joined = await joinExternally(groupInfo, own, lenient);
      if (hex(joined.next.groupContext.groupId) !== hex(groupId)) throw new Unusable("another group's GroupInfo");
      const me = this.session.deviceId;
      const removed = joined.replacedOwnLeaf || roster.includes(me) ? [me] : [];
      this.commits.dispatch(groupId, joined, { external: true, added: [me], removed });
    });
  }

  /**
   * A group of this device only (the self group, as a rule) cannot be joined anew: there is nobody to join. A state of
   * its epoch is as good as ever, for nobody else has one; a lost state is replaced when another device has come.
   */
  private isAlone(groupInfo: Uint8Array, conversation: Conversation): boolean {
    const { epoch, leaves } = peekGroupInfo(groupInfo);
    const [only] = leaves;
    if (leaves.length !== 1 || only === undefined || !equal(only, this.session.device.signatureKey)) return false;
    const { groupId } = conversation;
    this.session.store.write((tx) => {
      if (this.states.epochOf(groupId) !== epoch) {
        this.conversations.postpone(tx, conversation);
        return;
      }
      this.conversations.setStatus(tx, groupId, "active");
      tx.run("UPDATE conversation SET ask_since_ms = NULL WHERE group_id = ?", [groupId]);
    });
    return true;
  }

  /** The server knows no such group, or none for this account: a chat of two is made anew, a group is gone. */
  private notThere(conversation: Conversation): void {
    const { groupId, kind, person } = conversation;
    this.session.store.write((tx) => {
      this.states.forget(groupId);
      if (kind === "group") {
        this.conversations.setStatus(tx, groupId, "gone");
        this.outbox.failAll(tx, groupId);
        return;
      }
      this.conversations.setStatus(tx, groupId, "wanted");
      if (person !== null) this.commits.wish(tx, groupId, { what: "add", account: person });
      this.conversations.postpone(tx, conversation, 2_000);
    });
  }
}
