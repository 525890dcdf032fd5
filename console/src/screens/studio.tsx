/** 8 · Studio: drafts that are being drawn, and what is deployed, to open as a draft. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Dropdown, Table, Upload } from "antd";
import { Link, useNavigate } from "react-router";
import { api, search } from "../api";
import { minute } from "../format";
import { EMPTY } from "../models/empty";
import { Heading } from "../parts";
import { useSession } from "../session";
import { useSettings } from "../settings";
import { Nothing, Shown } from "../states";
import type { DraftOf } from "../types";
import { useWords } from "../words";
import type { ProcessDefinition } from "./operations";

const KINDS = { bpmn: { zh: "流程", en: "process" }, dmn: { zh: "决策表", en: "decisions" }, form: { zh: "表单", en: "form" } };

export default function Studio() {
  const { t, say } = useWords();
  const { zone } = useSettings();
  const { may } = useSession();
  const { message, modal } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const drafts = useQuery({ queryKey: ["models"], queryFn: () => api.get<{ items: DraftOf[] }>("/api/models") });
  const deployed = useQuery({ queryKey: ["definitions"], queryFn: () => search<ProcessDefinition>("process-definitions", { isLatestVersion: true }) });
  const begin = useMutation({
    mutationFn: (wanted: { name: string; kind: DraftOf["kind"]; source: string }) => api.post<DraftOf>("/api/models", wanted),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["models"] });
      void navigate(`/studio/${made.id}`);
    },
    onError: (fault) => void message.error(fault.message),
  });
  const fresh = (kind: DraftOf["kind"]) => begin.mutate({ name: t(`新${KINDS[kind].zh}`, `New ${KINDS[kind].en}`), kind, source: EMPTY[kind] });
  const open = async (one: ProcessDefinition) => begin.mutate({ name: one.name ?? one.processDefinitionId, kind: "bpmn", source: await api.text(`/v2/process-definitions/${one.processDefinitionKey}/xml`) });
  const remove = (one: DraftOf) =>
    modal.confirm({
      title: t(`删除草稿“${one.name}”？`, `Remove the draft “${one.name}”?`), okText: t("删除", "Remove"), okButtonProps: { danger: true },
      onOk: async () => { await api.remove(`/api/models/${one.id}`); await queries.invalidateQueries({ queryKey: ["models"] }); },
    });
  const acts = may("design") ? (
    <>
      <Dropdown menu={{ items: (["bpmn", "dmn", "form"] as const).map((kind) => ({ key: kind, label: t(`新${KINDS[kind].zh}`, `new ${KINDS[kind].en}`), onClick: () => fresh(kind) })) }}>
        <Button type="primary">{t("新建", "New")}</Button>
      </Dropdown>
      <Upload accept=".bpmn,.xml,.dmn,.form,.json" showUploadList={false} beforeUpload={(file) => {
        void file.text().then((source) => {
          const kind = file.name.endsWith(".dmn") ? "dmn" : /\.(form|json)$/.test(file.name) ? "form" : "bpmn";
          begin.mutate({ name: file.name.replace(/\.\w+$/, ""), kind, source });
        });
        return false;
      }}>
        <Button>{t("上传模型", "Upload a model")}</Button>
      </Upload>
    </>
  ) : null;
  return (
    <Shown of={drafts}>
      {({ items }) => (
        <>
          <Heading title={items.length ? t(`${items.length} 份草稿在设计中`, `${items.length} drafts in hand`) : t("设计", "Studio")} under={t("流程、决策表与表单；边画边检查，部署留下版本说明。", "Processes, decision tables and forms; checked while you draw, deployed with a note on the version.")}>{items.length ? acts : null}</Heading>
          <div className="stack">
            {items.length ? (
              <Table<DraftOf>
                size="small" rowKey="id" dataSource={items} pagination={items.length > 30 ? { pageSize: 30 } : false}
                columns={[
                  { title: t("名称", "Name"), render: (_, one) => <Link to={`/studio/${one.id}`}>{one.name}</Link>, sorter: (a, b) => a.name.localeCompare(b.name) },
                  { title: t("类别", "Kind"), render: (_, one) => say(KINDS[one.kind]) },
                  { title: t("改动", "Changed"), render: (_, one) => <span className="quiet nowrap">{minute(one.changed ?? one.added, zone)} · {one.changedBy ?? one.by}</span>, sorter: (a, b) => (a.changed ?? a.added) - (b.changed ?? b.added), defaultSortOrder: "descend" },
                  { title: "", align: "right", render: (_, one) => (may("design") ? <button type="button" className="plain" onClick={() => remove(one)}>{t("删除", "Remove")}</button> : null) },
                ]}
              />
            ) : (
              <Nothing title={t("还没有草稿", "No drafts yet")} action={acts}>{t("从空白开始，上传现有 BPMN / DMN，或从再造项目的“构建”一步打开。", "Begin with a blank, upload BPMN or DMN, or open the build step of an initiative.")}</Nothing>
            )}
            {deployed.data?.items.length ? (
              <section className="line">
                <h2>{t("已部署的流程", "Deployed processes")}</h2>
                <table className="plain-table" style={{ maxWidth: 900 }}>
                  <tbody>
                    {deployed.data.items.map((one) => (
                      <tr key={one.processDefinitionKey}>
                        <td>{one.name ?? one.processDefinitionId}</td>
                        <td className="quiet">{one.processDefinitionId}</td>
                        <td className="num">{t(`第 ${one.version} 版`, `version ${one.version}`)}</td>
                        <td className="num">{may("design") ? <Button size="small" type="text" onClick={() => void open(one)}>{t("作为草稿打开", "open as a draft")}</Button> : null}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </section>
            ) : null}
          </div>
        </>
      )}
    </Shown>
  );
}
