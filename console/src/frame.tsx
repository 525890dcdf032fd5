/** The frame: who is signed in, the fourteen screens by their place in the loop, language, theme, large type. */
import { useQuery } from "@tanstack/react-query";
import { Component, Suspense, type ReactNode } from "react";
import { Link, NavLink, Outlet, useLocation, useMatches } from "react-router";
import { api } from "./api";
import { SessionOf, useSession, useSessionQuery } from "./session";
import { useSettings } from "./settings";
import { NewPassword, SignIn } from "./sign-in";
import { Loading, Wrong } from "./states";
import type { OverviewOf } from "./types";
import { useWords } from "./words";

export function Frame() {
  const session = useSessionQuery();
  if (session.isPending) return <Loading />;
  if (session.error) return <Wrong fault={session.error} again={() => void session.refetch()} />;
  if (!session.data) return <SignIn />;
  if (session.data.mustChangePassword) return <NewPassword />;
  return (
    <SessionOf session={session.data}>
      <Room />
    </SessionOf>
  );
}

function Room() {
  const { t } = useWords();
  const location = useLocation();
  const flush = useMatches().some((match) => (match.handle as { flush?: boolean } | undefined)?.flush);
  return (
    <div className="frame">
      <a className="skip" href="#main">{t("跳到内容", "Skip to content")}</a>
      <Top />
      <Rail />
      <main id="main" className={flush ? "main flush" : "main"}>
        <Guard key={location.pathname}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </Guard>
      </main>
    </div>
  );
}

function Top() {
  const { t, language } = useWords();
  const { dark, care, choose } = useSettings();
  const { session, leave } = useSession();
  return (
    <header className="top">
      <Link to="/" className="brand">
        <img src="/mark.svg" alt="" />
        再造 <small>Zaizao</small>
      </Link>
      <span className="gap" />
      <button type="button" className="plain" lang={language === "zh" ? "en" : "zh-CN"} onClick={() => choose({ language: language === "zh" ? "en" : "zh" })}>
        {language === "zh" ? "English" : "中文"}
      </button>
      <button type="button" className="plain" aria-pressed={care} onClick={() => choose({ care: !care })}>{t("大字", "Large type")}</button>
      <button type="button" className="plain" aria-pressed={dark} onClick={() => choose({ dark: !dark })}>{t("深色", "Dark")}</button>
      <span className="quiet" title={session.roles.join(", ")}>{session.title || session.name}</span>
      <button type="button" className="plain" onClick={() => void leave()}>{t("退出", "Sign out")}</button>
    </header>
  );
}

function Rail() {
  const { t } = useWords();
  const { may } = useSession();
  const counts = useQuery({ queryKey: ["overview"], queryFn: () => api.get<OverviewOf>("/api/overview"), refetchInterval: 30_000 });
  const load = counts.data?.load;
  return (
    <nav className="rail" aria-label={t("导航", "Navigation")}>
      <Place to="/" end>{t("驾驶舱", "Overview")}</Place>
      <h2>{t("看清现状", "See what happens")}</h2>
      <Place to="/logs" count={counts.data?.logs}>{t("日志", "Logs")}</Place>
      <Place to="/map">{t("流程地图", "Process map")}</Place>
      <Place to="/findings">{t("瓶颈与符合", "Findings")}</Place>
      <h2>{t("改造", "Redesign")}</h2>
      <Place to="/initiatives" count={counts.data?.initiativeCount}>{t("再造项目", "Initiatives")}</Place>
      <Place to="/options">{t("仿真与方案", "Options")}</Place>
      <Place to="/library">{t("流程资产", "Library")}</Place>
      <Place to="/studio" count={counts.data?.models}>{t("设计", "Studio")}</Place>
      <h2>{t("运行", "Run")}</h2>
      <Place to="/operations" count={load?.incidents} tone="bad">{t("运行", "Operations")}</Place>
      <Place to="/inbox" count={load?.tasks}>{t("待办", "Inbox")}</Place>
      <Place to="/robots">{t("机器人", "Robots")}</Place>
      <Place to="/risk">{t("监测", "Risk & alerts")}</Place>
      <Place to="/centres">{t("中心", "Centres")}</Place>
      <h2>{t("管理", "House")}</h2>
      {may("administer") || may("audit") || may("approve") ? <Place to="/administration">{t("管理", "Administration")}</Place> : null}
      <Place to="/about">{t("关于", "About")}</Place>
    </nav>
  );
}

function Place({ to, end, count, tone, children }: { to: string; end?: boolean; count?: number | undefined; tone?: string; children: ReactNode }) {
  return (
    <NavLink to={to} end={end ?? false}>
      {children}
      {count ? <span className={`count ${tone ?? ""}`}>{count}</span> : null}
    </NavLink>
  );
}

/** What a screen throws is shown in its place; the frame stays. */
class Guard extends Component<{ children: ReactNode }, { fault: unknown }> {
  override state = { fault: null as unknown };
  static getDerivedStateFromError(fault: unknown) {
    return { fault };
  }
  override render() {
    return this.state.fault ? <Wrong fault={this.state.fault} again={() => this.setState({ fault: null })} /> : this.props.children;
  }
}
