/** What stands where nothing can stand yet: loading, nothing there, something wrong. Each says what helps. */
import type { UseQueryResult } from "@tanstack/react-query";
import { Button } from "antd";
import type { ReactNode } from "react";
import { ApiFault } from "./api";
import { useWords, type Text } from "./words";

export type Problem = { where: string; what: Text; remedy: Text; code: string; severity: "error" | "warning" | "info"; element?: string | null };

export function Loading({ what }: { what?: string | undefined }) {
  const { t } = useWords();
  return (
    <div className="state quiet" role="status">
      {what ?? t("正在读取…", "Loading…")}
    </div>
  );
}

export function Nothing({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="state">
      <h2>{title}</h2>
      <div className="quiet">{children}</div>
      {action ? <div className="row">{action}</div> : null}
    </div>
  );
}

export function Wrong({ fault, again }: { fault: unknown; again?: (() => void) | undefined }) {
  const { t } = useWords();
  const status = fault instanceof ApiFault ? fault.status : 0;
  const titles: Record<number, string> = {
    0: t("连不上服务", "The server cannot be reached"),
    403: t("您没有这项权限", "You may not do this"),
    404: t("没有找到", "It is not here"),
    409: t("现在不能这样做", "It cannot be done now"),
    429: t("请求太频繁", "Too many requests"),
  };
  const remedies: Record<number, string> = {
    0: t("检查服务是否在运行、网络是否畅通，然后重试。", "Check that the server runs and the network works, then try again."),
    403: t("请联系管理员授予相应角色。", "Ask an administrator for the role that allows it."),
    404: t("可能已被删除，请返回列表。", "It may have been removed; go back to the list."),
  };
  return (
    <div className="state" role="alert">
      <h2>{titles[status] ?? t("出错了", "Something went wrong")}</h2>
      <p className="quiet" style={{ whiteSpace: "pre-line" }}>{fault instanceof Error ? fault.message : String(fault)}</p>
      {remedies[status] ? <p className="quiet">{remedies[status]}</p> : null}
      {again ? <Button onClick={again}>{t("重试", "Try again")}</Button> : null}
    </div>
  );
}

/** The result of a query, or the state that stands in for it. */
export function Shown<T>({ of, what, children }: { of: UseQueryResult<T>; what?: string; children: (value: T) => ReactNode }) {
  if (of.data !== undefined) return children(of.data);
  if (of.error) return <Wrong fault={of.error} again={() => void of.refetch()} />;
  return <Loading what={what} />;
}

const COLOURS = { error: "bad", warning: "warn", info: "quiet" } as const;

export function Problems({ of, pick }: { of: readonly Problem[]; pick?: (problem: Problem) => void }) {
  const { t, say } = useWords();
  if (!of.length) return <p className="quiet">{t("没有发现问题。", "No problems found.")}</p>;
  const names = { error: t("错误", "Error"), warning: t("提醒", "Warning"), info: t("说明", "Note") };
  return (
    <div>
      {of.map((problem, k) => (
        <div className="problem" key={k}>
          <span className={`${COLOURS[problem.severity]} nowrap`}>
            <span className="dot" />
            {names[problem.severity]}
          </span>
          <span>
            {say(problem.what)}{" "}
            {pick && problem.element ? (
              <button type="button" className="plain" onClick={() => pick(problem)}>{problem.where}</button>
            ) : (
              <span className="quiet small">{problem.where}</span>
            )}
          </span>
          <span className="remedy">{say(problem.remedy)}</span>
        </div>
      ))}
    </div>
  );
}
