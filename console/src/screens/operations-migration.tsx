/** Migration: the old diagram and the new one beside each other, each step with its place in the other. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Modal, Select } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { api } from "../api";
import { Loading } from "../states";
import { useWords } from "../words";
import type { ProcessDefinition } from "./operations";

const Diagram = lazy(() => import("../models/diagram"));
type Node = { id: string; name: string; kind: string };
const NODE = /<(?:\w+:)?(\w*(?:[tT]ask|Event|Activity|SubProcess|subProcess|callActivity|Gateway))\s([^>]*)>/g;

/** The activities and events of a BPMN text that a token can wait at. */
export function nodesOf(source: string): Node[] {
  return [...source.matchAll(NODE)]
    .map(([, kind = "", attributes = ""]) => ({ kind, id: /\bid="([^"]*)"/.exec(attributes)?.[1] ?? "", name: /\bname="([^"]*)"/.exec(attributes)?.[1] ?? "" }))
    .filter((node) => node.id && !/^(start|end)Event$|Gateway$/.test(node.kind));
}

/** Where each node of the old version goes: the same id, else the same kind and name. */
export function proposed(from: readonly Node[], to: readonly Node[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const node of from) {
    const same = to.find((other) => other.id === node.id && other.kind === node.kind) ?? to.find((other) => other.name !== "" && other.name === node.name && other.kind === node.kind);
    if (same) found[node.id] = same.id;
  }
  return found;
}

export function Migration({ from, versions, cases, close }: { from: ProcessDefinition; versions: readonly ProcessDefinition[]; cases: readonly string[]; close: () => void }) {
  const { t } = useWords();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const others = versions.filter((one) => one.processDefinitionKey !== from.processDefinitionKey).toSorted((a, b) => b.version - a.version);
  const [target, setTarget] = useState(others[0]?.processDefinitionKey ?? "");
  const [own, setOwn] = useState<Record<string, string>>({});
  const [picked, setPicked] = useState<string | null>(null);
  const path = (key: string) => `/v2/process-definitions/${key}/xml`;
  const before = useQuery({ queryKey: ["text", path(from.processDefinitionKey)], queryFn: () => api.text(path(from.processDefinitionKey)) });
  const after = useQuery({ queryKey: ["text", path(target)], queryFn: () => api.text(path(target)), enabled: target !== "" });
  const nodes = useMemo(() => nodesOf(before.data ?? ""), [before.data]);
  const targets = useMemo(() => nodesOf(after.data ?? ""), [after.data]);
  const mapping = { ...proposed(nodes, targets), ...own };
  const migrate = useMutation({
    mutationFn: async () => {
      const mappingInstructions = Object.entries(mapping).filter(([, to]) => to).map(([sourceElementId, targetElementId]) => ({ sourceElementId, targetElementId }));
      for (const one of cases) await api.post(`/v2/process-instances/${one}/migration`, { targetProcessDefinitionKey: target, mappingInstructions });
    },
    onSuccess: () => {
      void message.success(t(`已迁移 ${cases.length} 件`, `${cases.length} cases migrated`));
      void queries.invalidateQueries();
      close();
    },
    onError: (fault) => void message.error(fault.message, 10),
  });
  return (
    <Modal open width="92vw" style={{ top: 24 }} title={t(`迁移 ${cases.length} 件到另一版`, `Migrate ${cases.length} cases to another version`)} onCancel={close} okText={t("迁移", "Migrate")} okButtonProps={{ disabled: !target, loading: migrate.isPending }} onOk={() => migrate.mutate()}>
      {others.length ? (
        <>
          <div style={{ display: "grid", gridTemplateColumns: "1fr 1fr", gap: 16 }}>
            <div><h3>{t(`第 ${from.version} 版（现在）`, `Version ${from.version} (now)`)}</h3><Suspense fallback={<Loading />}><Diagram source={before.data ?? ""} chosen={picked} pick={setPicked} /></Suspense></div>
            <div>
              <div className="row"><h3 className="grow">{t("迁移到", "To")}</h3><Select size="small" style={{ width: 140 }} value={target} onChange={setTarget} options={others.map((one) => ({ value: one.processDefinitionKey, label: t(`第 ${one.version} 版`, `version ${one.version}`) }))} /></div>
              {after.data ? <Suspense fallback={<Loading />}><Diagram source={after.data} chosen={picked ? (mapping[picked] ?? null) : null} /></Suspense> : <Loading />}
            </div>
          </div>
          <table className="plain-table" style={{ marginTop: 12 }}>
            <thead><tr><th>{t("现在的步骤", "Step now")}</th><th>{t("到哪一步", "Goes to")}</th></tr></thead>
            <tbody>
              {nodes.map((node) => (
                <tr key={node.id} className="pick" onClick={() => setPicked(node.id)}>
                  <td>{node.name || node.id} <span className="quiet">{node.id}</span></td>
                  <td><Select size="small" allowClear style={{ width: 320 }} placeholder={t("没有对应（停在此处的案件不能迁移）", "none (cases here cannot go)")} value={mapping[node.id] || null} onChange={(to: string | undefined) => setOwn({ ...own, [node.id]: to ?? "" })} options={targets.filter((other) => other.kind === node.kind).map((other) => ({ value: other.id, label: `${other.name || other.id} · ${other.id}` }))} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      ) : <p className="quiet">{t("没有别的版本可迁移。", "There is no other version to go to.")}</p>}
    </Modal>
  );
}
