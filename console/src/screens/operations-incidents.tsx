/** Incidents with what happened and the two ways on: try again, or give retries and try again. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Table } from "antd";
import { Link } from "react-router";
import { api, search } from "../api";
import { ago } from "../format";
import { useNow } from "../parts";
import { useSession } from "../session";
import { Shown } from "../states";
import { useWords, type Text } from "../words";

export type Incident = {
  incidentKey: string; processInstanceKey: string; processDefinitionId: string; elementId: string; elementInstanceKey: string; jobKey: string | null;
  errorType: string; errorMessage: string; creationTime: string; state: string;
};

const KINDS: Record<string, Text> = {
  JOB_NO_RETRIES: { zh: "作业重试用尽", en: "no retries left" },
  CONDITION_ERROR: { zh: "条件无法计算", en: "a condition fails" },
  IO_MAPPING_ERROR: { zh: "映射无法计算", en: "a mapping fails" },
  EXTRACT_VALUE_ERROR: { zh: "表达式无法计算", en: "an expression fails" },
  UNHANDLED_ERROR_EVENT: { zh: "业务错误没人接", en: "an error nobody catches" },
  CALLED_DECISION_ERROR: { zh: "找不到决策", en: "the decision is missing" },
  DECISION_EVALUATION_ERROR: { zh: "决策无法计算", en: "the decision fails" },
  CALLED_ELEMENT_ERROR: { zh: "找不到被调用的流程", en: "the called process is missing" },
  FORM_NOT_FOUND: { zh: "找不到表单", en: "the form is missing" },
};

/** Give the job retries where it has none, then let the engine try again. */
export async function tryAgain(one: Incident): Promise<void> {
  if (one.jobKey) await api.patch(`/v2/jobs/${one.jobKey}`, { changeset: { retries: 1 } });
  await api.post(`/v2/incidents/${one.incidentKey}/resolution`);
}

export function IncidentList({ filter }: { filter: object }) {
  const { t, say, language } = useWords();
  const now = useNow();
  const { may } = useSession();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const found = useQuery({ queryKey: ["incidents", filter], queryFn: () => search<Incident>("incidents", filter, { limit: 200 }), refetchInterval: 10_000 });
  const resolve = useMutation({
    mutationFn: async (many: Incident[]) => {
      for (const one of many) await tryAgain(one);
    },
    onSuccess: (_, many) => {
      void message.success(t(`已重试 ${many.length} 件`, `tried ${many.length} again`));
      void queries.invalidateQueries();
    },
    onError: (fault) => {
      void message.error(fault.message);
      void queries.invalidateQueries();
    },
  });
  return (
    <Shown of={found}>
      {({ items }) => (
        <>
          {items.length > 1 && may("operate") ? <Button style={{ marginBottom: 8 }} loading={resolve.isPending} onClick={() => resolve.mutate(items)}>{t(`全部重试（${items.length}）`, `Try all again (${items.length})`)}</Button> : null}
          <Table<Incident>
            size="small" rowKey="incidentKey" dataSource={items} pagination={items.length > 25 ? { pageSize: 25 } : false}
            locale={{ emptyText: <span className="quiet">{t("没有异常", "No incidents")}</span> }}
            columns={[
              { title: t("原因", "Cause"), render: (_, one) => <span className="bad">{say(KINDS[one.errorType]) || one.errorType}</span> },
              { title: t("说明", "What happened"), dataIndex: "errorMessage", render: (text: string) => <span style={{ whiteSpace: "pre-line" }}>{text}</span> },
              { title: t("步骤", "Step"), dataIndex: "elementId" },
              { title: t("案件", "Case"), render: (_, one) => <Link to={`/operations/instances/${one.processInstanceKey}`}>{one.processDefinitionId} · {one.processInstanceKey}</Link> },
              { title: t("发生", "Raised"), render: (_, one) => <span className="quiet nowrap">{ago(one.creationTime, now, language)}</span> },
              { title: "", align: "right", render: (_, one) => (may("operate") && one.state === "ACTIVE" ? <Button size="small" loading={resolve.isPending} onClick={() => resolve.mutate([one])}>{t("重试", "Try again")}</Button> : null) },
            ]}
          />
        </>
      )}
    </Shown>
  );
}
