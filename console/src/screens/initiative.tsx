/** 2 · One initiative: the eight steps, each with its evidence, from the log to the proof. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Dropdown, Progress } from "antd";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, download, listen, request, signedByToken } from "../api";
import { change, day, duration, durationParts, figure, minute, money, number, share } from "../format";
import { MOVES } from "../measures";
import { Fact, Heading, Source } from "../parts";
import { useSession } from "../session";
import { useSettings } from "../settings";
import { Loading, Problems, Shown } from "../states";
import type { InitiativeAbout, InitiativeDocument, InitiativeOf, Step } from "../types";
import { useWords, type Text } from "../words";
import { OUTCOMES, STEPS } from "./initiative-steps";
import { GainRows } from "./option-pictures";

const Diagram = lazy(() => import("../models/diagram"));
const DecisionView = lazy(() => import("../models/decision-view"));
const ValuePicture = lazy(() => import("./value-picture"));
const Pareto = lazy(() => import("./pareto"));

export default function Initiative() {
  const { id = "" } = useParams();
  const found = useQuery({ queryKey: ["initiative", id], queryFn: () => api.get<InitiativeOf>(`/api/initiatives/${id}`) });
  return <Shown of={found}>{(one) => (one.document ? <Done of={one} document={one.document} /> : one.about.state === "running" ? <Running key={one.about.id} of={one} /> : <Failed of={one} />)}</Shown>;
}

function crumb(t: (zh: string, en: string) => string): ReactNode {
  return <Link to="/initiatives">{t("再造项目", "Initiatives")}</Link>;
}

function Running({ of }: { of: InitiativeOf }) {
  const { t, say, language } = useWords();
  const { may } = useSession();
  const queries = useQueryClient();
  const { id } = of.about;
  const [lines, setLines] = useState<Step[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    listen(
      `/api/initiatives/${id}/progress`,
      (event, data) => {
        if (event === "progress") setLines((before) => [...before, data as Step]);
        if (event === "end") void queries.invalidateQueries();
      },
      stop.signal,
    ).catch(() => undefined);
    return () => stop.abort();
  }, [id, queries]);
  const last = lines.at(-1);
  const at = STEPS.findIndex((step) => step.key === last?.step);
  const begun = (key: string) => lines.find((line) => line.step === key)?.at;
  return (
    <>
      <Heading title={last ? t(`第 ${at + 1} 步：${say(last.note)}`, `Step ${at + 1}: ${say(last.note)}`) : t("正在启动…", "Starting…")} crumb={<>{crumb(t)} / {say(of.about.title)}</>} under={t("关闭页面也会继续运行。", "It goes on when you leave this page.")}>
        {may("design") ? <Button onClick={() => void api.post(`/api/initiatives/${id}/cancellation`).then(() => queries.invalidateQueries())}>{t("取消运行", "Cancel")}</Button> : null}
      </Heading>
      <div style={{ maxWidth: 720 }} aria-live="polite">
        {STEPS.map((step, k) => {
          const mine = lines.filter((line) => line.step === step.key).at(-1);
          const next = STEPS.slice(k + 1).map((one) => begun(one.key)).find((one) => one !== undefined);
          const from = begun(step.key);
          const state = k < at ? "done" : k === at ? "now" : "next";
          return (
            <div key={step.key} style={{ display: "grid", gridTemplateColumns: "28px 130px 1fr 80px", gap: 12, padding: "10px 0", borderBottom: "1px solid var(--hairline)", alignItems: "center", color: state === "next" ? "var(--faint)" : "inherit" }}>
              <span className="num">{k + 1}</span>
              <b>{say(step.words)}</b>
              {state === "now" && mine && mine.total > 0 ? <Progress percent={Math.round((100 * mine.done) / mine.total)} size="small" aria-label={say(step.words)} /> : <span className="quiet small">{state === "next" ? "" : say(mine?.note)}</span>}
              <span className="num small quiet">{state === "done" && from && next ? duration((next - from) / 1e6, language) : state === "now" ? "…" : ""}</span>
            </div>
          );
        })}
      </div>
    </>
  );
}

function Failed({ of }: { of: InitiativeOf }) {
  const { t, say } = useWords();
  const navigate = useNavigate();
  return (
    <>
      <Heading title={t("没有运行完", "It did not finish")} crumb={<>{crumb(t)} / {say(of.about.title)}</>}>
        <Button type="primary" onClick={() => void navigate(`/initiatives?log=${of.about.log}`)}>{t("重新建立", "Start again")}</Button>
      </Heading>
      <Problems of={of.about.fault?.problems ?? []} />
    </>
  );
}

function Done({ of, document }: { of: InitiativeOf; document: InitiativeDocument }) {
  const { t, say, language } = useWords();
  const { id = "", step = "prove" } = useParams();
  const { zone } = useSettings();
  const [report, setReport] = useState(false);
  const { about } = of;
  const name = say(about.title);
  const files = ["to_be.bpmn", "decisions.dmn", "as_is.bpmn", "scenario.toml", "options.csv", "initiative.toml", "journal.xes.gz"];
  const chosen = document.redesign.front.find((one) => one.key === document.redesign.chosen) ?? document.redesign.asIs;
  const gain = chosen.gains["cycle_time.median"]?.value;
  const parts: Record<string, ReactNode> = {
    read: <ReadStep of={document} />, map: <MapStep of={document} about={about} />, value: <ValueStep of={document} />, calibrate: <CalibrateStep of={document} />,
    redesign: <RedesignStep of={document} about={about} />, build: <BuildStep of={document} about={about} />, rehearse: <RehearseStep of={document} />, prove: <ProveStep of={document} />,
  };
  return (
    <>
      <Heading
        title={gain ? t(`${name}：中位时长 ${change(gain)}，经仿真与引擎彩排`, `${name}: median cycle time ${change(gain)}, simulated and rehearsed`) : name}
        crumb={crumb(t)}
        under={`${about.source} · ${number(document.read.cases)} ${t("件案件", "cases")} · ${minute(about.added, zone)} · ${about.by}`}
      >
        <Button type="primary" onClick={() => setReport(!report)}>{report ? t("回到步骤", "Back to the steps") : t("看报告", "Read the report")}</Button>
        <Dropdown menu={{ items: [
          { key: "report", label: t("报告（HTML，可打印）", "report (HTML, prints)"), onClick: () => void download(`/api/initiatives/${id}/files/report.${language}.html?download=true`, `${name}.html`) },
          ...files.map((file) => ({ key: file, label: file, onClick: () => void download(`/api/initiatives/${id}/files/${file}?download=true`, file) })),
        ] }}>
          <Button>{t("导出", "Export")}</Button>
        </Dropdown>
        <Link to={`/options/${id}`}><Button>{t("改假设再算", "Change assumptions")}</Button></Link>
      </Heading>
      {report ? <Report id={id} /> : (
        <>
          <nav className="steps8" aria-label={t("八个步骤", "the eight steps")}>
            {STEPS.map((one, k) => (
              <Link key={one.key} to={`/initiatives/${id}/${one.key}`} className={one.key === step ? "now" : "done"} aria-current={one.key === step ? "step" : undefined}>
                {k + 1}<b>{say(one.words)}</b>
              </Link>
            ))}
          </nav>
          {parts[step] ?? parts["prove"]}
        </>
      )}
      <div className="source" style={{ marginTop: 28 }}>{t("种子", "seed")} {document.settings.seed} · {Object.entries(document.versions).map(([key, value]) => `${key} ${value}`).join(" · ")}</div>
    </>
  );
}

/** The report in a frame of its own, which the server's policy shuts off from the console. */
function Report({ id }: { id: string }) {
  const { language, t } = useWords();
  const path = `/api/initiatives/${id}/files/report.${language}.html`;
  const [copy, setCopy] = useState<string | null>(null);
  useEffect(() => {
    if (!signedByToken()) return;
    let made: string | null = null;
    void request("GET", path).then((answer) => answer.blob()).then((blob) => {
      made = URL.createObjectURL(blob);
      setCopy(made);
    });
    return () => { if (made) URL.revokeObjectURL(made); };
  }, [path]);
  const address = signedByToken() ? copy : path;
  return address ? <iframe className="frameless" title={t("报告", "Report")} src={address} /> : <Loading />;
}

function ReadStep({ of }: { of: InitiativeDocument }) {
  const { t } = useWords();
  return (
    <div className="stack">
      <div className="facts">
        <Fact name={t("案例", "cases")} value={number(of.read.cases)} />
        <Fact name={t("事件", "events")} value={number(of.read.events)} />
        <Fact name={t("期间", "period")} value={day(of.map.figures.since, of.read.zone)} unit={`– ${day(of.map.figures.until, of.read.zone)}`} lesser />
      </div>
      <section><h2>{t("数据质量", "Data quality")}</h2><Problems of={of.read.findings} /></section>
      <Source>{of.read.source}, SHA-256 {of.read.digest.slice(0, 16)}…</Source>
    </div>
  );
}

function MapStep({ of, about }: { of: InitiativeDocument; about: InitiativeAbout }) {
  const { t, say, language } = useWords();
  const { figures, variants, machines } = of.map;
  const [median, unit] = durationParts(figures.cycleMedian ?? 0, language);
  return (
    <div className="stack">
      <div className="facts">
        <Fact name={t("中位全程时间", "median cycle time")} value={median} unit={unit} />
        <Fact name={t("九成位", "90th percentile")} value={duration(figures.cycleP90, language)} />
        <Fact name={t("活动", "activities")} value={number(figures.activities)} />
        <Fact name={t("走法", "variants")} value={number(variants.total)} />
        <Fact name={t("有返工的案件", "cases with rework")} value={share(of.map.reworkShare)} />
      </div>
      <section>
        <div className="row"><h2 className="grow">{t("由日志还原的流程", "The process behind the log")}</h2><Link to={`/map/${about.log}`}>{t("在流程地图中查看", "see it on the process map")}</Link></div>
        <Suspense fallback={<Loading />}><Diagram path={`/api/initiatives/${about.id}/files/as_is.bpmn`} /></Suspense>
      </section>
      <div className="columns">
        <section>
          <h2>{t(`最常见的一种走法占 ${share(variants.top[0]?.share)}`, `The most frequent way makes ${share(variants.top[0]?.share)}`)}</h2>
          <table className="plain-table"><tbody>
            {variants.top.map((one, k) => <tr key={k}><td className="num nowrap">{share(one.share, 1)}</td><td>{one.steps.join(" → ")}</td></tr>)}
          </tbody></table>
        </section>
        <section>
          <h2>{t("各活动的办理与等待（中位）", "Work and waiting by activity (median)")}</h2>
          <table className="plain-table">
            <thead><tr><th>{t("活动", "Activity")}</th><th className="num">{t("办理", "Work")}</th><th className="num">{t("等待", "Waiting")}</th><th className="num">{t("重复", "Repeats")}</th></tr></thead>
            <tbody>{of.map.activities.map((one) => <tr key={one.name}><td>{one.name}</td><td className="num nowrap">{duration(one.processing, language)}</td><td className="num nowrap">{duration(one.waiting, language)}</td><td className="num">{number(one.repeats)}</td></tr>)}</tbody>
          </table>
          {machines.length ? <p className="small quiet" style={{ marginTop: 8 }}>{t("判定为机器的办理人：", "taken for machines: ")}{machines.map((one) => `${one.resource}（${one.reasons.map(say).join(t("，", ", "))}）`).join("；")}</p> : null}
        </section>
      </div>
    </div>
  );
}

function ValueStep({ of }: { of: InitiativeDocument }) {
  const { t, say, language } = useWords();
  const { segments } = of.value;
  const first = segments[0];
  return (
    <div className="stack">
      <h2>{first ? t(`先做“${say(first.name)}”：占 ${share(first.share)} 的案件、${share(first.shareOfTime)} 的时间`, `Begin with “${say(first.name)}”: ${share(first.share)} of the cases, ${share(first.shareOfTime)} of the time`) : t("没有可分的业务", "Nothing to tell apart")}</h2>
      <Suspense fallback={<Loading />}><ValuePicture segments={segments} /></Suspense>
      <table className="plain-table">
        <thead><tr><th>{t("业务", "Segment")}</th><th>{t("维度", "By")}</th><th className="num">{t("案件", "Cases")}</th><th className="num">{t("中位时长", "Median time")}</th><th className="num">{t("每件成本", "Cost a case")}</th><th className="num">{t("价值", "Merit")}</th><th>{t("理由", "Why")}</th></tr></thead>
        <tbody>{segments.slice(0, 20).map((one, k) => (
          <tr key={k}><td>{say(one.name)}</td><td className="quiet">{one.dimension}</td><td className="num nowrap">{number(one.cases)} <span className="quiet">{share(one.share)}</span></td><td className="num nowrap">{duration(one.cycleTime, language)}</td><td className="num nowrap">{money(one.cost, language)}</td><td className="num">{number(one.score, 2)}</td><td className="quiet">{say(one.reason)}</td></tr>
        ))}</tbody>
      </table>
    </div>
  );
}

function CalibrateStep({ of }: { of: InitiativeDocument }) {
  const { t, say, language } = useWords();
  const worst = of.calibrate.distances.reduce((most, one) => Math.max(most, Math.abs(one.value ?? 0)), 0);
  return (
    <div className="stack">
      <h2>{t(`仿真与日志的关键数字最多相差 ${share(worst)}`, `The simulation is within ${share(worst)} of the log's key figures`)}</h2>
      <div className="columns">
        <table className="plain-table">
          <thead><tr><th>{t("数字", "Figure")}</th><th className="num">{t("仿真比日志", "Simulation against log")}</th></tr></thead>
          <tbody>{of.calibrate.distances.map((one) => <tr key={one.key}><td>{say(one.name)}</td><td className="num">{change(one.value)}</td></tr>)}</tbody>
        </table>
        <table className="plain-table">
          <thead><tr><th>{t("距离（越小越近）", "Distance (smaller is closer)")}</th><th className="num">{t("仿真", "Simulation")}</th><th className="num">{t("日志两半之间", "Halves of the log")}</th></tr></thead>
          <tbody>{Object.entries(of.calibrate.apart).map(([key, value]) => <tr key={key}><td>{key}</td><td className="num">{number(value, 2)}</td><td className="num">{number(of.calibrate.floor[key], 2)}</td></tr>)}</tbody>
        </table>
      </div>
      <p className="quiet">{of.calibrate.discovery ? t(`采用 ${of.calibrate.discovery}；试过 ${of.calibrate.tried.map((one) => `${one.way}（${number(one.misfit, 2)}）`).join("、")}`, `taken: ${of.calibrate.discovery}; tried: ${of.calibrate.tried.map((one) => `${one.way} (${number(one.misfit, 2)})`).join(", ")}`) : t("采用给定的模型", "the given model was taken")}</p>
      <section>
        <h2>{t("人手与费率", "People and rates")}</h2>
        <table className="plain-table" style={{ maxWidth: 560 }}>
          <thead><tr><th>{t("角色", "Role")}</th><th className="num">{t("人数", "People")}</th><th className="num">{t("每小时", "An hour")}</th></tr></thead>
          <tbody>{of.settings.roles.map((one) => <tr key={one.name}><td>{one.name}{one.automatic ? <span className="quiet"> · {t("机器", "machine")}</span> : null}</td><td className="num">{number(one.people)}</td><td className="num">{money(one.costPerHour, language)}</td></tr>)}</tbody>
        </table>
      </section>
    </div>
  );
}

function RedesignStep({ of, about }: { of: InitiativeDocument; about: InitiativeAbout }) {
  const { t, say, language } = useWords();
  const { redesign } = of;
  const chosen = redesign.front.find((one) => one.key === redesign.chosen);
  const moves = chosen?.moves.map((key) => redesign.proposals.find((one) => one.key === key)).filter((one) => one !== undefined) ?? [];
  return (
    <div className="stack">
      <h2>{chosen ? t(`选定${say(chosen.label)}：${moves.length} 项动作，中位时长 ${change(chosen.gains["cycle_time.median"]?.value)}，每案成本 ${change(chosen.gains["cost.mean"]?.value)}`, `Chosen: ${say(chosen.label)} with ${moves.length} moves; median ${change(chosen.gains["cycle_time.median"]?.value)}, cost ${change(chosen.gains["cost.mean"]?.value)}`) : t("没有比现状更好的方案", "No option beats the as-is")}</h2>
      <div className="columns">
        <Suspense fallback={<Loading />}><Pareto of={redesign} /></Suspense>
        <GainRows of={redesign} objective="cycle_time.median" />
      </div>
      <section>
        <h2>{t("选定方案的动作", "The moves of the chosen option")}</h2>
        {moves.map((one, k) => (
          <div key={one.key} style={{ padding: "10px 0", borderBottom: "1px solid var(--hairline)" }}>
            <b>{k + 1}. {say(one.words)}</b> <span className="quiet small">{say(MOVES[one.move]) || one.move} · {t("投入", "effort")} {number(one.effort)} {t("人日", "person-days")} · {t("风险", "risk")} {share(one.risk)}</span>
            <div className="quiet">{say(one.reason)}</div>
            {one.assumptions.length ? <div className="small quiet">{t("假设：", "assumes: ")}{one.assumptions.map((other) => `${say(other.words)}（${figure(other.value, other.unit, language)}）`).join("；")}</div> : null}
          </div>
        ))}
      </section>
      {about.wishes?.length ? <section><h2>{t("从瓶颈记下的愿望", "Wishes noted from findings")}</h2><ul>{about.wishes.map((one, k) => <li key={k}>{say(one.words)} <span className="quiet small">{one.by}</span></li>)}</ul></section> : null}
      <Source>{t(`${redesign.evaluations} 个组合 × ${redesign.cases} 件仿真；前沿方案各 ${redesign.replications} 次重复；种子 ${redesign.seed}`, `${redesign.evaluations} combinations of ${redesign.cases} simulated cases; ${redesign.replications} replications each on the front; seed ${redesign.seed}`)}</Source>
    </div>
  );
}

function BuildStep({ of, about }: { of: InitiativeDocument; about: InitiativeAbout }) {
  const { t, say } = useWords();
  const { may } = useSession();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const draw = async () => {
    try {
      const source = await api.text(`/api/initiatives/${about.id}/files/to_be.bpmn`);
      const made = await api.post<{ id: string }>("/api/models", { name: say(about.title), kind: "bpmn", source });
      if (of.build.decisions) {
        const decisions = await api.text(`/api/initiatives/${about.id}/files/decisions.dmn`);
        await api.post("/api/models", { name: `${say(about.title)} ${t("决策", "decisions")}`, kind: "dmn", source: decisions });
      }
      void navigate(`/studio/${made.id}`);
    } catch (fault) {
      void message.error(String(fault));
    }
  };
  const changed = Object.values(of.build.changes).length;
  return (
    <div className="stack">
      <div className="row">
        <h2 className="grow">{t(`改动 ${changed} 处，可直接部署`, `${changed} changes, ready to deploy`)}</h2>
        {may("design") ? <Button type="primary" onClick={() => void draw()}>{t("在设计中打开", "Open in the studio")}</Button> : null}
      </div>
      <section>
        <h3>{t("现状", "As is")}</h3>
        <Suspense fallback={<Loading />}><Diagram path={`/api/initiatives/${about.id}/files/as_is.bpmn`} marks={of.build.changes} /></Suspense>
        <h3 style={{ marginTop: 16 }}>{t("再造后", "To be")} <span className="small quiet">{t("绿：新增　黄：改动　红：删除", "green: added, amber: changed, red: removed")}</span></h3>
        <Suspense fallback={<Loading />}><Diagram path={`/api/initiatives/${about.id}/files/to_be.bpmn`} marks={of.build.changes} /></Suspense>
      </section>
      {of.build.decisions ? <section><h3>{t("决策表", "Decision tables")}</h3><Suspense fallback={<Loading />}><DecisionView path={`/api/initiatives/${about.id}/files/decisions.dmn`} /></Suspense></section> : null}
      <section><h3>{t("检查", "Check")}</h3><Problems of={of.build.problems} /></section>
      {of.build.assumed.length ? <section><h3>{t("构建时的假设", "Assumed when building")}</h3><ul>{of.build.assumed.map((one) => <li key={one.key}>{say(one.words)}</li>)}</ul></section> : null}
    </div>
  );
}

function RehearseStep({ of }: { of: InitiativeDocument }) {
  const { t, say, language } = useWords();
  const { rehearse, prove } = of;
  const simulated = prove.figures["to-be-simulated"] ?? {};
  const rehearsed = prove.figures["to-be-rehearsed"] ?? {};
  return (
    <div className="stack">
      <h2>{t(`${number(rehearse.cases)} 件案件在真实引擎上办结 ${number(rehearse.finished)} 件`, `${number(rehearse.finished)} of ${number(rehearse.cases)} cases ended on the real engine`)}</h2>
      <table className="plain-table" style={{ maxWidth: 760 }}>
        <thead><tr><th>{t("数字", "Figure")}</th><th className="num">{t("仿真", "Simulated")}</th><th className="num">{t("引擎彩排", "Rehearsed")}</th></tr></thead>
        <tbody>{Object.values(rehearsed).map((one) => <tr key={one.key}><td>{say(one.name)}</td><td className="num nowrap">{figure(simulated[one.key]?.value, one.unit, language)}</td><td className="num nowrap">{figure(one.value, one.unit, language)}</td></tr>)}</tbody>
      </table>
      <section><h3>{t("彩排中的异常", "Incidents in rehearsal")}</h3><Problems of={rehearse.incidents} /></section>
      <Source>{t(`虚拟时钟、模拟人员，种子 ${rehearse.seed}`, `virtual clock, simulated people, seed ${rehearse.seed}`)}</Source>
    </div>
  );
}

const STAGES: readonly { key: string; words: Text }[] = [
  { key: "as-is", words: { zh: "现状（日志）", en: "as is (log)" } },
  { key: "as-is-simulated", words: { zh: "现状（仿真）", en: "as is (simulated)" } },
  { key: "to-be-simulated", words: { zh: "再造后（仿真）", en: "to be (simulated)" } },
  { key: "to-be-rehearsed", words: { zh: "再造后（彩排）", en: "to be (rehearsed)" } },
];

function ProveStep({ of }: { of: InitiativeDocument }) {
  const { t, say, language } = useWords();
  const { prove } = of;
  const final = prove.results.filter((one) => one.stage === "to-be-rehearsed");
  const met = final.filter((one) => one.outcome === "met").length;
  const keys = Object.keys(prove.figures["to-be-rehearsed"] ?? {});
  return (
    <div className="stack">
      <h2>{final.length ? t(`${final.length} 个目标在彩排中达到 ${met} 个`, `${met} of ${final.length} goals are met in rehearsal`) : t("没有设目标", "No goals were set")}</h2>
      <div className="facts">
        {final.map((one) => (
          <Fact key={one.key} name={<>{say(one.goal)} <span className={OUTCOMES[one.outcome]?.tone ?? ""}><span className="dot" style={{ marginLeft: 6 }} />{say(OUTCOMES[one.outcome]?.words)}</span></>} value={figure(one.reached.value, one.reached.unit, language)} note={t(`原 ${figure(one.reference.value, one.reference.unit, language)}，目标 ${figure(one.target, one.reached.unit, language)}`, `was ${figure(one.reference.value, one.reference.unit, language)}, goal ${figure(one.target, one.reached.unit, language)}`)} />
        ))}
      </div>
      <div className="scroll">
        <table className="plain-table">
          <thead><tr><th>{t("数字（95 % 区间）", "Figure (95 % interval)")}</th>{STAGES.map((stage) => <th key={stage.key} className="num">{say(stage.words)}</th>)}</tr></thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key}>
                <td>{say(prove.figures["to-be-rehearsed"]?.[key]?.name)}</td>
                {STAGES.map((stage) => {
                  const one = prove.figures[stage.key]?.[key];
                  return <td key={stage.key} className="num nowrap">{one ? <>{figure(one.value, one.unit, language)}{one.low !== one.high ? <div className="quiet small">{figure(one.low, one.unit, language)} – {figure(one.high, one.unit, language)}</div> : null}</> : <span className="quiet">–</span>}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="columns">
        <section><h3>{t("看到了什么", "What was seen")}</h3><ul>{prove.measured.map((one, k) => <li key={k}>{say(one)}</li>)}</ul></section>
        <section><h3>{t("假设了什么", "What was assumed")}</h3><ul>{prove.assumed.map((one) => <li key={one.key}>{say(one.words)} <span className="quiet">{figure(one.value, one.unit, language)}</span></li>)}</ul></section>
      </div>
    </div>
  );
}
