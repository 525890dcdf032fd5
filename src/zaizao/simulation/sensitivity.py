"""Which assumptions move a figure: each input a little down and up, all else the same, with the same luck.

Rule kept: what is compared are paired differences (common random numbers), each with its 95 % interval, so that a bar of
the tornado that is only chance can be told from one that is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from zaizao.bpmn import Process
from zaizao.eventlog import EventLog
from zaizao.problems import Text
from zaizao.simulation.comparison import Difference, paired, replicate
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.scaling import scaled
from zaizao.simulation.scenario import Branching, Role, Scenario, Work
from zaizao.simulation.settings import Backend

_LEAST_WEIGHT = 1e-9


@dataclass(frozen=True, slots=True)
class Factor:
    """One input: its name, and the scenario with it multiplied."""

    key: str
    words: Text
    times: Callable[[Scenario, float], Scenario]


@dataclass(frozen=True, slots=True)
class Swing:
    """What a figure does when an input is lowered and raised; ``None`` where that cannot run (endless queues)."""

    key: str
    words: Text
    low: Difference | None
    high: Difference | None

    @property
    def width(self) -> float:
        """The larger of the two moves; what cannot run counts as endless."""
        return max(float("inf") if one is None else abs(one.difference) for one in (self.low, self.high))

    @property
    def told(self) -> bool:
        """Is at least one of the two moves more than chance?"""
        return any(one is None or one.low > 0 or one.high < 0 for one in (self.low, self.high))


def factors(process: Process, scenario: Scenario) -> list[Factor]:
    """Every input worth asking about: arrivals, each activity's time and delay, each role's people, each choice's ways."""
    names = {node.id: node.name or node.id for node in process.walk()}
    found = [Factor("arrivals", Text("到达量", "arrivals"), _arrivals)]
    for node, work in scenario.work.items():
        name = names.get(node, node)
        found.append(Factor(f"time:{node}", Text(f"“{name}”的处理时间", f'time of "{name}"'), _timed(node)))
        if work.delay is not None:
            found.append(Factor(f"delay:{node}", Text(f"“{name}”之前的等待", f'delay before "{name}"'), _delayed(node)))
    found += [
        Factor(f"hands:{role}", Text(f"“{role}”的人手", f'hands of "{role}"'), _staffed(role))
        for role in scenario.roles
    ]
    targets = {flow.id: names.get(flow.target, flow.target) for flow in process.flows}
    for node, branching in scenario.branching.items():
        for flow, weight in branching.weights.items():
            share = weight / max(sum(branching.weights.values()), _LEAST_WEIGHT)
            if 0.0 < share < 0.5:
                way = targets.get(flow, flow)
                at = names.get(node, node)
                words = Text(f"“{at}”走向“{way}”的比例", f'share of "{at}" that goes to "{way}"')
                found.append(Factor(f"share:{flow}", words, _chosen(node, flow)))
    return found


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
    """Each input times 1 − ``change`` and 1 + ``change``, sorted by how far the figure moves."""

    def values(changed: Scenario) -> list[float]:
        logs = replicate(process, changed, cases=cases, replications=replications, seed=seed, backend=backend)
        return [figure(log) for log in logs]

    base = values(scenario)

    def difference(factor: Factor, times: float) -> Difference | None:
        try:
            return paired(base, values(factor.times(scenario, times)))
        except SimulationError:
            return None

    swings = [
        Swing(factor.key, factor.words, difference(factor, 1.0 - change), difference(factor, 1.0 + change))
        for factor in factors(process, scenario)
    ]
    return sorted(swings, key=lambda swing: (-swing.width, swing.key))


def _arrivals(scenario: Scenario, times: float) -> Scenario:
    hourly = tuple(rate * times for rate in scenario.arrivals.hourly)
    return replace(scenario, arrivals=replace(scenario.arrivals, hourly=hourly))


def _with_work(node: str, change: Callable[[Work, float], Work]) -> Callable[[Scenario, float], Scenario]:
    return lambda scenario, times: replace(scenario, work={**scenario.work, node: change(scenario.work[node], times)})


def _timed(node: str) -> Callable[[Scenario, float], Scenario]:
    return _with_work(
        node,
        lambda work, times: replace(
            work,
            duration=scaled(work.duration, times),
            cases=tuple((condition, scaled(duration, times)) for condition, duration in work.cases),
        ),
    )


def _delayed(node: str) -> Callable[[Scenario, float], Scenario]:
    return _with_work(
        node,
        lambda work, times: replace(
            work,
            delay=None if work.delay is None else scaled(work.delay, times),
            delay_passes=tuple(scaled(delay, times) for delay in work.delay_passes),
            delay_after=tuple(
                replace(one, delay=None if one.delay is None else scaled(one.delay, times)) for one in work.delay_after
            ),
        ),
    )


def _staffed(role: str) -> Callable[[Scenario, float], Scenario]:
    """More or fewer hands as more or less speed: people come in whole numbers, sensitivities do not."""

    def change(scenario: Scenario, times: float) -> Scenario:
        people = tuple(replace(one, speed=one.speed * times) for one in scenario.roles[role].resources)
        return replace(scenario, roles={**scenario.roles, role: Role(role, people)})

    return change


def _chosen(node: str, flow: str) -> Callable[[Scenario, float], Scenario]:
    """One way's weight multiplied wherever the choice is described."""

    def change(scenario: Scenario, times: float) -> Scenario:
        old = scenario.branching[node]

        def weights(table: dict[str, float]) -> dict[str, float]:
            return {key: weight * (times if key == flow else 1.0) for key, weight in table.items()}

        new = Branching(
            weights=weights(dict(old.weights)),
            passes=tuple(weights(dict(table)) for table in old.passes),
            cases=tuple((condition, weights(dict(table))) for condition, table in old.cases),
            origin=old.origin,
            after=tuple(replace(one, weights=weights(dict(one.weights))) for one in old.after),
        )
        return replace(scenario, branching={**scenario.branching, node: new})

    return change
