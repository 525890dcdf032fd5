/** 5 · Process map: see every way, find where it waits, narrow down by clicking, hold two beside each other. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Drawer, Segmented, Select, Slider, Switch, Tooltip } from "antd";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api, download, query } from "../api";
import { duration, number, share } from "../format";
import { MapCanvas, Legend, type Picked } from "../map/canvas";
import { CaseTable } from "../map/cases";
import { added, described, readFilters, without, written } from "../map/filters";
import { Heading } from "../parts";
import { useSession } from "../session";
import { Loading, Nothing, Shown } from "../states";
import type { Difference, Filter, LogAbout, MapOf, Replay, VariantsOf } from "../types";
import { useWords } from "../words";

export function useLogs() {
  return useQuery({ queryKey: ["logs"], queryFn: () => api.get<{ items: LogAbout[] }>("/api/logs") });
}

export default function ProcessMapScreen() {
  const { t } = useWords();
  const { id } = useParams();
  const navigate = useNavigate();
  const logs = useLogs();
  return (
    <Shown of={logs}>
      {({ items }) => {
        const ready = items.filter((one) => one.ready);
        const log = ready.find((one) => one.id === id) ?? (id ? undefined : ready[0]);
        if (!log) {
          return (
            <div style={{ padding: "0 28px" }}>
              <Nothing title={id ? t("没有这份日志", "There is no such log") : t("还没有可看的日志", "No log to look at yet")} action={<Button type="primary" onClick={() => void navigate("/logs")}>{t("去日志", "Go to logs")}</Button>}>
                {t("导入一份日志，地图立即可看。", "Import a log and the map is there at once.")}
              </Nothing>
            </div>
          );
        }
        return <Page key={log.id} log={log} logs={ready} />;
      }}
    </Shown>
  );
}

function Page({ log, logs }: { log: LogAbout; logs: LogAbout[] }) {
  const { t, say, language } = useWords();
  const words = useWords();
  const { may } = useSession();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const filters = readFilters(search.get("filters"));
  const against = search.get("other");
  const [activities, setActivities] = useState(1);
  const [paths, setPaths] = useState(0.8);
  const [time, setTime] = useState(true);
  const [playing, setPlaying] = useState(false);
  const [picked, setPicked] = useState<Picked>(null);
  const [cases, setCases] = useState(false);
  const zone = log.zone ?? "Asia/Shanghai";
  const set = (next: Filter[]) => {
    setPicked(null);
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (next.length) after.set("filters", written(next));
      else after.delete("filters");
      return after;
    });
  };
  const map = useMap(log.id, filters, activities, paths);
  const replay = useQuery({
    queryKey: ["replay", log.id, written(filters)],
    queryFn: () => api.get<Replay>(query(`/api/logs/${log.id}/replay`, { filters: written(filters), limit: 200 })),
    enabled: playing,
  });
  const title = map.data ? headline(map.data, words) : t("流程地图", "Process map");
  const other = logs.find((one) => one.id === against);
  return (
    <>
      <div style={{ padding: "16px 24px 0" }}>
        <div className="row" style={{ gap: 8, marginBottom: 10 }}>
          <Select style={{ width: 200 }} value={log.id} aria-label={t("日志", "Log")} options={logs.map((one) => ({ value: one.id, label: one.title ? say(one.title) : one.name }))} onChange={(next) => void navigate(`/map/${next}`)} />
          <Select
            style={{ width: 200 }} allowClear placeholder={t("与另一份对比…", "compare with…")} value={against} aria-label={t("对比的日志", "Log to compare with")}
            options={logs.map((one) => ({ value: one.id, label: one.id === log.id ? t("同一日志（不筛选）", "the same log, unfiltered") : one.title ? say(one.title) : one.name }))}
            onChange={(next?: string) => setSearch((before) => { const after = new URLSearchParams(before); if (next) after.set("other", next); else after.delete("other"); return after; })}
          />
          <span className="grow" />
          <Button onClick={() => setCases(true)}>{t("案件", "Cases")}</Button>
          <Button onClick={() => void download(query(`/api/logs/${log.id}/model`, { filters: written(filters) }), `${log.name}.bpmn`)}>{t("存为 BPMN", "Save as BPMN")}</Button>
          {may("design") ? <Button type="primary" onClick={() => void navigate(`/initiatives?log=${log.id}`)}>{t("建立再造项目", "Start an initiative")}</Button> : null}
        </div>
        <Heading
          title={title}
          under={map.data ? t(`${number(map.data.cases)} 件案件${filters.length ? `（共 ${number(map.data.allCases)} 件）` : ""} · 显示 ${share(map.data.activityShare)} 的活动、${share(map.data.pathShare)} 的路径`, `${number(map.data.cases)} cases${filters.length ? ` of ${number(map.data.allCases)}` : ""} · showing ${share(map.data.activityShare)} of activity and ${share(map.data.pathShare)} of the paths`) : log.file}
         />
        <div className="row" style={{ gap: "6px 24px", marginTop: -6 }}>
          <Segmented value={time ? "time" : "count"} onChange={(value) => setTime(value === "time")} options={[{ value: "time", label: t("时间", "Time") }, { value: "count", label: t("次数", "Frequency") }]} />
          <Sliding name={t("活动", "Activities")} value={activities} set={setActivities} />
          <Sliding name={t("路径", "Paths")} value={paths} set={setPaths} />
          <label className="row" style={{ gap: 8 }}>
            <Switch size="small" checked={playing} onChange={setPlaying} aria-label={t("播放", "Play")} /> {t("播放", "Play")}
            {playing && replay.isPending ? <span className="quiet small">…</span> : null}
          </label>
          {map.data ? <Legend map={map.data} time={time} /> : null}
        </div>
        <Chips filters={filters} set={set} />
      </div>
      <div style={{ flex: 1, minHeight: 0, display: "grid", gridTemplateColumns: other || against ? "1fr 1fr" : "minmax(0, 1fr) 300px", borderTop: "1px solid var(--hairline)", marginTop: 12 }}>
        <div style={{ display: "flex", minWidth: 0, minHeight: 0, opacity: map.isPlaceholderData ? 0.6 : 1, flexDirection: "column" }}>
          {map.data && !map.data.cases ? (
            <Nothing title={t("没有符合条件的案件", "No case meets the filters")} action={<Button onClick={() => set([])}>{t("清除筛选", "Clear filters")}</Button>} />
          ) : (
            <Shown of={map}>{(found) => <MapCanvas map={found} time={time} picked={picked} pick={setPicked} replay={playing ? (replay.data ?? null) : null} label={t("流程地图", "Process map")} />}</Shown>
          )}
        </div>
        {other ? (
          <Beside log={log} other={other} filters={filters} activities={activities} paths={paths} time={time} />
        ) : (
          <aside style={{ borderLeft: "1px solid var(--hairline)", overflowY: "auto", padding: "14px 16px" }}>
            {picked ? <Inspector of={picked} add={(one) => set(added(filters, one))} log={log.id} /> : null}
            <VariantList log={log.id} filters={filters} add={(one) => set(added(filters, one))} language={language} />
          </aside>
        )}
      </div>
      <Drawer open={cases} onClose={() => setCases(false)} size={860} title={t("案件", "Cases")} destroyOnHidden>
        <CaseTable log={log.id} zone={zone} filters={filters} />
      </Drawer>
    </>
  );
}

function useMap(log: string, filters: Filter[], activities: number, paths: number) {
  return useQuery({
    queryKey: ["map", log, written(filters), activities, paths],
    queryFn: () => api.get<MapOf>(query(`/api/logs/${log}/map`, { filters: written(filters), activities, paths })),
    placeholderData: keepPreviousData,
  });
}

/** The longest total waiting, as a sentence. */
function headline(map: MapOf, { t, language }: ReturnType<typeof useWords>): string {
  const waits = map.edges.filter((edge) => edge.source >= 0 && edge.target >= 0 && edge.waitingMean !== null);
  const total = waits.reduce((sum, edge) => sum + edge.count * (edge.waitingMean ?? 0), 0);
  const worst = waits.toSorted((a, b) => b.count * (b.waitingMean ?? 0) - a.count * (a.waitingMean ?? 0))[0];
  if (!worst || total <= 0) return t(`${map.nodes.length} 个活动，${map.edges.length} 条路径`, `${map.nodes.length} activities, ${map.edges.length} paths`);
  const part = share((worst.count * (worst.waitingMean ?? 0)) / total);
  const [first, then] = [map.nodes[worst.source]?.name ?? "", map.nodes[worst.target]?.name ?? ""];
  return t(`${part} 的等待在“${first} → ${then}”，中位 ${duration(worst.waitingMedian, language)}`, `${part} of the waiting is on “${first} → ${then}”, ${duration(worst.waitingMedian, language)} at the median`);
}

function Sliding({ name, value, set }: { name: string; value: number; set: (value: number) => void }) {
  const [shown, setShown] = useState(value);
  return (
    <div className="row" style={{ gap: 8 }}>
      <span className="quiet">{name}</span>
      <Slider style={{ width: 120, margin: "4px 0" }} min={0} max={100} value={Math.round(shown * 100)} onChange={(next) => setShown(next / 100)} onChangeComplete={(next) => set(next / 100)} tooltip={{ formatter: (next) => `${next ?? 0} %` }} ariaLabelForHandle={name} />
      <span className="small num" style={{ minWidth: 40 }}>{share(shown)}</span>
    </div>
  );
}

export function Chips({ filters, set }: { filters: Filter[]; set: (next: Filter[]) => void }) {
  const words = useWords();
  if (!filters.length) return null;
  return (
    <div className="row" style={{ gap: 6, marginTop: 8 }}>
      {filters.map((one, k) => (
        <span key={k} style={{ background: "var(--accent-wash)", borderRadius: 6, padding: "1px 4px 1px 10px" }} className="small">
          {described(one, words)}
          <button type="button" className="plain" onClick={() => set(without(filters, k))} aria-label={words.t("去掉", "remove")}>×</button>
        </span>
      ))}
      <button type="button" className="plain small" onClick={() => set([])}>{words.t("全部清除", "clear all")}</button>
    </div>
  );
}

function Inspector({ of, add, log }: { of: NonNullable<Picked>; add: (one: Filter) => void; log: string }) {
  const { t, language } = useWords();
  if ("node" in of) {
    const { node } = of;
    return (
      <section style={{ marginBottom: 20 }}>
        <h2>{node.name}</h2>
        <p className="small quiet">{t(`${number(node.count)} 次，${number(node.cases)} 件案件，办理中位 ${duration(node.processing, language)}`, `${number(node.count)} times in ${number(node.cases)} cases, ${duration(node.processing, language)} of work at the median`)}</p>
        <div className="row" style={{ gap: 6 }}>
          <Button size="small" onClick={() => add({ kind: "having", activities: [node.name] })}>{t("只看经过它的", "only cases with it")}</Button>
          <Button size="small" onClick={() => add({ kind: "without", activities: [node.name] })}>{t("排除", "without it")}</Button>
          <Button size="small" onClick={() => add({ kind: "starting", activities: [node.name] })}>{t("以它开始", "starting here")}</Button>
          <Button size="small" onClick={() => add({ kind: "ending", activities: [node.name] })}>{t("以它结束", "ending here")}</Button>
        </div>
      </section>
    );
  }
  const { edge, first, then } = of;
  return (
    <section style={{ marginBottom: 20 }}>
      <h2>{first} → {then}</h2>
      <p className="small quiet">
        {t(`${number(edge.count)} 次；等待中位 ${duration(edge.waitingMedian, language)}，平均 ${duration(edge.waitingMean, language)}，九成 ${duration(edge.waitingP90, language)}`, `${number(edge.count)} times; waiting ${duration(edge.waitingMedian, language)} median, ${duration(edge.waitingMean, language)} mean, ${duration(edge.waitingP90, language)} 90th percentile`)}
      </p>
      <div className="row" style={{ gap: 6 }}>
        <Button size="small" onClick={() => add({ kind: "following", first, then })}>{t("只看走这条的", "only cases that go so")}</Button>
        <Button size="small" type="link" href={`/findings/${log}?part=waiting`}>{t("为何等待", "why it waits")}</Button>
      </div>
    </section>
  );
}

function VariantList({ log, filters, add, language }: { log: string; filters: Filter[]; add: (one: Filter) => void; language: "zh" | "en" }) {
  const { t } = useWords();
  const [limit, setLimit] = useState(12);
  const variants = useQuery({
    queryKey: ["variants", log, written(filters), limit],
    queryFn: () => api.get<VariantsOf>(query(`/api/logs/${log}/variants`, { filters: written(filters), limit })),
    placeholderData: keepPreviousData,
  });
  if (!variants.data) return <Loading />;
  const { items, total, activities } = variants.data;
  const most = items[0]?.share ?? 1;
  const covered = items.at(-1)?.covered ?? 0;
  return (
    <section>
      <h2>{t(`${number(total)} 种走法`, `${number(total)} variants`)}</h2>
      <p className="small quiet">{t(`前 ${items.length} 种占 ${share(covered)}`, `the first ${items.length} cover ${share(covered)}`)}</p>
      {items.map((one) => (
        <Tooltip key={one.rank} placement="left" title={one.steps.map((step) => activities[step]).join(" → ")}>
          <button type="button" className="plain" style={{ display: "block", width: "100%", textAlign: "left", padding: "6px 4px", color: "var(--ink)" }} onClick={() => add({ kind: "variant", ranks: [one.rank] })}>
            <span className="row small" style={{ gap: 8, flexWrap: "nowrap" }}>
              <span style={{ width: 22 }} className="quiet num">{one.rank + 1}</span>
              <span className="bar grow" aria-hidden><span style={{ width: `${(100 * one.share) / most}%`, background: "var(--accent)" }} /></span>
              <span className="num" style={{ minWidth: 46 }}>{share(one.share, 1)}</span>
            </span>
            <span className="small quiet" style={{ display: "block", paddingLeft: 30 }}>{t(`${number(one.count)} 件 · ${one.steps.length} 步 · 中位 ${duration(one.median, language)}`, `${number(one.count)} cases · ${one.steps.length} steps · ${duration(one.median, language)} median`)}</span>
          </button>
        </Tooltip>
      ))}
      {items.length < total ? <button type="button" className="plain" onClick={() => setLimit(limit + 24)}>{t("更多", "more")}</button> : null}
    </section>
  );
}

function Beside({ log, other, filters, activities, paths, time }: { log: LogAbout; other: LogAbout; filters: Filter[]; activities: number; paths: number; time: boolean }) {
  const { t, say, language } = useWords();
  const map = useMap(other.id, [], activities, paths);
  const differences = useQuery({
    queryKey: ["comparison", log.id, other.id, written(filters)],
    queryFn: () => api.get<{ casesA: number; casesB: number; differences: Difference[] }>(query(`/api/logs/${log.id}/comparison`, { filters: written(filters), other: other.id })),
  });
  const [picked, setPicked] = useState<Picked>(null);
  const real = differences.data?.differences.filter((one) => one.significant) ?? [];
  const shown = (one: Difference, value: number) => (one.aspect.includes("time") ? duration(value, language) : share(value, 1));
  const aspects: Record<string, string> = {
    "cycle time": t("全程时间", "cycle time"), "processing time": t("办理时间", "processing time"), "share of cases with the activity": t("出现占比", "occurs in"),
    "share of cases that repeat the activity": t("返工占比", "repeated in"), "share of steps that take the path": t("走这条的占比", "path taken"),
  };
  return (
    <div style={{ borderLeft: "1px solid var(--hairline)", display: "flex", flexDirection: "column", minHeight: 0, minWidth: 0 }}>
      <div style={{ padding: "8px 16px" }} className="small"><b>{other.title ? say(other.title) : other.name}</b> <span className="quiet">{t(`${number(map.data?.cases)} 件`, `${number(map.data?.cases)} cases`)}</span></div>
      <div style={{ flex: 1, minHeight: 0, display: "flex" }}>
        <Shown of={map}>{(found) => <MapCanvas map={found} time={time} picked={picked} pick={setPicked} replay={null} label={t("对比的流程地图", "Process map to compare with")} />}</Shown>
      </div>
      <div style={{ borderTop: "1px solid var(--hairline)", padding: "10px 16px", maxHeight: "42%", overflow: "auto" }}>
        <h3>{t(`${real.length} 处显著差异`, `${real.length} differences that are not chance`)}</h3>
        <table className="plain-table">
          <tbody>
            {real.slice(0, 20).map((one, k) => (
              <tr key={k}>
                <td>{aspects[one.aspect] ?? one.aspect} <span className="quiet">{one.what}</span></td>
                <td className="num nowrap">{shown(one, one.a)}</td>
                <td className="num nowrap">→ {shown(one, one.b)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
