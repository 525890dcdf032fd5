"""The simulated workforce of a rehearsal: people and robots on their calendars, with a queue per role.

Rule kept: within a role, higher priority first, then who waited longest; among free resources, who has been idle
longest. A resource that several roles share is one resource. Work stops when the calendar closes and goes on when it
opens. Times are microseconds UTC.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from zaizao.calendars import WorkCalendar, advance, is_open, next_open
from zaizao.simulation import Resource, Scenario


@dataclass(slots=True)
class Item:
    """One piece of work that waits for, or is in, somebody's hands. ``key`` is the engine's; ``case`` the number of
    the case in order of arrival; ``seconds`` the drawn working time; ``held`` true once a worker has taken the job;
    ``ready`` and ``begun`` when work could begin and did."""

    key: int
    case: int
    case_key: int
    node: str
    job_type: str | None
    role: str | None
    priority: int
    seconds: float
    held: bool = False
    ready: int = 0
    begun: int = 0
    resource: Resource | None = None


@dataclass(slots=True)
class _Desk:
    """One resource: when it was last freed, and whether it is at work."""

    resource: Resource
    calendar: WorkCalendar
    idle_since: int
    busy: bool = False


@dataclass(slots=True)
class Workforce:
    """All resources of a scenario and the queues before them."""

    scenario: Scenario
    desks: dict[str, _Desk] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    queues: dict[str, list[tuple[int, int, int, Item]]] = field(default_factory=dict)
    turn: int = 0

    def __post_init__(self) -> None:
        for role in self.scenario.roles.values():
            self.members[role.name] = [resource.name for resource in role.resources]
            self.queues[role.name] = []
            for resource in role.resources:
                calendar = self.scenario.calendars[resource.calendar]
                self.desks.setdefault(resource.name, _Desk(resource, calendar, self.turn))
                self.turn += 1

    def wait(self, item: Item, now: int) -> None:
        """Queue ``item`` before its role."""
        assert item.role is not None
        self.turn += 1
        heapq.heappush(self.queues[item.role], (-item.priority, now, self.turn, item))

    def next_pair(self, role: str, now: int) -> tuple[Item, Resource] | None:
        """The first waiting item and a free resource on duty, taken out of the queue and made busy; None if none."""
        queue = self.queues[role]
        if not queue:
            return None
        free = [desk for desk in self._free(role) if is_open(desk.calendar, now)]
        if not free:
            return None
        desk = min(free, key=lambda one: one.idle_since)
        desk.busy = True
        item = heapq.heappop(queue)[3]
        item.resource = desk.resource
        return item, desk.resource

    def wake(self, role: str, now: int) -> int | None:
        """When a free resource of a role with waiting work comes on duty; None where nobody is free or nothing waits."""
        if not self.queues[role]:
            return None
        return min((next_open(desk.calendar, now) for desk in self._free(role)), default=None)

    def done_at(self, resource: Resource, now: int, seconds: float) -> int:
        """When work of ``seconds`` begun ``now`` is done on the resource's calendar."""
        return advance(self.scenario.calendars[resource.calendar], now, round(seconds * 1e6))

    def release(self, resource: Resource) -> list[str]:
        """Free the resource; the roles it serves."""
        desk = self.desks[resource.name]
        desk.busy = False
        self.turn += 1
        desk.idle_since = self.turn
        return [role for role, names in self.members.items() if resource.name in names]

    def _free(self, role: str) -> list[_Desk]:
        return [self.desks[name] for name in self.members[role] if not self.desks[name].busy]
