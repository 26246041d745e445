import { type UnzipFileInfo, unzipSync } from "fflate";
import { CoreError } from "../api.ts";
import { readText } from "./encoding.ts";
import { type ForeignChat, readForeign } from "./foreign.ts";

/** The chats in a file that somebody chose: one of them, or a zip of several. */

export const FILE_BYTES_MAX = 200 * 1024 * 1024;
/** Of all that a zip holds of chats. */
const OPENED_BYTES_MAX = 400 * 1024 * 1024;
const FILES_MAX = 2_000;
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const READABLE = /\.(html?|csv|json)$/i;

/** Throws CoreError: not_a_chat, import_too_large, zip_broken. */
export async function chatsIn(name: string, content: Blob): Promise<ForeignChat[]> {
  if (content.size > FILE_BYTES_MAX) throw new CoreError("import_too_large");
  const bytes = new Uint8Array(await content.arrayBuffer());
  if (!ZIP.every((byte, i) => bytes[i] === byte)) return [readForeign(name, readText(bytes))];
  const chats = filesIn(bytes).flatMap(([path, inner]) => readOrPass(path, inner));
  if (chats.length === 0) throw new CoreError("not_a_chat");
  return chats;
}

function filesIn(zip: Uint8Array): [string, Uint8Array][] {
  let opened = 0;
  let files = 0;
  const isWanted = ({ name, originalSize }: UnzipFileInfo): boolean => {
    if (!READABLE.test(name) || name.startsWith("__MACOSX/")) return false;
    opened += originalSize;
    files += 1;
    if (opened > OPENED_BYTES_MAX || files > FILES_MAX) throw new CoreError("import_too_large");
    return true;
  };
  try {
    return Object.entries(unzipSync(zip, { filter: isWanted }));
  } catch (error) {
    throw error instanceof CoreError ? error : new CoreError("zip_broken");
  }
}

/** A zip holds other things, too: an index, a style, a note. */
function readOrPass(path: string, bytes: Uint8Array): ForeignChat[] {
  try {
    return [readForeign(path, readText(bytes))];
  } catch (error) {
    if (error instanceof CoreError) return [];
    throw error;
  }
}
