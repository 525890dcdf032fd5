import { describe, expect, it } from "vitest";
import type { Words } from "../words";
import { added, described, readFilters, without, written } from "./filters";

const words: Words = { language: "zh", t: (zh) => zh, say: (text) => (typeof text === "string" ? text : (text?.zh ?? "")) };

describe("filters", () => {
  it("come back from the address as they went in", () => {
    const filters = added(added([], { kind: "having", activities: ["审批"] }), { kind: "following", first: "a", then: "b" });
    expect(readFilters(written(filters))).toEqual(filters);
    expect(written([])).toBe("");
  });
  it("are none where the address holds something else", () => {
    expect(readFilters("{")).toEqual([]);
    expect(readFilters('[1, null, {"kind": "cases", "names": []}]')).toEqual([{ kind: "cases", names: [] }]);
  });
  it("stand once, and one variant takes the place of another", () => {
    const once = added(added([], { kind: "variant", ranks: [0] }), { kind: "variant", ranks: [3] });
    expect(once).toEqual([{ kind: "variant", ranks: [3] }]);
    expect(added(once, { kind: "variant", ranks: [3] })).toHaveLength(1);
    expect(without(once, 0)).toEqual([]);
  });
  it("are said in words", () => {
    expect(described({ kind: "variant", ranks: [0, 1] }, words)).toBe("走法 1、2");
    expect(described({ kind: "lasting", least: 86_400 }, words)).toBe("历时 ≥ 1.0\u2009天");
    expect(described({ kind: "between", since: Date.UTC(2026, 0, 1) * 1000, until: Date.UTC(2026, 1, 1) * 1000 }, words)).toBe("期间 2026-01-01 – 2026-02-01");
  });
});
