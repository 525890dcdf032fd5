/** Zeebe's extension elements on a BPMN element, read and written through the modeller's commands, so that undo works. */
import type Modeler from "bpmn-js/lib/Modeler";

export type Moddle = { $type: string; get: (name: string) => unknown; [name: string]: unknown };
export type Element = { id: string; type: string; businessObject: Moddle };
type Modeling = {
  updateProperties: (element: Element, properties: object) => void;
  updateModdleProperties: (element: Element, moddle: Moddle, properties: object) => void;
};
type Factory = { create: (type: string, properties?: object) => Moddle };

function modeling(modeler: Modeler): Modeling {
  return modeler.get("modeling") as Modeling;
}
function factory(modeler: Modeler): Factory {
  return modeler.get("bpmnFactory") as Factory;
}

export function extension(of: Moddle, type: string): Moddle | undefined {
  const values = (of.get("extensionElements") as Moddle | undefined)?.get("values") as Moddle[] | undefined;
  return values?.find((one) => one.$type === type);
}

export function value(of: Moddle, type: string, name: string): string {
  const found = extension(of, type)?.get(name);
  return found === undefined || found === null ? "" : String(found);
}

/** Set one property of an extension element; without any property left the extension goes. */
export function setValue(modeler: Modeler, element: Element, type: string, name: string, text: string): void {
  const of = element.businessObject;
  const before = extension(of, type);
  if (before) {
    modeling(modeler).updateModdleProperties(element, before, { [name]: text || undefined });
    return;
  }
  if (text) addExtension(modeler, element, factory(modeler).create(type, { [name]: text }));
}

export function addExtension(modeler: Modeler, element: Element, one: Moddle): void {
  const of = element.businessObject;
  const holder = of.get("extensionElements") as Moddle | undefined;
  if (!holder) {
    const made = factory(modeler).create("bpmn:ExtensionElements", { values: [one] });
    one["$parent"] = made;
    modeling(modeler).updateProperties(element, { extensionElements: made });
    return;
  }
  one["$parent"] = holder;
  modeling(modeler).updateModdleProperties(element, holder, { values: [...(holder.get("values") as Moddle[]), one] });
}

export function setProperty(modeler: Modeler, element: Element, properties: object): void {
  modeling(modeler).updateProperties(element, properties);
}

export function documentation(of: Moddle): string {
  const first = (of.get("documentation") as Moddle[] | undefined)?.[0];
  return first ? String(first.get("text") ?? "") : "";
}

export function setDocumentation(modeler: Modeler, element: Element, text: string): void {
  const made = text ? [factory(modeler).create("bpmn:Documentation", { text })] : [];
  modeling(modeler).updateProperties(element, { documentation: made });
}

export function condition(of: Moddle): string {
  return String((of.get("conditionExpression") as Moddle | undefined)?.get("body") ?? "");
}

export function setCondition(modeler: Modeler, element: Element, text: string): void {
  const made = text ? factory(modeler).create("bpmn:FormalExpression", { body: text }) : undefined;
  modeling(modeler).updateProperties(element, { conditionExpression: made });
}

export type Pair = { source: string; target: string };

export function mapped(of: Moddle, side: "inputParameters" | "outputParameters"): Pair[] {
  const found = (extension(of, "zeebe:IoMapping")?.get(side) as Moddle[] | undefined) ?? [];
  return found.map((one) => ({ source: String(one.get("source") ?? ""), target: String(one.get("target") ?? "") }));
}

export function setMapped(modeler: Modeler, element: Element, side: "inputParameters" | "outputParameters", pairs: Pair[]): void {
  const type = side === "inputParameters" ? "zeebe:Input" : "zeebe:Output";
  const made = pairs.map((pair) => factory(modeler).create(type, pair));
  const before = extension(element.businessObject, "zeebe:IoMapping");
  if (before) modeling(modeler).updateModdleProperties(element, before, { [side]: made });
  else addExtension(modeler, element, factory(modeler).create("zeebe:IoMapping", { [side]: made }));
}

export type Timer = { kind: "timeDuration" | "timeDate" | "timeCycle"; body: string };

function definition(of: Moddle, type: string): Moddle | undefined {
  return ((of.get("eventDefinitions") as Moddle[] | undefined) ?? []).find((one) => one.$type === type);
}

export function timer(of: Moddle): Timer | null {
  const found = definition(of, "bpmn:TimerEventDefinition");
  if (!found) return null;
  for (const kind of ["timeDuration", "timeDate", "timeCycle"] as const) {
    const body = (found.get(kind) as Moddle | undefined)?.get("body");
    if (body !== undefined) return { kind, body: String(body) };
  }
  return { kind: "timeDuration", body: "" };
}

export function setTimer(modeler: Modeler, element: Element, wanted: Timer): void {
  const found = definition(element.businessObject, "bpmn:TimerEventDefinition");
  if (!found) return;
  const body = factory(modeler).create("bpmn:FormalExpression", { body: wanted.body });
  modeling(modeler).updateModdleProperties(element, found, { timeDuration: undefined, timeDate: undefined, timeCycle: undefined, [wanted.kind]: body });
}

/** What an event or receive task refers to: message, signal, error, escalation. */
export function reference(of: Moddle): { moddle: Moddle; kind: "message" | "signal" | "error" | "escalation"; root: Moddle | undefined } | null {
  for (const kind of ["message", "signal", "error", "escalation"] as const) {
    const type = `bpmn:${kind.charAt(0).toUpperCase()}${kind.slice(1)}EventDefinition`;
    const found = definition(of, type);
    if (found) return { moddle: found, kind, root: found.get(`${kind}Ref`) as Moddle | undefined };
  }
  if (of.$type === "bpmn:ReceiveTask") return { moddle: of, kind: "message", root: of.get("messageRef") as Moddle | undefined };
  return null;
}

/** Set a property of the referred root element, made where it is missing. */
export function setReference(modeler: Modeler, element: Element, properties: object): void {
  const found = reference(element.businessObject);
  if (!found) return;
  if (found.root) {
    modeling(modeler).updateModdleProperties(element, found.root, properties);
    return;
  }
  const definitions = (modeler as unknown as { getDefinitions: () => Moddle }).getDefinitions();
  const name = found.kind.charAt(0).toUpperCase() + found.kind.slice(1);
  const made = factory(modeler).create(`bpmn:${name}`, properties);
  made["$parent"] = definitions;
  modeling(modeler).updateModdleProperties(element, definitions, { rootElements: [...(definitions.get("rootElements") as Moddle[]), made] });
  modeling(modeler).updateModdleProperties(element, found.moddle, { [`${found.kind}Ref`]: made });
}

/** The correlation key stands on the message itself. */
export function correlation(of: Moddle): string {
  const root = reference(of)?.root;
  return root ? value(root, "zeebe:Subscription", "correlationKey") : "";
}

export function setCorrelation(modeler: Modeler, element: Element, text: string): void {
  const root = reference(element.businessObject)?.root;
  if (!root) return;
  const before = extension(root, "zeebe:Subscription");
  if (before) {
    modeling(modeler).updateModdleProperties(element, before, { correlationKey: text });
    return;
  }
  const one = factory(modeler).create("zeebe:Subscription", { correlationKey: text });
  const holder = factory(modeler).create("bpmn:ExtensionElements", { values: [one] });
  modeling(modeler).updateModdleProperties(element, root, { extensionElements: holder });
}

export function ensureUserTask(modeler: Modeler, element: Element): void {
  if (element.type === "bpmn:UserTask" && !extension(element.businessObject, "zeebe:UserTask")) {
    addExtension(modeler, element, factory(modeler).create("zeebe:UserTask"));
  }
}

export function makeMulti(modeler: Modeler, element: Element, name: string, text: string): void {
  const loop = element.businessObject.get("loopCharacteristics") as Moddle | undefined;
  if (!loop) return;
  const before = extension(loop, "zeebe:LoopCharacteristics");
  if (before) {
    modeling(modeler).updateModdleProperties(element, before, { [name]: text || undefined });
    return;
  }
  const one = factory(modeler).create("zeebe:LoopCharacteristics", { [name]: text });
  modeling(modeler).updateModdleProperties(element, loop, { extensionElements: factory(modeler).create("bpmn:ExtensionElements", { values: [one] }) });
}

/** A named property of the model (`zeebe:properties`), which our inbox reads: four eyes, calendar, ladder, reason. */
export function named(of: Moddle, name: string): string {
  const rows = (extension(of, "zeebe:Properties")?.get("properties") as Moddle[] | undefined) ?? [];
  return String(rows.find((one) => one.get("name") === name)?.get("value") ?? "");
}

export function setNamed(modeler: Modeler, element: Element, name: string, text: string): void {
  const before = extension(element.businessObject, "zeebe:Properties");
  const others = ((before?.get("properties") as Moddle[] | undefined) ?? []).filter((one) => one.get("name") !== name);
  const rows = text ? [...others, factory(modeler).create("zeebe:Property", { name, value: text })] : others;
  if (before) modeling(modeler).updateModdleProperties(element, before, { properties: rows });
  else if (text) addExtension(modeler, element, factory(modeler).create("zeebe:Properties", { properties: rows }));
}
