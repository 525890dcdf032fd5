"""Roles from who does what, and working hours from when they do it.

Resources with alike activity profiles form a role (average-linkage clustering on the angle between profiles); an
activity is done by the role that does most of it, or by a role of its own where several share it. Hours come from
``calendars.discover``: a person's own where enough was seen, else the role's, else round the clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import chinese_calendar
import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.calendars import Holidays, WorkCalendar, always, discover
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.simulation.scenario import Resource, Role

Float64 = NDArray[np.float64]
_ALIKE = 0.65
"""Cosine of the angle above which two groups of resources are one role."""
_MOST = 0.85
_PART = 0.05
_OWN_HOURS = 400
_GRANULE = 30
_QUIET = 0.12
_CHINA = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Staff:
    """Roles, calendars, and the role of each activity (by name; absent where nobody is needed)."""

    roles: dict[str, Role]
    calendars: dict[str, WorkCalendar]
    role_of: dict[str, str]
    calendar_of: dict[str, str]


def staff(log: EventLog, automatic: NDArray[np.bool_], cost_per_hour: int) -> Staff:
    """Roles and calendars of the people in ``log``; rows of machines and unknown performers are left out."""
    rows = (log.resource >= 0) & ~automatic
    counts = np.zeros((len(log.resource_names), len(log.activity_names)))
    np.add.at(counts, (log.resource[rows], log.activity[rows]), 1)
    groups = _groups(counts)
    holidays = quiet_holidays(log.end[rows], log.zone)
    names = {group: _role_name(counts[members], log.activity_names) for group, members in groups.items()}
    names = _distinct(names)
    calendars, calendar_of = _hours(log, rows, groups, names, holidays)
    roles: dict[str, Role] = {}
    role_of: dict[str, str] = {}
    people = np.bincount(log.activity, minlength=len(log.activity_names))
    for activity, name in enumerate(log.activity_names):
        shares = {group: counts[members, activity].sum() for group, members in groups.items()}
        total = sum(shares.values())
        if total < 0.2 * people[activity] or total == 0:
            continue
        top = max(shares, key=lambda group: shares[group])
        chosen = [top] if shares[top] >= _MOST * total else [g for g, n in shares.items() if n >= _PART * total]
        role = " + ".join(names[group] for group in chosen) if len(chosen) <= 2 else f"{name} · {len(chosen)}"
        members = sorted({log.resource_names[m] for group in chosen for m in groups[group].tolist()})
        role_of[name] = role
        if role not in roles:
            roles[role] = Role(role, tuple(Resource(m, calendar_of[m], cost_per_hour) for m in members))
    used = {resource.calendar for role in roles.values() for resource in role.resources}
    return Staff(roles, {name: c for name, c in calendars.items() if name in used}, role_of, calendar_of)


def _groups(counts: Float64) -> dict[int, NDArray[np.int64]]:
    """Resources by role: average linkage on the cosine of their activity profiles."""
    active = np.flatnonzero(counts.sum(axis=1) > 0)
    if not len(active):
        return {}
    profiles = counts[active] / np.linalg.norm(counts[active], axis=1, keepdims=True)
    likeness = profiles @ profiles.T
    np.fill_diagonal(likeness, -1.0)
    sizes = np.ones(len(active))
    member = {at: [int(resource)] for at, resource in enumerate(active)}
    while len(member) > 1:
        at = int(np.argmax(likeness))
        a, b = divmod(at, len(active))
        if likeness[a, b] < _ALIKE:
            break
        merged = (likeness[a] * sizes[a] + likeness[b] * sizes[b]) / (sizes[a] + sizes[b])
        likeness[a], likeness[:, a] = merged, merged
        likeness[b], likeness[:, b] = -1.0, -1.0
        likeness[a, a] = -1.0
        likeness[a][[k for k in range(len(active)) if k not in member]] = -1.0
        sizes[a] += sizes[b]
        member[a] += member.pop(b)
    return {at: np.array(sorted(members)) for at, members in member.items()}


def _role_name(counts: Float64, activities: tuple[str, ...]) -> str:
    """A role is called after what it mainly does."""
    done = counts.sum(axis=0)
    order = np.argsort(-done, kind="stable")
    main = [activities[a] for a in order[:2] if done[a] >= 0.25 * done.sum()]
    return " / ".join(main or [activities[order[0]]])


def _distinct(names: dict[int, str]) -> dict[int, str]:
    seen: dict[str, int] = {}
    told = {}
    for group, name in names.items():
        seen[name] = seen.get(name, 0) + 1
        told[group] = name if seen[name] == 1 else f"{name} {seen[name]}"
    return told


def _hours(
    log: EventLog,
    rows: NDArray[np.bool_],
    groups: dict[int, NDArray[np.int64]],
    names: dict[int, str],
    holidays: Holidays,
) -> tuple[dict[str, WorkCalendar], dict[str, str]]:
    calendars: dict[str, WorkCalendar] = {"always": always("always", log.zone)}
    calendar_of: dict[str, str] = {}
    known = log.start != MISSING_TIME
    order = np.argsort(log.resource, kind="stable")
    bounds = np.searchsorted(log.resource[order], np.arange(len(log.resource_names) + 1))
    for group, members in groups.items():
        by_person = {}
        for person in members.tolist():
            own = order[bounds[person] : bounds[person + 1]]
            own = own[rows[own]]
            by_person[person] = np.concatenate((log.end[own], log.start[own][known[own]]))
        together = discover(
            np.concatenate(list(by_person.values())), log.zone, name=names[group], granule=_GRANULE, holidays=holidays
        )
        if together is not None:
            calendars[names[group]] = together
        for person, times in by_person.items():
            name = log.resource_names[person]
            calendar_of[name] = names[group] if together is not None else "always"
            own_hours = (
                discover(times, log.zone, name=name, granule=_GRANULE, holidays=holidays)
                if len(times) >= _OWN_HOURS
                else None
            )
            if own_hours is not None and together is not None and own_hours.week != together.week:
                calendars[name] = own_hours
                calendar_of[name] = name
    return calendars, calendar_of


def quiet_holidays(times: NDArray[np.int64], zone: str) -> Holidays:
    """CN where hardly anything happens on Chinese public holidays that fall on weekdays, else NONE."""
    if zone != _CHINA or not len(times):
        return Holidays.NONE
    stamps = pl.Series(times).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.date()
    days = stamps.value_counts().sort(stamps.name)
    free, busy, free_days, busy_days = 0, 0, 0, 0
    span = pl.date_range(days[stamps.name][0], days[stamps.name][-1], eager=True)
    count = dict(days.iter_rows())
    for day in span:
        if day.weekday() >= 5:
            continue
        try:
            holiday = chinese_calendar.is_holiday(day)
        except NotImplementedError:
            return Holidays.NONE
        free, free_days = free + holiday * count.get(day, 0), free_days + holiday
        busy, busy_days = busy + (not holiday) * count.get(day, 0), busy_days + (not holiday)
    if free_days < 3 or not busy_days:
        return Holidays.NONE
    return Holidays.CN if free / free_days < _QUIET * busy / busy_days else Holidays.NONE
