import { expect, it } from "vitest";
import { nodesOf, proposed } from "./operations-migration";

const SOURCE = `<bpmn:process id="p"><bpmn:startEvent id="s"/><bpmn:userTask id="check" name="核对"/><bpmn:serviceTask id="post" name="记账"/>
<bpmn:exclusiveGateway id="g"/><bpmn:intermediateCatchEvent id="wait" name=""/><bpmn:endEvent id="e"/></bpmn:process>`;

it("lists what a token can wait at", () => {
  expect(nodesOf(SOURCE).map((node) => node.id)).toEqual(["check", "post", "wait"]);
});

it("maps a step to the same id, else to the same kind and name, else nowhere", () => {
  const after = nodesOf('<userTask id="check2" name="核对"/><serviceTask id="post" name="记账（新）"/>');
  expect(proposed(nodesOf(SOURCE), after)).toEqual({ check: "check2", post: "post" });
});
