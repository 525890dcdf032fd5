/** Filters as the address carries them: added by a click, taken away by a click, said in words. */
import { duration } from "../format";
import type { Filter } from "../types";
import type { Words } from "../words";

export function written(filters: readonly Filter[]): string {
  return filters.length ? JSON.stringify(filters) : "";
}

/** The filters in an address; what is none is left out. */
export function readFilters(text: string | null): Filter[] {
  if (!text) return [];
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) ? found.filter((one): one is Filter => typeof one === "object" && one !== null && "kind" in one) : [];
  } catch {
    return [];
  }
}

/** One more filter; the same twice is once, and one variant choice takes the place of another. */
export function added(filters: readonly Filter[], one: Filter): Filter[] {
  const text = JSON.stringify(one);
  const kept = filters.filter((other) => JSON.stringify(other) !== text && !(one.kind === other.kind && (one.kind === "variant" || one.kind === "between" || one.kind === "lasting")));
  return [...kept, one];
}

export function without(filters: readonly Filter[], place: number): Filter[] {
  return filters.filter((_, k) => k !== place);
}

const MICRO = 1e6;

export function described(one: Filter, { t, language }: Words): string {
  switch (one.kind) {
    case "having": return t(`包含 ${one.activities.join("、")}`, `with ${one.activities.join(", ")}`);
    case "without": return t(`不含 ${one.activities.join("、")}`, `without ${one.activities.join(", ")}`);
    case "starting": return t(`开始于 ${one.activities.join("、")}`, `starting with ${one.activities.join(", ")}`);
    case "ending": return t(`结束于 ${one.activities.join("、")}`, `ending with ${one.activities.join(", ")}`);
    case "following": return `${one.first} → ${one.then}`;
    case "variant": return t(`走法 ${one.ranks.map((rank) => rank + 1).join("、")}`, `variant ${one.ranks.map((rank) => rank + 1).join(", ")}`);
    case "between": return t(`期间 ${iso(one.since)} – ${iso(one.until)}`, `period ${iso(one.since)} – ${iso(one.until)}`);
    case "lasting": {
      const least = one.least ? `≥ ${duration(one.least, language)}` : "";
      const below = one.below ? `< ${duration(one.below, language)}` : "";
      return t(`历时 ${least} ${below}`, `lasting ${least} ${below}`).trim();
    }
    case "attribute": return `${one.name} ${one.values ? `= ${one.values.join(", ")}` : `${one.low ?? ""}–${one.high ?? ""}`}`;
    case "cases": return t(`${one.names.length} 个指定案件`, `${one.names.length} chosen cases`);
  }
}

function iso(at: number): string {
  return new Date(at / (MICRO / 1000)).toISOString().slice(0, 10);
}
