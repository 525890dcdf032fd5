"""Prosimos and BIMP-style scenario files (JSON): resources, calendars, durations, gateways and arrivals as a scenario.

What is read: ``resource_profiles``, ``resource_calendars``, ``task_resource_distribution``, ``arrival_time_distribution``,
``arrival_time_calendar``, ``gateway_branching_probabilities``, ``event_distribution``. What has no counterpart is said in
the scenario's notes: arrivals become a Poisson process of the same mean, and performers' own durations one mixture.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from zaizao.bpmn import Process
from zaizao.calendars import WorkCalendar
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

_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_STEPS = 401
_VOID = 1e-6
_IGNORED = ("batch_processing", "case_attributes", "prioritisation_rules", "branch_rules", "event_attributes",
            "global_attributes", "multitask")  # fmt: skip
_STANDARD = NormalDist()


def read_prosimos(path: Path, process: Process, *, start: int, zone: str = "UTC") -> Scenario:
    """The scenario of a Prosimos JSON file for ``process``; ``start`` is microseconds UTC of the first arrival.

    Raises ``SimulationError`` for a file that is no such scenario.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return _scenario(data, process, start, zone)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        what = Text(f"不是 Prosimos 情景：{error!r}", f"not a Prosimos scenario: {error!r}")
        remedy = Text("检查文件内容", "check the file")
        raise SimulationError(Problem(str(path), what, remedy, "simulation.prosimos")) from error


def _scenario(data: dict[str, Any], process: Process, start: int, zone: str) -> Scenario:
    calendars = {c["id"]: _calendar(c["id"], c["time_periods"], zone) for c in data["resource_calendars"]}
    people: dict[str, list[Resource]] = {}
    for pool in data["resource_profiles"]:
        for entry in pool["resource_list"]:
            count, cost = int(entry["amount"]), round(float(entry["cost_per_hour"]) * 100)
            names = [entry["name"]] if count == 1 else [f"{entry['name']} {at + 1}" for at in range(count)]
            people[entry["id"]] = [Resource(name, entry["calendar"], cost) for name in names]
    work: dict[str, Work] = {}
    roles: dict[str, Role] = {}
    for task in data["task_resource_distribution"]:
        members = {r.name: r for entry in task["resources"] for r in people[entry["resource_id"]]}
        role = " + ".join(members)
        roles.setdefault(role, Role(role, tuple(members.values())))
        duration = _mixture([_distribution(entry) for entry in task["resources"]])
        work[task["task_id"]] = Work(duration, role, origin=Origin.PERSON)
    arrivals = _distribution(data["arrival_time_distribution"])
    rate = 3600.0 / max(_mean(arrivals), 1e-9)
    if "arrival_time_calendar" in data:
        calendars["arrivals"] = _calendar("arrivals", data["arrival_time_calendar"], zone)
    flows = {(flow.source, flow.id) for flow in process.flows}
    branching = {}
    for gateway in data["gateway_branching_probabilities"]:
        node = gateway["gateway_id"]
        weights = {entry["path_id"]: float(entry["value"]) for entry in gateway["probabilities"]}
        if any((node, flow) in flows for flow in weights):
            branching[node] = Branching(weights, origin=Origin.PERSON)
    left_out = [key for key in _IGNORED if data.get(key)]
    notes = {"arrivals": "Poisson of the mean between arrivals", "left out": ", ".join(left_out) or "nothing"}
    return Scenario(
        name=process.name or process.id,
        start=start,
        arrivals=Arrivals((rate,) * 168, "arrivals" if "arrivals" in calendars else None, Origin.PERSON),
        work=work,
        branching=branching,
        timers={entry["event_id"]: _distribution(entry) for entry in data.get("event_distribution") or []},
        roles=roles,
        calendars=calendars,
        zone=zone,
        notes=notes,
    )


def _calendar(name: str, periods: list[dict[str, str]], zone: str) -> WorkCalendar:
    week: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
    for period in periods:
        opens, closes = _minutes(period["beginTime"]), _minutes(period["endTime"])
        closes = 1440 if closes in (0, 1439) else closes
        first, last = _DAYS.index(period["from"].upper()), _DAYS.index(period["to"].upper())
        for day in range(first, last + 1):
            week[day].append((opens, closes))
    return WorkCalendar(name, tuple(tuple(sorted(day)) for day in week), zone)


def _minutes(text: str) -> int:
    hour, minute = text.split(":")[:2]
    return int(hour) * 60 + int(minute)


def _distribution(entry: dict[str, Any]) -> Distribution:
    """A distribution within its limits: the family where the limits cut nothing off, else its quantiles."""
    name = entry["distribution_name"]
    values = [float(parameter["value"]) for parameter in entry["distribution_params"]]
    if name == "fix":
        return Distribution(Family.FIXED, (values[0],))
    if name == "uniform":
        return Distribution(Family.UNIFORM, (values[0], values[1]))
    if name == "triang":
        return Distribution(Family.TRIANGULAR, (values[1], values[0], values[2]))
    low, high = values[-2], values[-1]
    if name == "expon":
        scale = max(values[0] - low, 1e-9)
        if low <= 0 and high > 20 * scale:
            return Distribution(Family.EXPONENTIAL, (values[0],))
        top = -math.expm1(-(high - low) / scale)
        return _empirical([low - scale * math.log1p(-at * top) for at in _grid(top)])
    if name == "norm":
        return _cut(Distribution(Family.NORMAL, (values[0], values[1])), max(low, 0.0), high)
    if name == "lognorm":
        sigma = math.sqrt(math.log1p(values[1] / values[0] ** 2))
        return _cut(Distribution(Family.LOGNORMAL, (math.log(values[0]) - sigma**2 / 2, sigma)), low, high)
    if name == "gamma":
        return Distribution(Family.GAMMA, (values[0] ** 2 / values[1], values[1] / values[0]))
    raise ValueError(f"unknown distribution {name}")


def _cut(whole: Distribution, low: float, high: float) -> Distribution:
    """A normal or lognormal distribution between limits."""
    middle, spread = whole.parameters
    lognormal = whole.family is Family.LOGNORMAL

    def chance(value: float) -> float:
        if lognormal and value <= 0:
            return 0.0
        return _STANDARD.cdf(((math.log(value) if lognormal else value) - middle) / max(spread, 1e-12))

    bottom, top = chance(low), chance(high)
    if bottom < _VOID and top > 1 - _VOID:
        return whole
    points = []
    for at in _grid(1.0):
        p = min(max(bottom + at * (top - bottom), 1e-9), 1 - 1e-9)
        value = middle + spread * _STANDARD.inv_cdf(p)
        points.append(min(max(math.exp(value) if lognormal else value, low), high))
    return _empirical(points)


def _grid(top: float) -> list[float]:
    """Equal steps of probability; the last stays below 1 where nothing is cut off."""
    last = 1.0 if top < 1.0 else 1.0 - 0.5 / _STEPS
    return [min(at / (_STEPS - 1), last) for at in range(_STEPS)]


def _empirical(points: list[float]) -> Distribution:
    return Distribution(Family.EMPIRICAL, tuple(sorted(max(point, 0.0) for point in points)))


def _mixture(parts: list[Distribution]) -> Distribution:
    """One distribution for all performers: theirs if they share it, else each performer's weighs the same."""
    if len(set(parts)) == 1:
        return parts[0]
    pooled = np.sort(np.concatenate([_quantiles(part) for part in parts]))
    return _empirical(np.quantile(pooled, np.linspace(0, 1, _STEPS)).tolist())


def _quantiles(distribution: Distribution) -> np.ndarray[Any, np.dtype[np.float64]]:
    from zaizao.simulation.population import quantiles

    return quantiles(distribution, (np.arange(_STEPS) + 0.5) / _STEPS)


def _mean(distribution: Distribution) -> float:
    return float(_quantiles(distribution).mean()) if distribution.family is not Family.EXPONENTIAL else (
        distribution.parameters[0]
    )  # fmt: skip
