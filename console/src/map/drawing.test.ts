import { describe, expect, it } from "vitest";
import type { MapOf, Replay } from "../types";
import { along, headOf, mixed, pathOf, stretches, waitShare, widthOf } from "./drawing";

describe("the map's geometry", () => {
  it("rounds corners and ends where the line ends", () => {
    expect(pathOf([[0, 0], [20, 0], [20, 20]])).toBe("M0 0L14 0Q20 0 20 6L20 20");
    expect(pathOf([])).toBe("");
    expect(headOf([[0, 0], [10, 0]], 5)).toContain("M10 0");
  });
  it("grows with the logarithm of the count", () => {
    expect(widthOf(0, 100)).toBeCloseTo(1.2);
    expect(widthOf(100, 100)).toBeCloseTo(7);
    expect(widthOf(10, 100)).toBeGreaterThan(widthOf(5, 100));
  });
  it("places waiting between a minute and the longest", () => {
    expect(waitShare(10, 86_400)).toBe(0);
    expect(waitShare(86_400, 86_400)).toBe(1);
    expect(mixed("#000000", "#ffffff", 0.5)).toBe("#808080");
  });
  it("walks along a way by share of its length", () => {
    expect(along([[0, 0], [10, 0], [10, 10]], 0.75)).toEqual([10, 5]);
    expect(along([[0, 0], [10, 0]], 1)).toEqual([10, 0]);
  });
  it("moves a case only between activities that the map shows", () => {
    const node = (name: string) => ({ name, count: 1, cases: 1, processing: null, x: 0, y: 0, width: 1, height: 1, rows: [name] });
    const map = { nodes: [node("a"), node("b")], edges: [{ source: 0, target: 1, lines: [[[0, 0], [5, 0]]], label: [2, 0], count: 1 }] } as unknown as MapOf;
    const replay: Replay = { activities: ["a", "hidden", "b"], since: 0, length: 10, cases: [[[0, 0, 1], [1, 2, 3], [2, 6, 7]]] };
    expect(stretches(map, replay)).toEqual([{ begin: 1, end: 6, way: [[0, 0], [5, 0]] }]);
  });
});
