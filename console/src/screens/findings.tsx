/** 6 · Findings: where time goes and why, what deviates, what a robot could do; each with its size and its cases. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button, InputNumber, Select, Tabs } from "antd";
import type { ReactNode } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { api, query, save } from "../api";
import { day, duration, hours, money, number, share } from "../format";
import { added, readFilters, written } from "../map/filters";
import { Heading, Source } from "../parts";
import { useSession } from "../session";
import { useSettings } from "../settings";
import { Nothing, Shown } from "../states";
import type { Difference, Filter, InitiativeAbout, LogAbout } from "../types";
import { useWords, type Text } from "../words";
import { Chips, useLogs } from "./process-map";

type Waiting = {
  cases: number; perYear: number; hours: Record<string, number>; total: number; efficiency: number; known: boolean;
  items: { source: string; target: string; count: number; hours: Record<string, number>; total: number; filter: Filter }[];
};
type Rework = {
  cases: number; perYear: number; share: number; pingPong: { a: string; b: string; times: number; filter: Filter }[];
  items: { activity: string; cases: number; repeatedCases: number; repeats: number; selfLoops: number; hours: number; filter: Filter }[];
};
type HandOvers = {
  cases: number; share: number; perCase: number; pingPong: number | null; people: { giver: string; taker: string; count: number }[];
  items: { source: string; target: string; passed: number; handed: number; unknown: number; waiting: number | null; filter: Filter }[];
};
type Robots = { items: { activity: string; executionsPerYear: number; hours: number | null; saved: number | null; steadiness: number; clarity: number; regularity: number; score: number; vetoes: Text[]; filter: Filter }[] };
type Drifts = { items: { at: number; casesBefore: number; casesAfter: number; p: number; changes: Difference[]; filter: Filter }[] };
type Deviations = { cases: number; checked: number; fitting: number; perYear: number; items: { side: string; activity: string; cases: number; times: number; hours: number | null; filter: Filter }[] };
type Delays = { perYear: number; items: { activity: string; executions: number; share: number; mean: number; median: number; hours: number; filter: Filter }[] };
type Effects = { items: { attribute: string; level: string; cases: number; difference: { value: number; low: number; high: number }; p: number; hours: number }[] };

const CAUSES: readonly { key: string; words: Text; colour: string; means: Text }[] = [
  { key: "contention", words: { zh: "排队", en: "contention" }, colour: "#0B7A75", means: { zh: "办理人正忙更早到的", en: "the person is busy with earlier work" } },
  { key: "unavailability", words: { zh: "不在班", en: "off hours" }, colour: "#2F5D9B", means: { zh: "下班或休假", en: "outside working hours" } },
  { key: "batching", words: { zh: "攒批", en: "batching" }, colour: "#B26A00", means: { zh: "等一批到齐再办", en: "waits until a batch is full" } },
  { key: "prioritisation", words: { zh: "插队", en: "priority" }, colour: "#7B4B94", means: { zh: "办理人先办更晚到的", en: "later work is done first" } },
  { key: "outside", words: { zh: "外部", en: "outside" }, colour: "#6B7A1F", means: { zh: "客户、合作方、系统", en: "customers, partners, systems" } },
  { key: "unknown", words: { zh: "不明", en: "unknown" }, colour: "#9AA3AD", means: { zh: "没有记录办理人", en: "no resource recorded" } },
];

export default function FindingsScreen() {
  const { t } = useWords();
  const { id } = useParams();
  const navigate = useNavigate();
  const logs = useLogs();
  return (
    <Shown of={logs}>
      {({ items }) => {
        const ready = items.filter((one) => one.ready);
        const log = ready.find((one) => one.id === id) ?? (id ? undefined : ready[0]);
        if (!log) return <Nothing title={t("还没有可看的日志", "No log to look at yet")} action={<Button type="primary" onClick={() => void navigate("/logs")}>{t("去日志", "Go to logs")}</Button>} />;
        return <Page key={log.id} log={log} logs={ready} />;
      }}
    </Shown>
  );
}

type Look = { log: LogAbout; filters: Filter[]; add: (one: Filter) => void; wish: (kind: string, activity: string, words: Text) => ReactNode };

function Page({ log, logs }: { log: LogAbout; logs: LogAbout[] }) {
  const { t, say } = useWords();
  const { rate, choose } = useSettings();
  const { may } = useSession();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const filters = readFilters(search.get("filters"));
  const part = search.get("part") ?? "waiting";
  const initiatives = useQuery({ queryKey: ["initiatives"], queryFn: () => api.get<{ items: InitiativeAbout[] }>("/api/initiatives") });
  const mine = initiatives.data?.items.find((one) => one.log === log.id);
  const wishing = useMutation({
    mutationFn: (one: { kind: string; activity: string; words: Text }) => api.post(`/api/initiatives/${mine?.id ?? ""}/moves`, one),
    onSuccess: () => void message.success(t(`已记入“${say(mine?.title)}”，在“再造”一步可见`, `noted in “${say(mine?.title)}”, see its redesign step`)),
    onError: (fault) => void message.error(fault.message),
  });
  const set = (next: Filter[]) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (next.length) after.set("filters", written(next));
      else after.delete("filters");
      return after;
    });
  const look: Look = {
    log,
    filters,
    add: (one) => void navigate(query(`/map/${log.id}`, { filters: written(added(filters, one)) })),
    wish: (kind, activity, words) =>
      may("design") && mine ? <Button size="small" type="text" onClick={() => wishing.mutate({ kind, activity, words })}>{t("设为动作", "make it a move")}</Button> : null,
  };
  const tabs: [string, string, ReactNode][] = [
    ["waiting", t("等待", "Waiting"), <WaitingPart key="w" {...look} />],
    ["rework", t("返工", "Rework"), <ReworkPart key="r" {...look} />],
    ["handovers", t("交接", "Hand-overs"), <HandOverPart key="h" {...look} />],
    ["deviations", t("偏离", "Deviations"), <DeviationPart key="d" {...look} />],
    ["robots", t("可用机器人", "Robot candidates"), <RobotPart key="b" {...look} />],
    ["delays", t("外部延迟", "Outside delays"), <DelayPart key="l" {...look} />],
    ["effects", t("哪些案件更慢", "Slower cases"), <EffectPart key="e" {...look} />],
    ["drift", t("何时变了", "Changes over time"), <DriftPart key="c" {...look} />],
  ];
  return (
    <>
      <div className="row" style={{ justifyContent: "flex-end", marginBottom: 8 }}>
        <span className="quiet small">{t("人工每小时", "an hour of work costs")}</span>
        <InputNumber style={{ width: 130 }} min={0} max={1e6} value={rate / 100} suffix={t("元", "yuan")} aria-label={t("人工每小时成本", "cost of an hour of work")} onChange={(value) => choose({ rate: Math.round((value ?? 0) * 100) })} />
        <Select style={{ width: 220 }} value={log.id} aria-label={t("日志", "Log")} options={logs.map((one) => ({ value: one.id, label: one.title ? say(one.title) : one.name }))} onChange={(next) => void navigate(`/findings/${next}?part=${part}`)} />
      </div>
      <Tabs
        activeKey={part}
        destroyOnHidden
        onChange={(key) => setSearch((before) => { const after = new URLSearchParams(before); after.set("part", key); return after; })}
        items={tabs.map(([key, label, children]) => ({ key, label, children: <><Chips filters={filters} set={set} />{children}</> }))}
      />
    </>
  );
}

function usePart<T>(log: string, part: string, filters: Filter[]) {
  return useQuery({ queryKey: ["finding", log, part, written(filters)], queryFn: () => api.get<T>(query(`/api/logs/${log}/findings/${part}`, { filters: written(filters) })), staleTime: 300_000 });
}

function CsvButton({ name, rows }: { name: string; rows: () => (string | number | null)[][] }) {
  const give = () => {
    const text = rows().map((row) => row.map((cell) => (typeof cell === "string" ? `"${cell.replaceAll('"', '""')}"` : (cell ?? ""))).join(",")).join("\n");
    save(new Blob([`\ufeff${text}\n`], { type: "text/csv;charset=utf-8" }), `${name}.csv`);
  };
  return <Button size="small" onClick={give}>CSV</Button>;
}

function WaitingPart({ log, filters, add, wish }: Look) {
  const { t, say, language } = useWords();
  const found = usePart<Waiting>(log.id, "waiting", filters);
  return (
    <Shown of={found} what={t("正在分解等待的原因…", "Splitting waiting into its causes…")}>
      {(one) => {
        if (!one.known) return <Nothing title={t("看不到等待", "Waiting cannot be seen")}>{t("日志没有开始时间，等待与办理分不开。导入时对应“开始时间”列即可。", "The log has no start times, so waiting and work cannot be told apart. Map a start column when importing.")}</Nothing>;
        const top = one.items.slice(0, 2).reduce((sum, item) => sum + item.total, 0) / (one.total || 1);
        const most = one.items[0]?.total ?? 1;
        return (
          <>
            <Heading
              title={t(`两处交接占全部等待的 ${share(top)}`, `Two hand-overs make ${share(top)} of the waiting`)}
              under={t(`共 ${hours(one.total, language)}，平均每件 ${hours(one.total / Math.max(one.cases, 1), language)}；时间中只有 ${share(one.efficiency, 1)} 在办理`, `${hours(one.total, language)} in all, ${hours(one.total / Math.max(one.cases, 1), language)} a case; only ${share(one.efficiency, 1)} of the time is work`)}
            >
              <CsvButton name={`${log.name}-waiting`} rows={() => [["from", "to", "count", ...CAUSES.map((cause) => `${cause.key}_hours`)], ...one.items.map((item) => [item.source, item.target, item.count, ...CAUSES.map((cause) => item.hours[cause.key] ?? 0)])]} />
            </Heading>
            <div className="row small" style={{ gap: 20, marginBottom: 10 }}>
              {CAUSES.filter((cause) => (one.hours[cause.key] ?? 0) > 0).map((cause) => (
                <span key={cause.key} title={say(cause.means)}>
                  <span style={{ display: "inline-block", width: 10, height: 10, borderRadius: 2, background: cause.colour, marginRight: 6 }} />
                  {say(cause.words)} <b>{share((one.hours[cause.key] ?? 0) / (one.total || 1))}</b>
                </span>
              ))}
            </div>
            <table className="plain-table">
              <thead>
                <tr><th style={{ width: "34%" }}>{t("从 → 到", "From → to")}</th><th>{t("每件案件的等待，按原因", "Waiting per case, by cause")}</th><th className="num">{t("每件", "Per case")}</th><th className="num">{t("每年", "A year")}</th><th className="num">{t("次数", "Times")}</th><th /></tr>
              </thead>
              <tbody>
                {one.items.map((item) => (
                  <tr key={`${item.source}→${item.target}`}>
                    <td>{item.source} → {item.target}</td>
                    <td>
                      <span className="bar" role="img" aria-label={CAUSES.map((cause) => `${say(cause.words)} ${hours(item.hours[cause.key], language)}`).join(", ")}>
                        {CAUSES.map((cause) => <span key={cause.key} style={{ width: `${(100 * (item.hours[cause.key] ?? 0)) / most}%`, background: cause.colour }} />)}
                      </span>
                    </td>
                    <td className="num nowrap">{hours(item.total / Math.max(one.cases, 1), language)}</td>
                    <td className="num nowrap">{hours(item.total * one.perYear, language)}</td>
                    <td className="num">{number(item.count)}</td>
                    <td className="num nowrap">
                      <Button size="small" type="text" onClick={() => add(item.filter)}>{t("案件", "cases")}</Button>
                      {wish("waiting", item.target, { zh: `缩短“${item.source} → ${item.target}”的等待`, en: `cut the waiting on “${item.source} → ${item.target}”` })}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <Source>{log.file}, {t(`${number(one.cases)} 件案件；等待是从可办到开始，按办理人的工作日历拆分`, `${number(one.cases)} cases; waiting runs from enabled to start, split by each person's own calendar`)}</Source>
          </>
        );
      }}
    </Shown>
  );
}

function ReworkPart({ log, filters, add, wish }: Look) {
  const { t, language } = useWords();
  const { rate } = useSettings();
  const found = usePart<Rework>(log.id, "rework", filters);
  return (
    <Shown of={found}>
      {(one) => {
        const total = one.items.reduce((sum, item) => sum + item.hours, 0) * one.perYear;
        return (
          <>
            <Heading
              title={one.share > 0 ? t(`${share(one.share)} 的案件有活动被重复办理`, `${share(one.share)} of the cases do something again`) : t("没有重复办理", "Nothing is done again")}
              under={total > 0 ? t(`重复办理每年花 ${hours(total, language)}，约 ${money(total * rate, language)}`, `the repeats take ${hours(total, language)} a year, about ${money(total * rate, language)}`) : ""}
            >
              <CsvButton name={`${log.name}-rework`} rows={() => [["activity", "cases", "repeated_cases", "repeats", "hours"], ...one.items.map((item) => [item.activity, item.cases, item.repeatedCases, item.repeats, item.hours])]} />
            </Heading>
            <div className="columns">
              <table className="plain-table">
                <thead><tr><th>{t("活动", "Activity")}</th><th className="num">{t("重复案件", "Cases")}</th><th className="num">{t("多办次数", "Repeats")}</th><th className="num">{t("每年工时", "Hours a year")}</th><th className="num">{t("每年成本", "Cost a year")}</th><th /></tr></thead>
                <tbody>
                  {one.items.map((item) => (
                    <tr key={item.activity}>
                      <td>{item.activity}</td>
                      <td className="num">{share(item.repeatedCases / Math.max(item.cases, 1))}</td>
                      <td className="num">{number(item.repeats)}</td>
                      <td className="num nowrap">{hours(item.hours * one.perYear, language)}</td>
                      <td className="num nowrap">{money(item.hours * one.perYear * rate, language)}</td>
                      <td className="num nowrap">
                        <Button size="small" type="text" onClick={() => add(item.filter)}>{t("案件", "cases")}</Button>
                        {wish("rework", item.activity, { zh: `减少“${item.activity}”的返工`, en: `less rework of “${item.activity}”` })}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {one.pingPong.length ? (
                <section>
                  <h3>{t("来回传递", "Back and forth")}</h3>
                  <table className="plain-table"><tbody>
                    {one.pingPong.map((item) => <tr key={`${item.a} ${item.b}`}><td>{item.a} → {item.b} → {item.a}</td><td className="num">{number(item.times)}</td></tr>)}
                  </tbody></table>
                </section>
              ) : null}
            </div>
          </>
        );
      }}
    </Shown>
  );
}

function HandOverPart({ log, filters, add, wish }: Look) {
  const { t, language } = useWords();
  const found = usePart<HandOvers>(log.id, "handovers", filters);
  return (
    <Shown of={found}>
      {(one) => (
        <>
          <Heading
            title={t(`每件案件换手 ${number(one.perCase, 1)} 次，${share(one.share)} 的步骤换人`, `A case changes hands ${number(one.perCase, 1)} times; ${share(one.share)} of the steps change the person`)}
            under={one.pingPong ? t(`${share(one.pingPong)} 的换手随即退回`, `${share(one.pingPong)} of the hand-overs come straight back`) : ""}
          />
          <div className="columns">
            <table className="plain-table">
              <thead><tr><th>{t("从 → 到", "From → to")}</th><th className="num">{t("换手", "Handed over")}</th><th className="num">{t("占比", "Share")}</th><th className="num">{t("等待中位", "Median waiting")}</th><th /></tr></thead>
              <tbody>
                {one.items.map((item) => (
                  <tr key={`${item.source}→${item.target}`}>
                    <td>{item.source} → {item.target}</td>
                    <td className="num">{number(item.handed)}</td>
                    <td className="num">{share(item.handed / Math.max(item.passed, 1))}</td>
                    <td className="num nowrap">{duration(item.waiting, language)}</td>
                    <td className="num nowrap">
                      <Button size="small" type="text" onClick={() => add(item.filter)}>{t("案件", "cases")}</Button>
                      {wish("handover", item.target, { zh: `“${item.source}”与“${item.target}”由同一人办`, en: `one person for “${item.source}” and “${item.target}”` })}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {one.people.length ? (
              <section>
                <h3>{t("最常见的换手", "Most frequent hand-overs")}</h3>
                <table className="plain-table"><tbody>{one.people.map((item) => <tr key={`${item.giver} ${item.taker}`}><td>{item.giver} → {item.taker}</td><td className="num">{number(item.count)}</td></tr>)}</tbody></table>
              </section>
            ) : null}
          </div>
        </>
      )}
    </Shown>
  );
}

function DeviationPart({ log, filters, add }: Look) {
  const { t, language } = useWords();
  const found = usePart<Deviations>(log.id, "deviations", filters);
  return (
    <Shown of={found} what={t("正在与常见走法逐件对齐…", "Aligning cases with the usual way…")}>
      {(one) => (
        <>
          <Heading title={t(`${share(one.fitting)} 的案件完全按常见走法办理`, `${share(one.fitting)} of the cases go exactly the usual way`)} under={t("常见走法由最常见的八成案件发现；以下是做多了和漏做的", "the usual way is discovered from the most frequent four fifths; below is what is done besides or left out")} />
          <table className="plain-table" style={{ maxWidth: 900 }}>
            <thead><tr><th>{t("偏离", "Deviation")}</th><th>{t("活动", "Activity")}</th><th className="num">{t("案件", "Cases")}</th><th className="num">{t("次数", "Times")}</th><th className="num">{t("每年工时", "Hours a year")}</th><th /></tr></thead>
            <tbody>
              {one.items.map((item, k) => (
                <tr key={k}>
                  <td className="nowrap">{item.side === "log" ? t("多做", "done besides") : t("漏做", "left out")}</td>
                  <td>{item.activity}</td>
                  <td className="num">{number(item.cases)} <span className="quiet">{share(item.cases / Math.max(one.cases, 1))}</span></td>
                  <td className="num">{number(item.times)}</td>
                  <td className="num nowrap">{item.hours === null ? "–" : hours(item.hours * one.perYear, language)}</td>
                  <td className="num"><Button size="small" type="text" onClick={() => add(item.filter)}>{t("案件", "cases")}</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
          <Source>{t(`核对了最常见的走法，占 ${share(one.checked)} 的案件`, `the most frequent variants were checked, ${share(one.checked)} of the cases`)}</Source>
        </>
      )}
    </Shown>
  );
}

function RobotPart({ log, filters, add, wish }: Look) {
  const { t, say, language } = useWords();
  const { rate } = useSettings();
  const found = usePart<Robots>(log.id, "robots", filters);
  return (
    <Shown of={found}>
      {(one) => {
        const good = one.items.filter((item) => !item.vetoes.length);
        const saved = good.reduce((sum, item) => sum + (item.saved ?? 0), 0);
        return (
          <>
            <Heading title={good.length ? t(`${good.length} 个活动适合机器人`, `${good.length} activities suit a robot`) : t("没有活动适合机器人", "No activity suits a robot")} under={saved > 0 ? t(`每年可省 ${hours(saved, language)}，约 ${money(saved * rate, language)}`, `they would save ${hours(saved, language)} a year, about ${money(saved * rate, language)}`) : ""} />
            <table className="plain-table">
              <thead><tr><th>{t("活动", "Activity")}</th><th className="num">{t("得分", "Score")}</th><th className="num">{t("每年次数", "Times a year")}</th><th className="num">{t("每年工时", "Hours a year")}</th><th className="num">{t("可省", "Saved")}</th><th className="num">{t("可省成本", "Money")}</th><th className="num">{t("时长稳定", "Steady")}</th><th className="num">{t("去向明确", "Clear")}</th><th className="num">{t("少例外", "Regular")}</th><th>{t("不适合的原因", "What speaks against it")}</th><th /></tr></thead>
              <tbody>
                {one.items.map((item) => (
                  <tr key={item.activity} style={item.vetoes.length ? { color: "var(--second)" } : {}}>
                    <td>{item.activity}</td>
                    <td className="num">{number(item.score)}</td>
                    <td className="num">{number(item.executionsPerYear)}</td>
                    <td className="num nowrap">{hours(item.hours, language)}</td>
                    <td className="num nowrap">{hours(item.saved, language)}</td>
                    <td className="num nowrap">{item.saved === null ? "–" : money(item.saved * rate, language)}</td>
                    <td className="num">{share(item.steadiness)}</td>
                    <td className="num">{share(item.clarity)}</td>
                    <td className="num">{share(item.regularity)}</td>
                    <td>{item.vetoes.map(say).join(t("；", "; "))}</td>
                    <td className="num nowrap">
                      <Button size="small" type="text" onClick={() => add(item.filter)}>{t("案件", "cases")}</Button>
                      {item.vetoes.length ? null : wish("robot", item.activity, { zh: `“${item.activity}”交给机器人`, en: `a robot for “${item.activity}”` })}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        );
      }}
    </Shown>
  );
}

function DelayPart({ log, filters, add }: Look) {
  const { t, language } = useWords();
  const found = usePart<Delays>(log.id, "delays", filters);
  return (
    <Shown of={found}>
      {(one) =>
        one.items.length ? (
          <>
            <Heading title={t(`${one.items.length} 个活动在人手空闲时仍然晚开始`, `${one.items.length} activities start late though their people are free`)} under={t("多半在等客户、合作方或外部系统", "mostly waiting for customers, partners or other systems")} />
            <table className="plain-table" style={{ maxWidth: 900 }}>
              <thead><tr><th>{t("活动", "Activity")}</th><th className="num">{t("晚开始占比", "Late")}</th><th className="num">{t("晚多久（中位）", "How late (median)")}</th><th className="num">{t("每年合计", "A year")}</th><th /></tr></thead>
              <tbody>
                {one.items.map((item) => (
                  <tr key={item.activity}><td>{item.activity}</td><td className="num">{share(item.share)}</td><td className="num nowrap">{duration(item.median, language)}</td><td className="num nowrap">{hours(item.hours * one.perYear, language)}</td><td className="num"><Button size="small" type="text" onClick={() => add(item.filter)}>{t("案件", "cases")}</Button></td></tr>
                ))}
              </tbody>
            </table>
          </>
        ) : <Nothing title={t("没有发现外部延迟", "No outside delays found")} />
      }
    </Shown>
  );
}

function EffectPart({ log, filters }: Look) {
  const { t, language } = useWords();
  const found = usePart<Effects>(log.id, "effects", filters);
  return (
    <Shown of={found}>
      {(one) => {
        const real = one.items.filter((item) => item.p < 0.05 && item.difference.value > 0);
        if (!real.length) return <Nothing title={t("没有哪类案件明显更慢", "No kind of case is clearly slower")}>{t("案例属性与时长之间没有超出偶然的关系。", "No case attribute goes with the cycle time beyond chance.")}</Nothing>;
        const worst = real[0];
        return (
          <>
            <Heading title={t(`${worst?.attribute ?? ""} 为 ${worst?.level ?? ""} 的案件平均多 ${duration(worst?.difference.value, language)}`, `Cases with ${worst?.attribute ?? ""} ${worst?.level ?? ""} take ${duration(worst?.difference.value, language)} longer on average`)} under={t("与其余案件相比，差异经多重检验校正", "against all other cases, corrected for the number of tests")} />
            <table className="plain-table" style={{ maxWidth: 900 }}>
              <thead><tr><th>{t("属性", "Attribute")}</th><th>{t("取值", "Level")}</th><th className="num">{t("案件", "Cases")}</th><th className="num">{t("多用时（95 % 区间）", "Longer by (95 % interval)")}</th><th className="num">{t("合计", "In total")}</th></tr></thead>
              <tbody>
                {real.map((item) => (
                  <tr key={`${item.attribute} ${item.level}`}><td>{item.attribute}</td><td>{item.level}</td><td className="num">{number(item.cases)}</td><td className="num nowrap">{duration(item.difference.value, language)} <span className="quiet">{duration(item.difference.low, language)} – {duration(item.difference.high, language)}</span></td><td className="num nowrap">{hours(item.hours, language)}</td></tr>
                ))}
              </tbody>
            </table>
          </>
        );
      }}
    </Shown>
  );
}

function DriftPart({ log, filters }: Look) {
  const { t, language } = useWords();
  const found = usePart<Drifts>(log.id, "drift", filters);
  const zone = log.zone ?? "Asia/Shanghai";
  return (
    <Shown of={found}>
      {(one) =>
        one.items.length ? (
          <>
            <Heading title={t(`流程变过 ${one.items.length} 次`, `The process changed ${one.items.length} times`)} />
            {one.items.map((item) => (
              <section key={item.at} style={{ marginBottom: 20 }}>
                <h3>{day(item.at, zone)} <span className="quiet">{t(`之前 ${number(item.casesBefore)} 件，之后 ${number(item.casesAfter)} 件`, `${number(item.casesBefore)} cases before, ${number(item.casesAfter)} after`)}</span></h3>
                <table className="plain-table" style={{ maxWidth: 800 }}><tbody>
                  {item.changes.map((change, k) => {
                    const shown = (value: number) => (change.aspect.includes("time") ? duration(value, language) : share(value, 1));
                    return <tr key={k}><td>{change.what || t("全程时间", "cycle time")}</td><td className="num">{shown(change.a)}</td><td className="num">→ {shown(change.b)}</td></tr>;
                  })}
                </tbody></table>
                <Link to={query(`/map/${log.id}`, { filters: written([item.filter as Filter]) })}>{t("看变化之后的地图", "see the map after the change")}</Link>
              </section>
            ))}
          </>
        ) : <Nothing title={t("期间内没有变化", "No change over the period")}>{t("走法与时长在整个期间里保持稳定。", "Ways and times stay the same all through the period.")}</Nothing>
      }
    </Shown>
  );
}
