/** 4 · Logs: what was imported, and the way to import more. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Table } from "antd";
import { Link, useNavigate } from "react-router";
import { api } from "../api";
import { day, minute, number } from "../format";
import { Heading } from "../parts";
import { useSession } from "../session";
import { useSettings } from "../settings";
import { Nothing, Shown } from "../states";
import type { LogAbout } from "../types";
import { useWords } from "../words";

export default function Logs() {
  const { t, say } = useWords();
  const { zone } = useSettings();
  const { may } = useSession();
  const { message, modal } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const logs = useQuery({ queryKey: ["logs"], queryFn: () => api.get<{ items: LogAbout[] }>("/api/logs") });
  const generate = useMutation({
    mutationFn: () => api.post<LogAbout>("/api/logs/generated", { pack: "city-bank-loan" }),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["logs"] });
      void navigate(`/logs/${made.id}`);
    },
    onError: (fault) => void message.error(fault.message),
  });
  const remove = (one: LogAbout) =>
    modal.confirm({
      title: t(`删除日志“${one.name}”？`, `Remove the log “${one.name}”?`),
      content: t("文件和读出的数据都会删除；由它得到的再造项目保留。", "The file and what was read from it go; initiatives made from it stay."),
      okText: t("删除", "Remove"),
      okButtonProps: { danger: true },
      onOk: async () => {
        await api.remove(`/api/logs/${one.id}`);
        await queries.invalidateQueries({ queryKey: ["logs"] });
      },
    });
  const acts = may("design") ? (
    <>
      <Button type="primary" onClick={() => void navigate("/logs/import")}>{t("导入日志", "Import a log")}</Button>
      <Button loading={generate.isPending} onClick={() => generate.mutate()}>{t("生成示例日志", "Make the example log")}</Button>
    </>
  ) : null;
  return (
    <Shown of={logs}>
      {({ items }) =>
        items.length ? (
          <>
            <Heading title={t(`${items.length} 份日志`, `${items.length} logs`)} under={t("每份日志都保留原文件；点开看里面有什么、哪里有问题。", "Each keeps the file as it came; open one to see what is in it and what is wrong with it.")}>{acts}</Heading>
            <Table<LogAbout>
              size="small"
              rowKey="id"
              dataSource={items}
              pagination={items.length > 30 ? { pageSize: 30 } : false}
              columns={[
                { title: t("名称", "Name"), render: (_, one) => <Link to={one.ready ? `/logs/${one.id}` : `/logs/import/${one.id}`}>{one.title ? say(one.title) : one.name}</Link>, sorter: (a, b) => a.name.localeCompare(b.name) },
                { title: t("文件", "File"), dataIndex: "file", ellipsis: true, render: (file: string) => <span className="quiet">{file}</span> },
                { title: t("案例", "Cases"), align: "right", render: (_, one) => (one.ready ? number(one.cases) : <span className="warn">{t("待完成映射", "mapping open")}</span>), sorter: (a, b) => (a.cases ?? 0) - (b.cases ?? 0) },
                { title: t("事件", "Events"), align: "right", render: (_, one) => number(one.events), sorter: (a, b) => (a.events ?? 0) - (b.events ?? 0) },
                { title: t("期间", "Period"), render: (_, one) => (one.since && one.until ? <span className="nowrap">{day(one.since, one.zone ?? zone)} – {day(one.until, one.zone ?? zone)}</span> : "") },
                { title: t("质量提示", "Findings"), align: "right", render: (_, one) => (one.findings ? <span className="warn">{one.findings}</span> : number(one.findings)) },
                { title: t("导入", "Imported"), render: (_, one) => <span className="quiet nowrap">{minute(one.added, zone)} · {one.by}</span>, sorter: (a, b) => a.added - b.added },
                { title: "", align: "right", render: (_, one) => (
                  <span className="nowrap">
                    {one.ready ? <><Link to={`/map/${one.id}`}>{t("地图", "Map")}</Link>{" · "}<Link to={`/findings/${one.id}`}>{t("瓶颈", "Findings")}</Link></> : null}
                    {may("design") ? <button type="button" className="plain" onClick={() => remove(one)} aria-label={t(`删除 ${one.name}`, `Remove ${one.name}`)}>{t("删除", "Remove")}</button> : null}
                  </span>
                ) },
              ]}
            />
          </>
        ) : (
          <Nothing title={t("还没有日志", "No logs yet")} action={acts}>
            {t("可导入 XES、CSV、Parquet（可压缩）。至少需要三列：案例编号、活动、时间。没有数据时，可先生成随附的城商行贷款示例。", "XES, CSV and Parquet, packed or not. Three columns are enough: case, activity, time. Without data at hand, make the bundled city-bank loan example.")}
          </Nothing>
        )
      }
    </Shown>
  );
}
