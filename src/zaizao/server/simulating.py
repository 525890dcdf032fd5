"""``zaizao simulate``: run a model under a scenario, compare several, ask what matters, import, judge faithfulness."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from typer.core import TyperGroup

from zaizao import bpmn, eventlog, measures, mining, redesign, simulation
from zaizao.eventlog import EventLog
from zaizao.measures import DEFINITIONS, Kpi
from zaizao.problems import Problem, Text
from zaizao.server.logs import Activity, Case, Columns, End, Resource, Start, Zone, read_log
from zaizao.server.terminal import Json, terminal

Model = Annotated[Path, typer.Argument(help="a BPMN file. 流程模型。", show_default=False)]
ScenarioFile = Annotated[Path, typer.Argument(help="a scenario as TOML. 仿真情景。", show_default=False)]
CaseCount = Annotated[int, typer.Option("--cases", min=1, help="cases in a run. 每次案例数。")]
Replications = Annotated[int, typer.Option("--replications", min=1, help="runs with seeds of their own. 重复次数。")]
Seed = Annotated[int, typer.Option("--seed", help="every random draw follows from it. 随机种子。")]
LogFile = Annotated[Path | None, typer.Option("--out", help="write the first run's log. 写出首次运行的日志。")]
Jobs = Annotated[int, typer.Option("--jobs", help="runs at once; -1 all processors (joblib). 并行数。")]
BackendName = Annotated[str, typer.Option("--backend", help="joblib back end: loky, threading, … 并行后端。")]
Measure = Annotated[Kpi, typer.Option("--measure", help="the figure to watch. 关注的指标。")]


class _RunUnlessNamed(TyperGroup):
    """``zaizao simulate MODEL SCENARIO`` is short for ``zaizao simulate run MODEL SCENARIO``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``run`` before what names no command."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args.insert(0, "run")
        return list(super().parse_args(ctx, args))


simulate_app = typer.Typer(
    cls=_RunUnlessNamed, no_args_is_help=True, help="Simulate a model under a scenario. 在情景下仿真流程模型。"
)


def _backend(jobs: int, name: str) -> simulation.Backend | None:
    return None if jobs == 1 else simulation.Backend(name, jobs)


@simulate_app.command()
def run(
    model: Model,
    scenario: ScenarioFile,
    cases: CaseCount = 1000,
    replications: Replications = 10,
    seed: Seed = 1,
    out: LogFile = None,
    jobs: Jobs = 1,
    backend: BackendName = "loky",
    json: Json = False,
) -> None:
    """Simulate a model under a scenario. 在情景下仿真流程模型。"""
    terminal.json = json
    process = bpmn.read(model).processes[0]
    runs = simulation.replicate(
        process,
        simulation.read_scenario(scenario),
        cases=cases,
        replications=replications,
        seed=seed,
        backend=_backend(jobs, backend),
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
    _basis(replications, cases, seed)


@simulate_app.command()
def compare(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="MODEL SCENARIO pairs; the first is the reference. 模型与情景，成对给出。", show_default=False
        ),
    ],
    cases: CaseCount = 1000,
    replications: Replications = 10,
    seed: Seed = 1,
    jobs: Jobs = 1,
    backend: BackendName = "loky",
    json: Json = False,
) -> None:
    """Compare models and scenarios with the same cases and luck. 同一批案例下比较多个方案。"""
    terminal.json = json
    if len(files) < 4 or len(files) % 2:
        what = Text("需要至少两对 模型 情景", "at least two pairs of MODEL SCENARIO are needed")
        remedy = Text("例如 a.bpmn a.toml b.bpmn b.toml", "for example a.bpmn a.toml b.bpmn b.toml")
        raise simulation.SimulationError(Problem("compare", what, remedy, "simulation.pairs"))
    ways = [
        (bpmn.read(model).processes[0], simulation.read_scenario(scenario))
        for model, scenario in zip(files[::2], files[1::2], strict=True)
    ]
    found = simulation.compare_all(
        ways, _figures(), cases=cases, replications=replications, seed=seed, backend=_backend(jobs, backend)
    )
    names = [f"{model.name} · {scenario.name}" for model, scenario in zip(files[::2], files[1::2], strict=True)]
    terminal.document(
        {
            "reference": names[0],
            "cases": cases,
            "replications": replications,
            "seed": seed,
            "differences": {
                name: {kpi: asdict(one) for kpi, one in differences.items()}
                for name, differences in zip(names[1:], found, strict=True)
            },
        }
    )
    if json:
        return
    for name, differences in zip(names[1:], found, strict=True):
        terminal.line(Text(f"{name} 相对 {names[0]}", f"{name} against {names[0]}"))
        table = Table.grid(padding=(0, 3))
        for kpi in Kpi:
            one = differences[kpi.value]
            before, after, low, high = (_words(kpi, value) for value in (one.one, one.other, one.low, one.high))
            table.add_row(
                terminal.say(DEFINITIONS[kpi].title),
                f"{terminal.say(before)} → {terminal.say(after)}",
                f"({terminal.say(low)} – {terminal.say(high)})",
            )
        terminal.out.print(table)
    _basis(replications, cases, seed)


@simulate_app.command()
def sensitivity(
    model: Model,
    scenario: ScenarioFile,
    measure: Measure = Kpi.CYCLE_TIME_MEAN,
    change: Annotated[
        float, typer.Option("--change", min=0.01, max=0.9, help="share down and up. 上下浮动比例。")
    ] = 0.2,
    top: Annotated[int, typer.Option("--top", min=1, help="how many to show. 显示几项。")] = 12,
    cases: CaseCount = 1000,
    replications: Replications = 5,
    seed: Seed = 1,
    jobs: Jobs = 1,
    backend: BackendName = "loky",
    json: Json = False,
) -> None:
    """Which assumptions move a figure. 哪些假设左右结果。"""
    terminal.json = json
    swings = simulation.sensitivity(
        bpmn.read(model).processes[0],
        simulation.read_scenario(scenario),
        _figures()[measure.value],
        change=change,
        cases=cases,
        replications=replications,
        seed=seed,
        backend=_backend(jobs, backend),
    )
    terminal.document(
        {
            "measure": measure.value,
            "change": change,
            "swings": [
                {
                    "key": one.key,
                    "name": {"zh": one.words.zh, "en": one.words.en},
                    "told": one.told,
                    "down": None if one.low is None else asdict(one.low),
                    "up": None if one.high is None else asdict(one.high),
                }
                for one in swings
            ],
        }
    )
    if json:
        return
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for words in (
        Text("输入", "input"),
        Text(f"−{change:.0%}", f"−{change:.0%}"),
        Text(f"+{change:.0%}", f"+{change:.0%}"),
    ):
        table.add_column(terminal.say(words))
    for one in swings[:top]:
        ends = (_moved(measure, one.low), _moved(measure, one.high))
        table.add_row(terminal.say(one.words), *ends, style="" if one.told else "dim")
    terminal.out.print(table)
    _basis(replications, cases, seed)


@simulate_app.command()
def evaluate(
    log: Annotated[Path | None, typer.Option("--log", help="a log to split by the protocol. 待切分的日志。")] = None,
    train: Annotated[Path | None, typer.Option("--train", help="training log. 训练日志。")] = None,
    test: Annotated[Path | None, typer.Option("--test", help="test log. 检验日志。")] = None,
    holds: Annotated[
        simulation.Holds, typer.Option("--holds", help="the cases that ended, or began, in its time. 日志收录口径。")
    ] = simulation.Holds.ENDED,
    runs: Annotated[int, typer.Option("--runs", min=1, help="simulated runs. 仿真次数。")] = 10,
    seed: Seed = 1,
    case: Case = None,
    activity: Activity = None,
    start: Start = None,
    end: End = None,
    resource: Resource = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """How faithful the simulation is, beside replay and the noise floor. 仿真有多像：对照重放与噪声下限。"""
    terminal.json = json
    columns = Columns(case, activity, start, end, resource, zone)
    if (train is None) != (test is None) or (log is None) == (train is None):
        what = Text("给出 --log，或同时给出 --train 与 --test", "give --log, or both --train and --test")
        raise simulation.SimulationError(Problem("evaluate", what, what, "simulation.evaluate"))
    if log is not None:
        early, late = simulation.split(_executed(log, columns))
    else:
        assert train is not None and test is not None
        early, late = _executed(train, columns), _executed(test, columns)
    found = simulation.evaluate(early, late, models_of(early), runs=runs, seed=seed, holds=holds)
    rows = {"simulation": found.simulated, "replay": found.replay, "floor": found.floor}
    terminal.document(
        {
            "train_cases": found.train_cases,
            "test_cases": found.test_cases,
            "runs": runs,
            "seed": seed,
            "holds": holds.value,
            "distances": {name: asdict(one) for name, one in rows.items()},
            "each_run": [asdict(one) for one in found.runs],
            "variant": asdict(found.variant),
            "model": MODELS[found.variant.model][0].value,
            "trials": [
                {"variant": asdict(trial.variant), "distances": asdict(trial.distances)} for trial in found.trials
            ],
        }
    )
    if json:
        return
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    table.add_column("")
    for name in asdict(found.simulated):
        table.add_column(name.replace("_", " "), justify="right")
    for name, one in rows.items():
        table.add_row(terminal.say(_ROWS[name]), *(f"{value:.3f}" for value in asdict(one).values()))
    terminal.out.print(table)
    detail = ", ".join(f"{key}={value}" for key, value in asdict(found.variant.detail).items() if value)
    terminal.line(
        Text(
            f"训练 {found.train_cases} 案、检验 {found.test_cases} 案，{runs} 次平均；距离越小越像，除 ngram 外单位为小时",
            f"{found.train_cases} cases to train, {found.test_cases} to test, mean of {runs} runs; smaller is nearer, hours "
            "but for ngram",
        )
    )
    terminal.line(
        Text(
            f"在训练部分的后段上从 {len(found.trials)} 种做法中选出：{MODELS[found.variant.model][0]}；{detail}",
            f"chosen among {len(found.trials)} ways on a later slice of the training part: "
            f"{MODELS[found.variant.model][0]}; {detail}",
        )
    )


@simulate_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Prosimos JSON, or BPMN with BIMP's extension. 待导入文件。")],
    model: Annotated[
        Path | None, typer.Option("--model", help="the BPMN file, where it is another. 流程模型。")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="the scenario to write. 输出的情景。")] = Path("scenario.toml"),
    zone: Annotated[str, typer.Option("--zone", help="time zone of its calendars. 时区。")] = "UTC",
    start: Annotated[int, typer.Option("--start", help="first arrival, seconds since 1970 (Prosimos). 起点。")] = 0,
    json: Json = False,
) -> None:
    """Import a Prosimos or BIMP scenario. 导入 Prosimos 或 BIMP 情景。"""
    terminal.json = json
    process = bpmn.read(model or file).processes[0]
    if file.suffix == ".json":
        scenario = simulation.read_prosimos(file, process, start=start * 1_000_000, zone=zone)
    else:
        scenario = simulation.read_bimp(file, process, zone=zone)
    simulation.write_scenario(scenario, out)
    terminal.document({"written": str(out), "activities": len(scenario.work), "notes": dict(scenario.notes)})
    terminal.line(
        Text(f"已写入 {out}：{len(scenario.work)} 个活动", f"written to {out}: {len(scenario.work)} activities")
    )


MODELS = ((mining.Method.HEURISTIC, 0.05), (mining.Method.DIRECTLY_FOLLOWS, 0.0))
"""Ways of discovery that ``evaluate`` tries, and their noise."""
_ROWS = {
    "simulation": Text("仿真", "simulation"),
    "replay": Text("重放训练日志的随机窗口", "replay of a training window"),
    "floor": Text("检验日志一半对另一半", "half of the test against half"),
}


def models_of(train: EventLog) -> list[bpmn.Process]:
    """The models that ``evaluate`` tries, discovered on the training part."""
    follows = mining.directly_follows(train)
    return [
        redesign.remembering(mining.discover(train, method=method, noise=noise), follows).processes[0]
        for method, noise in MODELS
    ]


def _executed(path: Path, columns: Columns) -> EventLog:
    return mining.performers(eventlog.activities(read_log(path, columns))).log


def _basis(replications: int, cases: int, seed: int) -> None:
    terminal.line(
        Text(
            f"{replications} 次 × {cases:,} 案例，seed {seed}，95% 置信区间",
            f"{replications} runs of {cases:,} cases, seed {seed}, 95 % intervals",
        )
    )


def _figures() -> dict[str, Callable[[EventLog], float]]:
    """Every measure as a number of a log; what a log does not allow counts as 0."""

    def figure(kpi: Kpi) -> Callable[[EventLog], float]:
        def value(log: EventLog) -> float:
            try:
                return float(measures.evaluate(kpi, log).value)
            except measures.MeasureError:
                return 0.0

        return value

    return {kpi.value: figure(kpi) for kpi in Kpi}


def _moved(kpi: Kpi, difference: Any) -> str:
    """How far a figure moved, with its interval; a dash where the queues would grow without end."""
    if difference is None:
        return "–"
    value, low, high = (
        terminal.say(_words(kpi, one)) for one in (difference.difference, difference.low, difference.high)
    )
    return f"{value} ({low} – {high})"


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
    shown = _SHOW[DEFINITIONS[kpi].unit](abs(value))
    return shown if value >= 0 else Text(f"−{shown.zh}", f"−{shown.en}")
