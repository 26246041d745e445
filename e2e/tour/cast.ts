/** Who is in the tour: 阿兰, whose telephone is shown, and those she talks to. */

import type { Page } from "playwright-core";
import type { Made } from "../made.ts";
import type { Person } from "../person.ts";
import type { Town } from "../town.ts";

export interface Cast {
  town: Town;
  lan: Person;
  mei: Person;
  bo: Person;
}

/** Three friends with a chat each, and microphones and cameras that may be used. */
export async function gather(town: Town): Promise<Cast> {
  const lan = await town.owner("阿兰");
  const mei = await town.friendOf(lan, "小梅");
  const bo = await town.friendOf(lan, "阿波");
  for (const person of [lan, mei, bo]) await person.context.grantPermissions(["microphone", "camera"]);
  for (const friend of [mei, bo]) await lan.isFriendOf(friend.name);
  return { town, lan, mei, bo };
}

/** A photo such as people send: something large on a coloured ground. */
export async function photo(page: Page, name: string, what: string, hue: number, tall = false): Promise<Made> {
  const bytes = await page.evaluate(
    async ([thing, colour, high]) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = high ? [900, 1200] : [1200, 900];
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("no canvas");
      const ground = context.createLinearGradient(0, 0, canvas.width, canvas.height);
      ground.addColorStop(0, `hsl(${colour} 65% 72%)`);
      ground.addColorStop(1, `hsl(${colour + 40} 60% 48%)`);
      context.fillStyle = ground;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.font = "460px sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(thing, canvas.width / 2, canvas.height / 2);
      const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.9));
      return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))];
    },
    [what, hue, tall] as const,
  );
  return { name, mimeType: "image/jpeg", buffer: Buffer.from(bytes) };
}
