/** The one voice message that is played; where each was stopped is kept while the app is open. */
import type { Core, MessageId } from "../../../core/api.ts";
import { tError } from "../../../i18n/language.svelte.ts";
import { codeOf } from "../../../ui/attempt.ts";
import { remember, remembered } from "../../../ui/preferences.svelte.ts";
import { toast } from "../../../ui/toast.svelte.ts";

export const SPEEDS = [1, 1.5, 2] as const;

class Player {
  id = $state<MessageId | null>(null);
  playing = $state(false);
  /** 0 to 1 of the message that is played. */
  share = $state(0);
  speed = $state(SPEEDS.find((speed) => String(speed) === remembered("voice-speed")) ?? 1);

  #audio: HTMLAudioElement | null = null;
  #address = "";
  readonly #places = new Map<MessageId, number>();

  /** Plays it, or pauses it; another one that plays gives way. `ms`: its length, as a recording may not know it. */
  async press(core: Core, id: MessageId, ms: number): Promise<void> {
    if (this.id === id && this.#audio !== null) {
      if (this.playing) this.#audio.pause();
      else await this.#audio.play().catch(() => this.stop());
      return;
    }
    await this.#play(core, id, ms);
  }

  async #play(core: Core, id: MessageId, ms: number): Promise<void> {
    this.stop();
    this.id = id;
    let content: Blob;
    try {
      content = await core.call("media", { id });
    } catch (error) {
      if (this.id === id) this.id = null;
      toast(tError(codeOf(error)));
      return;
    }
    if (this.id !== id) return; // another was pressed meanwhile
    void core.call("hear", { id });
    this.#address = URL.createObjectURL(content);
    const audio = new Audio(this.#address);
    this.#audio = audio;
    audio.playbackRate = this.speed;
    audio.onplay = () => {
      this.playing = true;
    };
    audio.onpause = () => {
      this.playing = false;
    };
    audio.ontimeupdate = () => {
      this.#places.set(id, audio.currentTime);
      this.share = ms === 0 ? 0 : Math.min(1, (audio.currentTime * 1000) / ms);
    };
    audio.onended = () => {
      this.#places.delete(id);
      void this.#next(core, id);
    };
    audio.onerror = () => {
      this.stop();
      toast(tError("media_broken"));
    };
    const from = this.#places.get(id) ?? 0;
    if (from > 0) audio.currentTime = from;
    await audio.play().catch(() => this.stop());
  }

  /** The next one that was not heard plays by itself. */
  async #next(core: Core, id: MessageId): Promise<void> {
    this.stop();
    const next = await core.call("nextVoice", { id }).catch(() => null);
    if (next !== null && this.id === null) await this.#play(core, next.id, next.ms);
  }

  faster(): void {
    const place = SPEEDS.indexOf(this.speed);
    this.speed = SPEEDS[(place + 1) % SPEEDS.length] ?? 1;
    remember("voice-speed", String(this.speed));
    if (this.#audio !== null) this.#audio.playbackRate = this.speed;
  }

  stop(): void {
    const audio = this.#audio;
    this.#audio = null;
    if (audio !== null) {
      audio.onpause = null;
      audio.onerror = null;
      audio.pause();
      audio.removeAttribute("src");
      URL.revokeObjectURL(this.#address);
    }
    this.id = null;
    this.playing = false;
    this.share = 0;
  }
}

export const player = new Player();
