/** Walks through everything people do every day and takes its picture: `./dev tour [chapter]`. */

import { Town } from "../town.ts";
import { Album } from "./album.ts";
import { care } from "./care.ts";
import { type Cast, gather } from "./cast.ts";
import { chats } from "./chats.ts";
import { groups } from "./groups.ts";
import { me } from "./me.ts";
import { media } from "./media.ts";
import { safe } from "./safe.ts";
import { searching } from "./searching.ts";
import { talking } from "./talking.ts";
import { wallet } from "./wallet.ts";

const CHAPTERS: Readonly<Record<string, (cast: Cast, album: Album) => Promise<void>>> = {
  talking,
  media,
  groups,
  chats,
  searching,
  safe,
  me,
  wallet,
  care,
};

export async function main(args: readonly string[] = []): Promise<number> {
  const only = args[0];
  const album = await Album.open(only);
  for (const [name, walk] of Object.entries(CHAPTERS)) {
    if (only !== undefined && only !== name) continue;
    const town = await Town.found();
    try {
      await walk(await gather(town), album);
    } finally {
      await town.ends();
    }
  }
  await album.write();
  return 0;
}
