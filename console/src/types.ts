/** What the server's `/api` answers, as far as the console reads it. */
import type { Problem } from "./states";
import type { Text } from "./words";

export type Figure = { key: string; name: Text; value: number | null; low: number | null; high: number | null; n: number; unit: string; evidence: { basis: string; how: Text; seed: number | null } };
export type Figures = Record<string, Figure>;
export type Step = { step: string; done: number; total: number; note: Text; at: number };

export type LogAbout = {
  id: string; name: string; title?: Text; file: string; by: string; added: number; ready: boolean; size: number;
  cases?: number; events?: number; since?: number; until?: number; zone?: string; findings?: number; pack?: string;
};
export type Preview = { columns: string[]; rows: (string | null)[][]; total: number; roles: Record<string, string>; findings: Problem[]; mapped: boolean };
export type LogFacts = {
  cases: number; events: number; activities: number; resources: number; since: number; until: number; cycleMedian: number | null;
  cycleP90: number | null; cycleMean: number | null; eventsPerCase: number; resourceKnown: number; startKnown: number;
};
export type Attribute = { name: string; known: number; numeric: boolean; low?: number; high?: number; values?: { value: string | boolean; cases: number }[] };
export type LogOf = {
  about: LogAbout; findings: Problem[]; facts: LogFacts; variants: number; activities: { name: string; count: number }[];
  attributes: Attribute[]; cycle: number[]; load: [number, number][];
};
export type CaseLine = { case: string; start: number; end: number; duration: number; events: number; variant: number };
export type CaseOf = {
  case: string; attributes: Record<string, string>;
  events: { activity: string; start: number | null; end: number; resource: string | null; attributes: Record<string, string> }[];
};

export type Filter =
  | { kind: "having" | "without" | "starting" | "ending"; activities: string[] }
  | { kind: "following"; first: string; then: string; directly?: boolean }
  | { kind: "variant"; ranks: number[] }
  | { kind: "between"; since: number; until: number; whole?: boolean }
  | { kind: "lasting"; least?: number; below?: number }
  | { kind: "attribute"; name: string; values?: (string | boolean)[]; low?: number; high?: number }
  | { kind: "cases"; names: string[] };

export type Point = [number, number];
export type MapNode = { name: string; count: number; cases: number; processing: number | null; x: number; y: number; width: number; height: number; rows: string[] };
export type MapEdge = {
  source: number; target: number; count: number; waitingMedian: number | null; waitingMean: number | null; waitingP90: number | null;
  lines: Point[][]; label: Point; placed: boolean;
};
export type MapOf = {
  width: number; height: number; start: Point; end: Point; nodes: MapNode[]; edges: MapEdge[]; cases: number; events: number;
  activityShare: number; pathShare: number; allCases: number; allActivities: number;
};
export type Variant = { rank: number; count: number; share: number; covered: number; median: number; steps: number[] };
export type VariantsOf = { total: number; cases: number; activities: string[]; items: Variant[] };
export type Replay = { activities: string[]; since: number; length: number; cases: [number, number, number][][] };
export type Difference = { aspect: string; what: string; a: number; b: number; p: number; significant: boolean; difference: { value: number; low: number; high: number } };

export type Gain = { cycle: number; cost: number; manual: number };
export type Proposal = {
  key: string; move: string; thinking: string; words: Text; reason: Text; gain: Gain; effort: number; risk: number; group: string;
  assumptions: { key: string; words: Text; value: number; unit: string }[]; targets: string[];
};
export type OptionOf = { key: string; name: Text; label: Text; moves: string[]; figures: Figures; gains: Figures; effort: number; risk: number };
export type GoalResult = { key: string; goal: Text; stage: string; reference: Figure; target: number; reached: Figure; outcome: string };
export type Segment = {
  dimension: string; name: Text; cases: number; share: number; cycleTime: number; touch: number; cost: number | null; shareOfTime: number;
  effort: number; risk: number; score: number; reason: Text;
};
export type Run = {
  seed: number; simulatedCases: number; evaluations: number; replications: number; rehearsedCases: number;
  goals: { measure: string; target?: number | null; change?: number | null }[]; weights: Record<string, number>; kept: string[];
  fourEyes: [string, string][]; independent: [string, string][]; arrivals: number;
  roles: Record<string, { people?: number | null; costPerHour?: number | null }>;
};
export type Wish = { kind: string; activity: string; words: Text; by: string };
export type InitiativeAbout = {
  id: string; title: Text; state: "running" | "done" | "failed"; added: number; ended?: number; cases?: number; source: string; by: string;
  log: string; after?: string; fault?: { problems: Problem[] }; wishes?: Wish[];
};
export type InitiativeDocument = {
  settings: {
    seed: number; goals: { measure: string; words: Text }[]; simulatedCases: number; evaluations: number; replications: number; rehearsedCases: number;
    inferred: { fourEyes: [string, string][]; order: [string, string][]; kept: string[] };
    roles: { name: string; people: number; automatic: boolean; costPerHour: number }[]; activities: string[];
  };
  versions: Record<string, string>;
  read: { source: string; digest: string; cases: number; events: number; zone: string; findings: Problem[] };
  map: {
    figures: LogFacts; tasks: number; reworkShare: number;
    variants: { total: number; top: { count: number; share: number; steps: string[] }[] };
    machines: { resource: string; executions: number; reasons: Text[] }[];
    activities: { name: string; processing: number | null; waiting: number | null; cases: number; repeats: number }[];
  };
  value: { segments: Segment[]; weights: Record<string, number> };
  calibrate: {
    distances: Figure[]; apart: Record<string, number>; floor: Record<string, number>; discovery: string | null;
    tried: { way: string; misfit: number }[]; notes: Record<string, string>;
  };
  redesign: {
    asIs: OptionOf; front: OptionOf[]; chosen: string; proposals: Proposal[]; seed: number; cases: number; replications: number; evaluations: number;
    trials: { keys: string[]; values: Record<string, number>; risk: number; front: boolean }[];
    baseline: { evaluations: number; search: number; random: number }; objectives: { key: string; words: Text }[];
  };
  build: { jobTypes: string[]; scores: string[]; assumed: { key: string; words: Text }[]; decisions: boolean; process: string; problems: Problem[]; changes: Record<string, string> };
  rehearse: { cases: number; finished: number; seed: number; incidents: Problem[] };
  prove: { figures: Record<string, Figures>; results: GoalResult[]; measured: Text[]; assumed: { key: string; words: Text; value: number; unit: string }[]; agreement: Figure[] };
};
export type InitiativeOf = { about: InitiativeAbout; run: Run; document: InitiativeDocument | null; progress: Step | null };

export type OverviewOf = {
  initiatives: {
    id: string; title: Text; state: string; added: number; cases: number | null; source: string; by: string; progress?: Step | null;
    chosen?: { label: Text; gains: Figures; figures: Figures; moves: string[] }; asIs?: Figures; goals?: GoalResult[];
  }[];
  initiativeCount: number; logs: number; models: number;
  load: { live: number; completed: number; tasks: number; overdue: number; unassigned: number; incidents: number; };
};
export type PackOf = {
  id: string; title: Text; area: string; bottleneck: Text; thinking: string[]; cases: number; tasks: number; tried: number; problems: Problem[];
  targets: { measure: string; change: number | null; to: string; source: string }[]; roles: { name: string; people: number }[];
  readme?: Text; files?: string[];
};
export type DraftOf = { id: string; name: string; kind: "bpmn" | "dmn" | "form"; by: string; added: number; changed?: number; changedBy?: string; versions: { number: number; note: string; by: string; at: number }[]; source: string };
