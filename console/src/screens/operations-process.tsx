/** 9 · One process: its diagram with live counts, incidents and heat by time; its cases; start, cancel, migrate. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Input, Modal, Segmented, Select, Table } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, search } from "../api";
import { duration, number } from "../format";
import type { Counts } from "../models/diagram";
import { Heading, Source } from "../parts";
import { useSession } from "../session";
import { Loading, Shown } from "../states";
import { useWords } from "../words";
import { InstanceTable, type Instance, type ProcessDefinition } from "./operations";
import { Migration, nodesOf } from "./operations-migration";

const Diagram = lazy(() => import("../models/diagram"));
export type Statistic = { elementId: string; active: number; canceled: number; incidents: number; completed: number };
export type ElementInstance = { elementInstanceKey: string; elementId: string; elementName: string; type: string; state: string; startDate: string; endDate: string | null; hasIncident: boolean; incidentKey: string | null };

export function countsOf(items: readonly Statistic[], completed: boolean): Counts {
  return Object.fromEntries(items.map((one) => [one.elementId, { active: one.active, incidents: one.incidents, completed: completed ? one.completed : 0 }]));
}

export default function ProcessView() {
  const { key = "" } = useParams();
  const definition = useQuery({ queryKey: ["definition", key], queryFn: () => api.get<ProcessDefinition>(`/v2/process-definitions/${key}`) });
  return <Shown of={definition}>{(one) => <Page of={one} />}</Shown>;
}

function Page({ of }: { of: ProcessDefinition }) {
  const { t, language } = useWords();
  const { may } = useSession();
  const { message, modal } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const key = of.processDefinitionKey;
  const [element, setElement] = useState<string | null>(null);
  const [heat, setHeat] = useState(false);
  const [state, setState] = useState("ACTIVE");
  const [starting, setStarting] = useState(false);
  const [migrating, setMigrating] = useState(false);
  const [chosen, setChosen] = useState<string[]>([]);
  const versions = useQuery({ queryKey: ["versions", of.processDefinitionId], queryFn: () => search<ProcessDefinition>("process-definitions", { processDefinitionId: of.processDefinitionId }) });
  const statistics = useQuery({ queryKey: ["statistics", key], queryFn: () => api.post<{ items: Statistic[] }>(`/v2/process-definitions/${key}/statistics/element-instances`, {}), refetchInterval: 10_000 });
  const times = useQuery({
    queryKey: ["times", key],
    queryFn: () => search<ElementInstance>("element-instances", { processDefinitionKey: key, state: "COMPLETED" }, { limit: 1000 }, [{ field: "endDate", order: "DESC" }]),
    enabled: heat,
  });
  const counts = useMemo(() => countsOf(statistics.data?.items ?? [], true), [statistics.data]);
  const warm = useMemo(() => medians(times.data?.items ?? []), [times.data]);
  const longest = Math.max(1, ...Object.values(warm));
  const filter = useMemo(() => {
    const wanted: Record<string, unknown> = { processDefinitionKey: key };
    if (state !== "ALL") wanted["state"] = state;
    if (element) wanted["elementId"] = element;
    return wanted;
  }, [key, state, element]);
  const cancel = () =>
    modal.confirm({
      title: t(`取消 ${chosen.length} 件案件？`, `Cancel ${chosen.length} cases?`), content: t("立即终止，不能恢复。", "They end at once and cannot be brought back."), okButtonProps: { danger: true }, okText: t("取消案件", "Cancel them"), cancelText: t("返回", "Back"),
      onOk: async () => {
        for (const one of chosen) await api.post(`/v2/process-instances/${one}/cancellation`, {}).catch((fault: Error) => void message.error(fault.message));
        setChosen([]);
        await queries.invalidateQueries();
      },
    });
  const live = statistics.data?.items.reduce((sum, one) => sum + one.active, 0) ?? 0;
  const text = useQuery({ queryKey: ["text", `/v2/process-definitions/${key}/xml`], queryFn: () => api.text(`/v2/process-definitions/${key}/xml`), staleTime: 600_000 });
  const names = useMemo(() => new Map(nodesOf(text.data ?? "").map((node) => [node.id, node.name || node.id])), [text.data]);
  const named = (id: string) => names.get(id) ?? id;
  const busiest = statistics.data?.items.filter((one) => one.active).toSorted((a, b) => b.active - a.active)[0];
  return (
    <>
      <Heading
        title={busiest ? t(`${number(busiest.active)} 件停在“${named(busiest.elementId)}”`, `${number(busiest.active)} stand at “${named(busiest.elementId)}”`) : t(`${of.name ?? of.processDefinitionId}：没有在办案件`, `${of.name ?? of.processDefinitionId}: no live cases`)}
        crumb={<><Link to="/operations">{t("运行", "Operations")}</Link> / {of.name ?? of.processDefinitionId}</>}
        under={t(`${number(live)} 个在办步骤`, `${number(live)} live steps`)}
      >
        <Select style={{ width: 140 }} value={key} aria-label={t("版本", "Version")} options={(versions.data?.items ?? [of]).toSorted((a, b) => b.version - a.version).map((one) => ({ value: one.processDefinitionKey, label: t(`第 ${one.version} 版`, `version ${one.version}`) }))} onChange={(next) => void navigate(`/operations/processes/${next}`)} />
        {may("operate") ? <Button type="primary" onClick={() => setStarting(true)}>{t("发起案件", "Start a case")}</Button> : null}
      </Heading>
      <div className="row" style={{ marginBottom: 8 }}>
        <Segmented value={heat ? "heat" : "count"} onChange={(next) => setHeat(next === "heat")} options={[{ value: "count", label: t("数量与异常", "Counts and incidents") }, { value: "heat", label: t("停留时间", "Time spent") }]} />
        {element ? <span className="small">{t("只看停在 ", "only those at ")}<b>{named(element)}</b> <button type="button" className="plain" onClick={() => setElement(null)}>×</button></span> : <span className="small quiet">{t("点步骤筛选案件", "click a step to narrow down")}</span>}
      </div>
      <Suspense fallback={<Loading />}>
        <Diagram path={`/v2/process-definitions/${key}/xml`} counts={heat ? undefined : counts} heat={heat ? Object.fromEntries(Object.entries(warm).map(([id, value]) => [id, value / longest])) : undefined} chosen={element} pick={setElement} />
      </Suspense>
      {heat && times.data ? <Source>{t(`最近 ${number(times.data.items.length)} 次执行的中位停留；最长 ${duration(longest, language)}`, `median stay over the last ${number(times.data.items.length)} executions; longest ${duration(longest, language)}`)}</Source> : null}
      <section style={{ marginTop: 24 }}>
        <div className="row" style={{ marginBottom: 8 }}>
          <h2 className="grow" style={{ margin: 0 }}>{t("案件", "Cases")}</h2>
          {chosen.length && may("operate") ? (
            <>
              <Button onClick={() => setMigrating(true)}>{t(`迁移 ${chosen.length} 件`, `Migrate ${chosen.length}`)}</Button>
              <Button danger onClick={cancel}>{t(`取消 ${chosen.length} 件`, `Cancel ${chosen.length}`)}</Button>
            </>
          ) : null}
          <Segmented value={state} onChange={setState} options={[{ value: "ACTIVE", label: t("在办", "Live") }, { value: "COMPLETED", label: t("办结", "Completed") }, { value: "ALL", label: t("全部", "All") }]} />
        </div>
        <InstanceTable filter={filter} {...(may("operate") && state === "ACTIVE" ? { select: { keys: chosen, set: setChosen } } : {})} />
      </section>
      {starting ? <Start of={of} close={() => setStarting(false)} /> : null}
      {migrating ? <Migration from={of} versions={versions.data?.items ?? []} cases={chosen} close={() => { setMigrating(false); setChosen([]); }} /> : null}
    </>
  );
}

/** Median seconds that each element lasted. */
export function medians(items: readonly ElementInstance[]): Record<string, number> {
  const found = new Map<string, number[]>();
  for (const one of items) {
    if (!one.endDate || one.type === "PROCESS") continue;
    const seconds = (Date.parse(one.endDate) - Date.parse(one.startDate)) / 1000;
    found.set(one.elementId, [...(found.get(one.elementId) ?? []), seconds]);
  }
  return Object.fromEntries([...found].map(([id, many]) => [id, many.toSorted((a, b) => a - b)[Math.floor(many.length / 2)] ?? 0]));
}

function Start({ of, close }: { of: ProcessDefinition; close: () => void }) {
  const { t } = useWords();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [text, setText] = useState("{\n  \n}");
  const start = useMutation({
    mutationFn: () => api.post<Instance>("/v2/process-instances", { processDefinitionKey: of.processDefinitionKey, variables: JSON.parse(text) as object }),
    onSuccess: (made) => void navigate(`/operations/instances/${made.processInstanceKey}`),
    onError: (fault) => void message.error(fault.message),
  });
  return (
    <Modal open title={t(`发起“${of.name ?? of.processDefinitionId}”`, `Start “${of.name ?? of.processDefinitionId}”`)} onCancel={close} okText={t("发起", "Start")} okButtonProps={{ loading: start.isPending }} onOk={() => start.mutate()}>
      <label>
        <div className="quiet">{t("案件数据（JSON）", "Data of the case (JSON)")}</div>
        <Input.TextArea autoSize={{ minRows: 6, maxRows: 20 }} style={{ fontFamily: "ui-monospace, monospace" }} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
    </Modal>
  );
}

export function VariableTable({ rows, edit }: { rows: readonly { name: string; value: string; variableKey: string; scopeKey: string }[]; edit?: (name: string, value: string, scope: string) => void }) {
  const { t } = useWords();
  return (
    <Table
      size="small" rowKey="variableKey" dataSource={[...rows]} pagination={rows.length > 20 ? { pageSize: 20 } : false}
      columns={[
        { title: t("变量", "Variable"), dataIndex: "name", width: "30%" },
        { title: t("值", "Value"), dataIndex: "value", render: (text: string) => <code style={{ wordBreak: "break-all" }}>{text}</code> },
        { title: "", align: "right", width: 80, render: (_, one) => (edit ? <Button size="small" type="text" onClick={() => edit(one.name, one.value, one.scopeKey)}>{t("修改", "change")}</Button> : null) },
      ]}
    />
  );
}
