"""How a scenario's parts are written in TOML; shared by scenario files and packs.

A distribution is a table: ``{ kind = "lognormal", median = "18min", p90 = "45min" }``, or a duration alone (fixed).
A calendar's week: ``{ mon-fri = "08:30-12:00 13:00-17:30", sat = "09:00-12:00" }``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from zaizao.calendars import Holidays, WorkCalendar
from zaizao.problems import Text
from zaizao.simulation.scenario import Condition, Distribution, Family
from zaizao.simulation.sheets import Sheet

_NORMAL_P90 = 1.2815515655446004
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELDS: Mapping[Family, tuple[str, ...]] = {
    Family.FIXED: ("value",),
    Family.UNIFORM: ("low", "high"),
    Family.TRIANGULAR: ("low", "mode", "high"),
    Family.NORMAL: ("mean", "sd"),
    Family.EXPONENTIAL: ("mean",),
    Family.LOGNORMAL: ("mu", "sigma"),
    Family.GAMMA: ("shape", "scale"),
    Family.WEIBULL: ("shape", "scale"),
}
_UNITLESS = {"mu", "sigma", "shape"}
_NOTHING = Distribution(Family.FIXED, (0.0,))


def take_distribution(sheet: Sheet, key: str) -> Distribution:
    """The distribution under ``key``; a problem and zero where it is not one."""
    value = sheet.data.get(key)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return Distribution(Family.FIXED, (sheet.duration(key),))
    table = sheet.sheet(key)
    if not table.data:
        sheet.wrong(key, Text("分布或时长", "a distribution or a duration"))
        return _NOTHING
    kind = table.text("kind")
    if kind not in set(Family):
        table.wrong("kind", Text("分布名：" + "、".join(Family), "one of " + ", ".join(Family)))
        return _NOTHING
    family = Family(kind)
    if family is Family.EMPIRICAL:
        parameters = [float(x) for x in table.items("quantiles", (int, float))]
        if not parameters or parameters != sorted(parameters):
            table.wrong("quantiles", Text("递增的数字列表", "a list of rising numbers"))
            parameters = [0.0]
    elif family is Family.LOGNORMAL and "median" in table:
        median, high = table.duration("median"), table.duration("p90")
        if not 0 < median <= high:
            table.wrong("p90", Text("不小于正的中位数的时长", "a duration not below a positive median"))
            median = high = 1.0
        parameters = [math.log(median), math.log(high / median) / _NORMAL_P90]
    else:
        parameters = [table.number(name) if name in _UNITLESS else table.duration(name) for name in FIELDS[family]]
    table.close()
    return Distribution(family, tuple(parameters))


def distribution_table(distribution: Distribution) -> dict[str, Any]:
    """A distribution as ``take_distribution`` reads it back, exactly."""
    if distribution.family is Family.EMPIRICAL:
        return {"kind": "empirical", "quantiles": list(distribution.parameters)}
    names = FIELDS[distribution.family]
    return {"kind": str(distribution.family), **dict(zip(names, distribution.parameters, strict=True))}


def take_condition(sheet: Sheet) -> Condition:
    """A condition table: ``{ attribute = "product", values = ["…"] }`` or with ``low``/``high``."""
    low = sheet.number("low") if "low" in sheet else None
    high = sheet.number("high") if "high" in sheet else None
    condition = Condition(sheet.text("attribute"), tuple(sheet.items("values")), low, high)
    sheet.close()
    return condition


def condition_table(condition: Condition) -> dict[str, Any]:
    """A condition as ``take_condition`` reads it back."""
    table: dict[str, Any] = {"attribute": condition.attribute}
    if condition.values:
        table["values"] = list(condition.values)
    for name, bound in (("low", condition.low), ("high", condition.high)):
        if bound is not None:
            table[name] = float(bound)
    return table


def take_calendar(name: str, sheet: Sheet, zone: str) -> WorkCalendar:
    """A calendar table: ``week``, ``holidays`` (``none`` or ``cn``), ``zone``."""
    week: list[tuple[tuple[int, int], ...]] = [()] * 7
    table = sheet.sheet("week")
    for key in table.keys():  # noqa: SIM118
        days = _days(key)
        spans = _spans(table.text(key))
        if days is None or spans is None:
            table.wrong(key, Text("如 mon-fri = “09:00-12:00 13:00-17:30”", "like mon-fri = “09:00-12:00 13:00-17:30”"))
            continue
        for day in days:
            week[day] = spans
    holidays = sheet.text("holidays", "none")
    if holidays not in set(Holidays):
        sheet.wrong("holidays", Text("none 或 cn", "none or cn"))
        holidays = "none"
    calendar = WorkCalendar(name, tuple(week), sheet.text("zone", zone), Holidays(holidays))
    sheet.close()
    return calendar


def calendar_table(calendar: WorkCalendar) -> dict[str, Any]:
    """A calendar as ``take_calendar`` reads it back."""
    week = {
        _DAYS[day]: " ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans)
        for day, spans in enumerate(calendar.week)
        if spans
    }
    return {"zone": calendar.zone, "holidays": str(calendar.holidays), "week": week}


def _days(key: str) -> range | None:
    first, _, last = key.partition("-")
    if first not in _DAYS or (last or first) not in _DAYS:
        return None
    return range(_DAYS.index(first), _DAYS.index(last or first) + 1)


def _spans(text: str) -> tuple[tuple[int, int], ...] | None:
    spans = []
    for part in text.split():
        ends = [_minutes(end) for end in part.split("-")]
        if len(ends) != 2 or ends[0] is None or ends[1] is None or ends[0] >= ends[1]:
            return None
        spans.append((ends[0], ends[1]))
    return tuple(sorted(spans))


def _minutes(text: str) -> int | None:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal()) or int(minute) > 59:
        return None
    total = int(hour) * 60 + int(minute)
    return total if total <= 1440 else None
