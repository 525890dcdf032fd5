/** The process map: drag to move, wheel to zoom, hover to see what belongs together, click to filter, play to watch. */
import { memo, useCallback, useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { duration, number } from "../format";
import { useSettings } from "../settings";
import type { MapEdge, MapNode, MapOf, Replay } from "../types";
import { useWords } from "../words";
import { along, headOf, mixed, pathOf, stretches, waitShare, wayOf, widthOf } from "./drawing";

export type Picked = { node: MapNode } | { edge: MapEdge; first: string; then: string } | null;
type View = { x: number; y: number; scale: number };
const MARGIN = 24;
const MOST_SCALE = 3;
const READABLE = 0.72;

export function MapCanvas({ map, time, picked, pick, replay, label }: { map: MapOf; time: boolean; picked: Picked; pick: (one: Picked) => void; replay: Replay | null; label: string }) {
  const place = useRef<SVGSVGElement>(null);
  const [view, setView] = useState<View>({ x: MARGIN, y: MARGIN, scale: 1 });
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const fit = useCallback((whole: boolean) => {
    const box = place.current?.getBoundingClientRect();
    if (!box || !map.width) return;
    const scale = Math.min(1.15, (box.width - 2 * MARGIN) / map.width, (box.height - 2 * MARGIN) / map.height);
    const readable = whole ? scale : Math.max(scale, READABLE);
    setView({ scale: readable, x: Math.max(MARGIN, (box.width - map.width * readable) / 2), y: Math.max(MARGIN, (box.height - map.height * readable) / 2) });
  }, [map.width, map.height]);
  useEffect(() => fit(false), [fit]);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const [px, py] = [event.clientX - box.left, event.clientY - box.top];
      setView((before) => {
        const scale = Math.min(MOST_SCALE, Math.max(0.15, before.scale * Math.exp(-event.deltaY / 500)));
        const ratio = scale / before.scale;
        return { scale, x: px - (px - before.x) * ratio, y: py - (py - before.y) * ratio };
      });
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);
  const down = (event: PointerEvent) => {
    drag.current = { x: event.clientX, y: event.clientY, moved: false };
  };
  const move = (event: PointerEvent) => {
    const from = drag.current;
    if (!from) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.moved && Math.hypot(dx, dy) < 4) return;
    drag.current = { x: event.clientX, y: event.clientY, moved: true };
    setView((before) => ({ ...before, x: before.x + dx, y: before.y + dy }));
  };
  const zoom = (by: number) => setView((before) => ({ ...before, scale: Math.min(MOST_SCALE, Math.max(0.15, before.scale * by)) }));
  const { t } = useWords();
  return (
    <div style={{ position: "relative", flex: 1, minHeight: 0, minWidth: 0, overflow: "hidden" }}>
      <svg
        ref={place}
        role="group"
        aria-label={label}
        style={{ width: "100%", height: "100%", cursor: "grab", touchAction: "none", display: "block" }}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={() => { drag.current = null; }}
        onPointerLeave={() => { drag.current = null; }}
        onClick={(event) => { if (event.target === place.current) pick(null); }}
      >
        <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
          <Picture map={map} time={time} picked={picked} pick={pick} />
          {replay ? <Moving map={map} replay={replay} /> : null}
        </g>
      </svg>
      <div style={{ position: "absolute", right: 12, bottom: 12, display: "flex", gap: 2, background: "var(--paper)", border: "1px solid var(--hairline)", borderRadius: 6 }}>
        <button type="button" className="plain" onClick={() => zoom(1.25)} aria-label={t("放大", "Zoom in")}>＋</button>
        <button type="button" className="plain" onClick={() => zoom(0.8)} aria-label={t("缩小", "Zoom out")}>－</button>
        <button type="button" className="plain" onClick={() => fit(true)}>{t("适合窗口", "Fit")}</button>
      </div>
    </div>
  );
}

const Picture = memo(function Picture({ map, time, picked, pick }: { map: MapOf; time: boolean; picked: Picked; pick: (one: Picked) => void }) {
  const { dark } = useSettings();
  const { language, t } = useWords();
  const [over, setOver] = useState<number | null>(null);
  const scales = useMemo(() => {
    const waits = map.edges.map((edge) => edge.waitingMedian ?? 0);
    return {
      most: Math.max(1, ...map.edges.map((edge) => edge.count)),
      longest: Math.max(0, ...waits),
      heaviest: Math.max(1, ...map.nodes.map((node) => node.count)),
      slowest: Math.max(1, ...map.nodes.map((node) => node.processing ?? 0)),
    };
  }, [map]);
  const near = useMemo(() => {
    if (over === null) return null;
    const found = new Set([over]);
    for (const edge of map.edges) {
      if (edge.source === over) found.add(edge.target);
      if (edge.target === over) found.add(edge.source);
    }
    return found;
  }, [map, over]);
  const [low, high] = dark ? ["#3a2a18", "#ffb067"] : ["#fff3e0", "#8a3b00"];
  const [pale, deep] = dark ? ["#1c3a37", "#9fe0d8"] : ["#d3e8e6", "#0b3f3c"];
  const order = useMemo(() => map.edges.map((_, k) => k).sort((a, b) => (map.edges[a]?.count ?? 0) - (map.edges[b]?.count ?? 0)), [map]);
  const name = (k: number) => map.nodes[k]?.name ?? "";
  const crowded = map.edges.length > 90;
  return (
    <g fontFamily="inherit">
      {order.map((k) => {
        const edge = map.edges[k];
        if (!edge) return null;
        const border = edge.source < 0 || edge.target < 0;
        const width = widthOf(edge.count, scales.most);
        const touched = over === null || edge.source === over || edge.target === over;
        const colour = border
          ? "var(--faint)"
          : time
            ? edge.waitingMedian === null ? "var(--hairline)" : mixed(low, high, waitShare(edge.waitingMedian, scales.longest))
            : mixed(pale, deep, Math.log1p(edge.count) / Math.log1p(scales.most));
        const way = wayOf(edge);
        const text = time ? (edge.waitingMedian === null ? "" : duration(edge.waitingMedian, language)) : number(edge.count);
        const chosen = picked && "edge" in picked && picked.edge.source === edge.source && picked.edge.target === edge.target;
        const loop = edge.source === edge.target;
        const at = loop ? [edge.label[0], edge.label[1] - 8] : edge.label;
        return (
          <g
            key={`${edge.source} ${edge.target}`}
            opacity={touched ? 1 : 0.12}
            style={{ cursor: border ? "default" : "pointer" }}
            onClick={(event) => { event.stopPropagation(); if (!border) pick({ edge, first: name(edge.source), then: name(edge.target) }); }}
          >
            <path d={pathOf(way)} fill="none" stroke="transparent" strokeWidth={Math.max(12, width)} />
            {time && !border ? <path d={pathOf(way)} fill="none" stroke={dark ? "#8a6a45" : "#c9b59b"} strokeWidth={width + 1.2} /> : null}
            <path d={pathOf(way)} fill="none" stroke={chosen ? "var(--info)" : colour} strokeWidth={width} />
            <path d={headOf(way, 5 + width)} fill={chosen ? "var(--info)" : colour} />
            {text && (!crowded || width > 4 || over !== null) && touched && !border ? (
              <text x={at[0]} y={(at[1] ?? 0) + 4} textAnchor="middle" fontSize={11} fill="var(--ink)" stroke="var(--paper)" strokeWidth={4} paintOrder="stroke" style={{ pointerEvents: "none" }}>{text}</text>
            ) : null}
            <title>{border ? number(edge.count) : `${name(edge.source)} → ${name(edge.target)}: ${number(edge.count)}${edge.waitingMedian === null ? "" : ` · ${t("等待中位", "median waiting")} ${duration(edge.waitingMedian, language)} · ${t("九成", "90 %")} ${duration(edge.waitingP90, language)}`}`}</title>
          </g>
        );
      })}
      {[map.start, map.end].map((at, k) => (
        <g key={k ? "end" : "start"}>
          <circle cx={at[0]} cy={at[1]} r={11} fill="var(--paper)" stroke="var(--ink)" strokeWidth={k ? 3.2 : 1.4} />
          {k ? <circle cx={at[0]} cy={at[1]} r={3.5} fill="var(--ink)" /> : null}
          <title>{k ? t("结束", "end") : t("开始", "start")}</title>
        </g>
      ))}
      {map.nodes.map((node, k) => {
        const fill = time
          ? node.processing === null ? "var(--paper)" : mixed(dark ? "#1a2027" : "#ffffff", dark ? "#5a3c1c" : "#ffd9a8", waitShare(node.processing, scales.slowest))
          : mixed(dark ? "#161d22" : "#ffffff", dark ? "#1f5b55" : "#b9dcd9", Math.log1p(node.count) / Math.log1p(scales.heaviest));
        const chosen = picked && "node" in picked && picked.node.name === node.name;
        const below = time ? (node.processing === null ? "" : duration(node.processing, language)) : number(node.count);
        return (
          <g
            key={node.name}
            tabIndex={0}
            role="button"
            opacity={near && !near.has(k) ? 0.2 : 1}
            style={{ cursor: "pointer" }}
            onPointerEnter={() => setOver(k)}
            onPointerLeave={() => setOver(null)}
            onFocus={() => setOver(k)}
            onBlur={() => setOver(null)}
            onClick={(event) => { event.stopPropagation(); pick({ node }); }}
            onKeyDown={(event) => { if (event.key === "Enter") pick({ node }); }}
          >
            <rect x={node.x} y={node.y} width={node.width} height={node.height} rx={6} fill={fill} stroke={chosen ? "var(--info)" : "var(--ink)"} strokeWidth={chosen ? 2.4 : 1} />
            {node.rows.map((row, place) => (
              <text key={place} x={node.x + node.width / 2} y={node.y + 19 + 15 * place} textAnchor="middle" fontSize={13} fontWeight={600} fill="var(--ink)">{row}</text>
            ))}
            <text x={node.x + node.width / 2} y={node.y + node.height - 9} textAnchor="middle" fontSize={11} fill={dark ? "#c5ccd4" : "#44505c"}>{below}</text>
          </g>
        );
      })}
    </g>
  );
});

const LENGTH_MS = 40_000;

/** Cases on their way between activities, the whole period in forty seconds, again and again. */
function Moving({ map, replay }: { map: MapOf; replay: Replay }) {
  const place = useRef<SVGGElement>(null);
  const found = useMemo(() => stretches(map, replay), [map, replay]);
  useEffect(() => {
    const group = place.current;
    if (!group || !replay.length) return;
    const dots: SVGCircleElement[] = [];
    const began = performance.now();
    let next = 0;
    const tick = (now: number) => {
      const at = (((now - began) % LENGTH_MS) / LENGTH_MS) * replay.length;
      let used = 0;
      for (const one of found) {
        if (at < one.begin || at > one.end) continue;
        let dot = dots[used];
        if (!dot) {
          dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
          dot.setAttribute("r", "4");
          dot.setAttribute("fill", "var(--info)");
          dot.setAttribute("stroke", "var(--paper)");
          group.append(dot);
          dots.push(dot);
        }
        const [x, y] = along(one.way, (at - one.begin) / (one.end - one.begin || 1));
        dot.setAttribute("cx", String(x));
        dot.setAttribute("cy", String(y));
        dot.removeAttribute("display");
        used += 1;
      }
      for (let k = used; k < dots.length; k++) dots[k]?.setAttribute("display", "none");
      next = requestAnimationFrame(tick);
    };
    next = requestAnimationFrame(tick);
    return () => {
      cancelAnimationFrame(next);
      group.replaceChildren();
    };
  }, [found, replay.length]);
  return <g ref={place} style={{ pointerEvents: "none" }} />;
}

export function Legend({ map, time }: { map: MapOf; time: boolean }) {
  const { t, language } = useWords();
  const most = Math.max(1, ...map.edges.map((edge) => edge.count));
  const longest = Math.max(120, ...map.edges.map((edge) => edge.waitingMedian ?? 0));
  return (
    <div className="row small quiet" style={{ gap: 20 }}>
      <span className="row" style={{ gap: 6 }}>
        {t("线宽：次数", "width: times taken")} <svg width="60" height="10" aria-hidden><path d="M0 5h26" stroke="var(--faint)" strokeWidth="1.2" /><path d="M32 5h26" stroke="var(--faint)" strokeWidth="7" /></svg> 1 – {number(most)}
      </span>
      <span className="row" style={{ gap: 6 }}>
        {time ? t("颜色：等待中位数", "colour: median waiting") : t("颜色：次数", "colour: times taken")}
        <span aria-hidden style={{ width: 70, height: 10, borderRadius: 2, background: time ? "linear-gradient(90deg, var(--wait-low), var(--wait-high))" : "linear-gradient(90deg, var(--amount-low), var(--amount-high))" }} />
        {time ? `≤ ${duration(60, language)} – ${duration(longest, language)}` : `1 – ${number(most)}`}
      </span>
    </div>
  );
}
