/** 9 · Operations: every process with its live cases and incidents; every incident with what to do. */
import { useQuery } from "@tanstack/react-query";
import { Button, Table, Tabs } from "antd";
import { Link, useNavigate, useSearchParams } from "react-router";
import { api, search } from "../api";
import { ago, minute, number } from "../format";
import { Fact, Heading, useNow } from "../parts";
import { useSettings } from "../settings";
import { Nothing, Shown } from "../states";
import { useWords } from "../words";
import { IncidentList } from "./operations-incidents";

export type ProcessDefinition = { name: string | null; processDefinitionId: string; processDefinitionKey: string; version: number; versionTag: string | null };
export type Instance = {
  processInstanceKey: string; processDefinitionKey: string; processDefinitionId: string; processDefinitionName: string | null; processDefinitionVersion: number;
  state: "ACTIVE" | "COMPLETED" | "TERMINATED" | "CANCELED"; startDate: string; endDate: string | null; hasIncident: boolean; businessId: string | null;
};
type ByProcess = { processDefinitionId: string; latestProcessDefinitionName: string | null; activeInstancesWithIncidentCount: number; activeInstancesWithoutIncidentCount: number };

export default function Operations() {
  const { t } = useWords();
  const navigate = useNavigate();
  const [tab, setTab] = useSearchParams();
  const definitions = useQuery({ queryKey: ["definitions"], queryFn: () => search<ProcessDefinition>("process-definitions", { isLatestVersion: true }) });
  const loads = useQuery({ queryKey: ["process-load"], queryFn: () => api.post<{ items: ByProcess[] }>("/v2/process-definitions/statistics/process-instances", {}), refetchInterval: 15_000 });
  return (
    <Shown of={definitions}>
      {({ items }) => {
        if (!items.length) return <Nothing title={t("还没有部署流程", "Nothing is deployed yet")} action={<Button type="primary" onClick={() => void navigate("/studio")}>{t("去设计", "Go to the studio")}</Button>}>{t("从设计里部署一个流程，案件就会出现在这里。", "Deploy a process from the studio; its cases appear here.")}</Nothing>;
        const load = new Map(loads.data?.items.map((one) => [one.processDefinitionId, one]));
        const live = (id: string) => (load.get(id)?.activeInstancesWithIncidentCount ?? 0) + (load.get(id)?.activeInstancesWithoutIncidentCount ?? 0);
        const stuck = items.reduce((sum, one) => sum + (load.get(one.processDefinitionId)?.activeInstancesWithIncidentCount ?? 0), 0);
        const total = items.reduce((sum, one) => sum + live(one.processDefinitionId), 0);
        return (
          <>
            <Heading title={stuck ? t(`${number(stuck)} 件案件停在异常上`, `${number(stuck)} cases stand still on an incident`) : t(`${number(total)} 件在办，没有异常`, `${number(total)} live cases, no incidents`)} />
            <div className="facts" style={{ marginBottom: 20 }}>
              <Fact name={t("在办案件", "live cases")} value={number(total)} />
              <Fact name={t("有异常", "with incidents")} value={number(stuck)} tone={stuck ? "bad" : ""} />
              <Fact name={t("流程", "processes")} value={number(items.length)} />
            </div>
            <Tabs
              activeKey={tab.get("part") ?? (stuck ? "incidents" : "processes")}
              onChange={(part) => setTab({ part })}
              items={[
                { key: "incidents", label: t("异常", "Incidents"), children: <IncidentList filter={{ state: "ACTIVE" }} /> },
                { key: "processes", label: t("流程", "Processes"), children: (
                  <Table<ProcessDefinition>
                    size="small" rowKey="processDefinitionKey" dataSource={items} pagination={items.length > 30 ? { pageSize: 30 } : false}
                    columns={[
                      { title: t("流程", "Process"), render: (_, one) => <Link to={`/operations/processes/${one.processDefinitionKey}`}>{one.name ?? one.processDefinitionId}</Link>, sorter: (a, b) => (a.name ?? "").localeCompare(b.name ?? "") },
                      { title: "ID", dataIndex: "processDefinitionId", render: (text: string) => <span className="quiet">{text}</span> },
                      { title: t("最新版本", "Latest version"), dataIndex: "version", align: "right" },
                      { title: t("在办", "Live"), align: "right", render: (_, one) => number(live(one.processDefinitionId)), sorter: (a, b) => live(a.processDefinitionId) - live(b.processDefinitionId) },
                      { title: t("异常", "Incidents"), align: "right", render: (_, one) => { const count = load.get(one.processDefinitionId)?.activeInstancesWithIncidentCount ?? 0; return <span className={count ? "bad" : "quiet"}>{number(count)}</span>; } },
                    ]}
                  />
                ) },
                { key: "cases", label: t("案件", "Cases"), children: <InstanceTable filter={{}} /> },
              ]}
            />
          </>
        );
      }}
    </Shown>
  );
}

const PAGE = 25;

/** Cases, paged by the server. */
export function InstanceTable({ filter, select }: { filter: object; select?: { keys: string[]; set: (keys: string[]) => void } }) {
  const { t, language } = useWords();
  const now = useNow();
  const { zone } = useSettings();
  const [at, setAt] = useSearchParams();
  const page = Number(at.get("page") ?? "1");
  const found = useQuery({
    queryKey: ["instances", filter, page],
    queryFn: () => search<Instance>("process-instances", filter, { from: (page - 1) * PAGE, limit: PAGE }, [{ field: "startDate", order: "DESC" }]),
    refetchInterval: 15_000,
  });
  const states: Record<string, string> = { ACTIVE: t("在办", "live"), COMPLETED: t("办结", "completed"), TERMINATED: t("已取消", "canceled"), CANCELED: t("已取消", "canceled") };
  return (
    <Shown of={found}>
      {({ items, page: whole }) => (
        <Table<Instance>
          size="small" rowKey="processInstanceKey" dataSource={items}
          pagination={{ current: page, pageSize: PAGE, total: whole.totalItems, showSizeChanger: false, showTotal: (total) => t(`共 ${number(total)} 件`, `${number(total)} cases`), onChange: (next) => setAt((before) => { const after = new URLSearchParams(before); after.set("page", String(next)); return after; }) }}
          {...(select ? { rowSelection: { selectedRowKeys: select.keys, onChange: (keys) => select.set(keys.map(String)) } } : {})}
          columns={[
            { title: t("案件", "Case"), render: (_, one) => <Link to={`/operations/instances/${one.processInstanceKey}`}>{one.businessId ?? one.processInstanceKey}</Link> },
            { title: t("流程", "Process"), render: (_, one) => <span>{one.processDefinitionName ?? one.processDefinitionId} <span className="quiet">{t(`第 ${one.processDefinitionVersion} 版`, `v${one.processDefinitionVersion}`)}</span></span> },
            { title: t("状态", "State"), render: (_, one) => (one.hasIncident && one.state === "ACTIVE" ? <span className="bad"><span className="dot" />{t("异常", "incident")}</span> : <span className={one.state === "ACTIVE" ? "" : "quiet"}>{states[one.state] ?? one.state}</span>) },
            { title: t("开始", "Start"), render: (_, one) => <span className="nowrap">{minute(one.startDate, zone)} <span className="quiet">{ago(one.startDate, now, language)}</span></span> },
            { title: t("结束", "End"), render: (_, one) => <span className="nowrap quiet">{minute(one.endDate, zone)}</span> },
          ]}
        />
      )}
    </Shown>
  );
}
