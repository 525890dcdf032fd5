"""``zaizao reengineer``: the whole loop on one log, from reading to proof, into one folder."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from zaizao import __version__, bpmn, dmn, eventlog, measures, redesign, scenarios, simulation
from zaizao.eventlog import EventLog
from zaizao.problems import Text
from zaizao.redesign import Initiative, Objective, Option, Progress as StepProgress, Settings, Stage, Step
from zaizao.server.logs import Activity, Case, Columns, End, Resource, Start, Zone, read_log
from zaizao.server.output import whole_folder
from zaizao.server.terminal import Json, terminal

Source = Annotated[
    str,
    typer.Argument(help="a log file, or the name of a bundled pack. 日志文件，或内置场景包名。", show_default=False),
]
Out = Annotated[Path, typer.Option("--out", help="folder to write. 输出文件夹。")]
Goals = Annotated[Path | None, typer.Option("--goals", help="goals as TOML. 目标文件。")]
Seed = Annotated[int, typer.Option("--seed", help="every random draw follows from it. 随机种子。")]
CACHE = ".zaizao-cache"
DEFAULTS = Settings()
NO_DECISIONS = dmn.Definitions(
    namespace="http://zaizao.dev/decisions",
    name="decisions",
    description="所选方案没有决策表。The chosen option has no decision tables.",
)
"""Written where the chosen option needs none, so that the folder always holds the same files."""


def reengineer(
    source: Source,
    out: Out = Path("initiative"),
    goals: Goals = None,
    seed: Seed = DEFAULTS.seed,
    case: Case = None,
    activity: Activity = None,
    start: Start = None,
    end: End = None,
    resource: Resource = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Re-engineer the process behind a log: map, value, simulate, redesign, build, rehearse, prove. 再造流程。"""
    terminal.json = json
    settings = replace(DEFAULTS, seed=seed)
    if goals is not None:
        settings = replace(settings, goals=measures.read_goals(goals))
    with whole_folder(out) as draft, _shown() as show:
        show(StepProgress(Step.READ, 0, 0, Text.both(source)))
        log, title, digest = _log(source, out, Columns(case, activity, start, end, resource, zone))
        initiative = redesign.run(
            log, settings=settings, source=Path(source).name, digest=digest, versions=versions(), listen=show
        )
        write_initiative(initiative, draft, title)
    terminal.document(_document(initiative, out))
    if not json:
        _tell(initiative, out)


def versions() -> dict[str, str]:
    """What computed the figures."""
    names = ("lxml", "numba", "numpy", "polars")
    others = {name: metadata.version(name) for name in names}
    return {"zaizao": __version__, "python": platform.python_version(), **others}


def _log(source: str, out: Path, columns: Columns) -> tuple[EventLog, Text, str]:
    """The log behind ``source``, what to call the process, and the SHA-256 of what it was read or made from."""
    path = Path(source)
    if path.is_dir() or (not path.exists() and path.name == source and "." not in source):
        folder = path if path.is_dir() else scenarios.bundled(source)
        pack = scenarios.load(folder)
        contents = b"".join(file.read_bytes() for file in sorted(folder.glob("*.*")))
        return scenarios.generate(pack), pack.title, hashlib.sha256(contents).hexdigest()
    log = read_log(path, columns, cache=out.parent / CACHE / f"{path.name}.parquet")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return log, Text.both(path.name.split(".")[0]), digest


@contextmanager
def _shown() -> Iterator[Callable[[StepProgress], None]]:
    """Progress bars on standard error, one a step; silent with ``--json``."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        TextColumn("{task.fields[note]}", style="dim"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=terminal.err, disable=terminal.json or not terminal.err.is_terminal) as bars:
        tasks: dict[Step, object] = {}

        def show(progress: StepProgress) -> None:
            for step, task in tasks.items():
                if step is not progress.step:
                    bars.update(task, total=1, completed=1)  # type: ignore[arg-type]
            if progress.step not in tasks:
                tasks[progress.step] = bars.add_task(terminal.say(progress.step.words), total=None, note="")
            task = tasks[progress.step]
            bars.update(
                task,  # type: ignore[arg-type]
                total=progress.total or None,
                completed=progress.done,
                note=terminal.say(progress.note),
            )

        yield show


def write_initiative(initiative: Initiative, folder: Path, title: Text) -> None:
    """Write every file of an initiative into ``folder``; the same initiative gives the same bytes."""
    (folder / "as_is.bpmn").write_bytes(bpmn.write(initiative.as_is.model))
    (folder / "to_be.bpmn").write_bytes(bpmn.write(initiative.built.definitions))
    (folder / "decisions.dmn").write_bytes(dmn.write(initiative.built.decisions or NO_DECISIONS))
    simulation.write_scenario(initiative.calibration.scenario, folder / "scenario.toml")
    (folder / "options.csv").write_text(redesign.options_csv(initiative.options), encoding="utf-8", newline="")
    (folder / "initiative.toml").write_text(redesign.initiative_toml(initiative), encoding="utf-8", newline="")
    eventlog.write(initiative.rehearsal.log, folder / "journal.xes.gz")
    page = redesign.render_report(initiative, title=title, language=terminal.language)
    (folder / "report.html").write_text(page, encoding="utf-8", newline="")


def _rows(initiative: Initiative) -> list[Option]:
    return [initiative.options.as_is, *(option for option in initiative.options.front if option.proposals)]


def _document(initiative: Initiative, out: Path) -> dict[str, object]:
    return {
        "report": str(out / "report.html"),
        "seed": initiative.settings.seed,
        "chosen": initiative.options.chosen.key,
        "options": [
            {
                "key": option.key,
                "name": {"zh": option.name.zh, "en": option.name.en},
                "moves": [proposal.key for proposal in option.proposals],
                "figures": {
                    figure.key: {
                        "value": figure.value,
                        "low": figure.low,
                        "high": figure.high,
                        "unit": figure.unit.value,
                    }
                    for figure in option.figures.values()
                },
            }
            for option in _rows(initiative)
        ],
        "goals": [
            {"goal": result.goal.en, "stage": result.stage.value, "outcome": result.outcome.value}
            for result in initiative.proof.results
        ],
    }


def _tell(initiative: Initiative, out: Path) -> None:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("", no_wrap=True)
    for words in _SHORT.values():
        table.add_column(terminal.say(words), justify="right", no_wrap=True)
    table.add_column(terminal.say(Text("时长变化", "change")), justify="right", no_wrap=True)
    for option in _rows(initiative):
        chosen = option.key == initiative.options.chosen.key and bool(option.proposals)
        name = redesign.label(option)
        marked = Text(f"▶ {name.zh}", f"▶ {name.en}") if chosen else Text(f"  {name.zh}", f"  {name.en}")
        cells = [marked, *(redesign.compact(option.figures[objective]) for objective in _SHORT)]
        better = option.gains.get(Objective.MEDIAN) if option.proposals else None
        cells.append(Text.both("") if better is None else redesign.gain(better))
        table.add_row(*map(terminal.say, cells), style="bold" if chosen else "")
    terminal.out.print(table)
    chosen_option, rehearsal = initiative.options.chosen, initiative.rehearsal
    terminal.line(
        Text(
            f"选定：{len(chosen_option.proposals)} 项改造动作；引擎彩排 {rehearsal.cases} 案，办结 {rehearsal.finished} 案。",
            f"Chosen: {len(chosen_option.proposals)} moves; rehearsed on the engine: {rehearsal.finished} of "
            f"{rehearsal.cases} cases finished.",
        )
    )
    for result in initiative.proof.results:
        if result.stage is Stage.REHEARSED:
            reached, outcome = redesign.level(result.reached), _OUTCOMES[result.outcome]
            terminal.line(
                Text(
                    f"目标 {result.goal.zh}：彩排 {reached.zh}，{outcome.zh}",
                    f"Goal {result.goal.en}: {reached.en} in rehearsal, {outcome.en}",
                )
            )
    terminal.line(Text(f"报告：{out / 'report.html'}", f"Report: {out / 'report.html'}"))


_SHORT = {
    Objective.MEDIAN: Text("中位时长", "median"),
    Objective.P90: Text("九成位", "90th pct"),
    Objective.COST: Text("每案成本", "cost/case"),
    Objective.MANUAL: Text("人工占比", "manual"),
}
_OUTCOMES = {
    measures.Outcome.MET: Text("达到", "met"),
    measures.Outcome.OPEN: Text("未定", "open"),
    measures.Outcome.MISSED: Text("未达", "missed"),
}
