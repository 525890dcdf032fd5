/** One ECharts picture: only the parts we use, sized to its place, in the house's colours. */
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import type { EChartsOption } from "echarts";
import { useEffect, useRef } from "react";
import { useSettings } from "../settings";

echarts.use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, LabelLayout, SVGRenderer]);

export type Look = Record<"ink" | "second" | "faint" | "hairline" | "paper" | "accent" | "wash" | "good" | "warn" | "bad" | "info", string>;

function look(): Look {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read("ink"), second: read("second"), faint: read("faint"), hairline: read("hairline"), paper: read("paper"), accent: read("accent"),
    wash: read("accent-wash"), good: read("good"), warn: read("warn"), bad: read("bad"), info: read("info"),
  };
}

export default function Chart({ option, height, name, pick }: { option: (look: Look) => EChartsOption; height: number; name: string; pick?: (data: unknown) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const { dark, care, language } = useSettings();
  const chosen = useRef(pick);
  useEffect(() => {
    chosen.current = pick;
  });
  useEffect(() => {
    if (!place.current) return;
    const colours = look();
    const chart = echarts.init(place.current, null, { renderer: "svg" });
    const wide = care ? 15 : 12;
    chart.setOption({
      animationDuration: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
      textStyle: { fontFamily: '"Inter","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif', fontSize: wide, color: colours.ink },
      ...option(colours),
    });
    chart.on("click", (event) => chosen.current?.(event.data));
    const sized = new ResizeObserver(() => chart.resize());
    sized.observe(place.current);
    return () => {
      sized.disconnect();
      chart.dispose();
    };
  }, [option, dark, care, language]);
  return <div ref={place} role="img" aria-label={name} style={{ height, width: "100%" }} />;
}
