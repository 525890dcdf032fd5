/** 3 · Library: ready packs by area, each with its bottleneck and goals; and the processes deployed here. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, search } from "../api";
import { change, number } from "../format";
import { aim, AREAS, MEASURES } from "../measures";
import { Heading } from "../parts";
import { Nothing, Problems, Shown } from "../states";
import type { PackOf } from "../types";
import { useWords } from "../words";
import type { ProcessDefinition } from "./operations";

export default function Library() {
  const { t, say } = useWords();
  const packs = useQuery({ queryKey: ["library"], queryFn: () => api.get<{ items: PackOf[] }>("/api/library") });
  const deployed = useQuery({ queryKey: ["definitions"], queryFn: () => search<ProcessDefinition>("process-definitions", { isLatestVersion: true }) });
  return (
    <Shown of={packs}>
      {({ items }) => {
        const areas = [...new Set(items.map((one) => one.area ?? "-"))].toSorted();
        return (
          <>
            <Heading title={t(`${items.length} 个现成场景，${deployed.data?.items.length ?? 0} 个已部署流程`, `${items.length} ready packs, ${deployed.data?.items.length ?? 0} deployed processes`)} under={t("场景包是一份可照做的改造：现状模型、数据、目标，装上就能彩排。", "A pack is a redesign to follow: the process as it is, its data, its goals; it can be rehearsed at once.")} />
            <div className="stack">
              {items.length ? null : <Nothing title={t("没有随附场景", "No packs came with this installation")} />}
              {areas.map((area) => (
                <section key={area}>
                  <h2>{say(AREAS[area]) || area}</h2>
                  {items.filter((one) => (one.area ?? "-") === area).map((one) =>
                    one.problems.length ? (
                      <div key={one.id}><h3>{one.id}</h3><Problems of={one.problems} /></div>
                    ) : (
                      <Link key={one.id} to={`/library/${one.id}`} style={{ display: "grid", gridTemplateColumns: "minmax(220px, 1.2fr) 2fr auto", gap: 24, padding: "12px 0", borderTop: "1px solid var(--hairline)", color: "inherit" }}>
                        <div><b>{say(one.title)}</b><div className="small quiet">{t(`${one.tasks} 个活动 · ${one.roles.length} 个角色`, `${one.tasks} activities · ${one.roles.length} roles`)}</div></div>
                        <div className="quiet">{say(one.bottleneck)}</div>
                        <div className="small num">{one.targets.map((target) => <div key={target.measure}>{say(MEASURES[target.measure]) || target.measure} {target.change === null ? `≤ ${aim(target.measure, target.to)}` : change(target.change)}</div>)}{one.tried ? <div className="quiet">{t(`试过 ${number(one.tried)} 次`, `tried ${number(one.tried)} times`)}</div> : null}</div>
                      </Link>
                    ),
                  )}
                </section>
              ))}
              {deployed.data?.items.length ? (
                <section>
                  <h2>{t("已部署的流程", "Deployed processes")}</h2>
                  <table className="plain-table">
                    <tbody>{deployed.data.items.map((one) => <tr key={one.processDefinitionKey}><td><Link to={`/operations/processes/${one.processDefinitionKey}`}>{one.name ?? one.processDefinitionId}</Link></td><td className="quiet">{one.processDefinitionId}</td><td className="num">{t(`第 ${one.version} 版`, `version ${one.version}`)}</td></tr>)}</tbody>
                  </table>
                </section>
              ) : null}
            </div>
          </>
        );
      }}
    </Shown>
  );
}
