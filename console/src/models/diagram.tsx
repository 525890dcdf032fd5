/** A BPMN diagram to read: marks of a comparison, counts of live cases, heat by time; the maker's mark stays visible. */
import { useQuery } from "@tanstack/react-query";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { useEffect, useRef, useState } from "react";
import { api } from "../api";
import { Wrong } from "../states";
import "./diagram.css";

export type Counts = Record<string, { active: number; incidents: number; completed?: number }>;
const [MARGIN, SMALLEST, LARGEST, READABLE] = [24, 170, 560, 0.4];
type Box = { x: number; y: number; width: number; height: number };
type Canvas = { viewbox: (to?: Box) => { inner: Box }; resized: () => void; addMarker: (id: string, name: string) => void; removeMarker: (id: string, name: string) => void };
type Registry = { get: (id: string) => unknown; filter: (keep: (element: { type: string; y: number }) => boolean) => { y: number }[] };
type Overlays = { add: (id: string, kind: string, overlay: object) => void; remove: (filter: object) => void };
type Props = { path?: string; source?: string; marks?: Record<string, string> | undefined; counts?: Counts | undefined; heat?: Record<string, number> | undefined; chosen?: string | null; pick?: (id: string | null) => void; tall?: boolean };

export default function Diagram({ path, source, ...rest }: Props) {
  const text = useQuery({ queryKey: ["text", path], queryFn: () => api.text(path ?? ""), enabled: path !== undefined, staleTime: 600_000 });
  if (text.error) return <Wrong fault={text.error} />;
  return <Drawn source={source ?? text.data ?? null} {...rest} />;
}

function Drawn({ source, marks, counts, heat, chosen, pick, tall }: Omit<Props, "path" | "source"> & { source: string | null }) {
  const place = useRef<HTMLDivElement>(null);
  const [viewer, setViewer] = useState<NavigatedViewer | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const picking = useRef(pick);
  useEffect(() => {
    picking.current = pick;
  });
  useEffect(() => {
    if (!place.current || source === null) return;
    const made = new NavigatedViewer({ container: place.current });
    let gone = false;
    made
      .importXML(source)
      .then(() => {
        if (gone) return;
        fitted(made, place.current, tall === true);
        (made.get("eventBus") as { on: (event: string, heard: (event: { element: { id: string; type: string } }) => void) => void }).on("element.click", ({ element }) => {
          picking.current?.(element.type === "bpmn:Process" || element.type === "bpmn:Collaboration" ? null : element.id);
        });
        setViewer(made);
      })
      .catch((thrown: unknown) => {
        if (!gone) setFault(thrown);
      });
    return () => {
      gone = true;
      setViewer(null);
      made.destroy();
    };
  }, [source, tall]);
  useMarks(viewer, marks, "mark");
  useMarks(viewer, heat && Object.fromEntries(Object.entries(heat).map(([id, value]) => [id, String(Math.min(4, Math.max(1, Math.ceil(value * 4))))])), "heat");
  useMarks(viewer, chosen ? { [chosen]: "chosen" } : undefined, "mark");
  useEffect(() => {
    if (!viewer || !counts) return;
    const overlays = viewer.get("overlays") as Overlays;
    const registry = viewer.get("elementRegistry") as Registry;
    for (const [id, one] of Object.entries(counts)) {
      if (!registry.get(id)) continue;
      const badge = (kind: string, text: number, position: object) => {
        const html = document.createElement("span");
        html.className = `badge ${kind}`;
        html.textContent = String(text);
        overlays.add(id, "count", { position, html });
      };
      if (one.active) badge("", one.active, { bottom: 10, left: -8 });
      if (one.incidents) badge("bad", one.incidents, { bottom: 10, right: 14 });
      if (one.completed) badge("done", one.completed, { top: -10, right: 14 });
    }
    return () => overlays.remove({ type: "count" });
  }, [viewer, counts]);
  if (fault) return <Wrong fault={fault} />;
  return <div ref={place} className={tall ? "canvas tall" : "canvas"} />;
}

/** As high as the drawing needs at the width there is, with a margin; then the whole of it in sight. */
function fitted(viewer: NavigatedViewer, place: HTMLElement | null, tall: boolean) {
  const canvas = viewer.get("canvas") as Canvas;
  const { inner } = canvas.viewbox();
  if (!place || !inner.width) return;
  const size = Math.max(READABLE, Math.min(1, (place.clientWidth - 2 * MARGIN) / inner.width));
  if (!tall) place.style.height = `${Math.min(LARGEST, Math.max(SMALLEST, inner.height * size + 2 * MARGIN))}px`;
  canvas.resized();
  const height = place.clientHeight / size;
  const starts = (viewer.get("elementRegistry") as Registry).filter((element) => element.type === "bpmn:StartEvent");
  const top = Math.min(Math.max((starts[0]?.y ?? inner.y) - height / 2, inner.y - MARGIN / size), inner.y + inner.height + MARGIN / size - height);
  canvas.viewbox({ x: inner.x - MARGIN / size, y: inner.height > height ? top : inner.y - (height - inner.height) / 2, width: place.clientWidth / size, height });
}

function useMarks(viewer: NavigatedViewer | null, marks: Record<string, string> | undefined, kind: string) {
  const text = JSON.stringify(marks ?? {});
  useEffect(() => {
    if (!viewer) return;
    const canvas = viewer.get("canvas") as Canvas;
    const registry = viewer.get("elementRegistry") as Registry;
    const known = Object.entries(JSON.parse(text) as Record<string, string>).filter(([id]) => registry.get(id));
    for (const [id, mark] of known) canvas.addMarker(id, `${kind}-${mark}`);
    return () => {
      for (const [id, mark] of known) {
        if (registry.get(id)) canvas.removeMarker(id, `${kind}-${mark}`);
      }
    };
  }, [viewer, text, kind]);
}
