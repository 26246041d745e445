import { BACKUP } from "./schema/backup.ts";
import { CARDS } from "./schema/cards.ts";
import { ENCLOSED } from "./schema/enclosed.ts";
import { FAVOURITES } from "./schema/favourites.ts";
import { FOLLOWING } from "./schema/following.ts";
import { GROUPS } from "./schema/groups.ts";
import { HANDED } from "./schema/handed.ts";
import { HANDING } from "./schema/handing.ts";
import { HELP } from "./schema/help.ts";
import { MEDIA } from "./schema/media.ts";
import { MESSAGES } from "./schema/messages.ts";
import { PART_FILES } from "./schema/part_files.ts";
import { PROFILES } from "./schema/profiles.ts";
import { SEARCH } from "./schema/search.ts";
import { SIGNS } from "./schema/signs.ts";
import { SPACE } from "./schema/space.ts";
import { STICKERS } from "./schema/stickers.ts";
import { V1 } from "./schema/v1.ts";

/** The store's tables, one script a version; forward only. A table's purpose stands above it. */
export const SCHEMA: readonly string[] = [
  V1,
  MESSAGES,
  SEARCH,
  BACKUP,
  FAVOURITES,
  GROUPS,
  MEDIA,
  SIGNS,
  PROFILES,
  HELP,
  STICKERS,
  SPACE,
  HANDING,
  HANDED,
  FOLLOWING,
  ENCLOSED,
  PART_FILES,
  CARDS,
];
