/** Signing in: name and password, or for the first time the administrator token that the server printed. */
import { useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState, type FormEvent, type ReactNode } from "react";
import { api, ApiFault, keepCsrf, keepToken } from "./api";
import type { Session } from "./session";
import { useSettings } from "./settings";
import { useWords } from "./words";

export function SignIn() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [byToken, setByToken] = useState(false);
  const [name, setName] = useState("");
  const [secret, setSecret] = useState("");
  const [said, say] = useState("");
  const [busy, setBusy] = useState(false);
  const enter = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    say("");
    try {
      if (byToken) {
        keepToken(secret.trim());
        queries.setQueryData(["session"], await api.get<Session>("/api/session"));
      } else {
        const session = await api.post<Session>("/api/session", { name, password: secret });
        keepCsrf(session.csrfToken);
        queries.setQueryData(["session"], session);
      }
    } catch (fault) {
      keepToken(null);
      const wait = fault instanceof ApiFault && fault.status === 429;
      const unknown = fault instanceof ApiFault && fault.status === 401;
      say(
        wait
          ? t("尝试次数过多，请稍后再试。", "Too many attempts; wait a while.")
          : unknown
            ? byToken
              ? t("令牌无效。", "The token is not valid.")
              : t("用户名或密码不正确。", "Name and password do not belong together.")
            : fault instanceof Error ? fault.message : String(fault),
      );
    } finally {
      setBusy(false);
    }
  };
  return (
    <Door title={t("登录", "Sign in")}>
      <form onSubmit={(event) => void enter(event)}>
        {byToken ? (
          <Field label={t("令牌", "Token")}>
            <Input.Password autoFocus value={secret} onChange={(event) => setSecret(event.target.value)} autoComplete="off" name="token" />
          </Field>
        ) : (
          <>
            <Field label={t("用户名", "Name")}>
              <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} autoComplete="username" name="name" />
            </Field>
            <Field label={t("密码", "Password")}>
              <Input.Password value={secret} onChange={(event) => setSecret(event.target.value)} autoComplete="current-password" name="password" />
            </Field>
          </>
        )}
        <p className="bad" role="alert">{said}</p>
        <Button type="primary" htmlType="submit" block loading={busy} disabled={!secret || (!byToken && !name)}>
          {t("登录", "Sign in")}
        </Button>
        <p style={{ marginTop: 16 }}>
          <button type="button" className="plain" style={{ padding: 0 }} onClick={() => { setByToken(!byToken); setSecret(""); say(""); }}>
            {byToken ? t("用用户名和密码登录", "Sign in with name and password") : t("首次使用：用管理员令牌登录", "First time: sign in with the administrator token")}
          </button>
        </p>
      </form>
    </Door>
  );
}

export function NewPassword() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [said, say] = useState("");
  const change = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await api.put("/api/session/password", { old, new: fresh });
      await queries.invalidateQueries({ queryKey: ["session"] });
    } catch (fault) {
      say(fault instanceof Error ? fault.message : String(fault));
    }
  };
  return (
    <Door title={t("请设置新密码", "Choose a new password")}>
      <form onSubmit={(event) => void change(event)}>
        <Field label={t("原密码", "Old password")}>
          <Input.Password value={old} onChange={(event) => setOld(event.target.value)} autoComplete="current-password" name="old" />
        </Field>
        <Field label={t("新密码", "New password")}>
          <Input.Password value={fresh} onChange={(event) => setFresh(event.target.value)} autoComplete="new-password" name="new" />
        </Field>
        <p className="bad" role="alert">{said}</p>
        <Button type="primary" htmlType="submit" block disabled={!old || !fresh}>{t("保存并继续", "Save and go on")}</Button>
      </form>
    </Door>
  );
}

function Door({ title, children }: { title: string; children: ReactNode }) {
  const { t, language } = useWords();
  const { choose } = useSettings();
  return (
    <main style={{ minHeight: "100%", display: "grid", placeItems: "center", background: "var(--wash)" }}>
      <div style={{ width: 340, background: "var(--paper)", padding: 32, borderRadius: 6, border: "1px solid var(--hairline)" }}>
        <div className="row" style={{ marginBottom: 24 }}>
          <img src="/mark.svg" alt="" width={28} height={28} />
          <span className="grow" style={{ fontWeight: 650 }}>再造 Zaizao</span>
          <button type="button" className="plain" onClick={() => choose({ language: language === "zh" ? "en" : "zh" })}>
            {language === "zh" ? "English" : "中文"}
          </button>
        </div>
        <h1 style={{ marginBottom: 16 }}>{title}</h1>
        {children}
        <p className="quiet small" style={{ margin: 0 }}>{t("银行流程数字化再造", "Digital process re-engineering for banks")}</p>
      </div>
    </main>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <label style={{ display: "block", marginBottom: 12 }}>
      <span className="quiet" style={{ display: "block", marginBottom: 4 }}>{label}</span>
      {children}
    </label>
  );
}
