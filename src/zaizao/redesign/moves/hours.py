"""Hours: a busy role also works on Saturday mornings and an hour longer in the evening.

Formula: waiting falls with the share of the week that is open (168 h / open hours stretches working time to clock
time) and with the lower load. The added hours are paid at the role's rate.
"""

from __future__ import annotations

import math
from dataclasses import replace

from zaizao.calendars import WorkCalendar
from zaizao.problems import Text
from zaizao.redesign.estimate import Load, loads, visits, weekly_hours
from zaizao.redesign.evidence import Assumption, Unit
from zaizao.redesign.facts import Facts
from zaizao.redesign.moves.move import HOUR, noted, percent
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Scenario

BUSY = 0.4
SATURDAY = 5
MORNING = (540, 720)
LONGER = 60
LATEST = 1320


class LongerHours:
    """Gives a role a longer week."""

    name = "hours"
    words = Text("延长服务时间", "longer hours")
    thinking = Thinking.USER_VIEW
    condition = Text(
        f"忙碌超过 {percent(BUSY)}，且周末或晚间不上班", f"busy for more than {percent(BUSY)}, closed at times"
    )
    formula = Text("Erlang-C 等待 × 168/营业小时 前后之差", "Erlang-C wait × 168 / open hours, before less after")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per role that is busy and closed for much of the week."""
        found = []
        for name, load in facts.roles.items():
            changed = _longer(plan.scenario, name)
            if load.utilisation > BUSY and load.executions > 0 and changed is not None:
                found.append(self._proposal(plan, facts, name, changed))
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The role on its longer calendar; the added hours join the standing cost."""
        role = proposal.targets[0]
        changed = _longer(plan.scenario, role) if role in plan.scenario.roles else None
        if changed is None:
            return None
        pay = plan.weekly_cost + _pay(plan.scenario, changed, role)
        return noted(replace(plan, scenario=changed, weekly_cost=pay), proposal)

    def _proposal(self, plan: Plan, facts: Facts, role: str, changed: Scenario) -> Proposal:
        before = facts.roles[role]
        after = loads(changed, visits(plan.process, changed))[role]
        weekly = max(facts.arrivals_per_week, 1e-9)
        hours = (after.capacity - before.capacity) / 3600.0
        return Proposal(
            key=f"{self.name}:{role}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"“{role}”晚间延长一小时、周六上午上班",
                f'"{role}" one hour longer in the evening and Saturday mornings',
            ),
            reason=Text(
                f"忙碌 {before.utilisation:.0%}，每周共增 {hours:.0f} 小时",
                f"busy for {before.utilisation:.0%}; {hours:.0f} hours more a week in all",
            ),
            targets=(role,),
            gain=Gain(
                cycle=(_waits(before) - _waits(after)) / weekly,
                cost=-_pay(plan.scenario, changed, role) / weekly,
            ),
            assumptions=(
                Assumption(
                    f"paid-hours:{role}",
                    Text("延长时段按原工资率支付（每周小时）", "added hours are paid at the usual rate (hours a week)"),
                    hours,
                    Unit.COUNT,
                ),
            ),
            effort=4.0,
            risk=0.05,
            group=f"hours:{role}",
        )


def _waits(load: Load) -> float:
    return load.executions * (load.wait if math.isfinite(load.wait) else 24 * HOUR)


def _longer(scenario: Scenario, role: str) -> Scenario | None:
    """The scenario with the role's people on longer calendars; None where nobody's week can be longer."""
    calendars = dict(scenario.calendars)
    people = []
    for resource in scenario.roles[role].resources:
        calendar = scenario.calendars[resource.calendar]
        longer = _stretched(calendar)
        if resource.automatic or longer == calendar:
            people.append(resource)
            continue
        calendars[longer.name] = longer
        people.append(replace(resource, calendar=longer.name))
    if tuple(people) == scenario.roles[role].resources:
        return None
    roles = {**scenario.roles, role: replace(scenario.roles[role], resources=tuple(people))}
    return replace(scenario, roles=roles, calendars=calendars)


def _stretched(calendar: WorkCalendar) -> WorkCalendar:
    week = list(calendar.week)
    for day in range(SATURDAY):
        if week[day] and week[day][-1][1] + LONGER <= LATEST:
            begin, end = week[day][-1]
            week[day] = (*week[day][:-1], (begin, end + LONGER))
    if not week[SATURDAY]:
        week[SATURDAY] = (MORNING,)
    if tuple(week) == calendar.week:
        return calendar
    return replace(calendar, name=f"{calendar.name} longer", week=tuple(week))


def _pay(before: Scenario, after: Scenario, role: str) -> int:
    """Fen per week for the hours that ``after`` adds."""
    added = 0.0
    for old, new in zip(before.roles[role].resources, after.roles[role].resources, strict=True):
        hours = weekly_hours(after.calendars[new.calendar]) - weekly_hours(before.calendars[old.calendar])
        added += hours * new.cost_per_hour
    return round(added)
