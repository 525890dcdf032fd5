/** Options beside each other: a dot and its 95 % interval on one axis, the as-is as a line, the goal as a thin mark. */
import { change, figure } from "../format";
import type { InitiativeDocument } from "../types";
import { useWords } from "../words";

const [WIDE, ROW, LEFT, RIGHT] = [560, 30, 130, 150];

export function GainRows({ of, objective, goal }: { of: InitiativeDocument["redesign"]; objective: string; goal?: number | undefined }) {
  const { t, say, language } = useWords();
  const as = of.asIs.figures[objective];
  const rows = of.front.filter((one) => one.moves.length).toSorted((a, b) => (a.figures[objective]?.value ?? 0) - (b.figures[objective]?.value ?? 0));
  if (!as || as.value === null) return null;
  const values = [...rows, of.asIs].flatMap((one) => [one.figures[objective]?.low ?? 0, one.figures[objective]?.high ?? 0]);
  const top = Math.max(...values, goal ?? 0) * 1.02 || 1;
  const x = (value: number) => LEFT + ((WIDE - LEFT - RIGHT) * value) / top;
  const height = (rows.length + 1) * ROW + 26;
  const title = of.objectives.find((one) => one.key === objective)?.words;
  return (
    <figure style={{ margin: 0 }}>
      <h3>{say(title)}</h3>
      <svg viewBox={`0 0 ${WIDE} ${height}`} width="100%" role="img" aria-label={say(title)} style={{ maxWidth: WIDE }}>
        <line x1={x(as.value)} x2={x(as.value)} y1={4} y2={height - 22} stroke="var(--ink)" strokeWidth={1.2} />
        <text x={x(as.value)} y={height - 8} textAnchor="middle" fontSize={11} fill="var(--second)">{t("现状", "as is")} {figure(as.value, as.unit, language)}</text>
        {goal !== undefined ? <line x1={x(goal)} x2={x(goal)} y1={4} y2={height - 22} stroke="var(--good)" strokeDasharray="2 3" /> : null}
        {rows.map((one, k) => {
          const found = one.figures[objective];
          if (!found || found.value === null) return null;
          const y = k * ROW + 20;
          const chosen = one.key === of.chosen;
          return (
            <g key={one.key}>
              <title>{say(one.name)}</title>
              <text x={0} y={y + 4} fontSize={12} fontWeight={chosen ? 650 : 400} fill="var(--ink)">{chosen ? "▸ " : ""}{say(one.label)}</text>
              <line x1={x(found.low ?? found.value)} x2={x(found.high ?? found.value)} y1={y} y2={y} stroke="var(--accent)" strokeWidth={chosen ? 3 : 1.6} />
              <circle cx={x(found.value)} cy={y} r={chosen ? 5.5 : 4} fill={chosen ? "var(--accent)" : "var(--paper)"} stroke="var(--accent)" strokeWidth={1.6} />
              <text x={WIDE - RIGHT + 14} y={y + 4} fontSize={12} fill="var(--ink)">{figure(found.value, found.unit, language)} <tspan fill="var(--second)">{change(one.gains[objective]?.value)}</tspan></text>
            </g>
          );
        })}
      </svg>
    </figure>
  );
}
