"""A pack's rehearsal: as is and to be on the real engine, both journals measured, goals and expectations judged.

Rule kept: pack, cases and seed determine everything in a ``Result`` but ``real``, which holds what real parts (robots,
recognition, stand-ins) really took. A goal is judged on the figure of all rehearsed cases: it is a count, no sample.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from zaizao.bpmn import Task
from zaizao.eventlog import EventLog
from zaizao.measures import Better, Kpi, Unit
from zaizao.problems import Problem, Text
from zaizao.redesign import Rehearsal, build, plan_of, rehearse as rehearse_as_is
from zaizao.robots import Happening, Run
from zaizao.scenarios.contents import Contents, line_of
from zaizao.scenarios.errors import PackError
from zaizao.scenarios.measuring import CaseEnd, Figure, house_figure, value_of
from zaizao.scenarios.pack import Pack, Target
from zaizao.scenarios.serving import Faults, Stand, served
from zaizao.scenarios.stage import Given, Performance, ToBeStage
from zaizao.simulation import Book, Sheet, SimulationError, mean, open_book

_HOUSE = (Kpi.CYCLE_TIME_MEDIAN, Kpi.CYCLE_TIME_P90, Kpi.COST_MEAN, Kpi.MANUAL_SHARE, Kpi.STRAIGHT_THROUGH)
Measured = tuple[float, int] | None
"""A figure and on how many cases it rests."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure in both stages."""

    figure: Figure
    before: Measured
    after: Measured


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal: the level wanted, what was reached, and whether that is enough (``None``: nothing to judge)."""

    target: Target
    figure: Figure
    wanted: float
    reached: Measured
    met: bool | None


@dataclass(frozen=True, slots=True)
class Expectation:
    """A range from ``expected/result.toml`` and whether the figure lies in it."""

    figure: Figure
    low: float
    high: float
    holds: bool


@dataclass(frozen=True, slots=True)
class TraceLine:
    """The activities of one case in the order of their ends, as ``expected/result.toml`` has them and as they were."""

    case: int
    wanted: tuple[str, ...]
    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """``expected/result.toml``: ranges by figure, in its unit; activities by case number."""

    ranges: Mapping[str, tuple[float, float]]
    traces: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class QueueLine:
    """What a robot's queue did: items, attempts, how many were refused, failed attempts."""

    queue: str
    items: int
    attempts: int
    refused: int
    failures: int


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a rehearsal shows. ``logs`` are both journals; ``real`` are the seconds that real parts took, by job type."""

    pack: Pack
    cases: int
    seed: int
    lines: tuple[Line, ...]
    goals: tuple[GoalLine, ...]
    expected: tuple[Expectation, ...]
    traces: tuple[TraceLine, ...]
    queues: tuple[QueueLine, ...]
    struck: Mapping[str, int]
    declared: Mapping[str, float]
    real: Mapping[str, tuple[float, ...]]
    incidents: tuple[Problem, ...]
    as_is: EventLog
    to_be: EventLog | None
    ends: tuple[CaseEnd, ...]

    @property
    def holds(self) -> bool:
        """Whether every goal is met and every expectation holds."""
        as_expected = all(line.holds for line in self.expected) and all(one.seen == one.wanted for one in self.traces)
        return as_expected and all(line.met is not False for line in self.goals)


def rehearse(
    pack: Pack,
    contents: Contents,
    *,
    cases: int | None = None,
    seed: int | None = None,
    stopwatch: Callable[[], float] = perf_counter,
    watch: Callable[[int, int], None] | None = None,
) -> Result:
    """Rehearse ``cases`` cases (the pack's small number where not given). ``watch(ended, cases)`` follows the as-is."""
    wanted, luck = cases or pack.small or pack.cases, pack.seed if seed is None else seed
    plan = plan_of(pack.process, pack.scenario)
    before = rehearse_as_is(build(plan), plan, cases=wanted, seed=luck, watch=watch)
    faults, after = Faults(pack.faults, luck), None
    if pack.to_be is not None:
        with tempfile.TemporaryDirectory(prefix="zaizao-pack-") as place:
            after = _after(pack, contents, before, luck, Path(place), faults, stopwatch)
    ends = after.ends if after is not None else ()
    expected = read_expected(pack)[0]
    known = [house_figure(kpi) for kpi in _HOUSE] + list(pack.measures)
    lines = [
        Line(one, value_of(one, before.log, ()), value_of(one, after.log, ends) if after is not None else None)
        for one in known
    ]
    return Result(
        pack=pack,
        cases=wanted,
        seed=luck,
        lines=tuple(lines),
        goals=tuple(_goal(target, lines, before.log, after) for target in pack.targets),
        expected=tuple(_expectations(expected, lines)) if after is not None else (),
        traces=tuple(_traces(expected, after.log)) if after is not None and luck == pack.seed else (),
        queues=tuple(_queues(after.runs)) if after is not None else (),
        struck=dict(sorted(faults.struck.items())),
        declared=_declared(pack),
        real=after.real if after is not None else {},
        incidents=(*before.incidents, *(after.incidents if after is not None else ())),
        as_is=before.log,
        to_be=after.log if after is not None else None,
        ends=ends,
    )


def _after(
    pack: Pack,
    contents: Contents,
    before: Rehearsal,
    seed: int,
    place: Path,
    faults: Faults,
    stopwatch: Callable[[], float],
) -> Performance:
    assert pack.to_be is not None, "asked only where there is one"
    rows = {int(row["business_id"]): row for row in before.log.case_table.to_dicts()}
    names = [attribute.name for attribute in pack.scenario.attributes]
    ordered = [rows[number] for number in sorted(rows)]
    attributes = [{name: row[name] for name in names} for row in ordered]
    given = given_cases(pack, contents, attributes, seed, place / "cases")
    with served(contents.sandbox, Stand(place / "cases", faults)) as addresses:
        stage = ToBeStage(
            pack.to_be,
            contents,
            given,
            attributes,
            [int(row["created"]) for row in ordered],
            seed=seed,
            folder=place,
            addresses=addresses,
            stopwatch=stopwatch,
        )
        return stage.play()


def given_cases(
    pack: Pack, contents: Contents, attributes: Sequence[Mapping[str, Any]], seed: int, folder: Path
) -> list[Given]:
    """What the pack's generator makes of the cases' attributes: files in ``folder/00001`` and so on, and the answers."""
    folder.mkdir(parents=True, exist_ok=True)
    if contents.generate is None:
        return [Given(dict(one)) for one in attributes]
    try:
        made = contents.generate([dict(one) for one in attributes], np.random.default_rng(seed), folder)
        given = [Given(**one) for one in made]
        if len(given) != len(attributes):
            raise ValueError(f"{len(given)} cases were made, {len(attributes)} asked for")
    except Exception as fault:  # a pack's code may fail in any way, and each is the pack's problem
        what = Text(f"案例没有生成：{fault}", f"the cases were not made: {fault}")
        where = f"{pack.folder / 'cases' / 'generate.py'}: line {line_of(fault, pack.folder / 'cases' / 'generate.py')}"
        remedy = Text("改正代码；每案一条", "correct the code; it makes one for each")
        raise PackError(Problem(where, what, remedy, "pack.generate")) from fault
    return given


def _goal(target: Target, lines: Sequence[Line], before: EventLog, after: Performance | None) -> GoalLine:
    line = next((one for one in lines if one.figure.name == target.measure), None)
    if line is None:
        figure = house_figure(Kpi(target.measure))
        reached = value_of(figure, after.log, after.ends) if after is not None else None
        line = Line(figure, value_of(figure, before, ()), reached)
    figure = line.figure
    if target.change is not None:
        wanted = line.before[0] * (1 + target.change) if line.before is not None else float("nan")
    else:
        wanted = level(target.to, figure.unit) or 0.0
    met = None
    if line.after is not None and wanted == wanted:
        met = line.after[0] <= wanted if figure.better is Better.LOWER else line.after[0] >= wanted
    return GoalLine(target, figure, wanted, line.after, met)


def level(text: str, unit: Unit) -> float | None:
    """A level as people write it (``2min``, ``0.05``, ``5%``; yuan), in the figure's unit; ``None`` where it is none."""
    if unit is Unit.TIME:
        book = Book("", {})
        seconds = Sheet({"to": text}, (), book).duration("to")
        return None if book.problems else seconds * 1e6
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        return None
    return number / 100 if text.endswith("%") else number * 100 if unit is Unit.MONEY else number


def read_expected(pack: Pack) -> tuple[Expected, list[Problem]]:
    """What ``expected/result.toml`` says, and what is wrong with it."""
    path = pack.folder / "expected" / "result.toml"
    if not path.is_file():
        return Expected({}, {}), []
    try:
        top = open_book(path)
    except SimulationError as error:
        return Expected({}, {}), list(error.problems)
    known, ranges, traces = figures_of(pack), {}, {}
    for name, sheet in top.named("figures").items():
        low, high = sheet.duration("low"), sheet.duration("high")
        sheet.close()
        if _is_known(sheet, name, known):
            scale = {Unit.TIME: 1e6, Unit.MONEY: 100.0}.get(known[name].unit, 1.0)
            ranges[name] = (low * scale, high * scale)
    activities = [node.name for node in pack.to_be.process.walk()] if pack.to_be is not None else []
    for row in top.rows("trace"):
        case, names = row.whole("case"), tuple(row.items("activities"))
        row.close()
        if not [name for name in names if not _is_known(row, name, activities)]:
            traces[case] = names
    top.close()
    return Expected(ranges, traces), top.book.problems


def _is_known(sheet: Sheet, name: str, known: Collection[str]) -> bool:
    if name not in known:
        listed = ", ".join(one for one in known if one)
        what = Text(f"没有“{name}”", f"there is no “{name}”")
        sheet.book.add(sheet.path, what, Text(f"可用：{listed}", f"there are: {listed}"), "pack.unknown-measure")
    return name in known


def figures_of(pack: Pack) -> dict[str, Figure]:
    """Every figure that goals and expectations of a pack may name."""
    return {kpi.value: house_figure(kpi) for kpi in Kpi} | {one.name: one for one in pack.measures}


def _expectations(expected: Expected, lines: Sequence[Line]) -> list[Expectation]:
    found = []
    for line in lines:
        if line.figure.name in expected.ranges:
            low, high = expected.ranges[line.figure.name]
            inside = line.after is not None and low - 1e-9 <= line.after[0] <= high + 1e-9
            found.append(Expectation(line.figure, low, high, inside))
    return found


def _traces(expected: Expected, log: EventLog) -> list[TraceLine]:
    """Cases that were not rehearsed are left out."""
    numbers = {int(name): place for place, name in enumerate(log.case_table["business_id"].to_list())}
    found = []
    for case, wanted in sorted(expected.traces.items()):
        if case in numbers:
            first, last = log.offsets[numbers[case]], log.offsets[numbers[case] + 1]
            seen = tuple(log.activity_names[one] for one in log.activity[first:last].tolist())
            found.append(TraceLine(case, wanted, seen))
    return found


def _queues(runs: Sequence[Run]) -> list[QueueLine]:
    found = []
    for queue in sorted({run.queue for run in runs}):
        mine = [run for run in runs if run.queue == queue]
        outcomes = Counter(run.outcome for run in mine)
        refused = outcomes[Happening.BUSINESS_EXCEPTION]
        failures = len(mine) - refused - outcomes[Happening.FINISHED]
        found.append(QueueLine(queue, len({run.item for run in mine}), len(mine), refused, failures))
    return found


def _declared(pack: Pack) -> dict[str, float]:
    """Seconds that the scenario gives each job type on the virtual clock."""
    if pack.to_be is None:
        return {}
    found = {}
    for node in pack.to_be.process.walk():
        work = pack.to_be.scenario.work.get(node.id)
        if isinstance(node, Task) and node.job is not None and work is not None:
            found[node.job.type.strip('="')] = mean(work.duration)
    return found
