import { expect, it } from "vitest";
import { inputsOf } from "./decision-inputs";
import { EMPTY } from "./empty";

it("finds the decisions of a model and what each asks for, once", () => {
  expect(inputsOf(EMPTY.dmn)).toEqual([{ id: "Decision_1", name: "Decision 1", inputs: ["amount"] }]);
  expect(inputsOf("<definitions/>")).toEqual([]);
  const prefixed = '<dmn:decision id="d" name="审批"><dmn:input><dmn:inputExpression><dmn:text> 金额 </dmn:text></dmn:inputExpression></dmn:input><dmn:input><dmn:inputExpression><dmn:text>金额</dmn:text></dmn:inputExpression></dmn:input></dmn:decision>';
  expect(inputsOf(prefixed)).toEqual([{ id: "d", name: "审批", inputs: ["金额"] }]);
});
