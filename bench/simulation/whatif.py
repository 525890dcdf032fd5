"""What-if against the truth: logs of a known process, calibrated blind, changed, and compared with the changed truth.

Run: ``python -m bench.simulation.whatif``. Interventions: one person more at the bottleneck, a junior made as quick as the
senior, a quarter more cases, an automated step. Printed: the true change of the mean cycle time, the change that the
calibrated scenario predicts, and the error as a share of the as-is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from zaizao.bpmn import Event, EventPosition, Gateway, Process, SequenceFlow, Task
from zaizao.calendars import office
from zaizao.eventlog import EventLog
from zaizao.simulation import (
    Arrivals,
    Branching,
    Detail,
    Distribution,
    Family,
    Resource,
    Role,
    Scenario,
    Work,
    calibrate,
    simulate,
)

PATHS = ("s intake x1 assess x3 approve e", "x1 refuse e", "x3 intake")
WEIGHTS = {"x1": {"x1-assess": 0.85, "x1-refuse": 0.15}, "x3": {"x3-approve": 0.9, "x3-intake": 0.1}}
CASES = 4000


@dataclass(frozen=True, slots=True)
class Answer:
    """One intervention: the mean cycle time as it is (h), its true change and the predicted one."""

    name: str
    before: float
    truth: float
    predicted: float

    @property
    def error(self) -> float:
        """How far the prediction is from the truth, as a share of the as-is."""
        return abs(self.predicted - self.truth) / self.before


def process() -> Process:
    """Intake, an assessment that may send back, an approval."""
    flows = {(a, b) for path in PATHS for a, b in pairwise(path.split())}
    words = sorted({word for flow in flows for word in flow})
    ends = {"s": EventPosition.START, "e": EventPosition.END}
    nodes = tuple(
        Event(id=word, position=ends[word]) if word in ends else
        Gateway(id=word) if word[0] == "x" else Task(id=word, name=word)
        for word in words
    )  # fmt: skip
    return Process(
        id="p", nodes=nodes, flows=tuple(SequenceFlow(id=f"{a}-{b}", source=a, target=b) for a, b in sorted(flows))
    )


def truth() -> Scenario:
    """Three clerks, two assessors of whom one is a junior and takes twice as long, one approver; office hours."""
    clerks = Role("clerk", tuple(Resource(f"clerk {at}", "office") for at in range(3)))
    assessors = Role("assessor", (Resource("senior", "office"), Resource("junior", "office", speed=0.5)))
    return Scenario(
        name="truth",
        start=1_704_067_200_000_000,
        arrivals=Arrivals(tuple(3.0 if day < 5 and 9 <= hour < 17 else 0.0 for day in range(7) for hour in range(24))),
        work={
            "intake": Work(Distribution(Family.LOGNORMAL, (6.6, 0.5)), "clerk"),
            "assess": Work(Distribution(Family.GAMMA, (2.0, 500.0)), "assessor"),
            "approve": Work(Distribution(Family.EXPONENTIAL, (400.0,)), "approver"),
            "refuse": Work(Distribution(Family.FIXED, (120.0,)), "clerk"),
        },
        branching={node: Branching(weights) for node, weights in WEIGHTS.items()},
        roles={
            "clerk": clerks,
            "assessor": assessors,
            "approver": Role("approver", (Resource("approver", "office"),)),
        },
        calendars={"office": office("office", "UTC")},
        zone="UTC",
    )


def more_assessors(scenario: Scenario) -> Scenario:
    """One senior more wherever the senior works."""
    return _staffed(scenario, lambda one: (one, replace(one, name="new")) if one.name == "senior" else (one,))


def junior_made_senior(scenario: Scenario) -> Scenario:
    """The junior as quick as the senior."""
    speed = next(one.speed for role in scenario.roles.values() for one in role.resources if one.name == "senior")
    return _staffed(scenario, lambda one: (replace(one, speed=speed) if one.name == "junior" else one,))


def more_cases(scenario: Scenario) -> Scenario:
    """A tenth more cases."""
    hourly = tuple(1.1 * rate for rate in scenario.arrivals.hourly)
    return replace(scenario, arrivals=replace(scenario.arrivals, hourly=hourly))


def automatic_intake(scenario: Scenario) -> Scenario:
    """Intake by machine in a minute."""
    machine = Work(Distribution(Family.FIXED, (60.0,)), automatic=True)
    return replace(scenario, work={**scenario.work, "intake": machine})


INTERVENTIONS: tuple[tuple[str, Callable[[Scenario], Scenario]], ...] = (
    ("one assessor more", more_assessors),
    ("junior made senior", junior_made_senior),
    ("a tenth more cases", more_cases),
    ("automatic intake", automatic_intake),
)


def _staffed(scenario: Scenario, change: Callable[[Resource], tuple[Resource, ...]]) -> Scenario:
    roles = {
        name: replace(role, resources=tuple(new for one in role.resources for new in change(one)))
        for name, role in scenario.roles.items()
    }
    return replace(scenario, roles=roles)


def hours(log: EventLog) -> float:
    """Mean cycle time in hours."""
    begins = np.minimum.reduceat(log.event_table["enabled"].to_numpy(), log.offsets[:-1])
    return float((np.maximum.reduceat(log.end, log.offsets[:-1]) - begins).mean() / 3.6e9)


def answers() -> Iterator[Answer]:
    """Each intervention on the truth and on what was read off its log alone."""
    model, real = process(), truth()
    log = simulate(model, real, cases=CASES, seed=11)
    blind = replace(log, event_table=log.event_table.drop("enabled"))
    guessed = calibrate(blind, model, detail=Detail(speed=True))
    base = [_mean(model, one) for one in (real, guessed)]
    for name, change in INTERVENTIONS:
        after = [_mean(model, change(one)) for one in (real, guessed)]
        yield Answer(name, base[0], after[0] - base[0], after[1] - base[1])


def _mean(model: Process, scenario: Scenario) -> float:
    return float(np.mean([hours(simulate(model, scenario, cases=CASES, seed=seed)) for seed in range(31, 36)]))


def main() -> None:
    """Print a row for each intervention."""
    for one in answers():
        print(
            f"{one.name:22} as is {one.before:6.2f} h   true change {one.truth:+6.2f} h   predicted {one.predicted:+6.2f} h"
            f"   error {one.error:5.1%} of the as-is"
        )


if __name__ == "__main__":
    main()
