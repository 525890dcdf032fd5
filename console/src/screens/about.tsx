/** About: versions, and the licences of everything that this console is made of. */
import { useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useState } from "react";
import { Heading } from "../parts";
import { Shown } from "../states";
import { useWords } from "../words";

type Part = { name: string; version: string; license: string; text: string };

export default function About() {
  const { t } = useWords();
  const [wanted, setWanted] = useState("");
  const parts = useQuery({ queryKey: ["licences"], queryFn: async () => (await fetch("/licences.json")).json() as Promise<Part[]>, staleTime: Infinity });
  return (
    <Shown of={parts}>
      {(items) => (
        <>
          <Heading title={t("再造 Zaizao 0.1.0", "Zaizao 再造 0.1.0")} under={t("银行流程数字化再造，Apache-2.0 许可。", "Digital process re-engineering for banks, under Apache-2.0.")} />
          <p>
            {t("流程与决策的画图由 ", "Diagrams and tables are drawn with ")}
            <a href="https://bpmn.io" target="_blank" rel="noreferrer">bpmn.io</a>
            {t(" 提供，图上保留其标记。", "; its mark stays on every diagram.")}
          </p>
          <h2>{t(`${items.length} 个开源组件`, `${items.length} open-source parts`)}</h2>
          <Input.Search allowClear style={{ width: 260, marginBottom: 8 }} placeholder={t("查找", "find")} aria-label={t("查找", "find")} onChange={(event) => setWanted(event.target.value)} />
          {items.filter((one) => one.name.includes(wanted.trim())).map((one) => (
            <details key={`${one.name} ${one.version}`} style={{ borderTop: "1px solid var(--hairline)", padding: "6px 0" }}>
              <summary style={{ cursor: "pointer" }}>{one.name} <span className="quiet">{one.version} · {one.license}</span></summary>
              <pre className="small" style={{ whiteSpace: "pre-wrap" }}>{one.text}</pre>
            </details>
          ))}
        </>
      )}
    </Shown>
  );
}
