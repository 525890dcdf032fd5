"""What a person may set before a run: settings of the loop, and assumptions of a scenario already calibrated.

Rule kept: everything is checked before a process starts, and every refusal names the field. What a person sets in a
scenario is marked as such (``Origin.PERSON``), so that the report says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from zaizao.measures import Goal, Kpi, default_goals
from zaizao.redesign import Rules, Settings, Weights
from zaizao.simulation import Origin, Resource, Role, Scenario

Name = Annotated[str, Field(max_length=300)]


class Wanted(BaseModel):
    """camelCase outside; a field that is not known is refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class WantedGoal(Wanted):
    """A goal: ``target`` in seconds, fen or a share, or a relative ``change``."""

    measure: Kpi
    target: float | None = None
    change: float | None = Field(default=None, gt=-1, lt=10)

    def goal(self) -> Goal:
        """As the measures know it (times in microseconds). Raises ``ValueError`` unless exactly one aim is given."""
        if (self.target is None) == (self.change is None):
            raise ValueError("give either target or change")
        times = self.measure.value.split(".")[0] in ("cycle_time", "waiting", "processing")
        factor = 1e6 if times else 1.0
        return Goal(self.measure, None if self.target is None else self.target * factor, self.change)


class WantedRole(Wanted):
    """A role as a person sets it: how many people, and fen per hour of each."""

    people: int | None = Field(default=None, ge=1, le=5000)
    cost_per_hour: int | None = Field(default=None, ge=0, le=100_000_000)


class WantedRun(Wanted):
    """What a person chose for a run; what is left out is the house's default."""

    seed: int = Field(default=Settings().seed, ge=0, le=2**31 - 1)
    simulated_cases: int = Field(default=1000, ge=50, le=20_000)
    evaluations: int = Field(default=120, ge=4, le=2000)
    replications: int = Field(default=10, ge=2, le=100)
    rehearsed_cases: int = Field(default=200, ge=10, le=5000)
    goals: list[WantedGoal] = Field(default_factory=list, max_length=20)
    weights: dict[str, float] = Field(default_factory=dict)
    kept: list[Name] = Field(default_factory=list, max_length=200)
    four_eyes: list[tuple[Name, Name]] = Field(default_factory=list, max_length=200)
    independent: list[tuple[Name, Name]] = Field(default_factory=list, max_length=200)
    arrivals: float = Field(default=1.0, gt=0, le=20)
    roles: dict[Name, WantedRole] = Field(default_factory=dict)

    def settings(self) -> Settings:
        """As the loop knows them."""
        return Settings(
            seed=self.seed,
            goals=tuple(goal.goal() for goal in self.goals) or default_goals(),
            simulated_cases=self.simulated_cases,
            evaluations=self.evaluations,
            replications=self.replications,
            rehearsed_cases=self.rehearsed_cases,
            rules=Rules(
                four_eyes=frozenset(frozenset(pair) for pair in self.four_eyes),
                kept=frozenset(self.kept),
                independent=frozenset(frozenset(pair) for pair in self.independent),
            ),
            weights=replace(Weights(), **{name: value for name, value in self.weights.items() if 0 <= value <= 5}),
        )

    @property
    def edits_scenario(self) -> bool:
        """Whether there is anything to change in a scenario."""
        return self.arrivals != 1.0 or bool(self.roles)


def edited(scenario: Scenario, wanted: WantedRun) -> Scenario:
    """``scenario`` with more or fewer cases and people, and other rates, as a person wants them."""
    roles = {name: _role(role, wanted.roles.get(name)) for name, role in scenario.roles.items()}
    arrivals = scenario.arrivals
    if wanted.arrivals != 1.0:
        hourly = tuple(rate * wanted.arrivals for rate in arrivals.hourly)
        arrivals = replace(arrivals, hourly=hourly, origin=Origin.PERSON)
    return replace(scenario, roles=roles, arrivals=arrivals, notes={**scenario.notes, **_notes(wanted)})


def _notes(wanted: WantedRun) -> Mapping[str, str]:
    found = (
        {}
        if wanted.arrivals == 1.0
        else {"set.arrivals": f"业务量 × {wanted.arrivals:g} / arrivals × {wanted.arrivals:g}"}
    )
    for name, role in wanted.roles.items():
        if role.people is not None:
            found[f"set.people.{name}"] = f"人数 {role.people} / {role.people} people"
        if role.cost_per_hour is not None:
            found[f"set.rate.{name}"] = (
                f"每小时 {role.cost_per_hour / 100:g} 元 / {role.cost_per_hour / 100:g} yuan an hour"
            )
    return found


def _role(role: Role, wanted: WantedRole | None) -> Role:
    if wanted is None or not role.resources:
        return role
    people: list[Resource] = list(role.resources)
    if wanted.people is not None:
        model = people[-1]
        taken = {one.name for one in people}
        spare = (name for k in range(1, 100_000) if (name := f"{role.name} +{k}") not in taken)
        people = people[: wanted.people] + [
            replace(model, name=next(spare)) for _ in range(wanted.people - len(people))
        ]
    if wanted.cost_per_hour is not None:
        people = [one if one.automatic else replace(one, cost_per_hour=wanted.cost_per_hour) for one in people]
    return replace(role, resources=tuple(people))
