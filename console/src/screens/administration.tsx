/** 14 · Administration: what waits for a second person, people, roles, tokens, the audit trail and its proof. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Form, Input, InputNumber, Modal, Select, Switch, Table, Tabs } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api, query } from "../api";
import { day, minute, number } from "../format";
import { Heading } from "../parts";
import { useSession } from "../session";
import { useSettings } from "../settings";
import { Nothing, Shown } from "../states";
import { useWords, type Text } from "../words";

type User = { name: string; title: string; roles: string[]; groups: string[]; disabled: boolean; mustChangePassword: boolean; hasPassword: boolean; created: string };
type Token = { name: string; owner: string | null; roles: string[]; groups: string[]; created: string; expires: string | null };
type Approval = { number: number; kind: string; title: string; note: string; state: string; proposedAt: string; proposedBy: string; decidedAt: string | null; decidedBy: string | null; reason: string | null; payload?: Record<string, unknown>; result?: unknown };
type Act = { partition: number; position: string; at: string; by: string; person: string; action: string; target: string; detail: unknown; rejected: string | null };

const ROLES: Record<string, Text> = {
  viewer: { zh: "查看者", en: "viewer" }, operator: { zh: "运行人员", en: "operator" }, designer: { zh: "设计人员", en: "designer" }, approver: { zh: "审批人", en: "approver" },
  administrator: { zh: "管理员", en: "administrator" }, auditor: { zh: "审计", en: "auditor" },
};

export default function Administration() {
  const { t } = useWords();
  const { may } = useSession();
  const { part } = useParams();
  const navigate = useNavigate();
  const tabs = [
    ...(may("approve") || may("design") || may("administer") ? [{ key: "approvals", label: t("审批", "Approvals"), children: <ApprovalPart /> }] : []),
    ...(may("administer") ? [
      { key: "users", label: t("人员", "People"), children: <UserPart /> },
      { key: "roles", label: t("角色", "Roles"), children: <RolePart /> },
      { key: "tokens", label: t("令牌", "Tokens"), children: <TokenPart /> },
    ] : []),
    ...(may("audit") ? [{ key: "audit", label: t("审计", "Audit trail"), children: <AuditPart /> }] : []),
    { key: "settings", label: t("显示", "Display"), children: <DisplayPart /> },
  ];
  return (
    <>
      <Heading title={t("管理", "Administration")} under={t("谁能做什么，谁做过什么，什么在等第二人。", "Who may do what, who did what, and what waits for a second person.")} />
      <Tabs activeKey={part ?? tabs[0]?.key ?? "settings"} destroyOnHidden onChange={(key) => void navigate(`/administration/${key}`)} items={tabs} />
    </>
  );
}

function ApprovalPart() {
  const { t } = useWords();
  const { zone } = useSettings();
  const { session, may } = useSession();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [open, setOpen] = useState<number | null>(null);
  const [reason, setReason] = useState("");
  const found = useQuery({ queryKey: ["approvals"], queryFn: () => api.get<{ items: Approval[] }>("/api/approvals?limit=200"), refetchInterval: 15_000 });
  const whole = useQuery({ queryKey: ["approval", open], queryFn: () => api.get<Approval>(`/api/approvals/${open ?? 0}`), enabled: open !== null });
  const decide = useMutation({
    mutationFn: ({ number: one, act }: { number: number; act: "approval" | "rejection" | "withdrawal" }) => api.post<Approval>(`/api/approvals/${one}/${act}`, { reason }),
    onSuccess: (after) => {
      void (after.state === "failed" ? message.error(t("批准了，但执行失败", "approved, but carrying it out failed")) : message.success(t("已处理", "done")));
      void queries.invalidateQueries();
      setOpen(null);
      setReason("");
    },
    onError: (fault) => void message.error(fault.message, 6),
  });
  const states: Record<string, string> = { proposed: t("待批准", "waiting"), pending: t("待批准", "waiting"), done: t("已执行", "done"), approved: t("已批准", "approved"), rejected: t("已拒绝", "rejected"), withdrawn: t("已撤回", "withdrawn"), failed: t("执行失败", "failed") };
  const one = whole.data;
  const files = (one?.payload?.["files"] as { name: string; content: string }[] | undefined) ?? [];
  const undecided = one && one.decidedAt === null && one.state !== "withdrawn";
  return (
    <Shown of={found}>
      {({ items }) =>
        items.length ? (
          <>
            <Table<Approval>
              size="small" rowKey="number" dataSource={items} pagination={items.length > 30 ? { pageSize: 30 } : false}
              onRow={(row) => ({ onClick: () => setOpen(row.number), style: { cursor: "pointer" } })}
              columns={[
                { title: "#", dataIndex: "number", align: "right", width: 60 },
                { title: t("事项", "What"), render: (_, row) => <button type="button" className="plain" style={{ color: "var(--accent)", padding: 0 }}>{row.title || row.kind}</button> },
                { title: t("说明", "Note"), dataIndex: "note" },
                { title: t("状态", "State"), render: (_, row) => <span className={row.decidedAt === null && row.state !== "withdrawn" ? "warn" : row.state === "failed" || row.state === "rejected" ? "bad" : "quiet"}>{states[row.state] ?? row.state}</span> },
                { title: t("提出", "Proposed"), render: (_, row) => <span className="nowrap">{row.proposedBy} · <span className="quiet">{minute(row.proposedAt, zone)}</span></span> },
                { title: t("决定", "Decided"), render: (_, row) => (row.decidedBy ? <span className="nowrap">{row.decidedBy} · <span className="quiet">{minute(row.decidedAt, zone)}</span></span> : "") },
              ]}
            />
            <Modal open={open !== null} onCancel={() => setOpen(null)} title={one?.title ?? ""} width={720} footer={undecided ? [
              one.proposedBy === session.name ? <Button key="w" onClick={() => decide.mutate({ number: one.number, act: "withdrawal" })}>{t("撤回", "Withdraw")}</Button> : null,
              may("approve") ? <Button key="r" danger disabled={!reason.trim()} onClick={() => decide.mutate({ number: one.number, act: "rejection" })}>{t("拒绝", "Reject")}</Button> : null,
              may("approve") ? <Button key="a" type="primary" loading={decide.isPending} onClick={() => decide.mutate({ number: one.number, act: "approval" })}>{t("批准", "Approve")}</Button> : null,
            ] : null}>
              {one ? (
                <div className="stack">
                  <p>{one.note}</p>
                  <p className="quiet small">{one.proposedBy} · {minute(one.proposedAt, zone)}{one.reason ? ` · ${one.reason}` : ""}</p>
                  {files.map((file) => <details key={file.name}><summary>{file.name} <span className="quiet">{number(Math.round(file.content.length * 0.75))} B</span></summary><pre style={{ maxHeight: 280, overflow: "auto", fontSize: 11 }}>{decoded(file.content)}</pre></details>)}
                  {!files.length && one.payload ? <pre style={{ maxHeight: 280, overflow: "auto", fontSize: 12 }}>{JSON.stringify(one.payload, null, 2)}</pre> : null}
                  {undecided && may("approve") ? (
                    one.proposedBy === session.name
                      ? <p className="warn">{t("这是您自己提出的，须由另一人批准。", "You proposed this yourself; someone else has to approve it.")}</p>
                      : <label><div className="quiet">{t("理由（拒绝时必填）", "Reason (needed to reject)")}</div><Input.TextArea autoSize={{ minRows: 2 }} value={reason} onChange={(event) => setReason(event.target.value)} /></label>
                  ) : null}
                </div>
              ) : null}
            </Modal>
          </>
        ) : <Nothing title={t("没有待批准的事项", "Nothing waits for approval")}>{t("部署和权限变更可先提请第二人批准，会出现在这里。", "Deployments and changes of rights can be put to a second person; they appear here.")}</Nothing>
      }
    </Shown>
  );
}

function decoded(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
}

type UserForm = { name: string; title: string; password?: string; roles: string[]; groups: string[]; disabled: boolean };

function UserPart() {
  const { t, say } = useWords();
  const { message, modal } = App.useApp();
  const queries = useQueryClient();
  const [editing, setEditing] = useState<User | "new" | null>(null);
  const [form] = Form.useForm<UserForm>();
  const users = useQuery({ queryKey: ["users"], queryFn: () => api.get<{ items: User[] }>("/api/users") });
  const groups = useQuery({ queryKey: ["groups"], queryFn: () => api.get<{ items: { name: string }[] }>("/api/groups") });
  const keep = useMutation({
    mutationFn: async (wanted: UserForm) => {
      if (editing === "new") await api.post("/api/users", { name: wanted.name, title: wanted.title, password: wanted.password || null, roles: wanted.roles, groups: wanted.groups });
      else if (editing) {
        await api.patch(`/api/users/${encodeURIComponent(editing.name)}`, { title: wanted.title, roles: wanted.roles, groups: wanted.groups, disabled: wanted.disabled });
        if (wanted.password) await api.put(`/api/users/${encodeURIComponent(editing.name)}/password`, { password: wanted.password });
      }
    },
    onSuccess: () => { void queries.invalidateQueries({ queryKey: ["users"] }); setEditing(null); },
    onError: (fault) => void message.error(fault.message, 8),
  });
  const open = (one: User | "new") => {
    setEditing(one);
    form.setFieldsValue(one === "new" ? { name: "", title: "", password: "", roles: ["viewer"], groups: [], disabled: false } : { ...one, password: "" });
  };
  const close = (): void => {
    if (form.isFieldsTouched()) modal.confirm({ title: t("放弃改动？", "Discard the changes?"), onOk: () => setEditing(null) });
    else setEditing(null);
  };
  const options = Object.entries(ROLES).map(([value, words]) => ({ value, label: say(words) }));
  return (
    <Shown of={users}>
      {({ items }) => (
        <>
          <Button type="primary" style={{ marginBottom: 12 }} onClick={() => open("new")}>{t("添加人员", "Add a person")}</Button>
          <Table<User>
            size="small" rowKey="name" dataSource={items} pagination={items.length > 50 ? { pageSize: 50 } : false}
            locale={{ emptyText: <span className="quiet">{t("还没有人员。先添加自己，再用自己的名字登录。", "Nobody yet. Add yourself first, then sign in with your own name.")}</span> }}
            columns={[
              { title: t("用户名", "Name"), render: (_, one) => <button type="button" className="plain" style={{ color: "var(--accent)", padding: 0 }} onClick={() => open(one)}>{one.name}</button>, sorter: (a, b) => a.name.localeCompare(b.name) },
              { title: t("姓名", "Full name"), dataIndex: "title" },
              { title: t("角色", "Roles"), render: (_, one) => one.roles.map((role) => say(ROLES[role]) || role).join(t("、", ", ")) },
              { title: t("组", "Groups"), render: (_, one) => one.groups.join(t("、", ", ")) },
              { title: t("状态", "State"), render: (_, one) => (one.disabled ? <span className="bad">{t("停用", "disabled")}</span> : one.mustChangePassword ? <span className="quiet">{t("待改密码", "new password due")}</span> : <span className="good">{t("正常", "active")}</span>) },
              { title: t("添加", "Added"), render: (_, one) => <span className="quiet">{day(one.created, "Asia/Shanghai")}</span> },
            ]}
          />
          <Modal open={editing !== null} title={editing === "new" ? t("添加人员", "Add a person") : typeof editing === "object" ? editing?.name : ""} onCancel={close} okText={t("保存", "Save")} okButtonProps={{ loading: keep.isPending }} onOk={() => form.submit()} forceRender>
            <Form<UserForm> form={form} layout="vertical" onFinish={(wanted) => keep.mutate(wanted)}>
              {editing === "new" ? <Form.Item name="name" label={t("用户名", "Name")} rules={[{ required: true, max: 64 }]}><Input autoComplete="off" /></Form.Item> : null}
              <Form.Item name="title" label={t("姓名", "Full name")}><Input maxLength={200} /></Form.Item>
              <Form.Item name="roles" label={t("角色", "Roles")}><Checkbox.Group options={options} /></Form.Item>
              <Form.Item name="groups" label={t("组（看得到谁的待办）", "Groups (whose work is seen)")}><Select mode="tags" options={(groups.data?.items ?? []).map((one) => ({ value: one.name, label: one.name }))} /></Form.Item>
              <Form.Item name="password" label={editing === "new" ? t("初始密码（首次登录须修改）", "First password (changed at first sign-in)") : t("重设密码（留空则不变）", "New password (empty: unchanged)")}><Input.Password autoComplete="new-password" /></Form.Item>
              {editing !== "new" ? <Form.Item name="disabled" label={t("停用", "Disabled")} valuePropName="checked"><Switch /></Form.Item> : null}
            </Form>
          </Modal>
        </>
      )}
    </Shown>
  );
}

const PERMISSIONS: Record<string, Text> = {
  see: { zh: "查看", en: "see" }, work: { zh: "办理待办", en: "work" }, operate: { zh: "运行操作", en: "operate" }, design: { zh: "设计", en: "design" }, approve: { zh: "批准", en: "approve" },
  administer: { zh: "管理", en: "administer" }, audit: { zh: "审计", en: "audit" },
};

function RolePart() {
  const { t, say } = useWords();
  const roles = useQuery({ queryKey: ["roles"], queryFn: () => api.get<{ items: { role: string; permissions: string[] }[] }>("/api/roles") });
  return (
    <Shown of={roles}>
      {({ items }) => (
        <table className="plain-table" style={{ maxWidth: 760 }}>
          <thead><tr><th>{t("角色", "Role")}</th>{Object.entries(PERMISSIONS).map(([key, words]) => <th key={key} style={{ textAlign: "center" }}>{say(words)}</th>)}</tr></thead>
          <tbody>{items.map((one) => <tr key={one.role}><td>{say(ROLES[one.role]) || one.role}</td>{Object.keys(PERMISSIONS).map((key) => <td key={key} style={{ textAlign: "center" }}>{one.permissions.includes(key) ? <span className="good" aria-label={t("有", "yes")}>●</span> : <span className="quiet" aria-label={t("无", "no")}>·</span>}</td>)}</tr>)}</tbody>
        </table>
      )}
    </Shown>
  );
}

function TokenPart() {
  const { t, say } = useWords();
  const { zone } = useSettings();
  const { message, modal } = App.useApp();
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [form] = Form.useForm<{ name: string; roles: string[]; expiresInDays: number }>();
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: () => api.get<{ items: Token[] }>("/api/tokens") });
  const add = useMutation({
    mutationFn: (wanted: object) => api.post<Token & { secret: string }>("/api/tokens", wanted),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["tokens"] });
      setAdding(false);
      modal.info({ title: t(`令牌 ${made.name}`, `Token ${made.name}`), width: 560, content: <><p>{t("只显示这一次，请现在保存：", "Shown this once; keep it now:")}</p><pre style={{ whiteSpace: "pre-wrap", wordBreak: "break-all" }}>{made.secret}</pre></> });
    },
    onError: (fault) => void message.error(fault.message),
  });
  const revoke = (one: Token) => modal.confirm({ title: t(`作废令牌 ${one.name}？`, `Revoke ${one.name}?`), okText: t("作废", "Revoke"), okButtonProps: { danger: true }, onOk: async () => { await api.remove(`/api/tokens/${encodeURIComponent(one.name)}`); await queries.invalidateQueries({ queryKey: ["tokens"] }); } });
  return (
    <Shown of={tokens}>
      {({ items }) => (
        <>
          <Button type="primary" style={{ marginBottom: 12 }} onClick={() => setAdding(true)}>{t("新令牌", "New token")}</Button>
          <Table<Token>
            size="small" rowKey="name" dataSource={items} pagination={false}
            columns={[
              { title: t("名称", "Name"), dataIndex: "name" },
              { title: t("归属", "Owner"), dataIndex: "owner" },
              { title: t("角色", "Roles"), render: (_, one) => one.roles.map((role) => say(ROLES[role]) || role).join(t("、", ", ")) },
              { title: t("创建", "Made"), render: (_, one) => <span className="quiet">{minute(one.created, zone)}</span> },
              { title: t("到期", "Expires"), render: (_, one) => (one.expires ? day(one.expires, zone) : t("不过期", "never")) },
              { title: "", align: "right", render: (_, one) => <button type="button" className="plain" onClick={() => revoke(one)}>{t("作废", "Revoke")}</button> },
            ]}
          />
          <Modal open={adding} title={t("新令牌", "New token")} onCancel={() => setAdding(false)} okText={t("创建", "Make")} onOk={() => form.submit()} okButtonProps={{ loading: add.isPending }}>
            <Form form={form} layout="vertical" initialValues={{ roles: ["operator"], expiresInDays: 90 }} onFinish={(wanted) => add.mutate(wanted)}>
              <Form.Item name="name" label={t("名称（哪个系统用）", "Name (which system uses it)")} rules={[{ required: true, max: 64 }]}><Input /></Form.Item>
              <Form.Item name="roles" label={t("角色", "Roles")}><Checkbox.Group options={Object.entries(ROLES).map(([value, words]) => ({ value, label: say(words) }))} /></Form.Item>
              <Form.Item name="expiresInDays" label={t("有效天数（0 为不过期）", "Days (0: never expires)")}><InputNumber min={0} max={3650} /></Form.Item>
            </Form>
          </Modal>
        </>
      )}
    </Shown>
  );
}

type Verified = { whole: boolean; records: number | null; problems: string[]; seconds: number };

function AuditPart() {
  const { t } = useWords();
  const { zone } = useSettings();
  const [person, setPerson] = useState("");
  const [action, setAction] = useState("");
  const verify = useMutation({ mutationFn: () => api.post<Verified>("/api/audit/verification") });
  const acts = useInfiniteQuery({
    queryKey: ["audit", person, action],
    initialPageParam: "",
    queryFn: ({ pageParam }) => api.get<{ items: Act[]; next: string | null }>(query("/api/audit", { person, action, before: pageParam, limit: 100 })),
    getNextPageParam: (last) => last.next,
  });
  const rows = acts.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <div className="row" style={{ marginBottom: 12 }}>
        <Input.Search allowClear style={{ width: 200 }} placeholder={t("谁", "who")} aria-label={t("谁", "who")} onSearch={setPerson} />
        <Input.Search allowClear style={{ width: 240 }} placeholder={t("做了什么（可用 *）", "what (ends with *)")} aria-label={t("做了什么", "what")} onSearch={setAction} />
        <span className="grow" />
        {verify.data ? (verify.data.whole ? <span className="good"><span className="dot" />{t(`链条完整：${number(verify.data.records)} 条记录，${number(verify.data.seconds, 2)} 秒`, `the chain is whole: ${number(verify.data.records)} records in ${number(verify.data.seconds, 2)} s`)}</span> : <span className="bad"><span className="dot" />{verify.data.problems.join("; ")}</span>) : null}
        <Button loading={verify.isPending} onClick={() => verify.mutate()}>{t("验证链条", "Verify the chain")}</Button>
      </div>
      <Table<Act>
        size="small" rowKey={(one) => `${one.partition}-${one.position}`} dataSource={rows} pagination={false} loading={acts.isPending}
        columns={[
          { title: t("时间", "At"), render: (_, one) => <span className="nowrap">{minute(one.at, zone)}</span> },
          { title: t("谁", "Who"), render: (_, one) => one.person || one.by },
          { title: t("做了什么", "What"), render: (_, one) => <span>{one.action}{one.rejected ? <span className="bad"> · {one.rejected}</span> : null}</span> },
          { title: t("对什么", "On"), dataIndex: "target", render: (text: string) => <code style={{ wordBreak: "break-all" }}>{text}</code> },
          { title: t("细节", "Detail"), render: (_, one) => <code className="quiet" style={{ wordBreak: "break-all" }}>{one.detail === null || one.detail === undefined ? "" : JSON.stringify(one.detail).slice(0, 160)}</code> },
        ]}
      />
      {acts.hasNextPage ? <Button style={{ marginTop: 12 }} loading={acts.isFetchingNextPage} onClick={() => void acts.fetchNextPage()}>{t("更早", "Earlier")}</Button> : null}
    </>
  );
}

function DisplayPart() {
  const { t } = useWords();
  const { zone, rate, choose } = useSettings();
  return (
    <div style={{ maxWidth: 420 }}>
      <label style={{ display: "block", marginBottom: 16 }}>
        <div>{t("银行所在时区", "The bank's time zone")}</div>
        <Select style={{ width: "100%" }} value={zone} onChange={(next) => choose({ zone: next })} showSearch options={Intl.supportedValuesOf("timeZone").map((value) => ({ value, label: value }))} />
      </label>
      <label style={{ display: "block" }}>
        <div>{t("人工每小时成本（元），用于估算", "Cost of an hour of work (yuan), for estimates")}</div>
        <InputNumber style={{ width: "100%" }} min={0} value={rate / 100} onChange={(value) => choose({ rate: Math.round((value ?? 0) * 100) })} />
      </label>
      <p className="small quiet" style={{ marginTop: 8 }}>{t("只影响这台浏览器。", "For this browser only.")}</p>
    </div>
  );
}
