/** Characters in a group's name, as typed; the core refuses what is longer in bytes. */
export const NAME_LONGEST = 40;
export const NICKNAME_LONGEST = 20;
export const ANNOUNCEMENT_LONGEST = 2_000;
