/** Characters in a group's name, as typed; the core refuses what is longer in bytes. */
export const NAME_LONGEST = 40;
