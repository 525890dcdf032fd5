"""Capacity: one more person where the queue is, or one shifted from where there is none.

Formula: Allen-Cunneen waiting before and after, times the executions that wait. Added people are paid for their whole
hours, shifted people are not.
"""

from __future__ import annotations

import math
from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.estimate import Load, weekly_hours
from zaizao.redesign.evidence import Assumption, Unit
from zaizao.redesign.facts import Facts
from zaizao.redesign.moves.move import HOUR, noted, percent
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Resource, Role

BUSY = 0.6
"""Roles busier than this gain from one more person."""
IDLE = 0.5
"""Roles less busy than this, with one person fewer, can give one."""
STEP = 0.1
"""Added at once: this share of the people, at least one."""
RELAXED = 0.75
"""Or as many as bring the role down to this load."""


class Capacity:
    """Adds people to a busy role, or shifts one from an idle role."""

    name = "capacity"
    words = Text("增配或调配人手", "add or shift capacity")
    thinking = Thinking.USER_VIEW
    condition = Text(
        f"角色忙碌程度超过 {percent(BUSY)}", f"a role that is busy for more than {percent(BUSY)} of its hours"
    )
    formula = Text("Erlang-C·(Ca²+Cs²)/2/(cμ−λ) 前后之差", "Erlang-C·(Ca²+Cs²)/2/(cμ−λ), before less after")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """For each busy role: some people more, and one shifted from the idlest role."""
        found = []
        for name, load in facts.roles.items():
            if not _of_people(plan.scenario.roles[name]) or load.utilisation <= BUSY or load.executions <= 0:
                continue
            some = max(1, round(load.people * STEP))
            enough = math.ceil(load.demand / load.capacity * load.people / RELAXED) - load.people
            found += [self._add(plan, facts, name, count) for count in sorted({some, max(some, enough)})]
            giver = _giver(plan, facts, name)
            if giver is not None:
                found.append(self._shift(facts, giver, name))
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The scenario with the people added or moved."""
        roles = dict(plan.scenario.roles)
        receiver = proposal.targets[-1]
        if any(target not in roles for target in proposal.targets):
            return None
        if len(proposal.targets) == 1:
            count = int(proposal.parameters["people"])
            roles[receiver], pay = _extended(plan, roles[receiver], count)
            plan = replace(plan, weekly_cost=plan.weekly_cost + pay)
        else:
            giver = roles[proposal.targets[0]]
            if len(giver.resources) < 2:
                return None
            moved = giver.resources[-1]
            roles[giver.name] = replace(giver, resources=giver.resources[:-1])
            joined = replace(moved, calendar=roles[receiver].resources[-1].calendar)
            roles[receiver] = replace(roles[receiver], resources=(*roles[receiver].resources, joined))
        return noted(replace(plan, scenario=replace(plan.scenario, roles=roles)), proposal)

    def _add(self, plan: Plan, facts: Facts, role: str, count: int) -> Proposal:
        load = facts.roles[role]
        _, pay = _extended(plan, plan.scenario.roles[role], count)
        saved = _wait_saved(load, count) * load.executions / max(facts.arrivals_per_week, 1e-9)
        return Proposal(
            key=f"{self.name}:{role}+{count}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"“{role}”增加 {count} 人", f'{count} more in "{role}"'),
            reason=_busy(load),
            targets=(role,),
            gain=Gain(cycle=saved, cost=-pay / max(facts.arrivals_per_week, 1e-9)),
            assumptions=(
                Assumption(
                    f"trained:{role}",
                    Text(
                        "新增人员与现有人员同样熟练、同样薪酬", "added people are as skilled and as paid as the others"
                    ),
                    float(count),
                    Unit.COUNT,
                ),
            ),
            parameters={"people": float(count)},
            effort=5.0 * count,
            risk=0.05,
            group=f"role:{role}",
        )

    def _shift(self, facts: Facts, giver: str, receiver: str) -> Proposal:
        load, from_load = facts.roles[receiver], facts.roles[giver]
        weekly = max(facts.arrivals_per_week, 1e-9)
        lost = -_wait_saved(from_load, -1) * from_load.executions
        return Proposal(
            key=f"{self.name}:{giver}>{receiver}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"从“{giver}”调 1 人到“{receiver}”", f'one person from "{giver}" to "{receiver}"'),
            reason=Text(
                f"{_busy(load).zh}；“{giver}”只有 {from_load.utilisation:.0%}",
                f'{_busy(load).en}; "{giver}" only {from_load.utilisation:.0%}',
            ),
            targets=(giver, receiver),
            gain=Gain(cycle=(_wait_saved(load, 1) * load.executions - lost) / weekly),
            assumptions=(
                Assumption(
                    f"retrained:{giver}>{receiver}",
                    Text("调动人员经培训后同样熟练", "the person moved is as skilled after training"),
                    1.0,
                    Unit.COUNT,
                ),
            ),
            parameters={"people": 1.0},
            effort=3.0,
            risk=0.1,
            group=f"role:{receiver}",
        )


def _of_people(role: Role) -> bool:
    return bool(role.resources) and not any(resource.automatic for resource in role.resources)


def _busy(load: Load) -> Text:
    return Text(
        f"{load.people} 人，忙碌 {load.utilisation:.0%}",
        f"{load.people} people, busy for {load.utilisation:.0%} of their hours",
    )


def _wait_saved(load: Load, people: int) -> float:
    """Clock seconds of waiting that each execution is spared with ``people`` more (scaled by 1 / spare capacity)."""
    after = load.utilisation * load.people / max(load.people + people, 1)
    if after >= 1.0:
        return -math.inf if people < 0 else 0.0
    if not math.isfinite(load.wait):
        return 24 * HOUR
    return load.wait * (1.0 - (after / load.utilisation) * (1.0 - load.utilisation) / (1.0 - after))


def _giver(plan: Plan, facts: Facts, receiver: str) -> str | None:
    def after(name: str) -> float:
        load = facts.roles[name]
        return load.utilisation * load.people / (load.people - 1)

    able = [
        name
        for name, load in facts.roles.items()
        if name != receiver and load.people >= 2 and _of_people(plan.scenario.roles[name]) and after(name) <= IDLE
    ]
    return min(able, key=after, default=None)


def _extended(plan: Plan, role: Role, count: int) -> tuple[Role, int]:
    """The role with ``count`` people like its last one, and their weekly pay in fen."""
    model = role.resources[-1]
    added = tuple(
        Resource(f"{role.name} +{len(role.resources) + number + 1}", model.calendar, model.cost_per_hour)
        for number in range(count)
    )
    hours = weekly_hours(plan.scenario.calendars[model.calendar])
    return replace(role, resources=(*role.resources, *added)), round(count * hours * model.cost_per_hour)
