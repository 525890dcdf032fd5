/** 9 · One case: where it stands on its diagram, what happened, its data; retry, resolve, change, move, cancel. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Input, Modal, Select, Table, Tabs } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, search } from "../api";
import { ago, duration, minute } from "../format";
import { Heading, useNow } from "../parts";
import { useSession } from "../session";
import { useSettings } from "../settings";
import { Loading, Shown } from "../states";
import { useWords } from "../words";
import type { Instance, ProcessDefinition } from "./operations";
import { IncidentList } from "./operations-incidents";
import { Migration, nodesOf } from "./operations-migration";
import { countsOf, VariableTable, type ElementInstance, type Statistic } from "./operations-process";

const Diagram = lazy(() => import("../models/diagram"));
type Variable = { name: string; value: string; variableKey: string; scopeKey: string };
type Job = { jobKey: string; type: string; state: string; retries: number; worker: string; elementId: string; errorMessage: string | null; creationTime: string };

export default function InstanceView() {
  const { key = "" } = useParams();
  const instance = useQuery({ queryKey: ["instance", key], queryFn: () => api.get<Instance>(`/v2/process-instances/${key}`), refetchInterval: 8_000 });
  return <Shown of={instance}>{(one) => <Page of={one} />}</Shown>;
}

function Page({ of }: { of: Instance }) {
  const { t, language } = useWords();
  const now = useNow();
  const { zone } = useSettings();
  const { may } = useSession();
  const { message, modal } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const key = of.processInstanceKey;
  const live = of.state === "ACTIVE";
  const [editing, setEditing] = useState<{ name: string; value: string; scope: string } | null>(null);
  const [migrating, setMigrating] = useState(false);
  const [moving, setMoving] = useState(false);
  const [element, setElement] = useState<string | null>(null);
  const often = live ? 8_000 : false;
  const statistics = useQuery({ queryKey: ["statistics-case", key], queryFn: () => api.get<{ items: Statistic[] }>(`/v2/process-instances/${key}/statistics/element-instances`), refetchInterval: often });
  const elements = useQuery({ queryKey: ["elements", key], queryFn: () => search<ElementInstance>("element-instances", { processInstanceKey: key }, { limit: 500 }, [{ field: "startDate", order: "ASC" }]), refetchInterval: often });
  const variables = useQuery({ queryKey: ["variables", key], queryFn: () => search<Variable>("variables", { processInstanceKey: key }, { limit: 500 }), refetchInterval: often });
  const jobs = useQuery({ queryKey: ["jobs", key], queryFn: () => search<Job>("jobs", { processInstanceKey: key }, { limit: 200 }), refetchInterval: often });
  const versions = useQuery({ queryKey: ["versions", of.processDefinitionId], queryFn: () => search<ProcessDefinition>("process-definitions", { processDefinitionId: of.processDefinitionId }), enabled: migrating });
  const counts = useMemo(() => countsOf(statistics.data?.items ?? [], false), [statistics.data]);
  const standing = elements.data?.items.filter((one) => one.state === "ACTIVE" && one.type !== "PROCESS") ?? [];
  const told = (promise: Promise<unknown>, text: string) =>
    promise.then(() => { void message.success(text); return queries.invalidateQueries(); }).catch((fault: Error) => void message.error(fault.message, 8));
  const cancel = () =>
    modal.confirm({
      title: t("取消这件案件？", "Cancel this case?"), content: t("立即终止，不能恢复。", "It ends at once and cannot be brought back."), okText: t("取消案件", "Cancel it"), cancelText: t("返回", "Back"), okButtonProps: { danger: true },
      onOk: () => told(api.post(`/v2/process-instances/${key}/cancellation`, {}), t("已取消", "canceled")),
    });
  const where = standing.map((one) => one.elementName).join(t("、", ", "));
  const title = live
    ? of.hasIncident ? t(`停在异常上：${where}`, `Stands still on an incident: ${where}`) : where ? t(`正在：${where}`, `Now at: ${where}`) : t("在办", "Live")
    : of.state === "COMPLETED" ? t(`用 ${duration((Date.parse(of.endDate ?? of.startDate) - Date.parse(of.startDate)) / 1000, language)}办结`, `Completed in ${duration((Date.parse(of.endDate ?? of.startDate) - Date.parse(of.startDate)) / 1000, language)}`) : t("已取消", "Canceled");
  const names: Record<string, string> = { ACTIVE: t("进行中", "active"), COMPLETED: t("完成", "completed"), TERMINATED: t("终止", "canceled") };
  return (
    <>
      <Heading
        title={title}
        crumb={<><Link to="/operations">{t("运行", "Operations")}</Link> / <Link to={`/operations/processes/${of.processDefinitionKey}`}>{of.processDefinitionName ?? of.processDefinitionId}</Link> / {of.businessId ?? key}</>}
        under={<>{t(`第 ${of.processDefinitionVersion} 版`, `version ${of.processDefinitionVersion}`)} · {minute(of.startDate, zone)} {t("开始", "begun")} · {ago(of.startDate, now, language)}</>}
      >
        {live && may("operate") ? (
          <>
            <Button onClick={() => setMoving(true)}>{t("移动", "Move")}</Button>
            <Button onClick={() => setMigrating(true)}>{t("迁移", "Migrate")}</Button>
            <Button danger onClick={cancel}>{t("取消案件", "Cancel")}</Button>
          </>
        ) : null}
      </Heading>
      <Suspense fallback={<Loading />}>
        <Diagram path={`/v2/process-definitions/${of.processDefinitionKey}/xml`} counts={counts} chosen={element} pick={setElement} />
      </Suspense>
      <Tabs
        style={{ marginTop: 12 }}
        defaultActiveKey={of.hasIncident && live ? "incidents" : "history"}
        items={[
          { key: "history", label: t("经过", "History"), children: (
            <Shown of={elements}>
              {({ items }) => (
                <Table<ElementInstance>
                  size="small" rowKey="elementInstanceKey" pagination={items.length > 40 ? { pageSize: 40 } : false}
                  dataSource={items.filter((one) => one.type !== "PROCESS" && (!element || one.elementId === element))}
                  columns={[
                    { title: t("步骤", "Step"), render: (_, one) => <span>{one.elementName} <span className="quiet small">{one.type.toLowerCase().replaceAll("_", " ")}</span></span> },
                    { title: t("状态", "State"), render: (_, one) => (one.hasIncident ? <span className="bad"><span className="dot" />{t("异常", "incident")}</span> : <span className={one.state === "ACTIVE" ? "" : "quiet"}>{names[one.state] ?? one.state}</span>) },
                    { title: t("开始", "Start"), render: (_, one) => <span className="nowrap">{minute(one.startDate, zone)}</span> },
                    { title: t("用时", "Time"), align: "right", render: (_, one) => <span className="nowrap">{duration(((one.endDate ? Date.parse(one.endDate) : now) - Date.parse(one.startDate)) / 1000, language)}</span> },
                  ]}
                />
              )}
            </Shown>
          ) },
          { key: "variables", label: t("数据", "Data"), children: (
            <Shown of={variables}>
              {({ items }) => (
                <>
                  {live && may("operate") ? <Button size="small" style={{ marginBottom: 8 }} onClick={() => setEditing({ name: "", value: "", scope: key })}>{t("加一个变量", "Add a variable")}</Button> : null}
                  <VariableTable rows={items} {...(live && may("operate") ? { edit: (name: string, value: string, scope: string) => setEditing({ name, value, scope }) } : {})} />
                </>
              )}
            </Shown>
          ) },
          { key: "incidents", label: t("异常", "Incidents"), children: <IncidentList filter={{ processInstanceKey: key }} /> },
          { key: "jobs", label: t("作业", "Jobs"), children: (
            <Shown of={jobs}>
              {({ items }) => (
                <Table<Job>
                  size="small" rowKey="jobKey" dataSource={items} pagination={false}
                  columns={[
                    { title: t("步骤", "Step"), dataIndex: "elementId" },
                    { title: t("类型", "Type"), dataIndex: "type" },
                    { title: t("状态", "State"), render: (_, one) => one.state.toLowerCase() },
                    { title: t("剩余重试", "Retries"), dataIndex: "retries", align: "right" },
                    { title: t("工作者", "Worker"), dataIndex: "worker" },
                    { title: t("消息", "Message"), dataIndex: "errorMessage", render: (text: string | null) => <span className="bad">{text}</span> },
                    { title: "", align: "right", render: (_, one) => (live && may("operate") && ["FAILED", "CREATED", "AVAILABLE", "ACTIVATED", "BACK_OFF"].includes(one.state) ? <Button size="small" type="text" onClick={() => void told(api.patch(`/v2/jobs/${one.jobKey}`, { changeset: { retries: one.retries + 3 } }), t("已加 3 次重试", "three more retries"))}>{t("加 3 次重试", "+3 retries")}</Button> : null) },
                  ]}
                />
              )}
            </Shown>
          ) },
        ]}
      />
      {editing ? <EditVariable of={editing} close={() => setEditing(null)} /> : null}
      {moving ? <Move of={of} standing={standing} close={() => setMoving(false)} /> : null}
      {migrating && versions.data ? <Migration from={versions.data.items.find((one) => one.processDefinitionKey === of.processDefinitionKey) ?? { name: of.processDefinitionName, processDefinitionId: of.processDefinitionId, processDefinitionKey: of.processDefinitionKey, version: of.processDefinitionVersion, versionTag: null }} versions={versions.data.items} cases={[key]} close={() => { setMigrating(false); void navigate(0); }} /> : null}
    </>
  );
}

function EditVariable({ of, close }: { of: { name: string; value: string; scope: string }; close: () => void }) {
  const { t } = useWords();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [name, setName] = useState(of.name);
  const [value, setValue] = useState(of.value);
  let good = true;
  try {
    JSON.parse(value);
  } catch {
    good = false;
  }
  const change = useMutation({
    mutationFn: () => api.put(`/v2/element-instances/${of.scope}/variables`, { variables: { [name]: JSON.parse(value) as unknown }, local: of.name !== "" }),
    onSuccess: () => { void queries.invalidateQueries(); close(); },
    onError: (fault) => void message.error(fault.message),
  });
  return (
    <Modal open title={of.name ? t(`修改 ${of.name}`, `Change ${of.name}`) : t("加一个变量", "Add a variable")} onCancel={close} okText={t("保存", "Save")} okButtonProps={{ disabled: !name || !good, loading: change.isPending }} onOk={() => change.mutate()}>
      {of.name ? null : <label><div className="quiet">{t("名称", "Name")}</div><Input value={name} onChange={(event) => setName(event.target.value)} /></label>}
      <label>
        <div className="quiet">{t("值（JSON）", "Value (JSON)")} {of.value ? <>{t("原值", "was")} <code>{of.value.slice(0, 80)}</code></> : null}</div>
        <Input.TextArea autoSize={{ minRows: 3, maxRows: 16 }} status={good ? "" : "error"} style={{ fontFamily: "ui-monospace, monospace" }} value={value} onChange={(event) => setValue(event.target.value)} />
      </label>
    </Modal>
  );
}

function Move({ of, standing, close }: { of: Instance; standing: readonly ElementInstance[]; close: () => void }) {
  const { t } = useWords();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const text = useQuery({ queryKey: ["text", `/v2/process-definitions/${of.processDefinitionKey}/xml`], queryFn: () => api.text(`/v2/process-definitions/${of.processDefinitionKey}/xml`) });
  const [from, setFrom] = useState(standing[0]?.elementInstanceKey ?? "");
  const [to, setTo] = useState<string | null>(null);
  const move = useMutation({
    mutationFn: () => api.post(`/v2/process-instances/${of.processInstanceKey}/modification`, { activateInstructions: [{ elementId: to }], terminateInstructions: from ? [{ elementInstanceKey: from }] : [] }),
    onSuccess: () => { void queries.invalidateQueries(); close(); },
    onError: (fault) => void message.error(fault.message, 8),
  });
  return (
    <Modal open title={t("把案件移到另一步", "Move the case to another step")} onCancel={close} okText={t("移动", "Move")} okButtonProps={{ disabled: !to, loading: move.isPending }} onOk={() => move.mutate()}>
      <label><div className="quiet">{t("离开", "From")}</div><Select style={{ width: "100%" }} value={from} onChange={setFrom} options={standing.map((one) => ({ value: one.elementInstanceKey, label: `${one.elementName} · ${one.elementId}` }))} /></label>
      <label><div className="quiet">{t("去往", "To")}</div><Select style={{ width: "100%" }} value={to} onChange={setTo} showSearch={{ optionFilterProp: "label" }} options={nodesOf(text.data ?? "").map((node) => ({ value: node.id, label: `${node.name || node.id} · ${node.id}` }))} /></label>
    </Modal>
  );
}
