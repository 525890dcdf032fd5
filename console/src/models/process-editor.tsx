/** The BPMN modeller with our properties beside it; problems are marked on the elements they concern. */
import Modeler from "bpmn-js/lib/Modeler";
import { useEffect, useRef, useState } from "react";
import zeebe from "zeebe-bpmn-moddle/resources/zeebe.json";
import type { Problem } from "../states";
import { Wrong } from "../states";
import { useWords } from "../words";
import "./diagram.css";
import { ensureUserTask, type Element } from "./extensions";
import { Properties } from "./properties";
import { chinese } from "./chinese";

type Bus = { on: (event: string, heard: (event: { newSelection?: Element[]; element?: Element }) => void) => void };
const PALETTE = 70;
type Canvas = { scroll: (by: { dx: number; dy: number }) => void; zoom: (to: string) => void; addMarker: (id: string, name: string) => void; removeMarker: (id: string, name: string) => void; getRootElement: () => Element; scrollToElement: (id: string) => void };
type Registry = { get: (id: string) => Element | undefined };

export default function ProcessEditor({ source, drawn, problems, picked }: { source: string; drawn: (text: string) => void; problems: readonly Problem[]; picked: string | null }) {
  const { language } = useWords();
  const place = useRef<HTMLDivElement>(null);
  const [modeler, setModeler] = useState<Modeler | null>(null);
  const [element, setElement] = useState<Element | null>(null);
  const [, again] = useState(0);
  const [fault, setFault] = useState<unknown>(null);
  const first = useRef(source);
  useEffect(() => {
    if (!place.current) return;
    const made = new Modeler({
      container: place.current,
      moddleExtensions: { zeebe },
      additionalModules: language === "zh" ? [{ translate: ["value", chinese] }] : [],
    } as ConstructorParameters<typeof Modeler>[0]);
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const bus = made.get("eventBus") as Bus;
    const canvas = () => made.get("canvas") as Canvas;
    made
      .importXML(first.current)
      .then(() => {
        if (gone) return;
        canvas().zoom("fit-viewport");
        canvas().scroll({ dx: PALETTE, dy: 40 });
        setElement(canvas().getRootElement());
        setModeler(made);
        bus.on("selection.changed", ({ newSelection }) => setElement(newSelection?.[0] ?? canvas().getRootElement()));
        bus.on("shape.added", ({ element: one }) => { if (one?.type === "bpmn:UserTask") setTimeout(() => { if (!gone) ensureUserTask(made, one); }); });
        bus.on("commandStack.changed", () => {
          again((before) => before + 1);
          clearTimeout(timer);
          timer = setTimeout(() => {
            void made.saveXML({ format: true }).then(({ xml }) => {
              if (xml && !gone) {
                first.current = xml;
                drawn(xml);
              }
            });
          }, 150);
        });
      })
      .catch((thrown: unknown) => {
        if (!gone) setFault(thrown);
      });
    return () => {
      gone = true;
      clearTimeout(timer);
      setModeler(null);
      made.destroy();
    };
  }, [drawn, language]);
  useEffect(() => {
    if (!modeler) return;
    const canvas = modeler.get("canvas") as Canvas;
    const registry = modeler.get("elementRegistry") as Registry;
    const marked = problems.filter((one) => one.element && one.severity !== "info" && registry.get(one.element)).map((one) => [String(one.element), one.severity === "error" ? "mark-problem" : "mark-warning"] as const);
    for (const [id, mark] of marked) canvas.addMarker(id, mark);
    return () => {
      for (const [id, mark] of marked) if (registry.get(id)) canvas.removeMarker(id, mark);
    };
  }, [modeler, problems]);
  useEffect(() => {
    if (!modeler || !picked) return;
    const one = (modeler.get("elementRegistry") as Registry).get(picked);
    if (!one) return;
    (modeler.get("selection") as { select: (element: Element) => void }).select(one);
    (modeler.get("canvas") as Canvas).scrollToElement(picked);
  }, [modeler, picked]);
  if (fault) return <Wrong fault={fault} />;
  return (
    <div style={{ display: "grid", gridTemplateColumns: "minmax(0, 1fr) 300px", height: "100%" }}>
      <div ref={place} style={{ background: "#fff", height: "100%", position: "relative" }} />
      <aside style={{ borderLeft: "1px solid var(--hairline)", overflow: "auto", padding: 16 }}>
        {modeler && element?.businessObject ? <Properties modeler={modeler} element={element} /> : null}
      </aside>
    </div>
  );
}
