/** What a packet's result says beyond the server's answer. Pure. */
import type { PacketState } from "../../core/api.ts";

/** What the server takes at most; amounts in minor units. */
export const PACKET_SHARES_MAX = 500;
export const PACKET_SHARE_AVERAGE_MAX = 20_000;
export const GIFT_WORDS_MAX = 60;

/** The place of 手气最佳: the largest share of a lucky packet that is all taken, the first of equals; null otherwise. */
export function bestOf({
  kind,
  state,
  shares,
  known,
}: Pick<PacketState, "kind" | "state" | "shares" | "known">): number | null {
  if (kind !== "lucky" || state !== "taken" || shares < 2) return null;
  const [first, ...rest] = [...known].sort((a, b) => a.place - b.place);
  if (first === undefined) return null;
  return rest.reduce((best, share) => (share.amountMinor > best.amountMinor ? share : best), first).place;
}

const UNITS = [
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
] as const;

/** "3 分钟" of what lasted that long; at least one second. */
export function sinceSent(ms: number, language: string): string {
  const [size, unit] = UNITS.find(([length]) => ms >= length) ?? [1_000, "second"];
  const count = Math.max(1, Math.round(ms / size));
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
}
