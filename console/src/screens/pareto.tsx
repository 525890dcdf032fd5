/** The Pareto picture: every combination tried, faint; the front named; the as-is a cross; the chosen one filled. */
import Chart from "../charts/chart";
import { duration, money } from "../format";
import type { InitiativeDocument } from "../types";
import { useWords } from "../words";

export default function Pareto({ of, pick }: { of: InitiativeDocument["redesign"]; pick?: (key: string) => void }) {
  const { t, say, language } = useWords();
  const [x, y] = ["cycle_time.median", "cost.mean"] as const;
  const place = (figures: Record<string, { value: number | null }>) => [figures[x]?.value ?? 0, figures[y]?.value ?? 0];
  return (
    <figure style={{ margin: 0 }}>
      <h3>{t("时长与成本：越靠左下越好", "Time and cost: lower left is better")}</h3>
      <Chart
        height={320}
        name={t("时长与成本的帕累托图", "Pareto picture of time and cost")}
        pick={(data) => {
          const key = (data as { key?: string } | undefined)?.key;
          if (key && pick) pick(key);
        }}
        option={(look) => ({
          grid: { left: 70, right: 30, top: 18, bottom: 44 },
          xAxis: { type: "value", scale: true, name: t("中位时长", "median cycle time"), nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.second }, axisLabel: { formatter: (value: number) => duration(value, language), color: look.second, hideOverlap: true }, splitLine: { lineStyle: { color: look.hairline } } },
          yAxis: { type: "value", scale: true, name: t("每案成本", "cost per case"), nameTextStyle: { color: look.second }, axisLabel: { formatter: (value: number) => money(value, language), color: look.second }, splitLine: { lineStyle: { color: look.hairline } } },
          tooltip: { trigger: "item", formatter: (found: unknown) => { const { value, name } = (found as { data: { value: [number, number]; name?: string } }).data; return `${name ? `<b>${name}</b><br/>` : ""}${duration(value[0], language)} · ${money(value[1], language)}`; } },
          series: [
            { type: "scatter", symbolSize: 5, itemStyle: { color: look.faint, opacity: 0.35 }, data: of.trials.map((one) => ({ value: [one.values[x] ?? 0, one.values[y] ?? 0] })) },
            { type: "scatter", symbolSize: 11, label: { show: true, formatter: "{b}", position: "right", color: look.ink }, labelLayout: { hideOverlap: true }, data: of.front.filter((one) => one.moves.length).map((one) => ({ value: place(one.figures), name: say(one.label), key: one.key, itemStyle: one.key === of.chosen ? { color: look.accent, borderColor: look.accent } : { color: look.paper, borderColor: look.accent, borderWidth: 1.6 } })) },
            { type: "scatter", symbol: "path://M-6,-1H-1V-6H1V-1H6V1H1V6H-1V1H-6Z", symbolSize: 16, itemStyle: { color: look.ink }, label: { show: true, formatter: t("现状", "as is"), position: "bottom", color: look.ink }, data: [{ value: place(of.asIs.figures), name: t("现状", "as is") }] },
          ],
        })}
      />
    </figure>
  );
}
