"""Runs the public BPMN feature files of the betsy suite on the engine.

``run(path, name, cases)`` answers what each case logged, as a sorted list of words. The files speak a generic
dialect; here conditions become FEEL and scripts become jobs whose type is the script's word, and a small worker does
what the suite's README says of each word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from zaizao.bpmn import read
from zaizao.engine import ActivatedJob, DeploymentRefused, Engine, JobRow, MemoryStore, VirtualClock

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
SECOND = 1_000_000
SCRIPT_TIME = 10 * SECOND
INCIDENT_WORDS = {"unhandled-error": "ERROR_thrownErrorEvent", "no-condition-holds": "ERROR_runtime"}
MULTI_EVENTS = ("noneBehaviorEventRef", "oneBehaviorEventRef")


def run(path: Path, name: str, cases: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """What each of ``cases`` of feature ``name`` in the file ``path`` logs, sorted."""
    try:
        definitions = read(converted(path.read_bytes()))
    except etree.XMLSyntaxError:
        return [["ERROR"] for _ in cases]
    return [_Run(definitions, name).case(case) for case in cases]


def converted(content: bytes) -> bytes:
    """The file in the engine's dialect."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    for node in list(root.iter(f"{{{BPMN}}}globalScriptTask")):
        _as_process(node)
    for node in root.iter(f"{{{BPMN}}}scriptTask"):
        _as_job(node)
    for node in root.iter(f"{{{BPMN}}}sendTask"):
        node.attrib.pop("operationRef", None)
    for tag in ("conditionExpression", "loopCardinality", "loopCondition", "condition", "completionCondition"):
        for node in root.iter(f"{{{BPMN}}}{tag}"):
            node.text = "=" + feel(node.text or "")
            node.set(f"{{{XSI}}}type", "tFormalExpression")
    _name_behaviour_signals(root)
    return etree.tostring(root)


def feel(text: str) -> str:
    """A condition of the suite as FEEL."""
    text = re.sub(r"^\$\{(.*)\}$", r"\1", text.strip())
    text = re.sub(r'(\w+)\.contains\("(\w+)"\)', r'contains(\1, "\2")', text)
    return re.sub(r"^!(.*)$", r"not(\1)", text)


def _as_job(task: etree._Element) -> None:
    script = task.find(f"{{{BPMN}}}script")
    word = (script.text or "").strip() if script is not None else ""
    if script is not None:
        task.remove(script)
    extensions = etree.Element(f"{{{BPMN}}}extensionElements")
    task.insert(0, extensions)
    etree.SubElement(extensions, f"{{{ZEEBE}}}taskDefinition", type=word)


def _as_process(task: etree._Element) -> None:
    """A global script task becomes a process of one script task."""
    name = task.get("id")
    root = task.getparent()
    assert root is not None and name is not None
    process = etree.SubElement(root, f"{{{BPMN}}}process", id=name, isExecutable="true")
    inner = etree.SubElement(process, f"{{{BPMN}}}scriptTask", id=f"{name}_task")
    inner.extend(task.findall(f"{{{BPMN}}}script"))
    root.remove(task)


def _name_behaviour_signals(root: etree._Element) -> None:
    """Multi-instance events name a shared definition: name its signal instead."""
    signals = {node.get("id"): node.get("signalRef") for node in root.iter(f"{{{BPMN}}}signalEventDefinition")}
    for node in root.iter(f"{{{BPMN}}}multiInstanceLoopCharacteristics"):
        for attribute in MULTI_EVENTS:
            if node.get(attribute) in signals:
                node.set(attribute, signals[node.get(attribute)] or "")


class _Run:
    """One case on an engine of its own."""

    def __init__(self, definitions: Any, name: str) -> None:
        self.definitions = definitions
        self.name = name
        self.clock = VirtualClock(1_767_225_600 * SECOND)
        self.engine = Engine(MemoryStore(), self.clock)
        self.log: list[str] = []
        self.scripts: list[tuple[int, ActivatedJob]] = []

    def case(self, case: Mapping[str, Any]) -> list[str]:
        try:
            self.engine.deploy(self.definitions)
        except DeploymentRefused:
            return ["ERROR"]
        variables = {"test": case["input"], "integerVariable": case["iv"]}
        if case["par"]:
            self.engine.create("ParallelProcess", variables)
        self.engine.create(self.name, variables)
        until = self.clock.now() + int(case["delay"] * SECOND)
        self.work()
        while (due := self.next_due()) is not None and due <= until:
            self.clock.advance_to(due)
            self.engine.tick()
            self.finish_scripts()
            self.work()
        words = [INCIDENT_WORDS[row.kind] for row in self.engine.incidents() if row.kind in INCIDENT_WORDS]
        marked = "MARKER_exists" in case["expect"]  # a mark is looked for only where one is expected
        return sorted(word for word in self.log + words if marked or word != "MARKER_exists")

    def next_due(self) -> int | None:
        times = [ends for ends, _ in self.scripts]
        due = self.engine.next_due()
        return min([*times, due] if due is not None else times, default=None)

    def work(self) -> None:
        """Do what waits, in order, until nothing does."""
        while True:
            waiting = self.engine.store.find(JobRow, {"state": "available"})
            if not waiting:
                return
            for job in self.engine.activate(waiting[0].job_type, "betsy", timeout_us=3600 * SECOND):
                self.do(job)

    def do(self, job: ActivatedJob) -> None:
        word = job.job_type
        outcome: dict[str, Any] = {}
        if word.startswith("CREATE_TIMESTAMP_LOG"):
            self.scripts.append((self.clock.now() + SCRIPT_TIME, job))
            return
        if word == "THROW_ERROR":
            self.engine.throw_error(job.key, self.definitions.errors[0].code)
            return
        if word.startswith("INCREMENT_INTEGER_VARIABLE"):
            outcome = {"integerVariable": job.variables["integerVariable"] + 1}
            word = "INCREMENT_correct" if word.endswith("_LOG") else ""
        elif word == "CREATE_MARKER_FILE":
            word = "MARKER_exists"
        elif word == "LOG_DATA":
            word = "DATA_correct" if job.variables.get("data") == "String" else ""
        if word and word != "CREATE_LOG_FILE":
            self.log.append(word)
        self.engine.complete(job.key, outcome)

    def finish_scripts(self) -> None:
        """Scripts that take time end; two that ran at the same time were parallel."""
        if len(self.scripts) > 1:
            self.log.append("EXECUTION_parallel")
        for ends, job in list(self.scripts):
            if ends <= self.clock.now():
                self.scripts.remove((ends, job))
                self.engine.complete(job.key)
