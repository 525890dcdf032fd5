/** A form as Camunda's form schema describes it, filled in by a person. */
import { Checkbox, DatePicker, Input, InputNumber, Radio, Select } from "antd";
import dayjs from "dayjs";
import type { ReactNode } from "react";

export type FormField = {
  type: string; key?: string; id?: string; label?: string; text?: string; description?: string; subtype?: string; disabled?: boolean; readonly?: boolean;
  values?: { label: string; value: string }[]; components?: FormField[]; validate?: { required?: boolean; min?: number; max?: number; minLength?: number; maxLength?: number };
};
export type FormSchema = { components?: FormField[]; id?: string };
export type Answers = Record<string, unknown>;

export function FormFields({ fields, answers, set, locked, faults }: { fields: readonly FormField[]; answers: Answers; set: (answers: Answers) => void; locked: boolean; faults?: Record<string, string> }) {
  return (
    <>
      {fields.map((field, k) => {
        if (field.components) {
          return (
            <fieldset key={field.id ?? k} style={{ border: 0, padding: 0, margin: "0 0 12px" }}>
              {field.label ? <legend><b>{field.label}</b></legend> : null}
              <FormFields fields={field.components} answers={answers} set={set} locked={locked} {...(faults ? { faults } : {})} />
            </fieldset>
          );
        }
        if (field.type === "text" || field.type === "html") return <p key={field.id ?? k} style={{ whiteSpace: "pre-line" }}>{(field.text ?? "").replaceAll(/^#+\s*/gm, "")}</p>;
        if (field.type === "separator") return <hr key={field.id ?? k} style={{ border: 0, borderTop: "1px solid var(--hairline)" }} />;
        if (!field.key) return null;
        const { key } = field;
        const needed = field.validate?.required === true;
        return (
          <label key={key} style={{ display: "block", marginBottom: 14 }}>
            {field.type === "checkbox" ? null : <span style={{ display: "block", marginBottom: 3 }}>{field.label ?? key}{needed ? <span className="bad"> *</span> : null}</span>}
            <Entry field={field} value={answers[key]} locked={locked || field.disabled === true || field.readonly === true} set={(value) => set({ ...answers, [key]: value })} />
            {field.description ? <span className="small quiet" style={{ display: "block" }}>{field.description}</span> : null}
            {faults?.[key] ? <span className="small bad" role="alert">{faults[key]}</span> : null}
          </label>
        );
      })}
    </>
  );
}

function Entry({ field, value, set, locked }: { field: FormField; value: unknown; set: (value: unknown) => void; locked: boolean }): ReactNode {
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
  switch (field.type) {
    case "number":
      return <InputNumber style={{ width: "100%" }} disabled={locked} value={value as number | null} min={field.validate?.min} max={field.validate?.max} onChange={set} aria-label={field.label} />;
    case "textarea":
      return <Input.TextArea autoSize={{ minRows: 3 }} disabled={locked} value={text} onChange={(event) => set(event.target.value)} aria-label={field.label} />;
    case "checkbox":
      return <Checkbox disabled={locked} checked={value === true} onChange={(event) => set(event.target.checked)}>{field.label}</Checkbox>;
    case "radio":
      return <Radio.Group disabled={locked} value={value} onChange={(event) => set(event.target.value as unknown)} options={field.values ?? []} />;
    case "checklist":
      return <Checkbox.Group disabled={locked} value={(value as string[] | undefined) ?? []} onChange={set} options={field.values ?? []} />;
    case "select":
      return <Select style={{ width: "100%" }} disabled={locked} value={value ?? null} onChange={set} options={field.values ?? []} aria-label={field.label} />;
    case "taglist":
      return <Select mode="multiple" style={{ width: "100%" }} disabled={locked} value={(value as string[] | undefined) ?? []} onChange={set} options={field.values ?? []} aria-label={field.label} />;
    case "datetime":
      return <DatePicker style={{ width: "100%" }} disabled={locked} showTime={field.subtype === "datetime"} value={text ? dayjs(text) : null} onChange={(day) => set(day ? (field.subtype === "datetime" ? day.toISOString() : day.format("YYYY-MM-DD")) : null)} aria-label={field.label} />;
    default:
      return <Input disabled={locked} value={text} onChange={(event) => set(event.target.value)} aria-label={field.label} />;
  }
}
