/** What the owner reads of each thing that is looked at: a sentence, and how bad it is. */
import type { HealthCheck, HealthLevel } from "../../core/api.ts";
import { bytesInWords } from "../../i18n/bytes.ts";
import { language, t } from "../../i18n/language.svelte.ts";

const DAY_S = 86_400;
const CLOCK_YELLOW_MS = 30_000;
const CLOCK_RED_MS = 300_000;

/** What was found, and what to do about it. */
export function sentenceOf({ checked, level, value, whole }: HealthCheck): string {
  const grade = level === "unknown" ? "yellow" : level;
  switch (checked) {
    case "disk": {
      const [free, all] = [bytesInWords(value, language.code), bytesInWords(whole, language.code)];
      return t(`admin.disk_${grade}`, { free, whole: all });
    }
    case "writer":
      return grade === "green"
        ? t("admin.writer_green")
        : t(`admin.writer_${grade}`, { waiting: value, failed: whole });
    case "connections":
      return t(`admin.connections_${grade}`, { count: value, whole });
    case "errors":
      return grade === "green" ? t("admin.errors_green") : t("admin.errors_yellow", { count: value });
    case "push":
      if (whole === 0) return t("admin.push_none");
      return grade === "green"
        ? t("admin.push_green", { count: whole })
        : t("admin.push_red", { failing: value, whole });
    case "backup":
      if (level === "unknown") return t("admin.backup_unknown");
      if (value < DAY_S) return t("admin.backup_today");
      return t(grade === "green" ? "admin.backup_green" : "admin.backup_red", { count: Math.floor(value / DAY_S) });
  }
}

/** How far the server's clock and this device's are apart; which one is wrong nobody can say. */
export function clockLevel(offByMs: number): HealthLevel {
  const off = Math.abs(offByMs);
  return off >= CLOCK_RED_MS ? "red" : off >= CLOCK_YELLOW_MS ? "yellow" : "green";
}

/** For all together; what nobody knows is to be looked at. */
export function worst(levels: readonly HealthLevel[]): HealthLevel {
  if (levels.includes("red")) return "red";
  return levels.includes("yellow") || levels.includes("unknown") ? "yellow" : "green";
}

export function uptimeInWords(seconds: number): string {
  if (seconds >= DAY_S) return t("admin.days", { count: Math.floor(seconds / DAY_S) });
  if (seconds >= 3_600) return t("admin.hours", { count: Math.floor(seconds / 3_600) });
  return t("admin.minutes", { count: Math.floor(seconds / 60) });
}
