/** Decision tables with test cases beside them: what each case gives and which rules matched. */
import { Button, Input, Segmented } from "antd";
import Modeler from "dmn-js/lib/Modeler";
import { useEffect, useRef, useState } from "react";
import { api } from "../api";
import { Wrong, type Problem } from "../states";
import { useWords } from "../words";
import "./dmn.css";
import { inputsOf, type DecisionInputs } from "./decision-inputs";

type Result = { value: unknown; rules: { decision: string; rules: number[] }[]; problems: Problem[] };

export default function DecisionEditor({ source, drawn }: { source: string; drawn: (text: string) => void }) {
  const { t } = useWords();
  const place = useRef<HTMLDivElement>(null);
  const [modeler, setModeler] = useState<Modeler | null>(null);
  const [views, setViews] = useState<{ id: string; name: string; type: string }[]>([]);
  const [shown, setShown] = useState("");
  const [fault, setFault] = useState<unknown>(null);
  const [text, setText] = useState(source);
  const first = useRef(source);
  useEffect(() => {
    if (!place.current) return;
    const made = new Modeler({ container: place.current });
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const list = () => setViews(made.getViews().map((view) => ({ id: view.element.id, type: view.type, name: view.type === "drd" ? t("关系图", "Diagram") : (view.element.name ?? view.element.id) })));
    const changed = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        void made.saveXML({ format: true }).then(({ xml }) => {
          if (gone || xml === first.current) return;
          first.current = xml;
          setText(xml);
          drawn(xml);
          list();
        });
      }, 250);
    };
    made
      .importXML(first.current)
      .then(async () => {
        if (gone) return;
        list();
        const view = made.getViews().find((one) => one.type === "decisionTable") ?? made.getViews()[0];
        if (view) {
          await made.open(view);
          setShown(view.element.id);
        }
        setModeler(made);
      })
      .catch((thrown: unknown) => {
        if (!gone) setFault(thrown);
      });
    const heard = new WeakSet<object>();
    made.on("views.changed", () => {
      const active = made.getActiveViewer();
      const opened = made.getActiveView();
      if (opened) setShown(opened.element.id);
      if (!active || heard.has(active)) return;
      heard.add(active);
      active.get<{ on: (event: string, heard: () => void) => void }>("eventBus").on("elements.changed", changed);
    });
    return () => {
      gone = true;
      clearTimeout(timer);
      made.destroy();
    };
  }, [drawn, t]);
  if (fault) return <Wrong fault={fault} />;
  return (
    <div style={{ display: "grid", gridTemplateColumns: "minmax(0, 1fr) 340px", height: "100%" }}>
      <div style={{ display: "flex", flexDirection: "column", minHeight: 0 }}>
        <div className="scroll" style={{ padding: "8px 16px" }}>
          <Segmented size="small" value={shown} options={views.map((view) => ({ value: view.id, label: view.name }))} onChange={(id) => { const view = modeler?.getViews().find((one) => one.element.id === id); if (view) void modeler?.open(view); }} />
        </div>
        <div ref={place} className="dmn-place" style={{ flex: 1 }} />
      </div>
      <aside style={{ borderLeft: "1px solid var(--hairline)", overflow: "auto", padding: 16 }}>
        <Trials source={text} decisions={inputsOf(text)} />
      </aside>
    </div>
  );
}

function Trials({ source, decisions }: { source: string; decisions: DecisionInputs[] }) {
  const { t, say } = useWords();
  const [chosen, setChosen] = useState(decisions[0]?.id ?? "");
  const [cases, setCases] = useState<Record<string, string>[]>([{}]);
  const [results, setResults] = useState<Result[]>([]);
  const [fault, setFault] = useState("");
  const decision = decisions.find((one) => one.id === chosen) ?? decisions[0];
  useEffect(() => {
    if (!decision) return;
    const timer = setTimeout(() => {
      api.post<{ results: Result[] }>("/api/models/trial", { source, decision: decision.id, cases })
        .then((found) => { setResults(found.results); setFault(""); })
        .catch((thrown: Error) => setFault(thrown.message));
    }, 400);
    return () => clearTimeout(timer);
  }, [source, decision?.id, cases]); // eslint-disable-line react-hooks/exhaustive-deps -- the decision follows from the source
  if (!decision) return <p className="quiet">{t("还没有决策表", "No decision table yet")}</p>;
  const known = decision.inputs;
  return (
    <div>
      <h2>{t("测试用例", "Test cases")}</h2>
      <p className="small quiet">{t("按 FEEL 写值：120000、\"房贷\"、true", "Values in FEEL: 120000, \"mortgage\", true")}</p>
      {decisions.length > 1 ? <Segmented size="small" style={{ marginBottom: 8 }} value={decision.id} options={decisions.map((one) => ({ value: one.id, label: one.name }))} onChange={setChosen} /> : null}
      {fault ? <p className="bad small" role="alert">{fault}</p> : null}
      {cases.map((one, k) => {
        const result = results[k];
        return (
          <div key={k} className="wash" style={{ marginBottom: 10 }}>
            {known.map((name) => (
              <label key={name} style={{ display: "grid", gridTemplateColumns: "110px 1fr", gap: 8, alignItems: "center", marginBottom: 4 }}>
                <span className="small" style={{ overflow: "hidden", textOverflow: "ellipsis" }} title={name}>{name}</span>
                <Input size="small" value={one[name] ?? ""} onChange={(event) => setCases(cases.map((other, place) => (place === k ? { ...other, [name]: event.target.value } : other)))} />
              </label>
            ))}
            <div className="row" style={{ justifyContent: "space-between" }}>
              <span><b>{result ? JSON.stringify(result.value) : "…"}</b> {result?.rules.length ? <span className="small quiet">{t("规则", "rule")} {result.rules.flatMap((hit) => hit.rules).join(", ") || "–"}</span> : null}</span>
              <button type="button" className="plain" onClick={() => setCases(cases.filter((_, place) => place !== k))} aria-label={t("去掉", "Remove")}>×</button>
            </div>
            {result?.problems.map((problem, place) => <div key={place} className="small warn">{say(problem.what)}</div>)}
          </div>
        );
      })}
      <Button size="small" onClick={() => setCases([...cases, { ...(cases.at(-1) ?? {}) }])}>{t("加一个用例", "Add a case")}</Button>
    </div>
  );
}
