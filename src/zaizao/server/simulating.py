"""``zaizao simulate``: a model under a scenario, replicated, with intervals; one run's log on request."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zaizao import bpmn, eventlog, measures, redesign, simulation
from zaizao.eventlog import EventLog
from zaizao.measures import DEFINITIONS, Kpi
from zaizao.problems import Text
from zaizao.server.terminal import Json, terminal

Model = Annotated[Path, typer.Argument(help="a BPMN file. 流程模型。", show_default=False)]
ScenarioFile = Annotated[Path, typer.Argument(help="a scenario as TOML. 仿真情景。", show_default=False)]
CaseCount = Annotated[int, typer.Option("--cases", min=1, help="cases in a run. 每次案例数。")]
Replications = Annotated[int, typer.Option("--replications", min=1, help="runs with seeds of their own. 重复次数。")]
Seed = Annotated[int, typer.Option("--seed", help="every random draw follows from it. 随机种子。")]
LogFile = Annotated[Path | None, typer.Option("--out", help="write the first run's log. 写出首次运行的日志。")]


def simulate(
    model: Model,
    scenario: ScenarioFile,
    cases: CaseCount = 1000,
    replications: Replications = 10,
    seed: Seed = 1,
    out: LogFile = None,
    json: Json = False,
) -> None:
    """Simulate a model under a scenario. 在情景下仿真流程模型。"""
    terminal.json = json
    process = bpmn.read(model).processes[0]
    runs = simulation.replicate(
        process, simulation.read_scenario(scenario), cases=cases, replications=replications, seed=seed
    )
    if out is not None:
        eventlog.write(runs[0], out)
    found = {kpi: figures for kpi in Kpi if (figures := _over(kpi, runs)) is not None}
    terminal.document(
        {
            "cases": cases,
            "replications": replications,
            "seed": seed,
            "measures": {
                kpi.value: {"value": mean, "low": mean - half, "high": mean + half, "unit": DEFINITIONS[kpi].unit.value}
                for kpi, (mean, half) in found.items()
            },
            "written": str(out) if out else None,
        }
    )
    if json:
        return
    table = Table.grid(padding=(0, 3))
    for kpi, (mean, half) in found.items():
        level, low, high = (_words(kpi, value) for value in (mean, mean - half, mean + half))
        table.add_row(
            terminal.say(DEFINITIONS[kpi].title), terminal.say(level), f"({terminal.say(low)} – {terminal.say(high)})"
        )
    terminal.out.print(table)
    terminal.line(
        Text(
            f"{replications} 次 × {cases:,} 案例，seed {seed}，95% 置信区间",
            f"{replications} runs of {cases:,} cases, seed {seed}, 95 % intervals",
        )
    )


def _over(kpi: Kpi, runs: tuple[EventLog, ...]) -> tuple[float, float] | None:
    """Mean over the runs and half the width of its 95 % interval; ``None`` where the logs do not allow the figure."""
    try:
        values = [float(measures.evaluate(kpi, log).value) for log in runs]
    except measures.MeasureError:
        return None
    if len(values) == 1:
        return values[0], 0.0
    spread = statistics.stdev(values) / len(values) ** 0.5
    return statistics.fmean(values), simulation.student_95(len(values) - 1) * spread


_SHOW: dict[measures.Unit, Callable[[float], Text]] = {
    measures.Unit.TIME: lambda microseconds: redesign.duration(microseconds / 1e6),
    measures.Unit.MONEY: redesign.money,
    measures.Unit.SHARE: redesign.share,
    measures.Unit.PER_DAY: lambda value: Text(f"{redesign.number(value)} /天", f"{redesign.number(value)} /d"),
}


def _words(kpi: Kpi, value: float) -> Text:
    return _SHOW[DEFINITIONS[kpi].unit](value)
