/** A decision model to read: its tables one by one. */
import { useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import NavigatedViewer from "dmn-js/lib/NavigatedViewer";
import { useEffect, useRef, useState } from "react";
import { api } from "../api";
import { Wrong } from "../states";
import "./dmn.css";

export default function DecisionView({ path }: { path: string }) {
  const text = useQuery({ queryKey: ["text", path], queryFn: () => api.text(path), staleTime: 600_000 });
  const place = useRef<HTMLDivElement>(null);
  const [viewer, setViewer] = useState<NavigatedViewer | null>(null);
  const [views, setViews] = useState<{ id: string; name: string }[]>([]);
  const [shown, setShown] = useState("");
  const [fault, setFault] = useState<unknown>(null);
  useEffect(() => {
    if (!place.current || !text.data) return;
    const made = new NavigatedViewer({ container: place.current });
    let gone = false;
    made
      .importXML(text.data)
      .then(async () => {
        if (gone) return;
        const found = made.getViews();
        const first = found.find((view) => view.type === "decisionTable") ?? found[0];
        setViews(found.map((view) => ({ id: view.element.id, name: view.type === "drd" ? "DRD" : (view.element.name ?? view.element.id) })));
        if (first) {
          await made.open(first);
          setShown(first.element.id);
        }
        setViewer(made);
      })
      .catch((thrown: unknown) => {
        if (!gone) setFault(thrown);
      });
    return () => {
      gone = true;
      made.destroy();
    };
  }, [text.data]);
  if (text.error || fault) return <Wrong fault={text.error ?? fault} />;
  return (
    <div>
      {views.length > 1 ? (
        <div className="scroll" style={{ marginBottom: 8 }}>
          <Segmented size="small" value={shown} options={views.map((view) => ({ value: view.id, label: view.name }))} onChange={(id) => { setShown(id); const view = viewer?.getViews().find((one) => one.element.id === id); if (view) void viewer?.open(view); }} />
        </div>
      ) : null}
      <div ref={place} className="dmn-place panel" style={{ height: 420, padding: 0 }} />
    </div>
  );
}
