"""Scenario files: a scenario as TOML that a person reads and edits, and back, losing nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from zaizao.problems import Text
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.scenario import (
    After,
    Arrivals,
    Batch,
    Branching,
    CaseAttribute,
    Condition,
    Origin,
    Resource,
    Role,
    Scenario,
    Work,
)
from zaizao.simulation.sheets import Sheet, open_book
from zaizao.simulation.written import (
    calendar_table,
    condition_table,
    distribution_table,
    take_calendar,
    take_condition,
    take_distribution,
)

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WEEK = 168
_MOST_HANDS = 1000


def read_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file; raises ``SimulationError`` with every problem and its line."""
    top = open_book(Path(path))
    zone = top.text("zone", "Asia/Shanghai")
    arrivals = top.sheet("arrivals")
    scenario = Scenario(
        name=top.text("name"),
        start=top.instant("start") + top.whole("start_microseconds", 0),
        arrivals=_arrivals(arrivals),
        work={key: _work(sheet) for key, sheet in top.named("work").items()},
        branching={key: _branching(sheet) for key, sheet in top.named("branching").items()},
        timers=_timers(top.sheet("timers")),
        roles={key: _role(key, sheet) for key, sheet in top.named("roles").items()},
        calendars={key: take_calendar(key, sheet, zone) for key, sheet in top.named("calendars").items()},
        attributes=tuple(_attribute(row, row.text("name")) for row in top.rows("attributes")),
        zone=zone,
        currency=top.text("currency", "CNY"),
        notes={key: str(value) for key, value in top.sheet("notes").data.items()},
        instances=_counts(top.sheet("instances")),
        rhythms={key: _week(top.sheet("rhythms"), key) for key in top.sheet("rhythms").keys()},  # noqa: SIM118
    )
    top.close()
    if top.book.problems:
        raise SimulationError(top.book.problems)
    return scenario


def write_scenario(scenario: Scenario, path: Path) -> None:
    """Write a scenario as TOML: the same scenario, the same bytes."""
    Path(path).write_text(scenario_text(scenario), encoding="utf-8")


def scenario_text(scenario: Scenario) -> str:
    """The TOML text of a scenario."""
    zone = ZoneInfo(scenario.zone)
    start = datetime.fromtimestamp(scenario.start // 1_000_000, UTC).astimezone(zone)
    arrivals: dict[str, Any] = {"origin": str(scenario.arrivals.origin)}
    if scenario.arrivals.calendar is not None:
        arrivals["calendar"] = scenario.arrivals.calendar
    if scenario.arrivals.drift:
        arrivals["drift"] = scenario.arrivals.drift
    if scenario.arrivals.gap is not None:
        arrivals["gap"] = distribution_table(scenario.arrivals.gap)
    arrivals["hourly"] = _days(scenario.arrivals.hourly)
    table: dict[str, Any] = {
        "name": scenario.name,
        "start": start,
        "start_microseconds": scenario.start % 1_000_000,
        "zone": scenario.zone,
        "currency": scenario.currency,
        "notes": dict(scenario.notes),
        "arrivals": arrivals,
        "calendars": {name: calendar_table(calendar) for name, calendar in scenario.calendars.items()},
        "roles": {name: {"resources": [_resource_table(r) for r in role.resources]} for name, role in
                  scenario.roles.items()},
        "attributes": [_attribute_table(attribute) for attribute in scenario.attributes],
        "work": {node: _work_table(work) for node, work in scenario.work.items()},
        "branching": {node: _branching_table(branching) for node, branching in scenario.branching.items()},
        "timers": {node: distribution_table(timer) for node, timer in scenario.timers.items()},
    }  # fmt: skip
    if scenario.instances:
        table["instances"] = {node: distribution_table(count) for node, count in scenario.instances.items()}
    if scenario.rhythms:
        table["rhythms"] = {name: _days(pace) for name, pace in scenario.rhythms.items()}
    return "\n".join(_toml(table, ())).lstrip("\n") + "\n"


# --- reading --------------------------------------------------------------------------------------------------------


def _origin(sheet: Sheet) -> Origin:
    word = sheet.text("origin", "person")
    if word not in set(Origin):
        sheet.wrong("origin", Text("measured、assumed 或 person", "measured, assumed or person"))
        return Origin.PERSON
    return Origin(word)


def _week(sheet: Sheet, key: str) -> tuple[float, ...]:
    """168 numbers, written as seven days."""
    days = sheet.items(key, (list,))
    numbers = [float(number) for day in days for number in day if isinstance(number, int | float)]
    if len(numbers) != _WEEK or min(numbers, default=0.0) < 0:
        sheet.wrong(key, Text("7 天、每天 24 个非负数", "7 days of 24 numbers not below 0"))
    return tuple(numbers)


def _days(week: tuple[float, ...]) -> list[list[float]]:
    return [list(week[day * 24 : day * 24 + 24]) for day in range(_WEEK // 24)]


def _arrivals(sheet: Sheet) -> Arrivals:
    arrivals = Arrivals(
        _week(sheet, "hourly"),
        sheet.text("calendar", "") or None,
        _origin(sheet),
        sheet.number("drift", 0.0),
        take_distribution(sheet, "gap") if "gap" in sheet else None,
    )
    sheet.close()
    return arrivals


def _work(sheet: Sheet) -> Work:
    work = Work(
        duration=take_distribution(sheet, "duration"),
        role=sheet.text("role", "") or None,
        cases=tuple(_cases(sheet, lambda row: take_distribution(row, "duration"))),
        delay=take_distribution(sheet, "delay") if "delay" in sheet else None,
        automatic=sheet.flag("automatic"),
        cost=sheet.whole("cost", 0),
        priority=sheet.whole("priority", 0),
        origin=_origin(sheet),
        delay_calendar=sheet.text("delay_calendar", "") or None,
        delay_passes=tuple(
            take_distribution(Sheet({"delay_passes": row.data}, row.path[:-1], row.book), "delay_passes")
            for row in sheet.rows("delay_passes")
        ),
        delay_rhythm=sheet.text("delay_rhythm", "") or None,
        delay_after=tuple(_past(row) for row in sheet.rows("delay_after")),
        batch=_batch(sheet.sheet("batch")) if "batch" in sheet else None,
        priority_cases=tuple(_cases(sheet, lambda row: row.whole("priority"), "priority_cases")),
    )
    sheet.close()
    return work


def _batch(sheet: Sheet) -> Batch:
    batch = Batch(sheet.whole("size", 0), sheet.duration("wait"))
    sheet.close()
    return batch


def _past(sheet: Sheet) -> After:
    after = After(
        tuple(sheet.items("last")),
        sheet.weights("weights") if "weights" in sheet else {},
        take_distribution(sheet, "delay") if "delay" in sheet else None,
    )
    sheet.close()
    return after


def _counts(sheet: Sheet) -> dict[str, Any]:
    """Numbers of runs: plain numbers, or distributions whose parameters are numbers."""
    return {key: take_distribution(sheet, key) for key in sheet.keys()}  # noqa: SIM118


def _cases(sheet: Sheet, value: Callable[[Sheet], Any], key: str = "cases") -> list[tuple[Condition, Any]]:
    pairs = []
    for row in sheet.rows(key):
        pairs.append((take_condition(row.sheet("when")), value(row)))
        row.close()
    return pairs


def _branching(sheet: Sheet) -> Branching:
    rows = sheet.rows("passes")
    branching = Branching(
        weights=sheet.weights("weights"),
        passes=tuple(Sheet({"passes": row.data}, row.path[:-1], row.book).weights("passes") for row in rows),
        cases=tuple(_cases(sheet, lambda row: row.weights("weights"))),
        origin=_origin(sheet),
        after=tuple(_past(row) for row in sheet.rows("after")),
    )
    sheet.close()
    return branching


def _timers(sheet: Sheet) -> dict[str, Any]:
    return {key: take_distribution(sheet, key) for key in sheet.keys()}  # noqa: SIM118


def _role(name: str, sheet: Sheet) -> Role:
    resources = []
    for row in sheet.rows("resources"):
        resource = Resource(
            row.text("name"),
            row.text("calendar"),
            row.whole("cost_per_hour", 0),
            row.flag("automatic"),
            row.number("speed", 1.0),
            row.number("absence", 0.0),
            row.whole("hands", 1),
        )
        if resource.speed <= 0:
            row.wrong("speed", Text("大于 0 的数", "a number above 0"))
        if not 0 <= resource.absence < 1:
            row.wrong("absence", Text("0 到 1 之间的概率", "a probability from 0 to below 1"))
        if not 1 <= resource.hands <= _MOST_HANDS:
            row.wrong("hands", Text(f"1 到 {_MOST_HANDS} 的整数", f"a whole number from 1 to {_MOST_HANDS}"))
        resources.append(resource)
        row.close()
    sheet.close()
    return Role(name, tuple(resources))


def _attribute(sheet: Sheet, name: str) -> CaseAttribute:
    attribute = CaseAttribute(
        name=name,
        values=sheet.weights("values") if "values" in sheet else {},
        number=take_distribution(sheet, "number") if "number" in sheet else None,
        cases=tuple(_cases(sheet, lambda row: _attribute(row.sheet("draw"), name))),
        step=sheet.number("step", 0.0),
    )
    sheet.close()
    return attribute


# --- writing --------------------------------------------------------------------------------------------------------


def _resource_table(resource: Resource) -> dict[str, Any]:
    table: dict[str, Any] = {"name": resource.name, "calendar": resource.calendar}
    if resource.cost_per_hour:
        table["cost_per_hour"] = resource.cost_per_hour
    if resource.automatic:
        table["automatic"] = True
    for name, usual in (("speed", 1.0), ("absence", 0.0), ("hands", 1)):
        if getattr(resource, name) != usual:
            table[name] = getattr(resource, name)
    return table


def _past_table(after: After) -> dict[str, Any]:
    table: dict[str, Any] = {"last": list(after.last)}
    if after.weights:
        table["weights"] = dict(after.weights)
    if after.delay is not None:
        table["delay"] = distribution_table(after.delay)
    return table


def _work_table(work: Work) -> dict[str, Any]:
    table: dict[str, Any] = {"duration": distribution_table(work.duration), "origin": str(work.origin)}
    if work.role is not None:
        table["role"] = work.role
    if work.cases:
        table["cases"] = [{"when": condition_table(c), "duration": distribution_table(d)} for c, d in work.cases]
    if work.delay is not None:
        table["delay"] = distribution_table(work.delay)
    if work.delay_passes:
        table["delay_passes"] = [distribution_table(delay) for delay in work.delay_passes]
    if work.delay_calendar is not None:
        table["delay_calendar"] = work.delay_calendar
    if work.delay_rhythm is not None:
        table["delay_rhythm"] = work.delay_rhythm
    if work.delay_after:
        table["delay_after"] = [_past_table(after) for after in work.delay_after]
    if work.batch is not None:
        table["batch"] = {"size": work.batch.size, "wait": work.batch.wait}
    if work.priority_cases:
        table["priority_cases"] = [{"when": condition_table(c), "priority": p} for c, p in work.priority_cases]
    for name in ("automatic", "cost", "priority"):
        if getattr(work, name):
            table[name] = getattr(work, name)
    return table


def _branching_table(branching: Branching) -> dict[str, Any]:
    table: dict[str, Any] = {"origin": str(branching.origin), "weights": dict(branching.weights)}
    if branching.after:
        table["after"] = [_past_table(after) for after in branching.after]
    if branching.passes:
        table["passes"] = [dict(weights) for weights in branching.passes]
    if branching.cases:
        table["cases"] = [{"when": condition_table(c), "weights": dict(weights)} for c, weights in branching.cases]
    return table


def _attribute_table(attribute: CaseAttribute, *, named: bool = True) -> dict[str, Any]:
    table: dict[str, Any] = {"name": attribute.name} if named else {}
    if attribute.values:
        table["values"] = dict(attribute.values)
    if attribute.number is not None:
        table["number"] = distribution_table(attribute.number)
    if attribute.step:
        table["step"] = attribute.step
    if attribute.cases:
        table["cases"] = [
            {"when": condition_table(c), "draw": _attribute_table(other, named=False)} for c, other in attribute.cases
        ]
    return table


def _toml(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Tables two levels deep get headers; what lies deeper is written in line."""
    lines = []
    deeper: list[tuple[str, Any]] = []
    for key, value in table.items():
        opens_table = isinstance(value, dict) and len(path) < 2 and key != "weights"
        if opens_table or (not path and isinstance(value, list) and value and isinstance(value[0], dict)):
            deeper.append((key, value))
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in deeper:
        where = (*path, key)
        header = ".".join(_key(part) for part in where)
        if isinstance(value, list):
            for row in value:
                lines += ["", f"[[{header}]]", *(f"{_key(k)} = {_value(v)}" for k, v in row.items())]
        else:
            lines += ["", f"[{header}]", *_toml(value, where)]
    return lines


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return repr(value)


def _quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escapes.get(c, c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}") for c in text) + '"'
