/** The properties of what is selected: only what our engine runs by, in the bank's words. */
import type Modeler from "bpmn-js/lib/Modeler";
import { Button, Input, Select, Switch } from "antd";
import { useState, type ReactNode } from "react";
import { useWords } from "../words";
import {
  condition, correlation, documentation, ensureUserTask, extension, makeMulti, mapped, named, reference, setCondition, setCorrelation, setDocumentation,
  setMapped, setNamed, setProperty, setReference, setTimer, setValue, timer, value, type Element, type Moddle, type Pair, type Timer,
} from "./extensions";

const JOBS = ["bpmn:ServiceTask", "bpmn:SendTask"];

export function Properties({ modeler, element }: { modeler: Modeler; element: Element }) {
  const { t } = useWords();
  const of = element.businessObject;
  const set = (type: string, name: string) => (text: string) => setValue(modeler, element, type, name, text);
  const read = (type: string, name: string) => value(of, type, name);
  const kind = element.type;
  const clock = timer(of);
  const refers = reference(of);
  const loop = of.get("loopCharacteristics") as Moddle | undefined;
  const gateway = kind === "bpmn:SequenceFlow" ? (of.get("sourceRef") as Moddle | undefined) : undefined;
  return (
    <div key={element.id}>
      <Row label="ID"><Text value={of.get("id") as string} set={(text) => { if (/^[A-Za-z_][\w.-]*$/.test(text)) setProperty(modeler, element, { id: text }); }} /></Row>
      <Row label={t("名称", "Name")}><Text value={String(of.get("name") ?? "")} set={(text) => setProperty(modeler, element, { name: text })} lines={2} /></Row>
      {kind === "bpmn:Process" ? (
        <>
          <Row label={t("可执行", "Executable")}><Switch size="small" checked={of.get("isExecutable") === true} onChange={(on) => setProperty(modeler, element, { isExecutable: on })} /></Row>
          <Row label={t("版本标签", "Version tag")}><Text value={read("zeebe:VersionTag", "value")} set={set("zeebe:VersionTag", "value")} /></Row>
        </>
      ) : null}
      {JOBS.includes(kind) || (kind === "bpmn:BusinessRuleTask" && !extension(of, "zeebe:CalledDecision")) || (kind === "bpmn:ScriptTask" && !extension(of, "zeebe:Script")) ? (
        <>
          <Row label={t("作业类型", "Job type")} hint={t("哪种工作者来做", "which worker does it")}><Text value={read("zeebe:TaskDefinition", "type")} set={set("zeebe:TaskDefinition", "type")} /></Row>
          <Row label={t("重试次数", "Retries")}><Text value={read("zeebe:TaskDefinition", "retries")} set={set("zeebe:TaskDefinition", "retries")} /></Row>
        </>
      ) : null}
      {kind === "bpmn:UserTask" ? (
        <>
          <Row label={t("候选组", "Candidate groups")} hint='="柜员" / =["柜员","复核"]'><Text value={read("zeebe:AssignmentDefinition", "candidateGroups")} set={(text) => { ensureUserTask(modeler, element); set("zeebe:AssignmentDefinition", "candidateGroups")(text); }} /></Row>
          <Row label={t("办理人", "Assignee")}><Text value={read("zeebe:AssignmentDefinition", "assignee")} set={(text) => { ensureUserTask(modeler, element); set("zeebe:AssignmentDefinition", "assignee")(text); }} /></Row>
          <Row label={t("表单", "Form")}><Text value={read("zeebe:FormDefinition", "formId")} set={set("zeebe:FormDefinition", "formId")} /></Row>
          <Row label={t("到期", "Due")} hint='=now() + duration("P1D")'><Text value={read("zeebe:TaskSchedule", "dueDate")} set={set("zeebe:TaskSchedule", "dueDate")} /></Row>
          <Row label={t("提醒日期", "Follow-up")}><Text value={read("zeebe:TaskSchedule", "followUpDate")} set={set("zeebe:TaskSchedule", "followUpDate")} /></Row>
          <Row label={t("第二人复核（组）", "Second person (groups)")} hint={t("空为不需要", "empty: none")}><Text value={named(of, "fourEyes")} set={(text) => setNamed(modeler, element, "fourEyes", text)} /></Row>
          <Row label={t("工作日历", "Calendar")} hint="office"><Text value={named(of, "calendar")} set={(text) => setNamed(modeler, element, "calendar", text)} /></Row>
          <Row label={t("升级阶梯", "Escalation")} hint="PT4H notify heads"><Text value={named(of, "escalation")} set={(text) => setNamed(modeler, element, "escalation", text)} /></Row>
          <Row label={t("优先级", "Priority")} hint="0–100"><Text value={read("zeebe:PriorityDefinition", "priority")} set={set("zeebe:PriorityDefinition", "priority")} /></Row>
        </>
      ) : null}
      {kind === "bpmn:BusinessRuleTask" ? (
        <>
          <Row label={t("决策", "Decision")}><Text value={read("zeebe:CalledDecision", "decisionId")} set={set("zeebe:CalledDecision", "decisionId")} /></Row>
          <Row label={t("结果变量", "Result variable")}><Text value={read("zeebe:CalledDecision", "resultVariable")} set={set("zeebe:CalledDecision", "resultVariable")} /></Row>
        </>
      ) : null}
      {kind === "bpmn:ScriptTask" ? (
        <>
          <Row label="FEEL"><Text value={read("zeebe:Script", "expression")} set={set("zeebe:Script", "expression")} lines={4} /></Row>
          <Row label={t("结果变量", "Result variable")}><Text value={read("zeebe:Script", "resultVariable")} set={set("zeebe:Script", "resultVariable")} /></Row>
        </>
      ) : null}
      {kind === "bpmn:CallActivity" ? <Row label={t("调用流程", "Called process")}><Text value={read("zeebe:CalledElement", "processId")} set={set("zeebe:CalledElement", "processId")} /></Row> : null}
      {gateway ? (
        <>
          <Row label={t("条件", "Condition")} hint="=amount > 100000"><Text value={condition(of)} set={(text) => setCondition(modeler, element, text)} lines={3} /></Row>
          {["bpmn:ExclusiveGateway", "bpmn:InclusiveGateway"].includes(gateway.$type) ? (
            <Row label={t("默认走这条", "Default flow")}>
              <Switch size="small" checked={gateway.get("default") === of} onChange={(on) => {
                const source = (modeler.get("elementRegistry") as { get: (id: string) => Element }).get(String(gateway.get("id")));
                setProperty(modeler, source, { default: on ? of : undefined });
              }} />
            </Row>
          ) : null}
        </>
      ) : null}
      {clock ? (
        <>
          <Row label={t("定时方式", "Timer")}>
            <Select style={{ width: "100%" }} value={clock.kind} onChange={(next: Timer["kind"]) => setTimer(modeler, element, { ...clock, kind: next })} options={[{ value: "timeDuration", label: t("多久以后", "after a while") }, { value: "timeDate", label: t("到某一刻", "at an instant") }, { value: "timeCycle", label: t("每隔多久", "again and again") }]} />
          </Row>
          <Row label={t("时间", "Time")} hint="PT30M · P2D · R3/PT1H"><Text value={clock.body} set={(body) => setTimer(modeler, element, { ...clock, body })} /></Row>
        </>
      ) : null}
      {refers ? (
        <>
          <Row label={{ message: t("消息名", "Message"), signal: t("信号名", "Signal"), error: t("错误名", "Error"), escalation: t("升级名", "Escalation") }[refers.kind]}><Text value={String(refers.root?.get("name") ?? "")} set={(name) => setReference(modeler, element, { name })} /></Row>
          {refers.kind === "message" && kind !== "bpmn:EndEvent" ? <Row label={t("关联键", "Correlation key")} hint="=orderId"><Text value={correlation(of)} set={(text) => setCorrelation(modeler, element, text)} /></Row> : null}
          {refers.kind === "error" ? <Row label={t("错误码", "Error code")}><Text value={String(refers.root?.get("errorCode") ?? "")} set={(errorCode) => setReference(modeler, element, { errorCode })} /></Row> : null}
          {refers.kind === "escalation" ? <Row label={t("升级码", "Escalation code")}><Text value={String(refers.root?.get("escalationCode") ?? "")} set={(escalationCode) => setReference(modeler, element, { escalationCode })} /></Row> : null}
        </>
      ) : null}
      {loop?.$type === "bpmn:MultiInstanceLoopCharacteristics" ? (
        <>
          <Row label={t("对每一个", "For each of")} hint="=items"><Text value={value(loop, "zeebe:LoopCharacteristics", "inputCollection")} set={(text) => makeMulti(modeler, element, "inputCollection", text)} /></Row>
          <Row label={t("每个叫", "each called")}><Text value={value(loop, "zeebe:LoopCharacteristics", "inputElement")} set={(text) => makeMulti(modeler, element, "inputElement", text)} /></Row>
        </>
      ) : null}
      {/Task$|CallActivity$|SubProcess$|Event$/.test(kind) ? (
        <>
          <Pairs label={t("输入映射", "Input mapping")} pairs={mapped(of, "inputParameters")} set={(pairs) => setMapped(modeler, element, "inputParameters", pairs)} />
          <Pairs label={t("输出映射", "Output mapping")} pairs={mapped(of, "outputParameters")} set={(pairs) => setMapped(modeler, element, "outputParameters", pairs)} />
        </>
      ) : null}
      <Row label={t("说明", "Documentation")}><Text value={documentation(of)} set={(text) => setDocumentation(modeler, element, text)} lines={3} /></Row>
    </div>
  );
}

function Row({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <label style={{ display: "block", marginBottom: 10 }}>
      <span className="small quiet" style={{ display: "flex", justifyContent: "space-between" }}><span>{label}</span>{hint ? <code>{hint}</code> : null}</span>
      {children}
    </label>
  );
}

/** Typing is local; the model changes when the field is left or Enter is pressed, as one step of undo. */
function Text({ value: given, set, lines }: { value: string; set: (text: string) => void; lines?: number }) {
  const [[text, was], setBoth] = useState([given, given]);
  const setText = (next: string) => setBoth([next, given]);
  if (was !== given) setBoth([given, given]);
  const leave = () => {
    if (text !== given) set(text);
  };
  return lines ? (
    <Input.TextArea autoSize={{ minRows: 1, maxRows: 8 }} value={text} onChange={(event) => setText(event.target.value)} onBlur={leave} />
  ) : (
    <Input value={text} onChange={(event) => setText(event.target.value)} onBlur={leave} onPressEnter={leave} />
  );
}

function Pairs({ label, pairs, set }: { label: string; pairs: Pair[]; set: (pairs: Pair[]) => void }) {
  const { t } = useWords();
  return (
    <div style={{ marginBottom: 10 }}>
      <div className="row small quiet" style={{ justifyContent: "space-between" }}>
        <span>{label}</span>
        <Button size="small" type="text" aria-label={`${t("添加", "Add")} ${label}`} onClick={() => set([...pairs, { source: "=", target: `v${pairs.length + 1}` }])}>＋</Button>
      </div>
      {pairs.map((pair, k) => (
        <div key={k} style={{ display: "grid", gridTemplateColumns: "1fr auto 1fr auto", gap: 4, alignItems: "center", marginBottom: 4 }}>
          <Text value={pair.source} set={(source) => set(pairs.map((one, place) => (place === k ? { ...one, source } : one)))} />
          →
          <Text value={pair.target} set={(target) => set(pairs.map((one, place) => (place === k ? { ...one, target } : one)))} />
          <button type="button" className="plain" onClick={() => set(pairs.filter((_, place) => place !== k))} aria-label={t("去掉", "Remove")}>×</button>
        </div>
      ))}
    </div>
  );
}
