/** Cases of a log under filters, sorted and paged by the server; one opens with its history. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Drawer, Input, Table } from "antd";
import { useState } from "react";
import { api, query } from "../api";
import { duration, minute, number } from "../format";
import { Shown } from "../states";
import type { CaseLine, CaseOf, Filter } from "../types";
import { useWords } from "../words";
import { written } from "./filters";

const PAGE = 12;

export function CaseTable({ log, zone, filters, search = "" }: { log: string; zone: string; filters: readonly Filter[]; search?: string }) {
  const { t, language } = useWords();
  const [at, setAt] = useState({ from: 0, limit: PAGE, sort: "duration", descending: true });
  const [wanted, setWanted] = useState(search);
  const [open, setOpen] = useState<string | null>(null);
  const cases = useQuery({
    queryKey: ["cases", log, written(filters), at, wanted],
    queryFn: () => api.get<{ total: number; items: CaseLine[] }>(query(`/api/logs/${log}/cases`, { filters: written(filters), ...at, search: wanted })),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <Input.Search allowClear placeholder={t("按案件编号查找", "find by case number")} defaultValue={search} style={{ width: 260, marginBottom: 8 }} onSearch={(text) => { setWanted(text); setAt({ ...at, from: 0 }); }} />
      <Shown of={cases}>
        {(found) => (
          <Table<CaseLine>
            size="small"
            rowKey="case"
            dataSource={found.items}
            pagination={{ total: found.total, pageSize: at.limit, current: at.from / at.limit + 1, showSizeChanger: true, pageSizeOptions: [12, 50, 200], showTotal: (total) => t(`共 ${number(total)} 件`, `${number(total)} cases`) }}
            onChange={(page, _, sorter) => {
              const one = Array.isArray(sorter) ? sorter[0] : sorter;
              const limit = page.pageSize ?? PAGE;
              setAt({ limit, from: ((page.current ?? 1) - 1) * limit, sort: String(one?.field ?? "duration"), descending: one?.order !== "ascend" });
            }}
            onRow={(one) => ({ onClick: () => setOpen(one.case), style: { cursor: "pointer" } })}
            columns={[
              { title: t("案件", "Case"), dataIndex: "case", sorter: true, render: (name: string) => <button type="button" className="plain" style={{ color: "var(--accent)", padding: 0 }}>{name}</button> },
              { title: t("开始", "Start"), dataIndex: "start", sorter: true, render: (value: number) => <span className="nowrap">{minute(value, zone)}</span> },
              { title: t("结束", "End"), dataIndex: "end", sorter: true, render: (value: number) => <span className="nowrap">{minute(value, zone)}</span> },
              { title: t("全程", "Cycle time"), dataIndex: "duration", align: "right", sorter: true, defaultSortOrder: "descend", render: (value: number) => duration(value, language) },
              { title: t("事件", "Events"), dataIndex: "events", align: "right", sorter: true },
              { title: t("走法", "Variant"), dataIndex: "variant", align: "right", sorter: true, render: (rank: number) => rank + 1 },
            ]}
          />
        )}
      </Shown>
      <Drawer open={open !== null} onClose={() => setOpen(null)} title={t(`案件 ${open ?? ""}`, `Case ${open ?? ""}`)} size={640} destroyOnHidden>
        {open !== null ? <History log={log} name={open} zone={zone} /> : null}
      </Drawer>
    </>
  );
}

function History({ log, name, zone }: { log: string; name: string; zone: string }) {
  const { t, language } = useWords();
  const found = useQuery({ queryKey: ["case", log, name], queryFn: () => api.get<CaseOf>(query(`/api/logs/${log}/case`, { name })) });
  return (
    <Shown of={found}>
      {(one) => (
        <div className="stack">
          <div className="small">
            {Object.entries(one.attributes).map(([key, value]) => <span key={key} style={{ marginRight: 16 }}><span className="quiet">{key}</span> {value}</span>)}
          </div>
          <table className="plain-table">
            <thead>
              <tr><th>{t("活动", "Activity")}</th><th>{t("完成", "Complete")}</th><th className="num">{t("办理", "Work")}</th><th className="num">{t("距上一步", "Since last")}</th><th>{t("办理人", "Resource")}</th></tr>
            </thead>
            <tbody>
              {one.events.map((event, k) => {
                const before = one.events[k - 1];
                return (
                  <tr key={k}>
                    <td>{event.activity}</td>
                    <td className="nowrap">{minute(event.end, zone)}</td>
                    <td className="num nowrap">{event.start === null ? "–" : duration((event.end - event.start) / 1e6, language)}</td>
                    <td className="num nowrap quiet">{before ? duration(((event.start ?? event.end) - before.end) / 1e6, language) : ""}</td>
                    <td>{event.resource ?? <span className="quiet">–</span>}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Shown>
  );
}
