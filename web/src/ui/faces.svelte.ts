/** The pictures and words that people have chosen for themselves, for whoever draws a person anywhere. */
import { untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { Core, PersonId, Profile } from "../core/api.ts";

interface Held {
  version: number;
  url: string;
}

class Faces {
  #profiles = $state.raw<ReadonlyMap<PersonId, Profile>>(new Map());
  #held = new SvelteMap<PersonId, Held>();
  #asked = new Map<PersonId, number>();
  #core: Core | null = null;

  /** What is known now; called with each change. */
  know(core: Core, profiles: readonly Profile[]): void {
    this.#core = core;
    const now = new Map(profiles.map((profile) => [profile.id, profile]));
    this.#profiles = now;
    for (const [id, { url }] of untrack(() => [...this.#held])) {
      if (now.get(id)?.hasPicture === true) continue;
      this.#held.delete(id);
      this.#asked.delete(id);
      URL.revokeObjectURL(url);
    }
  }

  status(id: PersonId): string {
    return this.#profiles.get(id)?.status ?? "";
  }

  /** Where her picture is; null when she has none, or until it has been brought. */
  url(id: PersonId): string | null {
    const profile = this.#profiles.get(id);
    if (profile === undefined || !profile.hasPicture) return null;
    if (this.#asked.get(id) !== profile.version) {
      this.#asked.set(id, profile.version);
      void this.#bring(id, profile.version);
    }
    return this.#held.get(id)?.url ?? null;
  }

  async #bring(id: PersonId, version: number): Promise<void> {
    const bytes = await this.#core?.call("face", { id }).catch(() => null);
    if (!bytes || this.#asked.get(id) !== version) return;
    const before = this.#held.get(id);
    // The core takes nothing but JPEGs of harmless size.
    const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "image/jpeg" }));
    this.#held.set(id, { version, url });
    if (before !== undefined) URL.revokeObjectURL(before.url);
  }
}

export const faces = new Faces();
