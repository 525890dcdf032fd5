"""The process that the console's stories run: one work item, one machine step, one approval by two people."""

from zaizao import bpmn

_SOURCE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
             id="Definitions_1" targetNamespace="http://zaizao.dev/tests">
  <process id="small-loan" name="小微贷款" isExecutable="true">
    <startEvent id="start" name="申请"/>
    <userTask id="check" name="受理核对"><extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="=[&quot;受理&quot;]"/></extensionElements></userTask>
    <serviceTask id="score" name="评分"><extensionElements>
      <zeebe:taskDefinition type="score" retries="1"/></extensionElements></serviceTask>
    <userTask id="approve" name="审批"><extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="=[&quot;审批&quot;]"/>
      <zeebe:properties><zeebe:property name="fourEyes" value="审批"/></zeebe:properties>
    </extensionElements></userTask>
    <endEvent id="end" name="办结"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="check"/>
    <sequenceFlow id="f2" sourceRef="check" targetRef="score"/>
    <sequenceFlow id="f3" sourceRef="score" targetRef="approve"/>
    <sequenceFlow id="f4" sourceRef="approve" targetRef="end"/>
  </process>
</definitions>
"""


def small_loan() -> bytes:
    """The process with a diagram."""
    return bpmn.write(bpmn.layout(bpmn.read(_SOURCE.encode())))
