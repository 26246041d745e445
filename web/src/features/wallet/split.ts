/** How a bill is shared. Pure; amounts in minor units. */

/** The equal share of each of `count` people: rounded up, so that who paid the bill is out of pocket by nothing. */
export function equalShare(totalMinor: number, count: number): number {
  return Math.ceil(totalMinor / count);
}
