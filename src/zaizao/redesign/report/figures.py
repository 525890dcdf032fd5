"""Figures as people read them, in both languages: durations, money, shares, counts, dates.

Rule kept: three significant digits at most, the unit that keeps the number between 1 and 100, and the same rounding
everywhere, so that a figure in the table and the same figure in a sentence are the same characters.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from zaizao.problems import Text

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
_UNITS = ((DAY, "天", "d"), (HOUR, "小时", "h"), (MINUTE, "分钟", "min"), (1.0, "秒", "s"))
_CURRENCY = {"CNY": "¥", "EUR": "€", "USD": "$"}


def number(value: float) -> str:
    """Three significant digits with thousands separators: 12.3, 1,230, 0.5."""
    if value != value:
        return "–"
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}".replace("-", "−")
    digits = 1 if size >= 1 else 2
    return f"{value:,.{digits}f}".replace("-", "−")


def duration(seconds: float) -> Text:
    """A duration given in seconds: ``2.9 天`` / ``2.9 d``."""
    if seconds != seconds:
        return Text.both("–")
    unit, zh, en = duration_unit(seconds)
    words = number(seconds / unit)
    return Text(f"{words} {zh}", f"{words} {en}")


def duration_unit(seconds: float) -> tuple[float, str, str]:
    """The unit that keeps the number above 1: its size in seconds and its name in both languages."""
    return next((unit for unit in _UNITS if abs(seconds) >= unit[0]), _UNITS[-1])


def money(fen: float, currency: str = "CNY") -> Text:
    """Money given in minor units: ``¥123.4``; large sums in 万 and k, 亿 and M."""
    sign = _CURRENCY.get(currency, f"{currency} ")
    value = fen / 100
    size = abs(value)
    minus = "−" if value < 0 else ""
    if size >= 1e8:
        return Text(f"{minus}{sign}{number(size / 1e8)} 亿", f"{minus}{sign}{number(size / 1e6)} M")
    if size >= 1e4:
        return Text(f"{minus}{sign}{number(size / 1e4)} 万", f"{minus}{sign}{number(size / 1e3)} k")
    return Text.both(f"{minus}{sign}{number(size)}")


def share(value: float) -> Text:
    """A share between 0 and 1 as a percentage."""
    if value != value:
        return Text.both("–")
    percent = value * 100
    decimals = 0 if abs(percent) >= 10 or percent == 0 else 1
    return Text.both(f"{percent:.{decimals}f} %".replace("-", "−"))


def day(microseconds: int, zone: str) -> Text:
    """The date of an instant (microseconds UTC) in ``zone``: ``2025-03-07``."""
    return Text.both(datetime.fromtimestamp(microseconds / 1e6, tz=UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d"))
