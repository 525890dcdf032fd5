"""Prosimos beside ours on one process: the same BPMN file, the same JSON scenario, activities per CPU second."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure import cpu_seconds
from zaizao.bpmn import (
    Definitions,
    Event,
    EventPosition,
    Gateway,
    GatewayKind,
    Process,
    SequenceFlow,
    Task,
    layout,
    write,
)
from zaizao.simulation import read_prosimos, simulate

OFFICE = [{"from": "MONDAY", "to": "FRIDAY", "beginTime": "09:00:00", "endTime": "17:00:00"}]
START = 1_736_154_000_000_000
CASES = 2000
PATHS = ("s m1 Complete x1 Credit +1 Appraise +2 Assess x2 Design Approve m2 e", "+1 AML +2", "x1 Return m1",
         "x2 Cancel m2", "x2 Reject m2")  # fmt: skip
WEIGHTS = {"x1-Credit": 0.9, "x1-Return": 0.1, "x2-Design": 0.58, "x2-Cancel": 0.2, "x2-Reject": 0.22}


def model() -> Definitions:
    """A loan application with rework, two checks at once and three ways to end."""
    flows = {(a, b) for path in PATHS for a, b in pairwise(path.split())}
    nodes: list[Any] = []
    for word in sorted({word for flow in flows for word in flow}):
        if word in ("s", "e"):
            nodes.append(Event(id=word, position=EventPosition.START if word == "s" else EventPosition.END))
        elif word[-1].isdigit():
            nodes.append(Gateway(id=word, kind=GatewayKind.PARALLEL if word[0] == "+" else GatewayKind.EXCLUSIVE))
        else:
            nodes.append(Task(id=word, name=word))
    arrows = tuple(SequenceFlow(id=f"{a}-{b}", source=a, target=b) for a, b in sorted(flows))
    return layout(Definitions(processes=(Process(id="loan", nodes=tuple(nodes), flows=arrows),)))


def scenario(process: Process) -> dict[str, Any]:
    """Nineteen clerks, exponential work of 20 minutes, an application every half hour of the office day."""
    tasks = [node.id for node in process.nodes if isinstance(node, Task)]
    clerks = [f"clerk{number}" for number in range(19)]
    time = {"distribution_name": "expon", "distribution_params": [{"value": v} for v in (1200, 0, 1e6)]}
    person = {"cost_per_hour": 20, "amount": 1, "calendar": "office", "assignedTasks": tasks}
    gateways = {flow.split("-")[0] for flow in WEIGHTS}
    return {
        "resource_profiles": [
            {"id": "pool", "name": "pool", "resource_list": [{"id": c, "name": c, **person} for c in clerks]}
        ],
        "resource_calendars": [{"id": "office", "name": "office", "time_periods": OFFICE}],
        "task_resource_distribution": [
            {"task_id": task, "resources": [{"resource_id": clerk, **time} for clerk in clerks]} for task in tasks
        ],
        "arrival_time_distribution": {**time, "distribution_params": [{"value": v} for v in (1800, 0, 1e6)]},
        "arrival_time_calendar": OFFICE,
        "gateway_branching_probabilities": [
            {
                "gateway_id": gateway,
                "probabilities": [
                    {"path_id": flow, "value": share} for flow, share in WEIGHTS.items() if flow.startswith(gateway)
                ],
            }
            for gateway in sorted(gateways)
        ],
    }


def compare(python: str, folder: Path) -> None:
    """Print one row."""
    definitions = model()
    process = definitions.processes[0]
    paths = [str(folder / name) for name in ("loan.bpmn", "loan.json", "log.csv")]
    Path(paths[0]).write_bytes(write(definitions))
    Path(paths[1]).write_text(json.dumps(scenario(process)), encoding="utf-8")
    side = str(Path(__file__).parent / "prosimos_side.py")
    told = subprocess.run(
        [python, side, paths[0], paths[1], str(CASES), paths[2]], capture_output=True, text=True, check=True
    )
    rows = len(Path(paths[2]).read_text(encoding="utf-8").splitlines()) - 1
    theirs = rows / json.loads(told.stdout.strip().splitlines()[-1])["cpu"]
    run = read_prosimos(Path(paths[1]), process, start=START)
    log = simulate(process, run, cases=CASES * 10, seed=1)
    ours = log.events / cpu_seconds(lambda: simulate(process, run, cases=CASES * 10, seed=1))
    hours = (np.maximum.reduceat(log.end, log.offsets[:-1]) - np.minimum.reduceat(log.start, log.offsets[:-1])) / 3.6e9
    print(f"Prosimos {theirs:,.0f} activities per CPU second, ours {ours:,.0f}: {ours / theirs:.0f} x "
          f"(>= 100); our mean cycle time {hours.mean():.2f} h")  # fmt: skip
