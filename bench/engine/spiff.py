"""SpiffWorkflow beside ours: five tasks a case, the whole workflow serialised after each step, 64 cases in flight.

Needs SpiffWorkflow (LGPL) in a virtual environment of its own, never in the project's:
``PYTHONPATH=<its site-packages> python -m bench.engine.spiff [cases]`` or run this file with that environment's Python.
Its five tasks are manual tasks, which a worker loop finishes, as our worker loop finishes service tasks. Its
serialised state is thrown away, ours goes to SQLite with ``synchronous=FULL``: the comparison favours SpiffWorkflow.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

TASKS = 5
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def model() -> str:
    """Start, five manual tasks, end, as BPMN XML."""
    names = ["start", *(f"task{n}" for n in range(TASKS)), "end"]
    tags = ["startEvent", *["manualTask"] * TASKS, "endEvent"]
    nodes = "".join(f'<{tag} id="{name}"/>' for tag, name in zip(tags, names, strict=True))
    flows = "".join(
        f'<sequenceFlow id="f{n}" sourceRef="{names[n]}" targetRef="{names[n + 1]}"/>' for n in range(TASKS + 1)
    )
    return f'<definitions xmlns="{BPMN}" id="d"><process id="five" isExecutable="true">{nodes}{flows}</process></definitions>'


def main(cases: int) -> None:
    """Run ``cases`` cases and print cases a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "five.bpmn"
        path.write_text(model(), encoding="utf-8")
        parser = BpmnParser()
        parser.add_bpmn_file(str(path))
        spec = parser.get_spec("five")
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(cases):
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        text = serializer.serialize_json(workflow)
        for _ in range(TASKS):
            workflow = serializer.deserialize_json(text)
            workflow.get_tasks(state=TaskState.READY, manual=True)[0].run()
            workflow.do_engine_steps()
            text = serializer.serialize_json(workflow)
        assert workflow.completed
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"SpiffWorkflow: {cases} cases: {cases / wall:,.1f} a second, {cases / cpu:,.1f} a CPU second")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
