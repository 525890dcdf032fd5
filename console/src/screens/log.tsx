/** 4 · One log: its figures, what is wrong with it, its cases; and every case event by event. */
import { useQuery } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { lazy, Suspense, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { api, download } from "../api";
import { day, duration, durationParts, number, share } from "../format";
import { CaseTable } from "../map/cases";
import { Fact, Heading, Source } from "../parts";
import { useSession } from "../session";
import { Problems, Shown } from "../states";
import type { LogOf } from "../types";
import { useWords } from "../words";

const Chart = lazy(() => import("../charts/chart"));

export default function Log() {
  const { id = "" } = useParams();
  const log = useQuery({ queryKey: ["log", id, ""], queryFn: () => api.get<LogOf>(`/api/logs/${id}`) });
  return <Shown of={log}>{(found) => <Page of={found} />}</Shown>;
}

function Page({ of }: { of: LogOf }) {
  const { t, say, language } = useWords();
  const { may } = useSession();
  const navigate = useNavigate();
  const [chosen] = useSearchParams();
  const [all, setAll] = useState(false);
  const { about, facts } = of;
  const zone = about.zone ?? "Asia/Shanghai";
  const [median, unit] = durationParts(facts.cycleMedian ?? 0, language);
  const [late, lateUnit] = durationParts(facts.cycleP90 ?? 0, language);
  const wrong = of.findings.filter((one) => one.severity !== "info").length;
  const most = Math.max(1, ...of.activities.map((one) => one.count));
  const shown = all ? of.activities : of.activities.slice(0, 14);
  return (
    <>
      <Heading
        title={t(`一半案件 ${median} ${unit}内办完，最慢的一成超过 ${late} ${lateUnit}`, `Half of the cases end within ${median} ${unit}; the slowest tenth takes more than ${late} ${lateUnit}`)}
        crumb={<><Link to="/logs">{t("日志", "Logs")}</Link> / {about.title ? say(about.title) : about.name}</>}
        under={`${about.file} · ${day(facts.since, zone)} – ${day(facts.until, zone)} (${zone})`}
      >
        <Button type="primary" onClick={() => void navigate(`/map/${about.id}`)}>{t("流程地图", "Process map")}</Button>
        <Button onClick={() => void navigate(`/findings/${about.id}`)}>{t("瓶颈", "Findings")}</Button>
        {may("design") ? <Button onClick={() => void navigate(`/initiatives?log=${about.id}`)}>{t("建立再造项目", "Start an initiative")}</Button> : null}
        <Dropdown menu={{ items: ["csv", "xes.gz", "parquet"].map((form) => ({ key: form, label: form, onClick: () => void download(`/api/logs/${about.id}/export?form=${form}`, `${about.name}.${form}`) })) }}>
          <Button>{t("导出", "Export")}</Button>
        </Dropdown>
      </Heading>
      <div className="stack">
        <div className="facts">
          <Fact name={t("案例", "cases")} value={number(facts.cases)} />
          <Fact name={t("事件", "events")} value={number(facts.events)} />
          <Fact name={t("活动", "activities")} value={number(facts.activities)} />
          <Fact name={t("走法", "variants")} value={number(of.variants)} />
          <Fact name={t("办理人", "resources")} value={number(facts.resources)} />
          <Fact name={t("已知开始", "start known")} value={share(facts.startKnown)} tone={facts.startKnown < 0.5 ? "warn" : ""} />
          <Fact name={t("已知办理人", "resource known")} value={share(facts.resourceKnown)} tone={facts.resourceKnown < 0.5 ? "warn" : ""} />
        </div>
        <div className="columns line">
          <section>
            <h2>{t("全程时间的分布", "Cycle time")}</h2>
            <Suspense>
              <Chart
                height={220}
                name={t("全程时间的累计分布", "cumulative distribution of the cycle time")}
                option={(look) => ({
                  grid: { left: 44, right: 16, top: 26, bottom: 30 },
                  xAxis: { type: "log", min: Math.max(of.cycle.find((value) => value > 0) ?? 1, 60), axisLabel: { formatter: (value: number) => duration(value, language), color: look.second, hideOverlap: true }, splitLine: { show: false }, axisLine: { lineStyle: { color: look.hairline } } },
                  yAxis: { type: "value", min: 0, max: 1, interval: 0.25, axisLabel: { formatter: (value: number) => share(value), color: look.second }, splitLine: { lineStyle: { color: look.hairline } } },
                  tooltip: { trigger: "axis", formatter: (found: unknown) => { const point = (found as { data: [number, number] }[])[0]?.data; return point ? `${share(point[1])} ≤ ${duration(point[0], language)}` : ""; } },
                  series: [{
                    type: "line", showSymbol: false, lineStyle: { color: look.accent, width: 2 }, areaStyle: { color: look.wash },
                    data: of.cycle.map((value, k) => [Math.max(value, 1), k / 100]),
                    markLine: { silent: true, symbol: "none", lineStyle: { color: look.ink, width: 1 }, label: { color: look.ink, position: "end", rotate: 0 }, data: [
                      { xAxis: Math.max(facts.cycleMedian ?? 1, 1), label: { formatter: t("中位", "median") } },
                      { xAxis: Math.max(facts.cycleP90 ?? 1, 1), label: { formatter: t("九成", "90 %") } },
                    ] },
                  }],
                })}
              />
            </Suspense>
          </section>
          <section>
            <h2>{t("每周新案件", "New cases a week")}</h2>
            <Suspense>
              <Chart
                height={220}
                name={t("每周新案件数", "new cases per week")}
                option={(look) => ({
                  grid: { left: 44, right: 12, top: 14, bottom: 30 },
                  xAxis: { type: "time", axisLabel: { color: look.second, hideOverlap: true }, axisLine: { lineStyle: { color: look.hairline } } },
                  yAxis: { type: "value", axisLabel: { color: look.second }, splitLine: { lineStyle: { color: look.hairline } } },
                  tooltip: { trigger: "axis" },
                  series: [{ type: "bar", barMaxWidth: 14, itemStyle: { color: look.accent }, name: t("案件", "cases"), data: of.load.map(([at, count]) => [at / 1000, count]) }],
                })}
              />
            </Suspense>
          </section>
        </div>
        <div className="columns line">
          <section>
            <h2>{wrong ? t(`${wrong} 处数据问题，已说明如何处理`, `${wrong} data problems, and how they were handled`) : t("数据没有妨碍分析的问题", "Nothing in the data stands in the way")}</h2>
            <Problems of={of.findings} />
          </section>
          <section>
            <h2>{t("活动", "Activities")}</h2>
            <table className="plain-table">
              <tbody>
                {shown.map((one) => (
                  <tr key={one.name}>
                    <td style={{ width: "55%" }}>{one.name}</td>
                    <td><span className="bar" aria-hidden><span style={{ width: `${(100 * one.count) / most}%`, background: "var(--accent)" }} /></span></td>
                    <td className="num">{number(one.count)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {of.activities.length > shown.length ? <button type="button" className="plain" onClick={() => setAll(true)}>{t(`全部 ${of.activities.length} 个`, `all ${of.activities.length}`)}</button> : null}
          </section>
        </div>
        <section className="line">
          <h2>{t("案件", "Cases")}</h2>
          <CaseTable log={about.id} zone={zone} filters={[]} search={chosen.get("case") ?? ""} />
          <Source>{about.file}, {t("全部案件", "all cases")}</Source>
        </section>
      </div>
    </>
  );
}
