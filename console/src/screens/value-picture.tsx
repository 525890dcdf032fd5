/** The value picture: effort across, merit up, size by volume and time, colour by risk. */
import Chart from "../charts/chart";
import { number, share } from "../format";
import type { Segment } from "../types";
import { useWords } from "../words";

export default function ValuePicture({ segments }: { segments: readonly Segment[] }) {
  const { t, say } = useWords();
  const named = new Set(segments.slice(0, 8));
  const most = Math.max(0.01, ...segments.map((one) => one.shareOfTime));
  return (
    <Chart
      height={340}
      name={t("价值图", "value picture")}
      option={(look) => ({
        grid: { left: 56, right: 40, top: 24, bottom: 44 },
        xAxis: { type: "value", min: 0, max: 1, name: t("投入（走法多样程度）→", "effort (variety of ways) →"), nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.second }, axisLabel: { show: false }, splitLine: { lineStyle: { color: look.hairline } } },
        yAxis: { type: "value", scale: true, name: t("价值", "merit"), nameTextStyle: { color: look.second }, axisLabel: { color: look.second }, splitLine: { lineStyle: { color: look.hairline } } },
        tooltip: { trigger: "item", formatter: (found: unknown) => { const one = segments[(found as { dataIndex: number }).dataIndex]; return one ? `<b>${say(one.name)}</b><br/>${number(one.cases)} ${t("件", "cases")}, ${share(one.shareOfTime)} ${t("的时间", "of the time")}` : ""; } },
        series: [{
          type: "scatter",
          label: { show: true, position: "right", color: look.ink, formatter: (found: unknown) => { const one = segments[(found as { dataIndex: number }).dataIndex]; return one && named.has(one) ? say(one.name) : ""; } },
          labelLayout: { hideOverlap: true },
          data: segments.map((one) => ({
            value: [one.effort, one.score],
            symbolSize: 8 + 34 * Math.sqrt(one.shareOfTime / most),
            itemStyle: { color: one.risk < 0.34 ? look.accent : one.risk < 0.67 ? look.warn : look.bad, opacity: 0.65 },
          })),
        }],
      })}
    />
  );
}
