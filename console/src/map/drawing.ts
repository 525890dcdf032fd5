/** Pure geometry of the map: paths with round corners, widths, colours, where a case is on its way. */
import type { MapEdge, MapOf, Point, Replay } from "../types";

const CORNER = 6;

/** An SVG path along right-angled points, corners rounded. */
export function pathOf(line: readonly Point[]): string {
  const first = line[0];
  if (!first) return "";
  let path = `M${first[0]} ${first[1]}`;
  for (let k = 1; k < line.length; k++) {
    const here = line[k];
    const before = line[k - 1];
    const next = line[k + 1];
    if (!here || !before) continue;
    if (!next) {
      path += `L${here[0]} ${here[1]}`;
      continue;
    }
    const into = Math.min(CORNER, distance(before, here) / 2);
    const out = Math.min(CORNER, distance(here, next) / 2);
    const [a, b] = [towards(here, before, into), towards(here, next, out)];
    path += `L${a[0]} ${a[1]}Q${here[0]} ${here[1]} ${b[0]} ${b[1]}`;
  }
  return path;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function towards(from: Point, to: Point, by: number): Point {
  const whole = distance(from, to) || 1;
  return [from[0] + ((to[0] - from[0]) * by) / whole, from[1] + ((to[1] - from[1]) * by) / whole];
}

/** The arrow head at the end of a line, `size` long. */
export function headOf(line: readonly Point[], size: number): string {
  const tip = line.at(-1);
  const before = line.at(-2);
  if (!tip || !before) return "";
  const base = towards(tip, before, size);
  const [dx, dy] = [(tip[0] - base[0]) / 2.2, (tip[1] - base[1]) / 2.2];
  return `M${tip[0]} ${tip[1]}L${base[0] - dy} ${base[1] + dx}L${base[0] + dy} ${base[1] - dx}Z`;
}

/** The whole way of an edge. */
export function wayOf(edge: MapEdge): Point[] {
  return edge.lines.flatMap((line, k) => (k === 0 ? line : [edge.label, ...line]));
}

/** A line's width by how often it is taken, on a logarithmic scale from 1.2 to 7 pixels. */
export function widthOf(count: number, most: number): number {
  return 1.2 + (5.8 * Math.log1p(count)) / Math.log1p(Math.max(most, 1));
}

/** Place of a waiting on the scale from a minute to the longest, 0 to 1. */
export function waitShare(seconds: number, longest: number): number {
  const floor = 60;
  const top = Math.max(longest, 120);
  return Math.min(1, Math.max(0, Math.log(Math.max(seconds, floor) / floor) / Math.log(top / floor)));
}

export function mixed(low: string, high: string, at: number): string {
  const parts = [0, 1, 2].map((k) => {
    const [a, b] = [channel(low, k), channel(high, k)];
    return Math.round(a + (b - a) * at).toString(16).padStart(2, "0");
  });
  return `#${parts.join("")}`;
}

function channel(colour: string, k: number): number {
  return Number.parseInt(colour.slice(1 + 2 * k, 3 + 2 * k), 16);
}

/** A point `share` of the way along. */
export function along(way: readonly Point[], share: number): Point {
  const lengths = way.slice(1).map((point, k) => distance(way[k] ?? point, point));
  let left = share * lengths.reduce((sum, one) => sum + one, 0);
  for (let k = 0; k < lengths.length; k++) {
    const [length, from, to] = [lengths[k] ?? 0, way[k], way[k + 1]];
    if (!from || !to) break;
    if (left <= length) return towards(from, to, left);
    left -= length;
  }
  return way.at(-1) ?? [0, 0];
}

/** Stretches of every replayed case: from `begin` to `end` (seconds) it goes along `way`. */
export type Stretch = { begin: number; end: number; way: Point[] };

export function stretches(map: MapOf, replay: Replay): Stretch[] {
  const place = new Map(map.nodes.map((node, k) => [node.name, k]));
  const ways = new Map(map.edges.map((edge) => [`${edge.source} ${edge.target}`, wayOf(edge)]));
  const found: Stretch[] = [];
  for (const rows of replay.cases) {
    let before: { node: number; end: number } | null = null;
    for (const [activity, start, end] of rows) {
      const node = place.get(replay.activities[activity] ?? "");
      if (node === undefined) continue;
      if (before) {
        const way = ways.get(`${before.node} ${node}`);
        if (way && start > before.end) found.push({ begin: before.end, end: start, way });
      }
      before = { node, end };
    }
  }
  return found;
}
