/** 8 · One draft: drawn, checked while drawing, saved by itself, deployed with a note or handed to a second person. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Dropdown, Input, Modal } from "antd";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { Link, useParams } from "react-router";
import { api, save } from "../api";
import { minute } from "../format";
import { useSession } from "../session";
import { useSettings } from "../settings";
import { Loading, Problems, Shown, type Problem } from "../states";
import type { DraftOf } from "../types";
import { useWords } from "../words";

const Drawer = lazy(() => import("../models/process-editor"));
const Tables = lazy(() => import("../models/decision-editor"));
const FormEditor = lazy(() => import("../models/form-editor"));
const CHECK_AFTER = 500;
const SAVE_AFTER = 1500;

export default function Drawing() {
  const { id = "" } = useParams();
  const draft = useQuery({ queryKey: ["model", id], queryFn: () => api.get<DraftOf>(`/api/models/${id}`), staleTime: Infinity, gcTime: 0 });
  return <Shown of={draft}>{(one) => <Page key={one.id} of={one} />}</Shown>;
}

function Page({ of }: { of: DraftOf }) {
  const { t } = useWords();
  const { zone } = useSettings();
  const { may } = useSession();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [name, setName] = useState(of.name);
  const [source, setSource] = useState(of.source);
  const [shown, setShown] = useState({ text: of.source, number: 0 });
  const [problems, setProblems] = useState<Problem[] | null>(null);
  const [picked, setPicked] = useState<string | null>(null);
  const [deploying, setDeploying] = useState(false);
  const [state, setState] = useState<"saved" | "changed" | "saving">("saved");
  const asked = useRef(0);
  const drawn = useCallback((text: string) => {
    setSource(text);
    setState("changed");
  }, []);
  useEffect(() => {
    const number = ++asked.current;
    const timer = setTimeout(() => {
      api.post<{ problems: Problem[] }>("/api/models/check", { kind: of.kind, source })
        .then((found) => { if (number === asked.current) setProblems(found.problems); })
        .catch(() => undefined);
    }, CHECK_AFTER);
    return () => clearTimeout(timer);
  }, [source, of.kind]);
  const keep = useCallback(async (note = "") => {
    setState("saving");
    const kept = await api.put<DraftOf>(`/api/models/${of.id}`, { source, name, note });
    setState("saved");
    queries.setQueryData<DraftOf>(["model", of.id], (before) => (before ? { ...before, ...kept, source } : before));
    return kept;
  }, [of.id, source, name, queries]);
  useEffect(() => {
    if (state !== "changed" || !may("design")) return;
    const timer = setTimeout(() => void keep().catch((fault: Error) => message.error(fault.message)), SAVE_AFTER);
    return () => clearTimeout(timer);
  }, [state, keep, may, message]);
  const errors = problems?.filter((one) => one.severity === "error").length ?? 0;
  const arrange = async () => {
    const answer = await fetchLayout(source);
    setShown((before) => ({ text: answer, number: before.number + 1 }));
    drawn(answer);
  };
  const versions = of.versions ?? [];
  return (
    <>
      <div className="row" style={{ padding: "10px 20px", borderBottom: "1px solid var(--hairline)" }}>
        <Link to="/studio" className="small">{t("设计", "Studio")}</Link>
        <Input variant="borderless" style={{ width: 280, fontWeight: 600, fontSize: "calc(var(--body) + 2px)" }} value={name} aria-label={t("名称", "Name")} onChange={(event) => { setName(event.target.value); setState("changed"); }} />
        <span className="grow small quiet">{{ saved: t("已保存", "saved"), changed: t("有改动", "changed"), saving: t("保存中…", "saving…") }[state]}</span>
        {of.kind === "bpmn" ? <Button onClick={() => void arrange().catch((fault: Error) => message.error(fault.message))}>{t("自动布局", "Tidy up")}</Button> : null}
        {versions.length ? (
          <Dropdown menu={{ items: versions.toReversed().map((one) => ({ key: one.number, label: `${one.number} · ${one.note} · ${minute(one.at, zone)} · ${one.by}`, onClick: () => void api.get<{ source: string }>(`/api/models/${of.id}/versions/${one.number}`).then((found) => { setShown((before) => ({ text: found.source, number: before.number + 1 })); drawn(found.source); }) })) }}>
            <Button>{t("版本", "Versions")}</Button>
          </Dropdown>
        ) : null}
        <Button onClick={() => save(new Blob([source], { type: "application/xml" }), `${name}.${of.kind}`)}>{t("下载", "Download")}</Button>
        {may("design") ? <Button type="primary" disabled={errors > 0} onClick={() => setDeploying(true)}>{t("部署", "Deploy")}</Button> : null}
      </div>
      <div style={{ flex: 1, minHeight: 0, display: "flex", flexDirection: "column" }}>
        <div style={{ flex: 1, minHeight: 0 }}>
          <Suspense fallback={<Loading />}>
            {of.kind === "bpmn" ? <Drawer key={shown.number} source={shown.text} drawn={drawn} problems={problems ?? []} picked={picked} /> : null}
            {of.kind === "dmn" ? <Tables key={shown.number} source={shown.text} drawn={drawn} /> : null}
            {of.kind === "form" ? <FormEditor key={shown.number} source={shown.text} drawn={drawn} /> : null}
          </Suspense>
        </div>
        <section aria-label={t("问题", "Problems")} style={{ borderTop: "1px solid var(--hairline)", maxHeight: "28%", overflow: "auto", padding: "8px 20px" }}>
          {problems === null ? <span className="quiet small">{t("正在检查…", "Checking…")}</span> : problems.length ? <Problems of={problems} pick={(one) => setPicked(one.element ?? null)} /> : <span className="good small"><span className="dot" />{t("没有问题，可以部署", "No problems; it can be deployed")}</span>}
        </section>
      </div>
      {deploying ? <Deploy of={of} name={name} source={source} keep={keep} close={() => setDeploying(false)} /> : null}
    </>
  );
}

async function fetchLayout(source: string): Promise<string> {
  const { request } = await import("../api");
  return (await request("POST", "/api/models/layout", { kind: "bpmn", source })).text();
}

function Deploy({ of, name, source, keep, close }: { of: DraftOf; name: string; source: string; keep: (note: string) => Promise<DraftOf>; close: () => void }) {
  const { t } = useWords();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [note, setNote] = useState("");
  const file = () => {
    const form = new FormData();
    form.append("resources", new Blob([source], { type: "application/xml" }), `${name.replaceAll(/[^\p{L}\p{N}_-]+/gu, "-") || of.id}.${of.kind}`);
    return form;
  };
  const done = (text: string) => {
    void message.success(text);
    void queries.invalidateQueries();
    close();
  };
  const deploy = useMutation({
    mutationFn: async () => {
      await keep(note);
      await api.post("/v2/deployments", file());
    },
    onSuccess: () => done(t("已部署，新案件从现在起走这一版", "Deployed; new cases follow this version from now on")),
    onError: (fault) => void message.error(fault.message, 8),
  });
  const propose = useMutation({
    mutationFn: async () => {
      await keep(note);
      const form = file();
      form.append("note", note);
      await api.post("/api/approvals/deployment", form);
    },
    onSuccess: () => done(t("已提请第二人批准", "Proposed; a second person decides")),
    onError: (fault) => void message.error(fault.message, 8),
  });
  return (
    <Modal open title={t(`部署“${name}”`, `Deploy “${name}”`)} onCancel={close} footer={[
      <Button key="second" loading={propose.isPending} disabled={!note.trim()} onClick={() => propose.mutate()}>{t("提请第二人批准", "Ask a second person")}</Button>,
      <Button key="deploy" type="primary" loading={deploy.isPending} disabled={!note.trim()} onClick={() => deploy.mutate()}>{t("部署", "Deploy")}</Button>,
    ]}>
      <p className="quiet">{t("运行中的案件留在原来的版本；新案件走这一版。", "Running cases stay with their version; new cases follow this one.")}</p>
      <label>
        <div>{t("版本说明", "What is different")}</div>
        <Input.TextArea autoFocus autoSize={{ minRows: 3 }} value={note} maxLength={2000} onChange={(event) => setNote(event.target.value)} placeholder={t("改了什么，为什么", "what changed, and why")} />
      </label>
    </Modal>
  );
}
