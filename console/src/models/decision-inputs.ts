/** The decisions of a DMN text and what each asks for: the free input expressions of its tables. */
export type DecisionInputs = { id: string; name: string; inputs: string[] };

const DECISION = /<(?:\w+:)?decision\s([^>]*)>([\s\S]*?)<\/(?:\w+:)?decision>/g;
const INPUT = /<(?:\w+:)?inputExpression[^>]*>\s*<(?:\w+:)?text>([\s\S]*?)<\/(?:\w+:)?text>/g;

export function inputsOf(source: string): DecisionInputs[] {
  return [...source.matchAll(DECISION)].map(([, attributes = "", body = ""]) => {
    const id = /\bid="([^"]*)"/.exec(attributes)?.[1] ?? "";
    const names = [...body.matchAll(INPUT)].map(([, text = ""]) => text.trim()).filter(Boolean);
    return { id, name: /\bname="([^"]*)"/.exec(attributes)?.[1] ?? id, inputs: [...new Set(names)] };
  });
}
