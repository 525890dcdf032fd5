"""BIMP scenarios: a BPMN file with the ``qbp`` extension (http://www.qbp-simulator.com/Schema201212) as a scenario.

What is read: arrivals, time tables, resources, durations and costs of elements, probabilities of sequence flows. Durations
are seconds whatever ``timeUnit`` says (that is how they are shown). Arrivals come one gap after the other, as there.

Safe on hostile files: no DTD, no entities, no network, bounded size.
"""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from lxml import etree

from zaizao.bpmn import Process
from zaizao.calendars import WorkCalendar, always
from zaizao.problems import Problem, Text
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.scenario import (
    Arrivals,
    Branching,
    Distribution,
    Family,
    Origin,
    Resource,
    Role,
    Scenario,
    Work,
)

_QBP = "{http://www.qbp-simulator.com/Schema201212}"
_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_LARGEST = 20_000_000
_MOST_PEOPLE = 10_000
_NOTHING = Distribution(Family.FIXED, (0.0,))


def read_bimp(path: Path, process: Process, *, zone: str = "UTC") -> Scenario:
    """The scenario in a BIMP file for ``process``; raises ``SimulationError`` for a file that holds none."""
    try:
        data = Path(path).read_bytes()
        if len(data) > _LARGEST:
            raise ValueError(f"{len(data)} bytes are more than {_LARGEST}")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(data, parser)
        if root.getroottree().docinfo.internalDTD is not None:
            raise ValueError("a DOCTYPE is refused")
        info = next(root.iter(f"{_QBP}processSimulationInfo"), None)
        if info is None:
            raise ValueError("there is no qbp:processSimulationInfo")
        return _Reading(info, process, zone).scenario()
    except (OSError, ValueError, KeyError, TypeError, etree.XMLSyntaxError) as error:
        what = Text(f"不是 BIMP 情景：{error}", f"not a BIMP scenario: {error}")
        raise SimulationError(
            Problem(str(path), what, Text("检查文件内容", "check the file"), "simulation.bimp")
        ) from error


class _Reading:
    """One ``processSimulationInfo`` being read."""

    def __init__(self, info: etree._Element, process: Process, zone: str) -> None:
        self.info, self.process, self.zone = info, process, zone

    def scenario(self) -> Scenario:
        """All of it."""
        tables = {one.get("id", ""): one for one in self.info.iter(f"{_QBP}timetable")}
        calendars = {key: _calendar(key, one, self.zone) for key, one in tables.items()}
        usual = next((key for key, one in tables.items() if one.get("default") == "true"), next(iter(tables), None))
        calendars.setdefault("always", always("always", self.zone))
        roles = self._roles(usual or "always", calendars)
        gap = next(self.info.iter(f"{_QBP}arrivalRateDistribution"), None)
        if gap is None:
            raise ValueError("there is no arrivalRateDistribution")
        between = _distribution(gap)
        rate = 3600.0 / max(_mean(between), 1e-9)
        return Scenario(
            name=self.process.name or self.process.id,
            start=_start(self.info.get("startDateTime"), self.zone),
            arrivals=Arrivals((rate,) * 168, usual, Origin.PERSON, gap=between),
            work=self._work(roles),
            branching=self._branching(),
            timers=self._timers(),
            roles=roles,
            calendars=calendars,
            zone=self.zone,
            currency=self.info.get("currency", "EUR"),
            notes={"source": "BIMP", "arrivals": "one gap after the other, within the default time table"},
        )

    def _roles(self, usual: str, calendars: dict[str, WorkCalendar]) -> dict[str, Role]:
        roles: dict[str, Role] = {}
        for one in self.info.iter(f"{_QBP}resource"):
            key = str(one.get("id") or one.get("name") or "")
            name, count = str(one.get("name") or key), int(one.get("totalAmount", "1"))
            if not 0 < count <= _MOST_PEOPLE:
                raise ValueError(f"{name}: {count} resources")
            calendar = str(one.get("timetableId") or usual)
            cost = round(float(one.get("costPerHour") or 0) * 100)
            people = tuple(Resource(f"{name} {at + 1}" if count > 1 else name, calendar, cost) for at in range(count))
            if calendar not in calendars:
                raise ValueError(f"{name}: there is no time table {calendar}")
            roles[key] = Role(key, people)
        return roles

    def _elements(self) -> dict[str, etree._Element]:
        return {one.get("elementId", ""): one for one in self.info.iter(f"{_QBP}element")}

    def _work(self, roles: dict[str, Role]) -> dict[str, Work]:
        tasks = {node.id for node in self.process.walk()}
        work = {}
        for node, one in self._elements().items():
            if node not in tasks:
                continue
            time = one.find(f"{_QBP}durationDistribution")
            wanted = [each.text or "" for each in one.iter(f"{_QBP}resourceId")]
            role = next((name.strip() for name in wanted if name.strip() in roles), None)
            work[node] = Work(
                duration=_NOTHING if time is None else _distribution(time),
                role=role,
                automatic=role is None,
                cost=round(float(one.get("fixedCost") or 0) * 100),
                origin=Origin.PERSON,
            )
        return work

    def _timers(self) -> dict[str, Distribution]:
        found = {}
        for node, one in self._elements().items():
            time = one.find(f"{_QBP}durationDistribution")
            if time is not None:
                found[node] = _distribution(time)
        return found

    def _branching(self) -> dict[str, Branching]:
        chance = {
            one.get("elementId", ""): float(one.get("executionProbability") or 0)
            for one in self.info.iter(f"{_QBP}sequenceFlow")
        }
        found: dict[str, dict[str, float]] = {}
        for flow in self.process.flows:
            if flow.id in chance:
                found.setdefault(flow.source, {})[flow.id] = chance[flow.id]
        return {
            node: Branching(weights, origin=Origin.PERSON) for node, weights in found.items() if sum(weights.values())
        }


def _start(text: str | None, zone: str) -> int:
    if not text:
        return 0
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))
    return round(moment.timestamp() * 1e6)


def _calendar(name: str, table: etree._Element, zone: str) -> WorkCalendar:
    week: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
    for rule in table.iter(f"{_QBP}rule"):
        opens, closes = _minutes(rule.get("fromTime", "")), _minutes(rule.get("toTime", ""))
        closes = 1440 if closes in (0, 1439) else closes
        first, last = (_DAYS.index(rule.get(key, "").upper()) for key in ("fromWeekDay", "toWeekDay"))
        days = range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))
        for day in days:
            week[day].append((opens, closes))
    return WorkCalendar(name, tuple(tuple(sorted(day)) for day in week), zone)


def _minutes(text: str) -> int:
    hour, minute = text.split(":")[:2]
    return int(hour) * 60 + int(minute)


def _distribution(one: etree._Element) -> Distribution:
    """A distribution by BIMP's arguments: ``mean``, ``arg1``, ``arg2``."""
    kind = (one.get("type") or "").upper()
    mean, first, second = (_number(one.get(key)) for key in ("mean", "arg1", "arg2"))
    if kind == "FIXED":
        return Distribution(Family.FIXED, (mean or first,))
    if kind == "EXPONENTIAL":
        return Distribution(Family.EXPONENTIAL, (first or mean,))
    if kind == "UNIFORM":
        return Distribution(Family.UNIFORM, (first, second))
    if kind == "TRIANGULAR":
        return Distribution(Family.TRIANGULAR, (first, mean, second))
    if kind == "NORMAL":
        return Distribution(Family.NORMAL, (mean, first))
    if kind == "LOGNORMAL" and mean > 0:
        spread = math.log1p(first / mean**2)
        return Distribution(Family.LOGNORMAL, (math.log(mean) - spread / 2, math.sqrt(spread)))
    if kind == "GAMMA" and mean > 0 and first > 0:
        return Distribution(Family.GAMMA, (mean**2 / first, first / mean))
    raise ValueError(f"unknown distribution {kind or 'without a type'}")


def _number(text: str | None) -> float:
    value = float(text) if text else 0.0
    return value if math.isfinite(value) and value >= 0 else 0.0


def _mean(distribution: Distribution) -> float:
    from zaizao.simulation.scaling import mean

    return mean(distribution)
