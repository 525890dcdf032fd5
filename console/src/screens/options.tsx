/** 7 · Options: as-is beside options with intervals, the Pareto picture, assumptions to edit and run again. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, InputNumber, Select, Slider } from "antd";
import { lazy, Suspense, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, download } from "../api";
import { change, figure, money, number, share } from "../format";
import { Heading, Source } from "../parts";
import { useSession } from "../session";
import { Loading, Nothing, Shown } from "../states";
import type { InitiativeAbout, InitiativeDocument, InitiativeOf, OptionOf, Run } from "../types";
import { useWords } from "../words";
import { GainRows } from "./option-pictures";

const Pareto = lazy(() => import("./pareto"));

export default function Options() {
  const { t } = useWords();
  const { id } = useParams();
  const navigate = useNavigate();
  const all = useQuery({ queryKey: ["initiatives"], queryFn: () => api.get<{ items: InitiativeAbout[] }>("/api/initiatives") });
  return (
    <Shown of={all}>
      {({ items }) => {
        const done = items.filter((one) => one.state === "done");
        const chosen = done.find((one) => one.id === id) ?? (id ? undefined : done[0]);
        if (!chosen) {
          return <Nothing title={t("还没有算好的方案", "No options yet")} action={<Button type="primary" onClick={() => void navigate("/initiatives")}>{t("去再造项目", "Go to initiatives")}</Button>}>{t("项目走到“再造”一步后，方案会出现在这里。", "Options appear here once an initiative has gone through its redesign step.")}</Nothing>;
        }
        return <One key={chosen.id} id={chosen.id} all={done} />;
      }}
    </Shown>
  );
}

function One({ id, all }: { id: string; all: InitiativeAbout[] }) {
  const found = useQuery({ queryKey: ["initiative", id], queryFn: () => api.get<InitiativeOf>(`/api/initiatives/${id}`) });
  return <Shown of={found}>{(one) => (one.document ? <Page of={one} document={one.document} all={all} /> : <Loading />)}</Shown>;
}

function Page({ of, document, all }: { of: InitiativeOf; document: InitiativeDocument; all: InitiativeAbout[] }) {
  const { t, say, language } = useWords();
  const { may } = useSession();
  const navigate = useNavigate();
  const { redesign } = document;
  const front = redesign.front.filter((one) => one.moves.length);
  const [open, setOpen] = useState(redesign.chosen);
  const shown = front.find((one) => one.key === open) ?? front[0];
  const best = front.toSorted((a, b) => (a.gains["cycle_time.median"]?.value ?? 0) - (b.gains["cycle_time.median"]?.value ?? 0))[0];
  const gain = best?.gains["cycle_time.median"];
  return (
    <>
      <Heading
        title={gain ? t(`最快的方案使中位时长 ${change(gain.value)}（95 % 区间 ${change(gain.low)} 至 ${change(gain.high)}）`, `The fastest option changes the median by ${change(gain.value)} (${change(gain.low)} to ${change(gain.high)})`) : t("没有比现状更好的方案", "No option beats the as-is")}
        crumb={<Link to={`/initiatives/${of.about.id}`}>{say(of.about.title)}</Link>}
        under={t(`${front.length} 个互不占优的方案；试过 ${redesign.trials.length} 个组合`, `${front.length} options that do not beat each other; ${redesign.trials.length} combinations tried`)}
      >
        <Select style={{ width: 240 }} value={of.about.id} aria-label={t("项目", "Initiative")} options={all.map((one) => ({ value: one.id, label: say(one.title) }))} onChange={(next) => void navigate(`/options/${next}`)} />
        <Button onClick={() => void download(`/api/initiatives/${of.about.id}/files/options.csv?download=true`, "options.csv")}>CSV</Button>
      </Heading>
      <div className="stack">
        <div className="columns">
          <Suspense fallback={<Loading />}><Pareto of={redesign} pick={setOpen} /></Suspense>
          <div className="stack">
            <GainRows of={redesign} objective="cycle_time.median" />
            <GainRows of={redesign} objective="cost.mean" />
          </div>
        </div>
        <div className="scroll">
          <table className="plain-table">
            <thead>
              <tr><th>{t("方案", "Option")}</th>{redesign.objectives.map((one) => <th key={one.key} className="num">{say(one.words)}</th>)}<th className="num">{t("投入（人日）", "Effort (person-days)")}</th><th className="num">{t("风险", "Risk")}</th><th>{t("动作", "Moves")}</th></tr>
            </thead>
            <tbody>
              {[redesign.asIs, ...front].map((one) => (
                <tr key={one.key} className={`pick ${one.key === shown?.key ? "chosen" : ""}`} onClick={() => setOpen(one.key)}>
                  <td className="nowrap"><b>{say(one.label)}</b>{one.key === redesign.chosen && one.moves.length ? <span className="quiet"> · {t("选定", "chosen")}</span> : null}</td>
                  {redesign.objectives.map((objective) => <Cell key={objective.key} of={one} objective={objective.key} language={language} />)}
                  <td className="num">{number(one.effort)}</td>
                  <td className="num">{share(one.risk)}</td>
                  <td className="quiet">{one.moves.length ? say(one.name) : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {shown ? <Moves of={shown} redesign={redesign} /> : null}
        {may("design") ? <Again of={of} document={document} /> : null}
        <Source>{t(`共同随机数，前沿方案各 ${redesign.replications} 次重复 × ${redesign.cases} 件，种子 ${redesign.seed}；同样预算下的随机搜索覆盖 ${share(redesign.baseline.random)}，本搜索 ${share(redesign.baseline.search)}`, `common random numbers, ${redesign.replications} replications of ${redesign.cases} cases on the front, seed ${redesign.seed}; random search at the same budget covers ${share(redesign.baseline.random)}, this search ${share(redesign.baseline.search)}`)}</Source>
      </div>
    </>
  );
}

function Cell({ of, objective, language }: { of: OptionOf; objective: string; language: "zh" | "en" }) {
  const one = of.figures[objective];
  const gain = of.gains[objective];
  return (
    <td className="num nowrap">
      {figure(one?.value, one?.unit ?? "", language)} {gain && of.moves.length ? <span className={(gain.high ?? 0) < 0 ? "good" : (gain.low ?? 0) > 0 ? "bad" : "quiet"}>{change(gain.value)}</span> : null}
      {one && one.low !== one.high ? <div className="quiet">{figure(one.low, one.unit, language)} – {figure(one.high, one.unit, language)}</div> : null}
    </td>
  );
}

function Moves({ of, redesign }: { of: OptionOf; redesign: InitiativeDocument["redesign"] }) {
  const { t, say, language } = useWords();
  return (
    <section className="line">
      <h2>{t(`${say(of.label)}的动作`, `The moves of ${say(of.label)}`)}</h2>
      {of.moves.map((key) => {
        const one = redesign.proposals.find((other) => other.key === key);
        return one ? (
          <div key={key} style={{ padding: "8px 0", borderBottom: "1px solid var(--hairline)" }}>
            <b>{say(one.words)}</b> <span className="small quiet">{number(one.effort)} {t("人日", "person-days")} · {t("风险", "risk")} {share(one.risk)}</span>
            <div className="quiet small">{say(one.reason)}</div>
            {one.assumptions.length ? <div className="quiet small">{t("假设：", "assumes: ")}{one.assumptions.map((other) => `${say(other.words)} ${figure(other.value, other.unit, language)}`).join("；")}</div> : null}
          </div>
        ) : null;
      })}
    </section>
  );
}

type Wanted = { title: string; arrivals: number; kept: string[]; seed: number; evaluations: number; people: Record<string, number>; rates: Record<string, number> };

function Again({ of, document }: { of: InitiativeOf; document: InitiativeDocument }) {
  const { t, say, language } = useWords();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [form] = Form.useForm<Wanted>();
  const roles = document.settings.roles.filter((one) => !one.automatic);
  const again = useMutation({
    mutationFn: (wanted: Wanted) => {
      const changed: Run["roles"] = {};
      roles.forEach((role, k) => {
        const people = wanted.people[k] ?? role.people;
        const rate = Math.round((wanted.rates[k] ?? role.costPerHour / 100) * 100);
        if (people !== role.people || rate !== role.costPerHour) changed[role.name] = { people, costPerHour: rate };
      });
      const run: Run = { ...of.run, arrivals: wanted.arrivals / 100, kept: wanted.kept, seed: wanted.seed, evaluations: wanted.evaluations, roles: changed };
      return api.post<InitiativeAbout>(`/api/initiatives/${of.about.id}/again`, { title: wanted.title, run });
    },
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["initiatives"] });
      void navigate(`/initiatives/${made.id}`);
    },
    onError: (fault) => void message.error(fault.message),
  });
  return (
    <section className="line">
      <h2>{t("改假设，再算一次", "Change assumptions and run again")}</h2>
      <p className="quiet">{t("模型不变，只改情景；结果成为一个新项目，可与此并排比较。", "The model stays; the scenario changes. The result is a new initiative, to hold beside this one.")}</p>
      <Form<Wanted>
        form={form}
        layout="vertical"
        onFinish={(wanted) => again.mutate(wanted)}
        initialValues={{
          title: `${say(of.about.title)} · ${t("改假设", "what if")}`, arrivals: 100, kept: of.run.kept, seed: of.run.seed, evaluations: of.run.evaluations,
          people: roles.map((role) => role.people), rates: roles.map((role) => role.costPerHour / 100),
        }}
      >
        <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(280px, 1fr))", gap: "0 32px", maxWidth: 1000 }}>
          <Form.Item name="title" label={t("名称", "Name")}><Input maxLength={200} /></Form.Item>
          <Form.Item name="arrivals" label={t("业务量，相对现在", "Cases, against today")}><Slider ariaLabelForHandle={t("业务量，相对现在", "Cases, against today")} min={50} max={200} marks={{ 50: "50 %", 100: "100 %", 200: "200 %" }} tooltip={{ formatter: (value) => `${value ?? 0} %` }} /></Form.Item>
          <Form.Item name="kept" label={t("必须由人保留的活动", "Activities that people keep")}><Select mode="multiple" options={document.settings.activities.map((value) => ({ value, label: value }))} /></Form.Item>
          <div className="row">
            <Form.Item name="evaluations" label={t("组合次数", "Combinations")}><InputNumber min={4} max={2000} /></Form.Item>
            <Form.Item name="seed" label={t("种子", "Seed")}><InputNumber min={0} max={2147483647} /></Form.Item>
          </div>
        </div>
        <table className="plain-table" style={{ maxWidth: 640, marginBottom: 16 }}>
          <thead><tr><th>{t("角色", "Role")}</th><th>{t("人数", "People")}</th><th>{t("每小时（元）", "An hour (yuan)")}</th><th className="num">{t("现在", "Today")}</th></tr></thead>
          <tbody>
            {roles.map((role, k) => (
              <tr key={role.name}>
                <td>{role.name}</td>
                <td><Form.Item name={["people", k]} noStyle><InputNumber size="small" min={1} max={5000} aria-label={`${role.name} ${t("人数", "people")}`} /></Form.Item></td>
                <td><Form.Item name={["rates", k]} noStyle><InputNumber size="small" min={0} aria-label={`${role.name} ${t("每小时", "an hour")}`} /></Form.Item></td>
                <td className="num quiet">{number(role.people)} · {money(role.costPerHour, language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <Button type="primary" htmlType="submit" loading={again.isPending}>{t("再算一次", "Run again")}</Button>
      </Form>
    </section>
  );
}
