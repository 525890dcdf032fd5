"""Simulation: calibrate a scenario from a log, run it in a compiled kernel, compare scenarios with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from zaizao.simulation.bimp import read_bimp
from zaizao.simulation.calibration.detail import FULL, PLAIN, Detail
from zaizao.simulation.distances import Distances, distances, mean_distances
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.files import read_scenario, scenario_text, write_scenario
from zaizao.simulation.intervals import student_95
from zaizao.simulation.prosimos import read_prosimos
from zaizao.simulation.scaling import mean, scaled
from zaizao.simulation.scenario import (
    After,
    Arrivals,
    Batch,
    Branching,
    CaseAttribute,
    Condition,
    Distribution,
    Family,
    Origin,
    Resource,
    Role,
    Scenario,
    Work,
)
from zaizao.simulation.settings import Backend, Holds
from zaizao.simulation.sheets import Book, Sheet, open_book
from zaizao.simulation.written import take_calendar, take_condition, take_distribution

if TYPE_CHECKING:
    from zaizao.bpmn import Process
    from zaizao.eventlog import EventLog
    from zaizao.simulation.comparison import Difference
    from zaizao.simulation.evaluation import Evaluation, Fit, Trial
    from zaizao.simulation.sensitivity import Swing


def simulate(process: Process, scenario: Scenario, *, cases: int, seed: int, visits: int = 1000) -> EventLog:
    """Simulate ``cases`` new cases of ``process`` under ``scenario`` and let all of them end.

    The log has start and end, ``enabled``, ``automatic`` and ``cost`` (fen) columns and the case attributes. A case
    that passes one node more than ``visits`` times raises ``SimulationError``, as do models and scenarios that do not
    fit each other. Common random numbers: the same seed gives the same case the same luck in every scenario.
    """
    from zaizao.simulation.running import simulate as run

    return run(process, scenario, cases=cases, seed=seed, visits=visits)


def calibrate(
    log: EventLog,
    process: Process,
    *,
    cost_per_hour: int = 10_000,
    rounds: int = 4,
    seed: int = 1,
    detail: Detail = PLAIN,
) -> Scenario:
    """The scenario that makes ``process`` behave as the activity log ``log`` shows; a task is the activity of its name.

    An ``automatic`` column of the log marks machine work. ``cost_per_hour`` (fen) of people is assumed, for logs hold
    no rates. ``rounds`` of simulation with ``seed`` correct extra delays. ``notes`` say what was measured and assumed.
    ``detail`` asks for more than the plain: memory, rhythm, hours of each person, and so on.
    """
    from zaizao.simulation.calibration.reading import calibrate as read_off

    return read_off(log, process, cost_per_hour=cost_per_hour, rounds=rounds, seed=seed, detail=detail)


def prepare() -> None:
    """Compile the kernels now (about 20 s of CPU, once per installation) rather than at the first simulation."""
    from zaizao.simulation.running import prepare as compile_kernels

    compile_kernels()


def replicate(
    process: Process,
    scenario: Scenario,
    *,
    cases: int,
    replications: int,
    seed: int,
    warm_up: float = 0.0,
    backend: Backend | None = None,
) -> tuple[EventLog, ...]:
    """Independent runs with seeds derived from ``seed``; the first ``warm_up`` share of cases is run but left out.

    ``backend`` names where they run (joblib); the logs are the same wherever that is.
    """
    from zaizao.simulation.comparison import replicate as run

    return run(process, scenario, cases=cases, replications=replications, seed=seed, warm_up=warm_up, backend=backend)


def compare(
    one: tuple[Process, Scenario],
    other: tuple[Process, Scenario],
    figures: Mapping[str, Callable[[EventLog], float]],
    *,
    cases: int,
    replications: int,
    seed: int,
    warm_up: float = 0.0,
    backend: Backend | None = None,
) -> dict[str, Difference]:
    """Each figure in both scenarios with the 95 % interval of its paired difference (common random numbers)."""
    from zaizao.simulation.comparison import compare as run

    return run(one, other, figures, cases=cases, replications=replications, seed=seed, warm_up=warm_up, backend=backend)


def compare_all(
    ways: Sequence[tuple[Process, Scenario]],
    figures: Mapping[str, Callable[[EventLog], float]],
    *,
    cases: int,
    replications: int,
    seed: int,
    warm_up: float = 0.0,
    backend: Backend | None = None,
) -> list[dict[str, Difference]]:
    """Every way after the first against the first, figure by figure, all with the same luck."""
    from zaizao.simulation.comparison import compare_all as run

    return run(ways, figures, cases=cases, replications=replications, seed=seed, warm_up=warm_up, backend=backend)


def sensitivity(
    process: Process,
    scenario: Scenario,
    figure: Callable[[EventLog], float],
    *,
    change: float = 0.2,
    cases: int = 1000,
    replications: int = 10,
    seed: int = 1,
    backend: Backend | None = None,
) -> list[Swing]:
    """Which inputs move ``figure``: each a share ``change`` down and up, with intervals, the largest swing first."""
    from zaizao.simulation.sensitivity import sensitivity as run

    return run(
        process,
        scenario,
        figure,
        change=change,
        cases=cases,
        replications=replications,
        seed=seed,
        backend=backend,
    )


def choose(log: EventLog, models: Sequence[Process], *, seed: int = 1) -> Fit:
    """Calibrate every model and keep the one whose simulation is nearest to the log over all measures."""
    from zaizao.simulation.evaluation import choose as nearest

    return nearest(log, models, seed=seed)


def split(log: EventLog, share: float = 0.8) -> tuple[EventLog, EventLog]:
    """Training part (cases that end within the first ``share`` of events by end time) and test part (that begin after)."""
    from zaizao.simulation.evaluation import split as parts

    return parts(log, share)


def evaluate(
    train: EventLog,
    test: EventLog,
    models: Sequence[Process],
    *,
    runs: int = 10,
    seed: int = 1,
    holds: Holds = Holds.ENDED,
    watch: Callable[[Trial], None] | None = None,
) -> Evaluation:
    """Distances of the simulation (models from ``train`` alone) to ``test``, beside a replay of the past and the noise
    floor of the test itself. How it simulates is chosen on a later slice of ``train``; ``watch`` hears of each trial."""
    from zaizao.simulation.evaluation import evaluate as judge

    return judge(train, test, models, runs=runs, seed=seed, holds=holds, watch=watch)


__all__ = [
    "FULL",
    "PLAIN",
    "After",
    "Arrivals",
    "Backend",
    "Batch",
    "Book",
    "Branching",
    "CaseAttribute",
    "Condition",
    "Detail",
    "Distances",
    "Distribution",
    "Family",
    "Holds",
    "Origin",
    "Resource",
    "Role",
    "Scenario",
    "Sheet",
    "SimulationError",
    "Work",
    "calibrate",
    "choose",
    "compare",
    "compare_all",
    "distances",
    "evaluate",
    "mean",
    "mean_distances",
    "open_book",
    "prepare",
    "read_bimp",
    "read_prosimos",
    "read_scenario",
    "replicate",
    "scaled",
    "scenario_text",
    "sensitivity",
    "simulate",
    "split",
    "student_95",
    "take_calendar",
    "take_condition",
    "take_distribution",
    "write_scenario",
]
