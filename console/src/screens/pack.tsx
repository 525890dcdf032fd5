/** 3 · One pack: what it is about, its process, and the way to try it: its log, its whole initiative, its model. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { lazy, Suspense } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api } from "../api";
import { change, number } from "../format";
import { aim, AREAS, MEASURES } from "../measures";
import { Fact, Heading } from "../parts";
import { useSession } from "../session";
import { Loading, Shown } from "../states";
import type { InitiativeAbout, LogAbout, PackOf } from "../types";
import { useWords } from "../words";

const Diagram = lazy(() => import("../models/diagram"));

export default function Pack() {
  const { id = "" } = useParams();
  const pack = useQuery({ queryKey: ["pack", id], queryFn: () => api.get<PackOf>(`/api/library/${encodeURIComponent(id)}`) });
  return <Shown of={pack}>{(one) => <Page of={one} />}</Shown>;
}

function Page({ of }: { of: PackOf }) {
  const { t, say } = useWords();
  const { may } = useSession();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const generate = () => api.post<LogAbout>("/api/logs/generated", { pack: of.id });
  const failed = (fault: Error) => void message.error(fault.message, 8);
  const log = useMutation({ mutationFn: generate, onSuccess: (made) => { void queries.invalidateQueries(); void navigate(`/map/${made.id}`); }, onError: failed });
  const rehearse = useMutation({
    mutationFn: async () => {
      const made = await generate();
      return api.post<InitiativeAbout>("/api/initiatives", { log: made.id, title: say(of.title), run: {} });
    },
    onSuccess: (made) => { void queries.invalidateQueries(); void navigate(`/initiatives/${made.id}`); },
    onError: failed,
  });
  const draw = useMutation({
    mutationFn: async () => api.post<{ id: string }>("/api/models", { name: say(of.title), kind: "bpmn", source: await api.text(`/api/library/${of.id}/model`) }),
    onSuccess: (made) => void navigate(`/studio/${made.id}`),
    onError: failed,
  });
  return (
    <>
      <Heading title={say(of.title)} crumb={<><Link to="/library">{t("流程资产", "Library")}</Link> / {say(AREAS[of.area]) || of.area}</>} under={say(of.bottleneck)}>
        {may("design") ? (
          <>
            <Button type="primary" loading={rehearse.isPending} onClick={() => rehearse.mutate()}>{t("彩排全程", "Rehearse it all")}</Button>
            <Button loading={log.isPending} onClick={() => log.mutate()}>{t("生成日志", "Make its log")}</Button>
            <Button loading={draw.isPending} onClick={() => draw.mutate()}>{t("安装到设计", "Install in the studio")}</Button>
          </>
        ) : null}
      </Heading>
      <div className="stack">
        <div className="facts">
          {of.targets.map((target) => <Fact key={target.measure} name={say(MEASURES[target.measure]) || target.measure} value={target.change === null ? `≤ ${aim(target.measure, target.to)}` : change(target.change)} lesser note={target.source === "assumed" ? t("假定", "assumed") : target.source} />)}
          <Fact name={t("案件", "cases")} value={number(of.cases)} lesser />
          <Fact name={t("活动", "activities")} value={number(of.tasks)} lesser />
        </div>
        <section><h2>{t("现状流程", "The process as it is")}</h2><Suspense fallback={<Loading />}><Diagram path={`/api/library/${of.id}/model`} /></Suspense></section>
        <div className="columns">
          <section>
            <h2>{t("人手", "People")}</h2>
            <table className="plain-table"><tbody>{of.roles.map((role) => <tr key={role.name}><td>{role.name}</td><td className="num">{number(role.people)}</td></tr>)}</tbody></table>
          </section>
          <section><h2>{t("说明", "Notes")}</h2><div style={{ whiteSpace: "pre-wrap" }} className="small">{plainText(say(of.readme))}</div></section>
        </div>
      </div>
    </>
  );
}

/** A README's words without its marks; tables and links become plain lines. */
function plainText(text: string): string {
  return text
    .replaceAll(/^#.*\n+/gm, "")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/^\|[-| :]+\|\n/gm, "")
    .replaceAll(/^\| *(.*?) *\|$/gm, (_, row: string) => row.replaceAll(/ *\| */g, "　"))
    .replaceAll("`", "")
    .trim();
}
