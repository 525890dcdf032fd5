/** The house's measures and areas in words. */
import type { Text } from "./words";

export const MEASURES: Record<string, Text> = {
  "cycle_time.median": { zh: "办理时长中位数", en: "median cycle time" },
  "cycle_time.p90": { zh: "办理时长九成位", en: "90th-percentile cycle time" },
  "cycle_time.mean": { zh: "平均办理时长", en: "mean cycle time" },
  "cost.mean": { zh: "单件成本", en: "cost per case" },
  manual_share: { zh: "人工占比", en: "manual share" },
  straight_through: { zh: "直通率", en: "straight-through rate" },
  rework_share: { zh: "返工率", en: "rework rate" },
};

export const AREAS: Record<string, Text> = {
  credit: { zh: "信贷", en: "credit" }, payments: { zh: "支付", en: "payments" }, risk: { zh: "风险", en: "risk" }, operations: { zh: "运营", en: "operations" },
  customers: { zh: "客户", en: "customers" }, accounting: { zh: "财会", en: "accounting" }, compliance: { zh: "合规", en: "compliance" },
};

export const MOVES: Record<string, Text> = {
  parallelise: { zh: "并行", en: "parallelise" }, automate: { zh: "自动化", en: "automate" }, resequence: { zh: "调序", en: "resequence" }, triage: { zh: "分流", en: "triage" },
  "knock-out": { zh: "先筛", en: "knock-out" }, capacity: { zh: "人手", en: "capacity" }, hours: { zh: "时段", en: "hours" }, prioritise: { zh: "优先", en: "prioritise" },
  compose: { zh: "合并", en: "compose" }, "case-manager": { zh: "专人负责", en: "case manager" }, channel: { zh: "渠道", en: "channel" }, buffer: { zh: "缓冲", en: "buffer" },
  sample: { zh: "抽查", en: "sample" }, "single-entry": { zh: "一次录入", en: "single entry" },
};

/** The share that a pack's goal names, as text: "0.2" is 20 %. */
export function aim(measure: string, text: string): string {
  const value = Number(text);
  return measure.endsWith("share") || measure === "straight_through" ? (Number.isFinite(value) && text !== "" ? `${Math.round(value * 100)} %` : text) : text;
}
