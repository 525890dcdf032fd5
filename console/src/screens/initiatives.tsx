/** 2 · Initiatives: all of them, and the way to begin one. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, InputNumber, Modal, Select, Table } from "antd";
import { Link, useNavigate, useSearchParams } from "react-router";
import { api } from "../api";
import { minute, number } from "../format";
import { Heading } from "../parts";
import { useSession } from "../session";
import { useSettings } from "../settings";
import { Nothing, Shown } from "../states";
import type { InitiativeAbout } from "../types";
import { useWords } from "../words";
import { useLogs } from "./process-map";

export default function Initiatives() {
  const { t, say } = useWords();
  const { zone } = useSettings();
  const { may } = useSession();
  const { modal } = App.useApp();
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const initiatives = useQuery({
    queryKey: ["initiatives"],
    queryFn: () => api.get<{ items: InitiativeAbout[] }>("/api/initiatives"),
    refetchInterval: (found) => (found.state.data?.items.some((one) => one.state === "running") ? 3000 : false),
  });
  const begin = (log = "new") => setSearch({ log });
  const close = () => setSearch({});
  const remove = (one: InitiativeAbout) =>
    modal.confirm({
      title: t(`删除“${say(one.title)}”？`, `Remove “${say(one.title)}”?`),
      content: t("报告、模型与记录都会删除。", "Its report, models and record go too."),
      okText: t("删除", "Remove"), okButtonProps: { danger: true },
      onOk: async () => { await api.remove(`/api/initiatives/${one.id}`); await queries.invalidateQueries({ queryKey: ["initiatives"] }); },
    });
  const states = { running: t("运行中", "running"), done: t("完成", "done"), failed: t("未完成", "not finished") };
  const tones = { running: "", done: "good", failed: "bad" };
  const act = may("design") ? <Button type="primary" onClick={() => begin()}>{t("新建项目", "New initiative")}</Button> : null;
  return (
    <>
      <Shown of={initiatives}>
        {({ items }) =>
          items.length ? (
            <>
              <Heading title={t(`${items.length} 个再造项目`, `${items.length} initiatives`)} under={t("每个项目走完八步：读取、现状、价值、仿真、再造、构建、彩排、验证", "Each goes through eight steps: read, map, value, calibrate, redesign, build, rehearse, prove")}>{act}</Heading>
              <Table<InitiativeAbout>
                size="small" rowKey="id" dataSource={items} pagination={items.length > 30 ? { pageSize: 30 } : false}
                columns={[
                  { title: t("项目", "Initiative"), render: (_, one) => <Link to={`/initiatives/${one.id}`}>{say(one.title)}</Link>, sorter: (a, b) => say(a.title).localeCompare(say(b.title)) },
                  { title: t("状态", "State"), render: (_, one) => <span className={tones[one.state]}>{states[one.state]}</span>, filters: Object.entries(states).map(([value, text]) => ({ value, text })), onFilter: (value, one) => one.state === value },
                  { title: t("日志", "Log"), dataIndex: "source", render: (text: string) => <span className="quiet">{text}</span> },
                  { title: t("案例", "Cases"), align: "right", render: (_, one) => number(one.cases) },
                  { title: t("开始", "Begun"), render: (_, one) => <span className="quiet nowrap">{minute(one.added, zone)} · {one.by}</span>, sorter: (a, b) => a.added - b.added, defaultSortOrder: "descend" },
                  { title: "", align: "right", render: (_, one) => (may("design") ? <button type="button" className="plain" onClick={() => remove(one)}>{t("删除", "Remove")}</button> : null) },
                ]}
              />
            </>
          ) : (
            <Nothing title={t("还没有再造项目", "No initiatives yet")} action={act}>
              {t("选一份日志，其余由系统完成：还原现状、定价值、仿真、提出并比较方案、生成可部署的流程与决策表、在真实引擎上彩排，最后对照目标。", "Choose a log; the rest follows: the as-is, its value, a calibrated simulation, options compared, deployable models and decision tables, a rehearsal on the real engine, and the proof against your goals.")}
            </Nothing>
          )
        }
      </Shown>
      {search.has("log") ? <Begin log={search.get("log") ?? ""} close={close} /> : null}
    </>
  );
}

type Wanted = { log: string; title: string; median: number; manual: number; evaluations: number; simulatedCases: number; rehearsedCases: number; seed: number };

function Begin({ log, close }: { log: string; close: () => void }) {
  const { t, say } = useWords();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const logs = useLogs();
  const [form] = Form.useForm<Wanted>();
  const ready = logs.data?.items.filter((one) => one.ready) ?? [];
  const start = useMutation({
    mutationFn: (wanted: Wanted) =>
      api.post<InitiativeAbout>("/api/initiatives", {
        log: wanted.log,
        title: wanted.title,
        run: {
          seed: wanted.seed, evaluations: wanted.evaluations, simulatedCases: wanted.simulatedCases, rehearsedCases: wanted.rehearsedCases,
          goals: [{ measure: "cycle_time.median", change: -wanted.median / 100 }, { measure: "manual_share", target: wanted.manual / 100 }],
        },
      }),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["initiatives"] });
      void navigate(`/initiatives/${made.id}`);
    },
    onError: (fault) => void message.error(fault.message),
  });
  if (!logs.data) return null;
  const first = ready.find((one) => one.id === log)?.id ?? ready[0]?.id;
  return (
    <Modal open title={t("新建再造项目", "New initiative")} onCancel={close} okText={t("开始", "Begin")} okButtonProps={{ disabled: !ready.length, loading: start.isPending }} onOk={() => form.submit()} width={560}>
      <Form<Wanted> form={form} layout="vertical" initialValues={{ log: first, title: "", median: 30, manual: 20, evaluations: 120, simulatedCases: 1000, rehearsedCases: 200, seed: 20260101 }} onFinish={(wanted) => start.mutate(wanted)}>
        <Form.Item name="log" label={t("日志", "Log")} rules={[{ required: true }]} extra={ready.length ? null : t("还没有可用的日志，请先导入。", "There is no log yet; import one first.")}>
          <Select options={ready.map((one) => ({ value: one.id, label: `${one.title ? say(one.title) : one.name} · ${number(one.cases)} ${t("件", "cases")}` }))} />
        </Form.Item>
        <Form.Item name="title" label={t("项目名称", "Name")}><Input placeholder={t("默认用日志的名称", "the log's name by default")} maxLength={200} /></Form.Item>
        <h3>{t("目标", "Goals")}</h3>
        <div className="row">
          <Form.Item name="median" label={t("中位办理时长缩短", "Cut the median cycle time by")}><InputNumber min={1} max={95} suffix="%" /></Form.Item>
          <Form.Item name="manual" label={t("人工占比不超过", "Manual share at most")}><InputNumber min={0} max={100} suffix="%" /></Form.Item>
        </div>
        <details>
          <summary className="quiet" style={{ cursor: "pointer", marginBottom: 12 }}>{t("仿真与彩排的规模、随机种子", "Size of simulation and rehearsal, seed")}</summary>
          <div className="row">
            <Form.Item name="evaluations" label={t("组合仿真次数", "Combinations tried")}><InputNumber min={4} max={2000} /></Form.Item>
            <Form.Item name="simulatedCases" label={t("每次仿真案件", "Cases simulated")}><InputNumber min={50} max={20000} /></Form.Item>
            <Form.Item name="rehearsedCases" label={t("彩排案件", "Cases rehearsed")}><InputNumber min={10} max={5000} /></Form.Item>
            <Form.Item name="seed" label={t("种子", "Seed")}><InputNumber min={0} max={2147483647} /></Form.Item>
          </div>
        </details>
      </Form>
    </Modal>
  );
}
