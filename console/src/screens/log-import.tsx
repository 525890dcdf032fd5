/** 4 · Import in five steps: file, columns, times, name, findings. The file stays as it came. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Select, Steps, Upload } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api } from "../api";
import { day, duration, number, share } from "../format";
import { Fact, Heading } from "../parts";
import { Loading, Problems, Shown, Wrong } from "../states";
import type { LogAbout, LogOf, Preview } from "../types";
import { useWords, type Text } from "../words";

type Previewed = LogAbout & { preview: Preview };
const ROLES: readonly { key: string; words: Text; needed: boolean; hint: Text }[] = [
  { key: "case", words: { zh: "案例编号", en: "Case" }, needed: true, hint: { zh: "同一笔业务的编号", en: "the number of one piece of business" } },
  { key: "activity", words: { zh: "活动", en: "Activity" }, needed: true, hint: { zh: "做了什么", en: "what was done" } },
  { key: "end", words: { zh: "时间（完成）", en: "Time (complete)" }, needed: true, hint: { zh: "何时完成", en: "when it was done" } },
  { key: "start", words: { zh: "开始时间", en: "Start" }, needed: false, hint: { zh: "有它才能分清等待与办理", en: "tells waiting from work" } },
  { key: "resource", words: { zh: "办理人", en: "Resource" }, needed: false, hint: { zh: "有它才能看交接与负荷", en: "shows hand-overs and load" } },
  { key: "lifecycle", words: { zh: "生命周期", en: "Lifecycle" }, needed: false, hint: { zh: "start / complete 等", en: "start, complete, …" } },
];
const ZONES = ["Asia/Shanghai", "UTC", "Europe/Amsterdam", "Europe/London", "America/New_York", "Asia/Singapore"];

export default function LogImport() {
  const { t } = useWords();
  const { id } = useParams();
  const navigate = useNavigate();
  const [done, setDone] = useState(false);
  const waiting = useQuery({ queryKey: ["log-preview", id], queryFn: () => api.get<Previewed>(`/api/logs/${id ?? ""}/preview`), enabled: id !== undefined });
  const upload = useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("file", file);
      return api.post<Previewed>("/api/logs", form);
    },
    onSuccess: (made) => void navigate(`/logs/import/${made.id}`, { replace: true }),
  });
  const at = done ? 4 : id ? 1 : 0;
  return (
    <>
      <Heading title={t("导入日志", "Import a log")} crumb={<Link to="/logs">{t("日志", "Logs")}</Link>} />
      <Steps
        size="small"
        current={at}
        style={{ marginBottom: 28, maxWidth: 900 }}
        items={[t("选择文件", "File"), t("对应列", "Columns"), t("时间与时区", "Times"), t("命名", "Name"), t("核对质量", "Findings")].map((title) => ({ title }))}
      />
      {!id ? (
        <div style={{ maxWidth: 720 }}>
          <Upload.Dragger
            accept=".csv,.xes,.gz,.zip,.parquet,.txt"
            showUploadList={false}
            disabled={upload.isPending}
            beforeUpload={(file) => {
              upload.mutate(file);
              return false;
            }}
          >
            <div style={{ padding: "32px 24px" }}>
              <h2>{upload.isPending ? t("正在上传…", "Uploading…") : t("把文件拖到这里，或点此选择", "Drop a file here, or choose one")}</h2>
              <div className="quiet">{t("XES、CSV、Parquet，可为 .gz 或 .zip；中文编码自动识别；不超过 4 GB", "XES, CSV, Parquet, also as .gz or .zip; encodings are recognised; up to 4 GB")}</div>
            </div>
          </Upload.Dragger>
          {upload.error ? <Wrong fault={upload.error} /> : null}
        </div>
      ) : done ? (
        <Result id={id} />
      ) : (
        <Shown of={waiting}>{(found) => <Mapping of={found} read={() => setDone(true)} />}</Shown>
      )}
    </>
  );
}

function Mapping({ of, read }: { of: Previewed; read: () => void }) {
  const { t, say } = useWords();
  const queries = useQueryClient();
  const [roles, setRoles] = useState<Record<string, string>>(of.preview.roles);
  const [zone, setZone] = useState<string | null>(null);
  const [name, setName] = useState(of.name);
  const interpret = useMutation({
    mutationFn: () => api.put<LogAbout>(`/api/logs/${of.id}/mapping`, { columns: roles, zone, name }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["logs"] });
      void queries.invalidateQueries({ queryKey: ["log", of.id] });
      read();
    },
  });
  const lacking = of.preview.mapped ? ROLES.filter((role) => role.needed && !roles[role.key]) : [];
  const roleOf = Object.fromEntries(Object.entries(roles).map(([role, column]) => [column, role]));
  return (
    <div className="stack">
      {of.preview.mapped ? (
        <section>
          <h2>{t("每列是什么", "What each column is")}</h2>
          <p className="quiet">{t(`${of.file} 共 ${number(of.preview.total)} 行。已按列名和内容作了建议，请核对。`, `${of.file} has ${number(of.preview.total)} rows. Suggested by names and content; please check.`)}</p>
          <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(240px, 1fr))", gap: "14px 24px", maxWidth: 1000 }}>
            {ROLES.map((role) => (
              <label key={role.key}>
                <div>{say(role.words)}{role.needed ? <span className="bad"> *</span> : null} <span className="quiet small">{say(role.hint)}</span></div>
                <Select
                  style={{ width: "100%" }}
                  allowClear={!role.needed}
                  showSearch
                  placeholder={t("选择列", "choose a column")}
                  value={roles[role.key] ?? null}
                  status={role.needed && !roles[role.key] ? "error" : ""}
                  options={of.preview.columns.map((column) => ({ value: column, label: column }))}
                  onChange={(column: string | null) =>
                    setRoles((before) => {
                      const after = Object.fromEntries(Object.entries(before).filter(([other, taken]) => other !== role.key && taken !== column));
                      return column ? { ...after, [role.key]: column } : after;
                    })
                  }
                />
              </label>
            ))}
          </div>
        </section>
      ) : (
        <p>{t(`${of.file} 自带每列的含义，无需对应。`, `${of.file} says itself what its columns mean; nothing to map.`)}</p>
      )}
      <section className="row">
        <label>
          <div>{t("时区", "Time zone")} <span className="quiet small">{t("用于没写时区的时间", "for times that state none")}</span></div>
          <Select style={{ width: 240 }} allowClear placeholder={t("自动（默认上海）", "automatic (Shanghai by default)")} value={zone} onChange={setZone} options={ZONES.map((value) => ({ value, label: value }))} />
        </label>
        <label>
          <div>{t("名称", "Name")}</div>
          <Input style={{ width: 320 }} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
        </label>
      </section>
      <div className="row">
        <Button type="primary" disabled={lacking.length > 0} loading={interpret.isPending} onClick={() => interpret.mutate()}>{t("读取日志", "Read the log")}</Button>
        {lacking.length ? <span className="quiet">{t("还缺：", "missing: ")}{lacking.map((role) => say(role.words)).join(t("、", ", "))}</span> : null}
      </div>
      {interpret.error ? <Wrong fault={interpret.error} /> : null}
      {of.preview.mapped ? (
        <section className="scroll">
          <table className="plain-table">
            <thead>
              <tr>
                {of.preview.columns.map((column) => {
                  const role = ROLES.find((one) => one.key === roleOf[column]);
                  return <th key={column}>{role ? <div style={{ color: "var(--accent)", fontWeight: 600 }}>{say(role.words)}</div> : <div>&nbsp;</div>}{column}</th>;
                })}
              </tr>
            </thead>
            <tbody>
              {of.preview.rows.map((row, k) => (
                <tr key={k}>{row.map((cell, place) => <td key={place} className="nowrap">{cell ?? <span className="quiet">–</span>}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
    </div>
  );
}

function Result({ id }: { id: string }) {
  const { t, language } = useWords();
  const navigate = useNavigate();
  const log = useQuery({ queryKey: ["log", id, ""], queryFn: () => api.get<LogOf>(`/api/logs/${id}`) });
  if (log.isPending) return <Loading />;
  return (
    <Shown of={log}>
      {(found) => (
        <div className="stack">
          <div className="facts">
            <Fact name={t("案例", "cases")} value={number(found.facts.cases)} />
            <Fact name={t("事件", "events")} value={number(found.facts.events)} />
            <Fact name={t("活动", "activities")} value={number(found.facts.activities)} />
            <Fact name={t("中位全程时间", "median cycle time")} value={duration(found.facts.cycleMedian, language)} />
            <Fact name={t("已知开始时间", "start known")} value={share(found.facts.startKnown)} />
            <Fact name={t("已知办理人", "resource known")} value={share(found.facts.resourceKnown)} />
          </div>
          <p className="quiet">{day(found.facts.since, found.about.zone ?? "Asia/Shanghai")} – {day(found.facts.until, found.about.zone ?? "Asia/Shanghai")} ({found.about.zone})</p>
          <section className="line">
            <h2>{t("数据质量", "Data quality")}</h2>
            <Problems of={found.findings} />
          </section>
          <div className="row">
            <Button type="primary" onClick={() => void navigate(`/map/${id}`)}>{t("看流程地图", "See the process map")}</Button>
            <Button onClick={() => void navigate(`/initiatives?log=${id}`)}>{t("建立再造项目", "Start an initiative")}</Button>
            <Button type="text" onClick={() => void navigate(`/logs/import/${id}`, { replace: true, state: Date.now() })}>{t("重新对应列", "Map columns again")}</Button>
          </div>
        </div>
      )}
    </Shown>
  );
}
