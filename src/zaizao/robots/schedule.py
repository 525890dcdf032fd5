"""When robots may run: working calendars, change-freeze windows, and repeated starts.

Rule kept: nothing starts outside the calendar or inside a freeze; what fell due meanwhile starts at the first moment
that is allowed, once. Times are µs UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zaizao.calendars import WorkCalendar, is_open, next_open


@dataclass(frozen=True, slots=True)
class Freeze:
    """A window in which nothing starts: a release, a month's end."""

    start: int
    end: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a robot may start."""

    calendar: WorkCalendar
    freezes: tuple[Freeze, ...] = ()

    def allowed(self, at: int) -> bool:
        """Whether a robot may start at ``at``."""
        return is_open(self.calendar, at) and not any(freeze.start <= at < freeze.end for freeze in self.freezes)

    def next_allowed(self, at: int) -> int:
        """The first moment from ``at`` on at which a robot may start."""
        while True:
            moment = next_open(self.calendar, at)
            freeze = next((one for one in self.freezes if one.start <= moment < one.end), None)
            if freeze is None:
                return moment
            at = freeze.end


@dataclass(frozen=True, slots=True)
class Schedule:
    """Starts every ``every`` µs from ``first`` on, within ``hours``."""

    first: int
    every: int
    hours: Hours

    def after(self, at: int) -> int:
        """The first start later than ``at``."""
        turns = max(0, (at - self.first) // self.every + 1)
        return self.hours.next_allowed(self.first + turns * self.every)

    def starts(self, since: int, until: int) -> Sequence[int]:
        """All starts from ``since`` (excluded) to ``until``."""
        found = []
        at = self.after(since)
        while at <= until:
            found.append(at)
            at = self.after(at)
        return found
