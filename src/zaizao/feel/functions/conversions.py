"""Built-in functions that convert (DMN 1.5, 10.3.4.1 and 10.3.4.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, TypeVar

from .. import calendar, decimal128, iso
from ..arithmetic import midnight_utc
from ..calendar import NANOS
from ..comparison import negation
from ..session import null
from ..texts import string_of
from ..values import Date, DateTime, DaysTime, Time, Value, YearsMonths, Zone
from .registry import built_in

_Found = TypeVar("_Found")


def _unreadable(what_zh: str, what: str) -> _Found | None:
    return null("conversion", f"文本不是{what_zh}", f"the text is no {what}")


@built_in("not(negand: Any)")
def negated(negand: Value) -> bool | None:
    """True for false, false for true, else null."""
    return negation(negand)


@built_in("string(from: Any)")
def string(from_: Value) -> str | None:
    """The value as text."""
    return None if from_ is None else string_of(from_)


_SEPARATORS: Final = (" ", ",", ".")


@built_in("number(from: string, grouping separator?: string?, decimal separator?: string?)")
def number(from_: str, grouping: str | None = None, point: str | None = None) -> Decimal | None:
    """The number that a text spells with the given separators."""
    if (
        grouping not in (None, *_SEPARATORS)
        or point not in (None, ".", ",")
        or (point is not None and grouping == point)
    ):
        return null("separator", "分隔符不合规定", "the separators are not allowed")
    text = from_
    if grouping is not None:
        text = text.replace(grouping, "")
    if point == ",":
        text = "" if "." in text else text.replace(",", ".")
    found = decimal128.number(text)
    return _unreadable("数字", "number") if found is None else found


@built_in("date(from: string|date|date and time)")
def date(from_: str | Date | DateTime) -> Date | None:
    """The date that a text spells, or of a date and time."""
    if isinstance(from_, str):
        return iso.parse_date(from_) or _unreadable("日期", "date")
    return from_.date if isinstance(from_, DateTime) else from_


@built_in("date(year: number, month: number, day: number)")
def date_of(year: Decimal, month: Decimal, day: Decimal) -> Date | None:
    """The date with that year, month and day."""
    return calendar.date(int(year), int(month), int(day)) or _unreadable("日期", "date")


@built_in("time(from: string|time|date and time|date)")
def time(from_: str | Time | DateTime | Date) -> Time | None:
    """The time that a text spells, or of a date and time; of a date, midnight in UTC."""
    if isinstance(from_, str):
        return iso.parse_time(from_) or _unreadable("时间", "time")
    if isinstance(from_, Date):
        return midnight_utc(from_).time
    return from_.time if isinstance(from_, DateTime) else from_


@built_in("time(hour: number, minute: number, second: number, offset?: days and time duration?)")
def time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTime | None = None) -> Time | None:
    """The time with that hour, minute, second and offset from UTC."""
    whole = (int(hour), int(minute), int(second))
    zone: Zone = None
    if offset is not None:
        zone = offset.nanoseconds // NANOS
        if abs(zone) > 18 * 3600:
            return _unreadable("时间", "time")
    if not (0 <= whole[0] <= 23 and 0 <= whole[1] <= 59 and 0 <= second < 60):
        return _unreadable("时间", "time")
    return Time(*whole, int((second - whole[2]) * NANOS), zone)


@built_in("date and time(from: string|date and time|date)")
def date_and_time(from_: str | DateTime | Date) -> DateTime | None:
    """The date and time that a text spells; of a date, its midnight in UTC."""
    if isinstance(from_, str):
        return iso.parse_date_time(from_) or _unreadable("日期时间", "date and time")
    return midnight_utc(from_) if isinstance(from_, Date) else from_


@built_in("date and time(date: date|date and time, time: time)")
def date_and_time_of(date: Date | DateTime, time: Time) -> DateTime:
    """The date of the one, the time of the other."""
    return DateTime(date.date if isinstance(date, DateTime) else date, time)


@built_in(
    "date and time(year: number, month: number, day: number, hour: number, minute: number, second: number)",
    "date and time(year: number, month: number, day: number, hour: number, minute: number, second: number,"
    " offset: number|days and time duration)",
    "date and time(year: number, month: number, day: number, hour: number, minute: number, second: number,"
    " timezone: string)",
)
def date_and_time_from_parts(
    year: Decimal,
    month: Decimal,
    day: Decimal,
    hour: Decimal,
    minute: Decimal,
    second: Decimal,
    where: Value = None,
) -> DateTime | None:
    """The date and time with those parts; an offset is in hours or a duration, a timezone is a zone id."""
    if type(where) is Decimal:
        where = DaysTime(int(where * 3600) * NANOS)
    zone = where if type(where) is str else None
    if zone is not None and calendar.zone(zone) is None:
        return _unreadable("时区", "zone")
    found_date = date_of(year, month, day)
    found = time_of(hour, minute, second, where if type(where) is DaysTime else None)
    if found_date is None or found is None:
        return None
    return DateTime(found_date, Time(found.hour, found.minute, found.second, found.nanosecond, zone or found.zone))


@built_in("duration(from: string|days and time duration|years and months duration)")
def duration(from_: str | DaysTime | YearsMonths) -> DaysTime | YearsMonths | None:
    """The duration that a text spells."""
    if isinstance(from_, str):
        return iso.parse_duration(from_) or _unreadable("时长", "duration")
    return from_


@built_in("years and months duration(from: date|date and time, to: date|date and time)")
def years_and_months_duration(from_: Date | DateTime, to: Date | DateTime) -> YearsMonths:
    """The whole months from one date to the other."""
    start = from_.date if isinstance(from_, DateTime) else from_
    end = to.date if isinstance(to, DateTime) else to
    return YearsMonths(calendar.months_between(start, end))
