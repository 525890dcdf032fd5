"""Who works when: resources numbered hand by hand, their shifts with days off, and the paces at which delays pass.

Rule kept: a resource's days off follow from the seed, its name and the date alone, so that two scenarios share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from zaizao.calendars import CalendarError, WorkCalendar, intervals
from zaizao.problems import Problem, Text
from zaizao.simulation import state as st
from zaizao.simulation.draws import ATTRIBUTE, fractions
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.keys import stable_key
from zaizao.simulation.scenario import Resource, Scenario, Work

Int64 = NDArray[np.int64]
_DAY = 86_400_000_000
_HOUR = 3_600_000_000
_WEEK = 168
_FOR_EVER = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Shifts:
    """Working intervals of all calendars, resources with days off, and rhythms: ``rows`` (opens, closes), what has
    passed ``before`` each within its own, at ``rate``; ``spans`` tells whose rows are whose."""

    rows: Int64
    before: NDArray[np.float64]
    rate: NDArray[np.float64]
    spans: dict[tuple[str, str], tuple[int, int]]

    def delay(self, work: Work) -> tuple[int, int]:
        """The rows in which a work's delay passes; none where it passes on the clock."""
        if work.delay_rhythm is not None:
            return self.spans["rhythm", work.delay_rhythm]
        return self.spans["calendar", work.delay_calendar] if work.delay_calendar is not None else (0, 0)

    def shift(self, resource: Resource) -> tuple[int, int]:
        """The rows of a resource."""
        own = self.spans.get(("resource", resource.name))
        return own if own is not None else self.spans["calendar", resource.calendar]


class People:
    """The scenario's resources, each name once even where several roles share it, and each of their hands."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.all: list[Resource] = []
        self.used: list[str] = []
        numbers: dict[str, int] = {}
        roles: list[list[int]] = []
        for role in scenario.roles.values():
            members = []
            for resource in role.resources:
                self._use(resource.name, resource.calendar)
                if resource.name not in numbers:
                    numbers[resource.name] = len(self.all)
                    self.all.append(resource)
                members.append(numbers[resource.name])
            roles.append(members)
        for node, work in scenario.work.items():
            if work.delay_calendar is not None:
                self._use(node, work.delay_calendar)
            if work.delay_rhythm is not None and work.delay_rhythm not in scenario.rhythms:
                raise SimulationError(_absent(node, work.delay_rhythm, "节奏", "rhythm", "rhythms"))
        self.person = np.repeat(np.arange(len(self.all)), [max(one.hands, 1) for one in self.all]).astype(np.int32)
        hands: dict[int, list[int]] = {}
        for hand, person in enumerate(self.person.tolist()):
            hands.setdefault(person, []).append(hand)
        self.roles = [[hand for member in members for hand in hands[member]] for members in roles]

    def _use(self, where: str, calendar: str) -> None:
        if calendar not in self.scenario.calendars:
            raise SimulationError(_absent(where, calendar, "日历", "calendar", "calendars"))
        if calendar not in self.used:
            self.used.append(calendar)

    def records(self, shifts: Shifts) -> tuple[NDArray[np.void], Int64]:
        """The kernel's resource records, one a hand, and the roles of each."""
        records = np.zeros(len(self.person), st.RESOURCE)
        memberships: list[int] = []
        for hand, person in enumerate(self.person.tolist()):
            resource, record = self.all[person], records[hand]
            record["first"], record["last"] = shifts.shift(resource)
            record["at"] = record["first"]
            record["hourly"] = round(resource.cost_per_hour / max(resource.hands, 1))
            record["pace"] = 1.0 / resource.speed if resource.speed > 0 else 1.0
            record["idle_since"] = -len(self.person) + hand
            record["role_from"] = len(memberships)
            memberships.extend(role for role, members in enumerate(self.roles) if hand in members)
            record["role_to"] = len(memberships)
        return records, np.array(memberships, dtype=np.int64)


def _absent(where: str, name: str, zh: str, en: str, table: str) -> Problem:
    what = Text(f"没有{zh}“{name}”", f"there is no {en} “{name}”")
    remedy = Text(f"在情景的 {table} 中定义它", f"define it under {table} in the scenario")
    return Problem(where, what, remedy, f"simulation.no-{en}")


def shifts_of(people: People, seed: np.uint64, low: int, high: int) -> tuple[Shifts, CalendarError | None]:
    """Shifts up to ``high``, or up to the year whose holidays are not known: then with that error, which is raised only
    if the run really comes so far."""
    used = {name: people.scenario.calendars[name] for name in people.used}
    try:
        return _shifts(people, used, seed, low, high), None
    except CalendarError as error:
        new_year = np.datetime64(high, "us").astype("M8[Y]").astype("M8[us]").astype(np.int64) - _DAY
        if new_year <= low:
            raise
        return _shifts(people, used, seed, low, int(new_year)), error


def _shifts(people: People, used: dict[str, WorkCalendar], seed: np.uint64, low: int, high: int) -> Shifts:
    parts: list[Int64] = []
    rates: list[NDArray[np.float64]] = []
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    at = 0

    def add(kind: str, name: str, rows: Int64, rate: NDArray[np.float64] | None = None) -> None:
        nonlocal at
        spans[kind, name] = (at, at + len(rows))
        at += len(rows)
        parts.append(rows)
        rates.append(np.ones(len(rows)) if rate is None else rate)

    plain: dict[str, Int64] = {}
    for name, calendar in used.items():
        plain[name] = _open(calendar, low, high)
        add("calendar", name, plain[name])
    for resource in people.all:
        if resource.absence > 0:
            add("resource", resource.name, _attended(resource, plain[resource.calendar], people.scenario, seed, high))
    for name in sorted({w.delay_rhythm for w in people.scenario.work.values() if w.delay_rhythm is not None}):
        add("rhythm", name, *_paced(people.scenario, name, low, high))
    rows = np.concatenate(parts) if parts else np.zeros((0, 2), dtype=np.int64)
    rate = np.concatenate(rates) if rates else np.zeros(0)
    passed = (np.minimum(rows[:, 1], high + 400 * _DAY) - rows[:, 0]) * rate
    before = np.zeros(len(rows))
    for first, last in spans.values():
        before[first:last] = np.concatenate(([0.0], np.cumsum(passed[first:last])))[:-1]
    return Shifts(rows, before, rate, spans)


def _open(calendar: WorkCalendar, low: int, high: int) -> Int64:
    if calendar.week == (((0, 1440),),) * 7 and calendar.holidays == "none":
        return np.array([[low, _FOR_EVER]], dtype=np.int64)
    return intervals(calendar, low, high)


def _attended(resource: Resource, rows: Int64, scenario: Scenario, seed: np.uint64, high: int) -> Int64:
    """A resource's intervals without the days off that chance gives it."""
    if not len(rows):
        return rows
    midnights = _midnights(scenario.zone, int(rows[0, 0]), min(int(rows[-1, 1]), high))
    edges = np.unique(np.concatenate((rows.ravel(), midnights)))
    begins, ends = edges[:-1], edges[1:]
    row = np.searchsorted(rows[:, 0], begins, side="right") - 1
    is_open = (row >= 0) & (ends <= rows[np.maximum(row, 0), 1])
    begins, ends = begins[is_open], ends[is_open]
    day = np.searchsorted(midnights, begins, side="right")
    first_day = int(midnights[0]) // _DAY if len(midnights) else 0
    luck = fractions(seed, stable_key(resource.name), ATTRIBUTE, first_day + int(day.max(initial=0)) + 1)
    there = luck[day + first_day] >= resource.absence
    return np.column_stack((begins[there], ends[there]))


def _midnights(zone: str, low: int, high: int) -> Int64:
    """Local midnights between two instants."""
    local = datetime.fromtimestamp(low // 1_000_000, UTC).astimezone(ZoneInfo(zone)).date()
    count = (high - low) // _DAY + 2
    days = (local + timedelta(days=n) for n in range(int(count)))
    stamps = (datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone)).timestamp() for d in days)
    return np.array([round(stamp * 1e6) for stamp in stamps], dtype=np.int64)


def _paced(scenario: Scenario, name: str, low: int, high: int) -> tuple[Int64, NDArray[np.float64]]:
    """The hours of a rhythm at which anything passes, and the rate of each (mean 1 over the week)."""
    pace = np.asarray(scenario.rhythms[name], dtype=np.float64)
    if len(pace) != _WEEK or (pace < 0).any() or not pace.sum() > 0 or not np.isfinite(pace).all():
        what = Text("节奏须为 168 个非负数且不全为零", "a rhythm needs 168 paces, none below 0, not all 0")
        raise SimulationError(Problem(name, what, Text("改正节奏", "correct the rhythm"), "simulation.rhythm"))
    pace = pace / pace.mean()
    hours = np.arange(low // _HOUR, high // _HOUR + 1, dtype=np.int64) * _HOUR
    slot = hours_of_week(hours, scenario.zone)
    rate = pace[slot]
    moves = rate > 0
    return np.column_stack((hours[moves], hours[moves] + _HOUR)), rate[moves]


def hours_of_week(hours: Int64, zone: str) -> Int64:
    """Hour of the local week (Monday 00:00 is 0) of instants on full hours."""
    info = ZoneInfo(zone)
    first = datetime.fromtimestamp(int(hours[0]) // 1_000_000, UTC).astimezone(info)
    steady = all(first.replace(month=month, day=1).utcoffset() == first.utcoffset() for month in (1, 7))
    if steady:
        return np.asarray((first.weekday() * 24 + first.hour + (hours - hours[0]) // _HOUR) % _WEEK)
    stamps = [datetime.fromtimestamp(int(hour) // 1_000_000, UTC).astimezone(info) for hour in hours]
    return np.array([stamp.weekday() * 24 + stamp.hour for stamp in stamps], dtype=np.int64)
