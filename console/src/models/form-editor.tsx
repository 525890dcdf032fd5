/** Forms: the list of fields on the left, the form as its filler sees it on the right. */
import { Button, Checkbox, Input, Select } from "antd";
import { useState } from "react";
import { useWords } from "../words";
import { FormFields, type Answers, type FormField, type FormSchema } from "./form";

const TYPES = ["textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "datetime", "text"] as const;

export default function FormEditor({ source, drawn }: { source: string; drawn: (text: string) => void }) {
  const { t } = useWords();
  const [schema, setSchema] = useState<FormSchema>(() => {
    try {
      return JSON.parse(source) as FormSchema;
    } catch {
      return { components: [] };
    }
  });
  const [answers, setAnswers] = useState<Answers>({});
  const fields = schema.components ?? [];
  const names: Record<string, string> = {
    textfield: t("单行文字", "text"), textarea: t("多行文字", "long text"), number: t("数字", "number"), checkbox: t("勾选", "check box"), radio: t("单选", "radio"),
    select: t("下拉", "select"), checklist: t("多选", "check list"), datetime: t("日期", "date"), text: t("说明文字", "words"),
  };
  const set = (components: FormField[]) => {
    const next = { ...schema, components };
    setSchema(next);
    drawn(`${JSON.stringify(next, null, 2)}\n`);
  };
  const change = (k: number, changes: Partial<FormField>) => set(fields.map((one, place) => (place === k ? { ...one, ...changes } : one)));
  const move = (k: number, by: number) => {
    const next = [...fields];
    const [one] = next.splice(k, 1);
    if (one) next.splice(k + by, 0, one);
    set(next);
  };
  return (
    <div style={{ display: "grid", gridTemplateColumns: "minmax(0, 1fr) 420px", height: "100%" }}>
      <div style={{ overflow: "auto", padding: 20 }}>
        <label style={{ display: "block", marginBottom: 16, maxWidth: 320 }}>
          <span className="small quiet">{t("表单编号（流程里引用它）", "Form id (processes refer to it)")}</span>
          <Input value={schema.id ?? ""} onChange={(event) => { const next = { ...schema, id: event.target.value }; setSchema(next); drawn(`${JSON.stringify(next, null, 2)}\n`); }} />
        </label>
        <table className="plain-table">
          <thead><tr><th>{t("类型", "Type")}</th><th>{t("标签", "Label")}</th><th>{t("变量", "Variable")}</th><th>{t("必填", "Needed")}</th><th>{t("选项（逗号分隔）", "Choices (commas)")}</th><th /></tr></thead>
          <tbody>
            {fields.map((field, k) => (
              <tr key={k}>
                <td><Select size="small" style={{ width: 110 }} value={field.type} aria-label={t("类型", "Type")} options={TYPES.map((value) => ({ value, label: names[value] ?? value }))} onChange={(type) => change(k, { type })} /></td>
                <td><Input size="small" aria-label={t("标签", "Label")} value={field.type === "text" ? (field.text ?? "") : (field.label ?? "")} onChange={(event) => change(k, field.type === "text" ? { text: event.target.value } : { label: event.target.value })} /></td>
                <td>{field.type === "text" ? null : <Input size="small" aria-label={t("变量", "Variable")} value={field.key ?? ""} onChange={(event) => change(k, { key: event.target.value })} />}</td>
                <td>{field.type === "text" ? null : <Checkbox aria-label={t("必填", "Needed")} checked={field.validate?.required === true} onChange={(event) => change(k, { validate: { ...field.validate, required: event.target.checked } })} />}</td>
                <td>{["radio", "select", "checklist"].includes(field.type) ? <Input size="small" aria-label={t("选项", "Choices")} value={(field.values ?? []).map((one) => one.label).join(",")} onChange={(event) => change(k, { values: event.target.value.split(/[,，]/).map((label) => ({ label, value: label.trim() })) })} /> : null}</td>
                <td className="nowrap">
                  <button type="button" className="plain" disabled={k === 0} onClick={() => move(k, -1)} aria-label={t("上移", "Up")}>↑</button>
                  <button type="button" className="plain" disabled={k === fields.length - 1} onClick={() => move(k, 1)} aria-label={t("下移", "Down")}>↓</button>
                  <button type="button" className="plain" onClick={() => set(fields.filter((_, place) => place !== k))} aria-label={t("删除", "Remove")}>×</button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <Button style={{ marginTop: 12 }} onClick={() => set([...fields, { type: "textfield", key: `field${fields.length + 1}`, label: t("新字段", "New field") }])}>{t("加一个字段", "Add a field")}</Button>
      </div>
      <aside style={{ borderLeft: "1px solid var(--hairline)", overflow: "auto", padding: 24 }}>
        <h2>{t("填写时的样子", "As it is filled in")}</h2>
        <FormFields fields={fields} answers={answers} set={setAnswers} locked={false} />
      </aside>
    </div>
  );
}
