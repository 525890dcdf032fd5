"""Roles from who does what, and working hours from when they do it.

Resources with alike activity profiles form a role (average-linkage clustering on the angle between profiles); an
activity is done by the role that does most of it, or by a role of its own where several share it. Hours are the
role's, from ``calendars.discover``; round the clock where too little was seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import chinese_calendar
import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.calendars import Holidays, WorkCalendar, always, discover, intervals
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.simulation.scenario import Resource, Role

Float64 = NDArray[np.float64]
_ALIKE = 0.65
"""Cosine of the angle above which two groups of resources are one role."""
_MOST = 0.85
_OWN_HOURS = 500
_SEEN = 150
_PART = 0.05
_GRANULE = 30
_FULL = 0.6
_QUIET = 0.12
_CHINA = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Staff:
    """Roles, calendars, and the role of each activity (by name; absent where nobody is needed)."""

    roles: dict[str, Role]
    calendars: dict[str, WorkCalendar]
    role_of: dict[str, str]
    calendar_of: dict[str, str]


def staff(log: EventLog, automatic: NDArray[np.bool_], cost_per_hour: int, *, own_hours: bool = False) -> Staff:
    """Roles and calendars of the people in ``log``; rows of machines and unknown performers are left out.

    With ``own_hours`` whoever was seen often enough has a calendar of their own.
    """
    rows = (log.resource >= 0) & ~automatic
    counts = np.zeros((len(log.resource_names), len(log.activity_names)))
    np.add.at(counts, (log.resource[rows], log.activity[rows]), 1)
    groups = _groups(counts)
    holidays = quiet_holidays(log.end[rows], log.zone)
    names = {group: _role_name(counts[members], log.activity_names) for group, members in groups.items()}
    names = _distinct(names)
    calendars, calendar_of = _hours(log, rows, groups, names, holidays)
    if own_hours:
        _own_hours(log, rows, holidays, calendars, calendar_of)
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
    everyone = discover(_instants(log, rows), log.zone, name="everyone", granule=_GRANULE, holidays=holidays)
    for group, members in groups.items():
        own = rows & np.isin(log.resource, members)
        times = _instants(log, own)
        together = discover(times, log.zone, name=names[group], granule=_GRANULE, holidays=holidays)
        if len(times) < _OWN_HOURS and everyone is not None:
            # Too few instants to tell hours from chance: the hours of all, if they hold most of these.
            together = replace(everyone, name=names[group]) if _covered(everyone, times) >= _MOST else None
        if together is not None:
            calendars[names[group]] = replace(together, week=_smooth(together.week))
        for person in members.tolist():
            calendar_of[log.resource_names[person]] = names[group] if together is not None else "always"
    return calendars, calendar_of


def _own_hours(
    log: EventLog,
    rows: NDArray[np.bool_],
    holidays: Holidays,
    calendars: dict[str, WorkCalendar],
    calendar_of: dict[str, str],
) -> None:
    """Give people who were seen often enough the hours that they keep, where those hold most of what they did."""
    for person in np.flatnonzero(np.bincount(log.resource[rows]) >= _SEEN).tolist():
        name = log.resource_names[person]
        times = _instants(log, rows & (log.resource == person))
        own = discover(times, log.zone, name=name, granule=_GRANULE, holidays=holidays)
        if own is not None and _covered(own, times) >= _MOST:
            calendars[name] = own
            calendar_of[name] = name


def _instants(log: EventLog, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.concatenate((log.end[rows], log.start[rows & (log.start != MISSING_TIME)]))


def _covered(calendar: WorkCalendar, times: NDArray[np.int64]) -> float:
    """The share of instants that lie in working time."""
    spans = intervals(calendar, int(times.min()), int(times.max()) + 1)
    at = np.searchsorted(spans[:, 0], times, side="right") - 1
    return float(((at >= 0) & (times < spans[np.maximum(at, 0), 1])).mean()) if len(spans) else 0.0


def _smooth(week: tuple[tuple[tuple[int, int], ...], ...]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Full days share their hours (what most of them keep), for a hole on one weekday is chance more often than habit;
    short days keep their own, single granules beside longer spells left out."""
    granules = np.zeros((7, 1440 // _GRANULE), dtype=np.bool_)
    for day, spans in enumerate(week):
        for opens, closes in spans:
            granules[day, opens // _GRANULE : closes // _GRANULE] = True
    hours = granules.sum(axis=1)
    full = hours >= _FULL * hours.max(initial=1)
    shared = granules[full].mean(axis=0) >= 0.5
    return tuple(_spans(shared) if full[day] else _long(week[day]) for day in range(7))


def _spans(granules: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], granules.astype(np.int8), [0]))))
    return tuple((int(a) * _GRANULE, int(b) * _GRANULE) for a, b in edges.reshape(-1, 2))


def _long(day: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    long = tuple(span for span in day if span[1] - span[0] > _GRANULE)
    return long or day


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
