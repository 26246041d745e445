/** "0:07", "12:30": how long a recording is. Pure. */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const FAMILIES: readonly [RegExp, string][] = [
  [/^(docx?|odt|pages|rtf)$/, "#3b6fd6"],
  [/^(xlsx?|ods|csv|numbers)$/, "#1d8a4e"],
  [/^(pptx?|odp|key)$/, "#c8541d"],
  [/^pdf$/, "#c4302b"],
  [/^(zip|rar|7z|gz|tar|xz)$/, "#8a6414"],
  [/^(mp3|m4a|wav|flac|ogg|opus)$/, "#7a3fb8"],
];

/** What stands on a file's icon, and its colour, by the ending of its name. */
export function endingOf(name: string): { ending: string; colour: string } {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1] ?? "";
  const colour = FAMILIES.find(([pattern]) => pattern.test(ending.toLowerCase()))?.[1] ?? "#6b7480";
  return { ending: ending.toUpperCase(), colour };
}
