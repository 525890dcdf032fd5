/** 1 · Overview: what goes on, what needs someone, what was gained. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link, useNavigate } from "react-router";
import { api, search } from "../api";
import { ago, change, day, duration, figure, number, share } from "../format";
import { Fact, Heading, picks, useNow } from "../parts";
import { useSettings } from "../settings";
import { Nothing, Shown } from "../states";
import type { OverviewOf } from "../types";
import { useWords } from "../words";
import { dueTone } from "./inbox-due";
import { OUTCOMES, StepBar } from "./initiative-steps";

export default function Overview() {
  const overview = useQuery({ queryKey: ["overview"], queryFn: () => api.get<OverviewOf>("/api/overview") });
  return <Shown of={overview}>{(found) => <Page of={found} />}</Shown>;
}

type Queue = { group: string | null; offered: number; claimed: number; others: number; overdue: number };
type Waiting = { id: string; subject: string; due: string | null; owner: string | null };

/** What the inbox knows of overdue work; where it is not set up, the engine's own tasks count. */
function useInbox() {
  const queues = useQuery({ queryKey: ["queues"], queryFn: () => api.get<{ queues: Queue[] }>("/api/inbox/queues"), retry: false });
  const items = useQuery({ queryKey: ["items", "soon"], queryFn: () => api.post<{ items: Waiting[] }>("/api/inbox/items/search", { limit: 5 }), retry: false });
  return { queues: queues.data?.queues ?? null, items: items.data?.items ?? [] };
}

/** Which share of the steps done so far machines did; nothing where nothing was done. */
function useMachineShare(): number | null {
  const count = async (...types: string[]) => (await search("element-instances", { state: "COMPLETED", type: { $in: types } }, { limit: 1 })).page.totalItems;
  const found = useQuery({
    queryKey: ["automation"],
    queryFn: async () => {
      const machine = await count("SERVICE_TASK", "BUSINESS_RULE_TASK", "SCRIPT_TASK", "SEND_TASK");
      const people = await count("USER_TASK", "MANUAL_TASK");
      return { share: machine + people > 0 ? machine / (machine + people) : null };
    },
    retry: false,
  });
  return found.data?.share ?? null;
}

function Page({ of }: { of: OverviewOf }) {
  const { t } = useWords();
  const inbox = useInbox();
  const machine = useMachineShare();
  const navigate = useNavigate();
  const load = inbox.queues ? { ...of.load, overdue: inbox.queues.reduce((sum, one) => sum + one.overdue, 0) } : of.load;
  const urgent = load.overdue + load.incidents;
  const title = urgent
    ? t(`${number(urgent)} 件事等着处理`, `${number(urgent)} things need someone`)
    : of.initiatives.length || load.live
      ? t("没有逾期，也没有异常", "Nothing is overdue and nothing has failed")
      : t("从一份日志开始", "Begin with a log");
  return (
    <>
      <Heading title={title} under={t("再造项目、运行负荷与待处理事项", "Initiatives, live load and what waits for someone")} />
      <div className="stack">
        <div className="facts">
          <Link to="/operations" style={{ color: "inherit" }}><Fact name={t("在办案件", "live cases")} value={number(load.live)} /></Link>
          <Link to="/inbox" style={{ color: "inherit" }}><Fact name={t("待办", "work items")} value={number(load.tasks)} note={load.unassigned ? t(`${load.unassigned} 件未认领`, `${load.unassigned} unclaimed`) : null} /></Link>
          <Link to="/inbox" style={{ color: "inherit" }}><Fact name={t("逾期", "overdue")} value={number(load.overdue)} tone={load.overdue ? "warn" : ""} /></Link>
          <Link to="/operations" style={{ color: "inherit" }}><Fact name={t("异常", "incidents")} value={number(load.incidents)} tone={load.incidents ? "bad" : ""} /></Link>
          <Fact name={t("已办结", "completed")} value={number(load.completed)} />
          {machine !== null ? <Fact name={t("机器办理占比", "done by machines")} value={share(machine)} /> : null}
        </div>
        <Needed items={inbox.items} incidents={load.incidents} />
        {of.initiatives.length ? (
          <section className="line">
            <div className="row" style={{ marginBottom: 8 }}>
              <h2 className="grow" style={{ margin: 0 }}>{t("再造项目", "Initiatives")}</h2>
              <Link to="/initiatives">{t(`全部 ${of.initiativeCount} 个`, `all ${of.initiativeCount}`)}</Link>
            </div>
            {of.initiatives.map((one) => <Row key={one.id} of={one} />)}
          </section>
        ) : (
          <section className="line">
            <Nothing
              title={t("还没有再造项目", "No initiatives yet")}
              action={
                <>
                  <Button type="primary" onClick={() => void navigate("/logs/import")}>{t("导入日志", "Import a log")}</Button>
                  <Button onClick={() => void navigate("/library")}>{t("试用随附场景", "Try a bundled pack")}</Button>
                </>
              }
            >
              {t(
                "导入一份事件日志（案例、活动、时间即可），约一分钟后就能看到流程地图、等待在哪里、以及仿真过的改造方案。",
                "Import an event log (case, activity and time are enough); a minute later you see the process map, where it waits, and options that were simulated.",
              )}
            </Nothing>
          </section>
        )}
      </div>
    </>
  );
}

type Incident = { incidentKey: string; processInstanceKey: string; processDefinitionId: string; elementId: string; errorMessage: string; creationTime: string };

/** The next work by due, and the latest incidents, beside each other. */
function Needed({ items, incidents }: { items: readonly Waiting[]; incidents: number }) {
  const { t, language } = useWords();
  const now = useNow();
  const found = useQuery({ queryKey: ["incidents", "latest"], queryFn: () => search<Incident>("incidents", { state: "ACTIVE" }, { limit: 5 }), enabled: incidents > 0 });
  if (!items.length && !found.data?.items.length) return null;
  return (
    <section className="line columns">
      {items.length ? (
        <div>
          <h2>{t("最先到期", "Due first")}</h2>
          <table className="plain-table"><tbody>
            {items.map((one) => <tr key={one.id}><td><Link to={`/inbox/${one.id}`}>{one.subject}</Link></td><td className="quiet">{one.owner}</td><td className={`num nowrap ${one.due ? dueTone(one.due, now) : "quiet"}`}>{one.due ? ago(one.due, now, language) : ""}</td></tr>)}
          </tbody></table>
        </div>
      ) : null}
      {found.data?.items.length ? (
        <div>
          <h2>{t("停住的案件", "Cases that stand still")}</h2>
          <table className="plain-table"><tbody>
            {found.data.items.map((one) => <tr key={one.incidentKey}><td><Link to={`/operations/instances/${one.processInstanceKey}`}>{one.processDefinitionId} · {one.elementId}</Link></td><td>{one.errorMessage}</td><td className="num nowrap quiet">{ago(one.creationTime, now, language)}</td></tr>)}
          </tbody></table>
        </div>
      ) : null}
    </section>
  );
}

function Row({ of }: { of: OverviewOf["initiatives"][number] }) {
  const { t, say, language } = useWords();
  const { zone } = useSettings();
  const navigate = useNavigate();
  const gain = of.chosen?.gains["cycle_time.median"];
  const reached = of.chosen?.figures["cycle_time.median"];
  const before = of.asIs?.["cycle_time.median"];
  return (
    <div
      {...picks(() => void navigate(`/initiatives/${of.id}`))}
      role="link"
      style={{ display: "grid", gridTemplateColumns: "minmax(200px, 2fr) 1fr 1.2fr 1.6fr", gap: 24, padding: "12px 0", borderTop: "1px solid var(--hairline)", cursor: "pointer", alignItems: "start" }}
    >
      <div>
        <h3>{say(of.title)}</h3>
        <div className="quiet small">{of.source} · {day(of.added, zone)} · {of.by}</div>
      </div>
      <div>
        {of.state === "done" && gain ? (
          <>
            <div style={{ fontSize: "var(--head)", fontWeight: 600 }} className={(gain.value ?? 0) < 0 ? "good" : ""}>{change(gain.value)}</div>
            <div className="quiet small">{t("中位时长", "median cycle time")}</div>
          </>
        ) : of.state === "running" ? <StepBar now={of.progress?.step ?? "read"} /> : <span className="bad">{t("未完成", "not finished")}</span>}
      </div>
      <div className="small">
        {before && reached ? (
          <>
            {duration(before.value, language)} → <b>{duration(reached.value, language)}</b>
            <div className="quiet">{t(`${of.chosen?.moves.length ?? 0} 项改造动作`, `${of.chosen?.moves.length ?? 0} moves`)}</div>
          </>
        ) : null}
      </div>
      <div className="small">
        {(of.goals ?? []).map((goal) => (
          <div key={goal.key}>
            <span className={OUTCOMES[goal.outcome]?.tone ?? "quiet"}><span className="dot" /></span>
            {say(goal.goal)} <span className="quiet">{t("彩排", "rehearsed")} {figure(goal.reached.value, goal.reached.unit, language)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
