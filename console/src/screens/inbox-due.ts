const SOON_MS = 4 * 3_600_000;

/** The tone of a due date: over is bad, within four hours is a warning. */
export function dueTone(due: string, now: number): "bad" | "warn" | "quiet" {
  const left = Date.parse(due) - now;
  return left < 0 ? "bad" : left < SOON_MS ? "warn" : "quiet";
}
