"""Files: what is foreign survives, hostile content is refused, both with the reader's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from zaizao.bpmn import (
    BpmnError,
    Definitions,
    Event,
    MessageDefinition,
    Process,
    Task,
    check,
    layout,
    literal,
    node_of,
    read,
    svg,
    write,
)

SHARED = Path(__file__).parents[2] / ".." / "shared" / "conformance"

FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:q="urn:q" id="D" targetNamespace="urn:t"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  exporter="Tool" q:mark="root">
  <bpmn:extensionElements><q:top level="1"><q:deep>text</q:deep></q:top></bpmn:extensionElements>
  <bpmn:category id="C"><bpmn:categoryValue id="V" value="v"/></bpmn:category>
  <bpmn:message id="M" name="m" q:kind="k"><bpmn:extensionElements><q:note/></bpmn:extensionElements></bpmn:message>
  <bpmn:process id="P" isExecutable="true" q:owner="bank" processType="Private">
    <bpmn:documentation textFormat="text/html">kept</bpmn:documentation>
    <bpmn:extensionElements><q:p>x</q:p></bpmn:extensionElements>
    <bpmn:laneSet id="L"><bpmn:lane id="L1" name="柜员" q:color="red"><bpmn:flowNodeRef>T</bpmn:flowNodeRef></bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="S" isInterrupting="true"><bpmn:messageEventDefinition id="ED" messageRef="M" q:x="1"/>
    </bpmn:startEvent>
    <bpmn:serviceTask id="T" name="t" q:a="b" implementation="##x"><bpmn:extensionElements><q:r s="t"/></bpmn:extensionElements>
      <bpmn:ioSpecification id="IO"><bpmn:inputSet id="IS"/><bpmn:outputSet id="OS"/></bpmn:ioSpecification>
    </bpmn:serviceTask>
    <bpmn:sequenceFlow id="F" sourceRef="S" targetRef="T" q:z="9"/>
    <bpmn:textAnnotation id="A"><bpmn:text>备注</bpmn:text></bpmn:textAnnotation>
    <bpmn:association id="AS" sourceRef="T" targetRef="A"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_1"><bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="P">
    <bpmndi:BPMNShape id="T_di" bpmnElement="T" q:stroke="#f00"><dc:Bounds x="1.5" y="2" width="100" height="80"/>
    </bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>"""


def test_everything_foreign_is_there_after_reading_and_writing() -> None:
    written = write(read(FOREIGN)).decode()
    for piece in (
        'q:mark="root"', 'exporter="Tool"', "<q:deep>text</q:deep>", '<bpmn:categoryValue', 'q:kind="k"', "<q:note",
        'q:owner="bank"', 'processType="Private"', 'textFormat="text/html"', "<q:p", 'q:color="red"', 'q:x="1"',
        'id="ED"', 'q:a="b"', 'implementation="##x"', '<q:r', 's="t"', 'id="IO"', 'q:z="9"', "备注", 'q:stroke="#f00"',
        'x="1.5"',
    ):  # fmt: skip
        assert piece in written, piece
    assert read(written) == read(FOREIGN)


def test_names_and_triggers_are_read() -> None:
    (process,) = read(FOREIGN.encode()).processes
    start = node_of(process, "S")
    assert isinstance(start, Event) and start.definition == MessageDefinition(
        "M", id="ED", attributes={"{urn:q}x": "1"}
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "bpmn.doctype"),
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"),
            "bpmn.doctype",
        ),
        (b"<definitions>", "bpmn.malformed"),
        (b"", "bpmn.malformed"),
        (b"<a" * 3, "bpmn.malformed"),
        (b"<a>" * 5000, "bpmn.malformed"),
        (b"<html/>", "bpmn.not-bpmn"),
        (b"\xff\xfe\x00", "bpmn.malformed"),
    ],
)
def test_hostile_or_broken_files_are_refused_in_one_sentence(content: bytes, code: str) -> None:
    with pytest.raises(BpmnError) as refused:
        read(content)
    assert refused.value.problems[0].code == code
    assert "\n" not in refused.value.problems[0].say("zh")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BpmnError, match=r"loan\.bpmn: the file cannot be read"):
        read(tmp_path / "loan.bpmn")


def test_static_values_are_written_as_people_write_them() -> None:
    text = FOREIGN.replace(
        '<q:r s="t"/>', '<zeebe:taskDefinition xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" type="pay"/>'
    )
    task = node_of(read(text).processes[0], "T")
    assert isinstance(task, Task) and task.job and task.job.type == literal("pay")
    assert b'type="pay" retries="3"' in write(read(text))


@pytest.mark.skipif(not SHARED.exists(), reason="the conformance suites are not beside the repository")
def test_every_shared_model_reads_back_the_same_and_can_be_drawn() -> None:
    for path in sorted(SHARED.glob("bpmn-*/*/*.bpmn")):
        model = read(path)
        assert read(write(model)) == model, path.name
        drawn = layout(model)
        assert svg(drawn).startswith("<svg "), path.name
        nodes = {node.id for process in model.processes for node in process.walk() if node.id}
        assert drawn.diagram is not None and nodes <= set(drawn.diagram.shapes), path.name


def test_raw_data_in_names_does_not_break_files() -> None:
    task = Task(id="t", name="a\x00b\x0b\n c\ud800", documentation="\x1f")
    model = Definitions(processes=(Process(id="p", nodes=(task,)),))
    assert node_of(read(write(model)).processes[0], "t").name == "a\ufffdb\ufffd\n c\ufffd"
    assert "\x00" not in svg(model)


DRILLED = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t"
  xmlns:i="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">
 <process id="p"><subProcess id="s"><task id="inside"/></subProcess></process>
 <i:BPMNDiagram id="BPMNDiagram_1"><i:BPMNPlane id="BPMNPlane_1" bpmnElement="p"><i:BPMNShape id="s_di" bpmnElement="s"
   isExpanded="false"><dc:Bounds x="1" y="2" width="100" height="80"/></i:BPMNShape></i:BPMNPlane></i:BPMNDiagram>
 <i:BPMNDiagram id="BPMNDiagram_2"><i:BPMNPlane id="BPMNPlane_2" bpmnElement="s"><i:BPMNShape id="inside_di"
   bpmnElement="inside"><dc:Bounds x="5" y="6" width="100" height="80"/></i:BPMNShape></i:BPMNPlane></i:BPMNDiagram>
</definitions>"""


def test_annotations_and_data_are_drawn_wherever_they_belong() -> None:
    loose = (
        '<textAnnotation id="loose"><text>note</text></textAnnotation><dataObjectReference id="doc" dataObjectRef="o"/>'
    )
    text = DRILLED.split("<i:BPMN")[0].replace(
        "<subProcess", f'<dataObject id="o"/>{loose}<task id="t1"/><task id="t2"/><subProcess'
    )
    links = "".join(f'<association id="a{n}" sourceRef="doc" targetRef="t{n}"/>' for n in (1, 2))
    diagram = layout(read(text.replace("</process>", links + "</process>") + "</definitions>")).diagram
    assert diagram is not None and {"loose", "doc"} <= set(diagram.shapes) and {"a1", "a2"} <= set(diagram.edges)


def test_the_diagram_inside_a_collapsed_sub_process_is_kept() -> None:
    model = read(DRILLED)
    assert model.diagram is not None and set(model.diagram.shapes) == {"s"}
    assert model.drill_downs["s"].shapes["inside"].bounds == (5, 6, 100, 80)
    assert read(write(model)) == model and "inside" not in svg(model)


def test_names_cannot_break_out_of_a_drawing() -> None:
    text = FOREIGN.replace('name="t"', 'name="&lt;script&gt;alert(1)&lt;/script&gt;"').replace(
        'id="T"', 'id="T&quot;&gt;"'
    )
    drawn = svg(layout(read(text.replace("T</bpmn:flow", "T</bpmn:flow"))), title='"><script>')
    assert "<script" not in drawn and check(read(text))
