"""One run of many cases through twelve activities on office hours: ``python -m bench.simulation.million 1000000``."""

from __future__ import annotations

import sys
from itertools import pairwise

from zaizao.bpmn import Event, EventPosition, Process, SequenceFlow, Task
from zaizao.calendars import office
from zaizao.simulation import Arrivals, Distribution, Family, Resource, Role, Scenario, Work, simulate

TASKS = [f"T{number}" for number in range(12)]


def build() -> tuple[Process, Scenario]:
    """Twelve tasks in a row, four roles of sixty people, sixty cases an hour, lognormal times."""
    words = ["s", *TASKS, "e"]
    ends = (Event(id="s", position=EventPosition.START), Event(id="e", position=EventPosition.END))
    flows = tuple(
        SequenceFlow(id=f"f{at}", source=source, target=target) for at, (source, target) in enumerate(pairwise(words))
    )
    process = Process(id="p", nodes=(*ends, *(Task(id=task, name=task) for task in TASKS)), flows=flows)
    roles = {
        name: Role(name, tuple(Resource(f"{name}.{person}", "office") for person in range(60)))
        for name in ("r0", "r1", "r2", "r3")
    }
    time = Distribution(Family.LOGNORMAL, (5.0, 0.6))
    work = {task: Work(time, role=f"r{at % 4}") for at, task in enumerate(TASKS)}
    arrivals = Arrivals((60.0,) * 168)
    return process, Scenario("twelve", 0, arrivals, work, roles=roles, calendars={"office": office()})


if __name__ == "__main__":
    process, scenario = build()
    log = simulate(process, scenario, cases=int(sys.argv[1]), seed=1)
    assert log.events == int(sys.argv[1]) * len(TASKS)
