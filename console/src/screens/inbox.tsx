/** 10 · Inbox: queues, the list by due, the form beside what it is about; claim, complete, return; the second person. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Dropdown, Input, Modal, Segmented } from "antd";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { api, ApiFault } from "../api";
import { ago, minute, number } from "../format";
import { FormFields, type Answers, type FormSchema } from "../models/form";
import { useNow } from "../parts";
import { useSession } from "../session";
import { useSettings } from "../settings";
import { Loading, Nothing, Shown } from "../states";
import { useWords, type Text } from "../words";
import { dueTone } from "./inbox-due";

type Queue = { group: string | null; offered: number; claimed: number; others: number; overdue: number; soonest: string | null };
type Item = {
  id: string; kind: string; subject: string; state: string; priority: number; owner: string | null; first: string | null; second: string | null; groups: string[];
  due: string | null; created: string; ended: string | null; fourEyes: boolean; reasonWanted: boolean; case: string | null; process: string | null; why: string; rung: number;
};
type Whole = Item & {
  evidence: Record<string, unknown>; schema: FormSchema | null; result: { answers: Answers; action: string; reason: string } | null;
  history: { at: string; by: string; change: string; from: string; to: string; why: string; person: string | null }[];
};

const KINDS: Record<string, Text> = {
  task: { zh: "任务", en: "task" }, alert: { zh: "预警", en: "alert" }, ticket: { zh: "工单", en: "ticket" }, break: { zh: "差异", en: "break" },
  incident: { zh: "异常", en: "incident" }, lead: { zh: "线索", en: "lead" },
};
const STATES: Record<string, Text> = {
  offered: { zh: "待认领", en: "offered" }, claimed: { zh: "办理中", en: "claimed" }, suspended: { zh: "已搁置", en: "suspended" }, "awaiting-second": { zh: "待复核", en: "for a second person" },
  "handed-in": { zh: "已提交", en: "handed in" }, completed: { zh: "已办结", en: "completed" }, cancelled: { zh: "已撤销", en: "cancelled" },
};
const CHANGES: Record<string, Text> = {
  offered: { zh: "生成", en: "offered" }, claimed: { zh: "认领", en: "claimed" }, assigned: { zh: "分配", en: "assigned" }, delegated: { zh: "委托", en: "delegated" }, returned: { zh: "退回", en: "returned" },
  suspended: { zh: "搁置", en: "suspended" }, resumed: { zh: "继续", en: "resumed" }, reopened: { zh: "重开", en: "reopened" }, proposed: { zh: "提交复核", en: "handed to a second person" },
  confirmed: { zh: "复核同意", en: "confirmed" }, refused: { zh: "复核不同意", en: "refused" }, recalled: { zh: "撤回", en: "recalled" }, "handed-in": { zh: "提交", en: "handed in" }, bounced: { zh: "被退回", en: "bounced" },
  settled: { zh: "办结", en: "settled" }, cancelled: { zh: "撤销", en: "cancelled" }, escalated: { zh: "升级", en: "escalated" }, updated: { zh: "更新", en: "updated" }, commented: { zh: "留言", en: "commented" },
};

export default function Inbox() {
  const { t, say, language } = useWords();
  const now = useNow();
  const { session, may } = useSession();
  const { message } = App.useApp();
  const { id } = useParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const view = search.get("view") ?? "open";
  const group = search.get("group");
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const [assigning, setAssigning] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const queues = useQuery({ queryKey: ["queues"], queryFn: () => api.get<{ queues: Queue[] }>("/api/inbox/queues"), refetchInterval: 15_000, retry: false });
  const items = useInfiniteQuery({
    queryKey: ["items", view, group, text],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      api.post<{ items: Item[]; cursor: string | null }>("/api/inbox/items/search", {
        filter: { open: view !== "done", ...(view === "mine" ? { owner: session.name } : {}), ...(group ? { group } : {}), ...(text ? { text } : {}) }, cursor: pageParam, limit: 60,
      }),
    getNextPageParam: (last) => last.cursor,
    refetchInterval: 15_000,
    retry: false,
  });
  const shown = items.data?.pages.flatMap((page) => page.items) ?? [];
  const open = (one: string) => void navigate({ pathname: `/inbox/${one}`, search: search.toString() });
  const next = useMutation({
    mutationFn: () => api.post<Item | undefined>("/api/inbox/next"),
    onSuccess: (found) => {
      if (found) open(found.id);
      else void message.info(t("没有等您办理的事项", "Nothing waits for you"));
      void queries.invalidateQueries({ queryKey: ["items"] });
    },
    onError: (fault) => void message.error(fault.message),
  });
  const set = (name: string, value: string | null) => setSearch((before) => { const after = new URLSearchParams(before); if (value) after.set(name, value); else after.delete(name); return after; });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (/INPUT|TEXTAREA|SELECT/.test(target.tagName) || target.isContentEditable || event.ctrlKey || event.metaKey || event.altKey) return;
      const at = shown.findIndex((one) => one.id === id);
      if (event.key === "j" || event.key === "ArrowDown") { const one = shown[Math.min(at + 1, shown.length - 1)]; if (one) { event.preventDefault(); open(one.id); } }
      if (event.key === "k" || event.key === "ArrowUp") { const one = shown[Math.max(at - 1, 0)]; if (one) { event.preventDefault(); open(one.id); } }
      if (event.key === "n") next.mutate();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  });
  if (queues.error instanceof ApiFault && queues.error.status === 503) {
    return <div style={{ padding: "0 28px" }}><Nothing title={t("这台服务没有启用待办", "The inbox is not set up on this server")}>{t("请管理员在启动时配置待办数据库。", "Ask the administrator to set it up.")}</Nothing></div>;
  }
  const overdue = queues.data?.queues.reduce((sum, one) => sum + one.overdue, 0) ?? 0;
  return (
    <div style={{ display: "grid", gridTemplateColumns: "minmax(250px, 26%) minmax(0, 1fr)", height: "100%", minHeight: 0 }}>
      <div style={{ borderRight: "1px solid var(--hairline)", display: "flex", flexDirection: "column", minHeight: 0 }}>
        <div style={{ padding: "14px 16px 10px", borderBottom: "1px solid var(--hairline)" }}>
          <div className="row" style={{ marginBottom: 10 }}>
            <h1 className="grow" style={{ fontSize: "calc(var(--body) + 3px)" }}>{overdue ? t(`${number(overdue)} 件逾期`, `${number(overdue)} overdue`) : t("待办", "Inbox")}</h1>
            {may("work") ? <Button type="primary" size="small" loading={next.isPending} onClick={() => next.mutate()} title="n">{t("取下一件", "Next")}</Button> : null}
          </div>
          <div className="row" style={{ gap: 8 }}>
            <Segmented size="small" value={view} onChange={(value) => set("view", value)} options={[{ value: "open", label: t("全部", "Open") }, { value: "mine", label: t("我的", "Mine") }, { value: "done", label: t("办结", "Done") }]} />
            <Input size="small" allowClear style={{ flex: 1, minWidth: 90 }} placeholder={t("查找", "find")} aria-label={t("查找", "find")} onChange={(event) => setText(event.target.value)} />
          </div>
          <div className="row small" style={{ gap: 4, marginTop: 8 }}>
            {queues.data?.queues.map((one) => (
              <button key={one.group ?? ""} type="button" className="plain" aria-pressed={group === one.group} onClick={() => set("group", group === one.group ? null : one.group)}>
                {one.group ?? t("点名给我", "named to me")} {one.offered + one.claimed + one.others}{one.overdue ? <span className="bad"> · {one.overdue}</span> : null}
              </button>
            ))}
          </div>
          {chosen.length ? <Button size="small" style={{ marginTop: 8 }} onClick={() => setAssigning(true)}>{t(`分配 ${chosen.length} 件…`, `Assign ${chosen.length}…`)}</Button> : null}
        </div>
        <div ref={list} style={{ overflow: "auto", flex: 1 }} role={shown.length ? "list" : undefined}>
          {items.isPending ? <Loading /> : null}
          {!items.isPending && !shown.length ? <div className="quiet" style={{ padding: 20 }}>{t("没有事项", "No items")}</div> : null}
          {shown.map((one) => (
            <div key={one.id} role="listitem" style={{ display: "flex", borderBottom: "1px solid var(--hairline)", background: one.id === id ? "var(--accent-wash)" : "transparent" }}>
              {may("work") ? <Checkbox style={{ padding: "0 0 0 14px", alignSelf: "center" }} checked={chosen.includes(one.id)} aria-label={t(`选择 ${one.subject}`, `choose ${one.subject}`)} onChange={(event) => setChosen(event.target.checked ? [...chosen, one.id] : chosen.filter((other) => other !== one.id))} /> : null}
              <button type="button" onClick={() => open(one.id)} aria-current={one.id === id} style={{ flex: 1, minWidth: 0, textAlign: "left", border: 0, background: "none", font: "inherit", color: "inherit", padding: "10px 14px", cursor: "pointer" }}>
                <span style={{ display: "block", fontWeight: 600, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>{one.subject}</span>
                <span className="small row" style={{ gap: 8 }}>
                  <span className="quiet">{say(KINDS[one.kind]) || one.kind}</span>
                  <span className="quiet">{say(STATES[one.state]) || one.state}{one.owner ? ` · ${one.owner}` : ""}</span>
                  {one.process ? <span className="quiet">{one.process}</span> : null}
                  {one.due && !one.ended ? <span className={dueTone(one.due, now)}>{ago(one.due, now, language)}</span> : null}
                </span>
              </button>
            </div>
          ))}
          {items.hasNextPage ? <Button type="text" block loading={items.isFetchingNextPage} onClick={() => void items.fetchNextPage()}>{t("更多", "more")}</Button> : null}
        </div>
        <div className="small quiet" style={{ padding: "8px 16px", borderTop: "1px solid var(--hairline)" }}>
          <kbd>j</kbd> <kbd>k</kbd> {t("上下", "move")} · <kbd>n</kbd> {t("取下一件", "next")} · <kbd>c</kbd> {t("认领", "claim")} · <kbd>Ctrl ↵</kbd> {t("提交", "hand in")}
        </div>
      </div>
      {id ? <One key={id} id={id} /> : <Nothing title={t("选一件来办", "Choose an item")}>{t("按 n 取系统为您选的下一件。", "Press n for the one that should come next.")}</Nothing>}
      {assigning ? <Assign ids={chosen} close={() => { setAssigning(false); setChosen([]); }} /> : null}
    </div>
  );
}

function One({ id }: { id: string }) {
  const item = useQuery({ queryKey: ["item", id], queryFn: () => api.get<Whole>(`/api/inbox/items/${encodeURIComponent(id)}`), refetchInterval: 20_000 });
  return <Shown of={item}>{(one) => <Work key={`${one.id} ${one.state}`} of={one} />}</Shown>;
}

function Work({ of }: { of: Whole }) {
  const { t, say, language } = useWords();
  const now = useNow();
  const { zone } = useSettings();
  const { session, may } = useSession();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [answers, setAnswers] = useState<Answers>(() => ({ ...known(of), ...(of.result?.answers ?? {}) }));
  const [reason, setReason] = useState(of.result?.reason ?? "");
  const [asking, setAsking] = useState<{ path: string; title: string; needed: boolean } | null>(null);
  const mine = of.owner === session.name;
  const second = of.state === "awaiting-second";
  const act = useMutation({
    mutationFn: ({ path, body }: { path: string; body?: object }) => api.post<Item>(`/api/inbox/items/${encodeURIComponent(of.id)}/${path}`, body ?? {}),
    onSuccess: () => { void queries.invalidateQueries(); },
    onError: (fault) => void message.error(fault.message, 6),
  });
  const complete = () => act.mutate({ path: "complete", body: { answers: fieldsOnly(of.schema, answers), reason } });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && mine && !second) { event.preventDefault(); complete(); }
      if (event.key === "c" && !/INPUT|TEXTAREA|SELECT/.test(target.tagName) && !event.ctrlKey && !event.metaKey && of.state === "offered" && may("work")) act.mutate({ path: "claim" });
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  });
  const locked = !mine || of.ended !== null || second;
  return (
    <div style={{ display: "grid", gridTemplateRows: "auto minmax(0, 1fr)", minHeight: 0 }}>
      <header style={{ padding: "14px 24px", borderBottom: "1px solid var(--hairline)" }} className="row">
        <div className="grow">
          <h1>{of.subject}</h1>
          <div className="small quiet">
            {say(KINDS[of.kind]) || of.kind} · {say(STATES[of.state]) || of.state}
            {of.owner ? ` · ${of.owner}` : ""}
            {of.due ? <> · <span className={of.ended ? "" : dueTone(of.due, now)}>{t("到期", "due")} {minute(of.due, zone)}（{ago(of.due, now, language)}）</span></> : null}
            {of.case ? <> · <Link to={`/operations/instances/${of.case}`}>{t("看案件", "the case")}</Link></> : null}
            {of.fourEyes ? <> · {t("需第二人复核", "needs a second person")}</> : null}
          </div>
        </div>
        {may("work") && !of.ended ? (
          <div className="acts row" style={{ gap: 8 }}>
            {of.state === "offered" ? <Button type="primary" loading={act.isPending} onClick={() => act.mutate({ path: "claim" })}>{t("认领", "Claim")}</Button> : null}
            {mine && !second && of.state !== "suspended" ? <Button type="primary" loading={act.isPending} onClick={complete}>{of.fourEyes ? t("提交复核", "Hand in") : t("完成", "Complete")}</Button> : null}
            {second && of.first !== session.name ? (
              <>
                <Button type="primary" loading={act.isPending} onClick={() => act.mutate({ path: "confirm" })}>{t("复核同意", "Confirm")}</Button>
                <Button danger onClick={() => setAsking({ path: "refuse", title: t("不同意的原因", "Why not"), needed: true })}>{t("不同意", "Refuse")}</Button>
              </>
            ) : null}
            {second && of.first === session.name ? <><span className="quiet small">{t("等另一人复核；本人不能复核自己的提交", "another person decides; you cannot confirm your own work")}</span><Button onClick={() => act.mutate({ path: "recall" })}>{t("撤回", "Recall")}</Button></> : null}
            {!second ? (
              <Dropdown menu={{ items: [
                ...(mine ? [{ key: "return", label: t("退回队列", "return to the queue"), onClick: () => setAsking({ path: "return", title: t("退回的原因", "Why"), needed: false }) }] : []),
                ...(mine && of.state !== "suspended" ? [{ key: "suspend", label: t("搁置", "suspend"), onClick: () => setAsking({ path: "suspend", title: t("搁置的原因", "Why"), needed: false }) }] : []),
                ...(of.state === "suspended" ? [{ key: "resume", label: t("继续", "resume"), onClick: () => act.mutate({ path: "resume" }) }] : []),
                { key: "escalate", label: t("升级", "escalate"), onClick: () => setAsking({ path: "escalate", title: t("升级的原因", "Why"), needed: false }) },
                { key: "comment", label: t("留言", "comment"), onClick: () => setAsking({ path: "comment", title: t("留言", "Comment"), needed: true }) },
              ] }}><Button>…</Button></Dropdown>
            ) : null}
          </div>
        ) : null}
      </header>
      <div style={{ display: "grid", gridTemplateColumns: "minmax(0, 1.1fr) minmax(0, 1fr)", minHeight: 0 }}>
        <section style={{ overflow: "auto", padding: 24, borderRight: "1px solid var(--hairline)" }} aria-label={t("依据", "Evidence")}>
          <h2>{t("依据", "Evidence")}</h2>
          <Evidence of={shownEvidence(of.evidence)} />
          <h2 style={{ marginTop: 24 }}>{t("经过", "History")}</h2>
          <table className="plain-table"><tbody>
            {of.history.map((line, k) => (
              <tr key={k}><td className="nowrap quiet">{minute(line.at, zone)}</td><td>{line.by === "system" || !line.by ? t("系统", "system") : line.by}</td><td className="nowrap">{say(CHANGES[line.change]) || line.change}{line.person ? ` → ${line.person}` : ""}</td><td>{line.why}</td></tr>
            ))}
          </tbody></table>
        </section>
        <section style={{ overflow: "auto", padding: 24 }} aria-label={t("办理", "Work")}>
          {second ? <h2>{t(`${of.first} 的办理结果`, `What ${of.first ?? ""} decided`)}</h2> : <h2>{t("办理", "Work")}</h2>}
          {locked && !of.ended && !second ? <p className="quiet small">{t("认领后可填写。", "Claim it to fill it in.")}</p> : null}
          {of.schema?.components?.length ? <FormFields fields={of.schema.components} answers={answers} set={setAnswers} locked={locked} /> : <p className="quiet">{t("没有表单，直接完成即可。", "There is no form; just complete it.")}</p>}
          {of.reasonWanted || reason ? (
            <label><span>{t("理由", "Reason")}{of.reasonWanted ? <span className="bad"> *</span> : null}</span><Input.TextArea autoSize={{ minRows: 2 }} disabled={locked} value={reason} onChange={(event) => setReason(event.target.value)} /></label>
          ) : null}
        </section>
      </div>
      {asking ? <Why {...asking} close={() => setAsking(null)} done={(why) => { act.mutate({ path: asking.path, body: { why } }); setAsking(null); }} /> : null}
    </div>
  );
}

/** What is already known of the form's fields, from the evidence. */
function known(of: Whole): Answers {
  const data = (typeof of.evidence["variables"] === "object" && of.evidence["variables"] !== null ? of.evidence["variables"] : of.evidence) as Answers;
  return fieldsOnly(of.schema, data);
}

function keysOf(fields: FormSchema["components"]): string[] {
  return (fields ?? []).flatMap((field) => [...(field.key ? [field.key] : []), ...keysOf(field.components)]);
}

function fieldsOnly(schema: FormSchema | null, answers: Answers): Answers {
  const keys = new Set(keysOf(schema?.components));
  return Object.fromEntries(Object.entries(answers).filter(([key, value]) => keys.has(key) && value !== undefined && value !== null));
}

const TECHNICAL = ["processId", "elementId", "processInstanceKey", "links", "variables"];

/** What a clerk reads: the case's data first, without the engine's own keys. */
function shownEvidence(evidence: Record<string, unknown>): Record<string, unknown> {
  const data = typeof evidence["variables"] === "object" && evidence["variables"] !== null ? (evidence["variables"] as Record<string, unknown>) : {};
  return { ...data, ...Object.fromEntries(Object.entries(evidence).filter(([key]) => !TECHNICAL.includes(key))) };
}

function Evidence({ of }: { of: Record<string, unknown> }) {
  const { t } = useWords();
  const rows = Object.entries(of);
  if (!rows.length) return <p className="quiet">{t("没有附带数据", "No data came with it")}</p>;
  return (
    <table className="plain-table"><tbody>
      {rows.map(([key, value]) => <tr key={key}><td className="quiet" style={{ width: "32%" }}>{key}</td><td>{shownValue(value)}</td></tr>)}
    </tbody></table>
  );
}

function shownValue(value: unknown): ReactNode {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return <Evidence of={value as Record<string, unknown>} />;
  if (typeof value === "string") return value;
  if (typeof value === "number") return number(value, Number.isInteger(value) ? 0 : 2);
  return <code>{JSON.stringify(value)}</code>;
}

function Why({ title, needed, done, close }: { title: string; needed: boolean; done: (why: string) => void; close: () => void }) {
  const [why, setWhy] = useState("");
  return (
    <Modal open title={title} onCancel={close} onOk={() => done(why)} okButtonProps={{ disabled: needed && !why.trim() }}>
      <Input.TextArea autoFocus autoSize={{ minRows: 3 }} value={why} aria-label={title} onChange={(event) => setWhy(event.target.value)} />
    </Modal>
  );
}

function Assign({ ids, close }: { ids: string[]; close: () => void }) {
  const { t } = useWords();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [to, setTo] = useState("");
  const assign = useMutation({
    mutationFn: () => api.post<{ items: Record<string, { assigned: boolean; code: string | null }> }>("/api/inbox/assignments", { ids, to }),
    onSuccess: ({ items }) => {
      const refused = Object.values(items).filter((one) => !one.assigned).length;
      void (refused ? message.warning(t(`${refused} 件没有分配成`, `${refused} were not assigned`)) : message.success(t("已分配", "assigned")));
      void queries.invalidateQueries();
      close();
    },
    onError: (fault) => void message.error(fault.message),
  });
  return (
    <Modal open title={t(`分配 ${ids.length} 件`, `Assign ${ids.length}`)} onCancel={close} onOk={() => assign.mutate()} okButtonProps={{ disabled: !to.trim(), loading: assign.isPending }}>
      <label><div className="quiet">{t("给谁（用户名）", "To whom (name)")}</div><Input autoFocus value={to} onChange={(event) => setTo(event.target.value)} /></label>
    </Modal>
  );
}
