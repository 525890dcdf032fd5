/** The eight steps and the outcomes in words, shared by the screens that show initiatives. */
import { useWords, type Text } from "../words";

export const STEPS: readonly { key: string; words: Text }[] = [
  { key: "read", words: { zh: "读取", en: "Read" } },
  { key: "map", words: { zh: "还原现状", en: "Map" } },
  { key: "value", words: { zh: "评估价值", en: "Value" } },
  { key: "calibrate", words: { zh: "标定仿真", en: "Calibrate" } },
  { key: "redesign", words: { zh: "再造", en: "Redesign" } },
  { key: "build", words: { zh: "构建", en: "Build" } },
  { key: "rehearse", words: { zh: "彩排", en: "Rehearse" } },
  { key: "prove", words: { zh: "验证", en: "Prove" } },
];

export const OUTCOMES: Record<string, { words: Text; tone: string }> = {
  met: { words: { zh: "达到", en: "met" }, tone: "good" },
  open: { words: { zh: "未定", en: "open" }, tone: "warn" },
  missed: { words: { zh: "未达", en: "missed" }, tone: "bad" },
};

/** Eight small marks; those passed are filled. */
export function StepBar({ now }: { now: string }) {
  const { say } = useWords();
  const at = STEPS.findIndex((step) => step.key === now);
  return (
    <div role="img" aria-label={say(STEPS[at]?.words)}>
      <div style={{ display: "flex", gap: 3, margin: "6px 0" }}>
        {STEPS.map((step, k) => (
          <span key={step.key} style={{ flex: 1, height: 4, borderRadius: 2, background: k <= at ? "var(--accent)" : "var(--hairline)" }} />
        ))}
      </div>
      <span className="quiet small">{say(STEPS[at]?.words)}</span>
    </div>
  );
}
