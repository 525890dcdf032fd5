"""Rails as dated data: hours, limits, products, speed; and what the bank pays for them.

Rule kept: a rail outside the dates that are known is refused, never assumed; hours follow the business calendar, an
evening before a workday belonging to that workday. Amounts are fen, times µs UTC, hours minutes of the rail's day.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from zaizao.calendars import CalendarError, Holidays, WorkCalendar, is_open
from zaizao.centres.errors import PaymentError, problem
from zaizao.problems import Text

_WORKDAYS = WorkCalendar("workdays", (((0, 1440),),) * 5 + ((), ()), holidays=Holidays.CN)
_MINUTE = 60_000_000
_FOREVER = 2**62
_DAYS_AHEAD = 21
"""How far ahead the next opening is looked for: beyond the longest holiday."""


@dataclass(frozen=True, slots=True)
class Rail:
    """One rail from a day on; see ``rails.toml`` for the units."""

    name: str
    title: Text
    since: date
    until: date | None = None
    days: str = "every"
    sessions: tuple[tuple[int, int], ...] = ((0, 1440),)
    special: tuple[tuple[int, int], ...] = ()
    """Further openings, as instants."""
    least: int = 1
    most: int = _FOREVER
    currency: str = "CNY"
    products: frozenset[str] = frozenset({"account"})
    banks: frozenset[str] | None = None
    """The payees' banks that can be reached; all where None."""
    speed: int = 0
    offered: bool = True
    zone: str = "Asia/Shanghai"

    def opening(self, at: int) -> tuple[bool, int]:
        """Whether the rail is open at an instant, and until when that holds (at least)."""
        spans = self._spans(at)
        for start, end in spans:
            if start <= at < end:
                return True, end
            if at < start:
                return False, start
        return False, at + 1440 * _MINUTE

    def next_open(self, at: int) -> int | None:
        """``at`` if the rail is open then, else when it opens next; None where that is not known."""
        for _ in range(_DAYS_AHEAD):
            opened, holds = self.opening(at)
            if opened:
                return at
            at = holds
        return None

    def _spans(self, at: int) -> list[tuple[int, int]]:
        """The openings around the day of ``at``, joined and sorted. A day whose calendar is unknown is not open."""
        zone = ZoneInfo(self.zone)
        today = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(zone).date()
        spans = [span for span in self.special if span[1] > at]
        for shift in range(-1, 3):
            day = today + timedelta(days=shift)
            midnight = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1_000_000
            if self.days == "workdays" and not _works(midnight + 720 * _MINUTE):
                continue
            spans += [(midnight + start * _MINUTE, midnight + end * _MINUTE) for start, end in self.sessions]
        joined: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return joined


def _works(noon: int) -> bool:
    try:
        return is_open(_WORKDAYS, noon)
    except CalendarError:  # the year's notice is not out: closed, not guessed
        return False


@dataclass(frozen=True, slots=True)
class Tariff:
    """A fee by amount: fixed up to each step, above the last one ``per_million`` of the amount, at most ``cap``."""

    steps: tuple[int, ...]
    fees: tuple[int, ...]
    per_million: int = 0
    cap: int = _FOREVER

    def fee(self, amount: int) -> int:
        """The fee in fen for ``amount`` fen, rounded half up."""
        place = bisect_left(self.steps, amount)
        if place < len(self.fees):
            return self.fees[place]
        return min((amount * self.per_million + 500_000) // 1_000_000, self.cap)


def read_rails(body: bytes | None = None, where: str = "rails") -> tuple[Rail, ...]:
    """The rails in ``body`` (TOML), or those that come with the package; ``PaymentError`` where they are wrong."""
    if body is None:
        body = resources.files(__package__).joinpath("rails.toml").read_bytes()
    try:
        rails = tuple(_rail(one) for one in tomllib.loads(body.decode())["rail"])
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise _wrong(where, f"支付通道数据有误：{error}", f"the rails are wrong: {error}") from error
    for one in rails:
        if one.days not in ("every", "workdays") or any(not -1440 <= a < b <= 1440 for a, b in one.sessions):
            raise _wrong(f"{where}: {one.name}", "营业时间有误", "its hours are wrong")
    ordered = sorted(rails, key=lambda one: (one.name, one.since))
    for before, after in pairwise(ordered):
        if before.name == after.name and (before.since == after.since or (before.until or after.since) > after.since):
            raise _wrong(f"{where}: {after.name}", "生效日期重叠", "its dates overlap")
    return tuple(ordered)


def _rail(one: Mapping[str, Any]) -> Rail:
    given = dict(one)
    given["title"] = Text(*given["title"])
    given["since"] = given.pop("from")
    given["sessions"] = tuple((int(a), int(b)) for a, b in given.get("sessions", ((0, 1440),)))
    given["special"] = tuple((_instant(a), _instant(b)) for a, b in given.get("special", ()))
    given["products"] = frozenset(given.get("products", ("account",)))
    given["banks"] = frozenset(given["banks"]) if "banks" in given else None
    given["speed"] = int(given.get("speed", 0)) * 1_000_000
    return Rail(**given)


def _instant(value: datetime) -> int:
    if value.tzinfo is None:
        value = value.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return int(value.timestamp()) * 1_000_000


def read_tariffs(body: bytes, where: str = "tariffs") -> dict[str, Tariff]:
    """Rail → tariff from TOML: ``[hvps]``, ``steps = [[200_000, 200], [1_000_000, 500]]``, ``per_million``, ``cap``."""
    try:
        return {
            name: Tariff(
                tuple(int(step) for step, _ in sorted(one.get("steps", ()))),
                tuple(int(fee) for _, fee in sorted(one.get("steps", ()))),
                int(one.get("per_million", 0)),
                int(one.get("cap", _FOREVER)),
            )
            for name, one in tomllib.loads(body.decode()).items()
        }
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError) as error:
        raise _wrong(where, f"资费有误：{error}", f"the tariffs are wrong: {error}") from error


def _wrong(where: str, zh: str, en: str) -> PaymentError:
    return PaymentError(
        problem(where, (zh, en), ("请对照文档中的格式", "compare it with the format in the docs"), "payments.data")
    )
