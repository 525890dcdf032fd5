/** The blank sheets that a new draft begins with. */
export const EMPTY = {
  bpmn: `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="Definitions_1" targetNamespace="http://zaizao.dev/bpmn">
  <bpmn:process id="Process_1" name="" isExecutable="true">
    <bpmn:startEvent id="StartEvent_1" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="Diagram_1">
    <bpmndi:BPMNPlane id="Plane_1" bpmnElement="Process_1">
      <bpmndi:BPMNShape id="StartEvent_1_di" bpmnElement="StartEvent_1"><dc:Bounds x="180" y="160" width="36" height="36" /></bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`,
  dmn: `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" xmlns:di="http://www.omg.org/spec/DMN/20180521/DI/" id="Definitions_1" name="decisions" namespace="http://zaizao.dev/decisions">
  <inputData id="Data_1" name="amount"><variable id="Variable_1" name="amount" typeRef="number" /></inputData>
  <decision id="Decision_1" name="Decision 1">
    <variable id="Variable_2" name="Decision 1" typeRef="string" />
    <informationRequirement id="Requirement_1"><requiredInput href="#Data_1" /></informationRequirement>
    <decisionTable id="Table_1" hitPolicy="FIRST">
      <input id="Input_1" label="amount"><inputExpression id="InputExpression_1" typeRef="number"><text>amount</text></inputExpression></input>
      <output id="Output_1" name="result" typeRef="string" />
      <rule id="Rule_1"><inputEntry id="Entry_1"><text>&lt;= 100000</text></inputEntry><outputEntry id="Outcome_1"><text>"auto"</text></outputEntry></rule>
      <rule id="Rule_2"><inputEntry id="Entry_2"><text>-</text></inputEntry><outputEntry id="Outcome_2"><text>"manual"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <dmndi:DMNDI><dmndi:DMNDiagram id="Diagram_1"><dmndi:DMNShape id="Shape_1" dmnElementRef="Decision_1"><dc:Bounds height="80" width="180" x="160" y="100" /></dmndi:DMNShape><dmndi:DMNShape id="Shape_2" dmnElementRef="Data_1"><dc:Bounds height="45" width="125" x="187" y="240" /></dmndi:DMNShape><dmndi:DMNEdge id="Edge_1" dmnElementRef="Requirement_1"><di:waypoint x="250" y="240" /><di:waypoint x="250" y="180" /></dmndi:DMNEdge></dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>
`,
  form: `{
  "type": "default",
  "id": "form-1",
  "schemaVersion": 16,
  "components": [
    { "type": "textfield", "key": "opinion", "label": "意见 / Opinion", "validate": { "required": true } }
  ]
}
`,
} as const;
