/** Figures as people read them. Money is fen, durations are seconds, instants are microseconds UTC or ISO text. */
import type { Language } from "./words";

const ABSENT = "–";

export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return ABSENT;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function share(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined || !Number.isFinite(value) ? ABSENT : `${number(value * 100, digits)} %`;
}

/** A relative change with its sign: −0.31 is "−31 %". A true minus sign, as tables need. */
export function change(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return ABSENT;
  const rounded = Math.round(value * 100);
  return rounded === 0 ? "±0 %" : `${rounded > 0 ? "+" : "−"}${number(Math.abs(rounded))} %`;
}

type Unit = { seconds: number; zh: string; en: string };
const UNITS: readonly Unit[] = [
  { seconds: 86_400, zh: "天", en: "d" },
  { seconds: 3_600, zh: "小时", en: "h" },
  { seconds: 60, zh: "分", en: "min" },
  { seconds: 1, zh: "秒", en: "s" },
];

export function duration(seconds: number | null | undefined, language: Language): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return ABSENT;
  const [value, unit] = durationParts(seconds, language);
  return `${value}\u2009${unit}`;
}

/** The figure and its unit apart, for big figures. */
export function durationParts(seconds: number, language: Language): [string, string] {
  const size = Math.abs(seconds);
  const last: Unit = { seconds: 1, zh: "秒", en: "s" };
  const unit = UNITS.find((one) => size >= one.seconds) ?? last;
  const value = seconds / unit.seconds;
  return [number(value, Math.abs(value) < 10 && unit.seconds > 1 ? 1 : 0), unit[language]];
}

export function hours(value: number | null | undefined, language: Language): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return ABSENT;
  const digits = Math.abs(value) < 10 ? 1 : 0;
  return `${number(value, digits)}\u2009${language === "zh" ? "小时" : "h"}`;
}

/** Fen as yuan; large amounts in 万 or thousands and millions. */
export function money(fen: number | null | undefined, language: Language): string {
  if (fen === null || fen === undefined || !Number.isFinite(fen)) return ABSENT;
  const yuan = fen / 100;
  const size = Math.abs(yuan);
  if (language === "zh") {
    if (size >= 1e8) return `${number(yuan / 1e8, 2)}\u2009亿元`;
    if (size >= 1e5) return `${number(yuan / 1e4, size >= 1e6 ? 0 : 1)}\u2009万元`;
    return `${number(yuan, size < 1000 ? 2 : 0)}\u2009元`;
  }
  if (size >= 1e6) return `¥${number(yuan / 1e6, 2)}\u2009m`;
  if (size >= 1e5) return `¥${number(yuan / 1e3, 0)}\u2009k`;
  return `¥${number(yuan, size < 1000 ? 2 : 0)}`;
}

function moment(at: number | string): Date {
  return new Date(typeof at === "number" ? at / 1000 : at);
}

function parts(at: number | string, zone: string): Record<string, string> {
  const found = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    second: "2-digit", hourCycle: "h23",
  }).formatToParts(moment(at));
  return Object.fromEntries(found.map((part) => [part.type, part.value]));
}

/** The day in the bank's zone, as 2026-03-01: one form in both languages. */
export function day(at: number | string | null | undefined, zone: string): string {
  if (!at) return ABSENT;
  const found = parts(at, zone);
  return `${found.year}-${found.month}-${found.day}`;
}

/** The minute in the bank's zone. */
export function minute(at: number | string | null | undefined, zone: string): string {
  if (!at) return ABSENT;
  const found = parts(at, zone);
  return `${found.year}-${found.month}-${found.day} ${found.hour}:${found.minute}`;
}

/** How long ago, or in how long, in one figure. */
export function ago(at: number | string | null | undefined, now: number, language: Language): string {
  if (!at) return ABSENT;
  const seconds = (now - moment(at).getTime()) / 1000;
  const text = duration(Math.max(1, Math.abs(seconds)), language);
  if (seconds >= 0) return language === "zh" ? `${text}前` : `${text} ago`;
  return language === "zh" ? `${text}后` : `in ${text}`;
}

/** A figure of the redesign in its own unit (s, fen, share, count, per-day). */
export function figure(value: number | null | undefined, unit: string, language: Language): string {
  switch (unit) {
    case "s": return duration(value, language);
    case "fen": return money(value, language);
    case "share": return share(value, value !== null && value !== undefined && Math.abs(value) < 0.1 ? 1 : 0);
    case "per-day": return `${number(value, 1)}${language === "zh" ? "\u2009件/日" : " a day"}`;
    default: return number(value, value !== null && value !== undefined && Math.abs(value) < 10 ? 2 : 0);
  }
}
