import { expect, it } from "vitest";
import { dueTone } from "./inbox-due";

it("colours a due date by what is left", () => {
  const now = Date.parse("2026-11-21T10:00:00Z");
  expect(dueTone("2026-11-21T09:59:59Z", now)).toBe("bad");
  expect(dueTone("2026-11-21T13:00:00Z", now)).toBe("warn");
  expect(dueTone("2026-11-22T10:00:00Z", now)).toBe("quiet");
});
