"""Core alone: five-service-task cases a second, stepped in memory on one core, without journal or store.

Run: ``PYTHONPATH=src python -m bench.engine.core [cases]``. Prints CPU seconds, so other processes do not count.
"""

from __future__ import annotations

import sys
import time
from itertools import pairwise

from zaizao.bpmn import Definitions, Event, EventPosition, Job, Process, SequenceFlow, Task, TaskKind
from zaizao.engine.answering import step
from zaizao.engine.commands import CompleteJob, Start
from zaizao.engine.executable import compile_process
from zaizao.engine.state import Case
from zaizao.engine.step import Surroundings

TASKS = 5


def five_tasks() -> Definitions:
    """Start, five service tasks, end."""
    nodes = [
        Event(id="start", position=EventPosition.START),
        *(Task(id=f"task{n}", kind=TaskKind.SERVICE, job=Job('"work"')) for n in range(TASKS)),
        Event(id="end", position=EventPosition.END),
    ]
    flows = [SequenceFlow(id=f"f{n}", source=a.id, target=b.id) for n, (a, b) in enumerate(pairwise(nodes))]
    return Definitions(processes=(Process(id="five", nodes=tuple(nodes), flows=tuple(flows)),))


def main(cases: int) -> None:
    """Step ``cases`` cases from start to end."""
    definitions = five_tasks()
    process = compile_process(definitions, definitions.processes[0], 1)
    around = Surroundings(0)
    begin = time.process_time()
    records = 0
    for number in range(cases):
        case = Case(number << 24, 1)
        records += len(step(process, case, Start({}), around))
        while not case.ended:
            (job,) = [element.id for element in case.elements.values() if element.job is not None]
            records += len(step(process, case, CompleteJob(job, {}), around))
    spent = time.process_time() - begin
    print(f"{cases} cases, {records / cases:.0f} records each: {cases / spent:,.0f} cases per CPU second")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
