"""Times as people write them, to instants: formats, zones, epochs, spreadsheet serial numbers.

Rule kept: a written offset wins; a time without one is read in the log's zone and that is recorded, never silent.
A clock time skipped by daylight saving is not a time; one that occurs twice is read as the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

from zaizao.eventlog.errors import refuse

DEFAULT_ZONE = "Asia/Shanghai"
UTC_TIME = pl.Datetime("us", "UTC")

_OFFSET = r"(?:[zZ]|\s?[+-]\d{2}:?\d{2}|[+-]\d{2}|\s(?:UTC|GMT))$"
_CLOCKS = ("%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y.%m.%d", "%Y年%m月%d日")
_COMPACT = (
    "%Y%m%d%H%M%S",
    "%Y%m%d %H:%M:%S%.f",
    "%Y%m%dT%H%M%S",
    "%Y%m%d",
    "%Y年%m月%d日%H时%M分%S秒",
    "%Y年%m月%d日%H时%M分",
)
_COMPACT_DIGITS = r"^(?:19|20)\d{6}(?:\d{6})?$"
FORMATS = (
    *(f"{day}{gap}{clock}" for day in _DAYS for gap in (" ", "T", "") for clock in _CLOCKS if gap or "日" in day),
    *_COMPACT,
    *_DAYS,
)
_SAMPLE = 2_000
_MOST_FORMATS = 4
_RIVALS = {"%d-%m-%Y": "%m-%d-%Y", "%d/%m/%Y": "%m/%d/%Y"}
_EPOCHS = ((1e17, 1_000, "ns"), (1e14, 1, "us"), (1e11, -1_000, "ms"), (1e8, -1_000_000, "s"))
_SERIAL_DAYS = (20_000.0, 80_000.0)  # 1954 to 2119 counted from 1899-12-30, as spreadsheets do
_SERIAL_EPOCH_US = -2_209_161_600_000_000
_ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "Europe/London",
    "UTC",
    "Europe/Helsinki",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Australia/Sydney",
    "Asia/Tokyo",
    "Asia/Kolkata",
)


@dataclass(frozen=True, slots=True)
class Times:
    """A column of instants (``Datetime("us", "UTC")``, null where not readable) and how it came about."""

    values: pl.Series
    zoned: int = 0
    unzoned: int = 0
    form: str = ""
    ambiguous: bool = False
    offsets: tuple[tuple[str, str], ...] = field(default=())


def check_zone(zone: str) -> str:
    """The zone itself; raises ``LogError`` if the time-zone database does not know it."""
    if zone not in available_timezones():
        raise refuse(
            f"zone {zone}",
            "log.unknown-zone",
            ("时区数据库里没有这个时区", "the time-zone database does not know it"),
            ("请用如 Asia/Shanghai 的名称", "use a name such as Asia/Shanghai"),
        )
    return zone


def localize(naive: pl.Series, zone: str) -> pl.Series:
    """Clock times of ``zone`` as instants; null for those that daylight saving skips."""
    return naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").cast(UTC_TIME)


def looks_like_times(text: pl.Series) -> bool:
    """Whether nearly all of a sample of the column reads as dated times (numbers alone do not)."""
    sample = text.drop_nulls().head(_SAMPLE)
    if sample.is_empty() or sample.cast(pl.Float64, strict=False).null_count() < len(sample):
        return False
    return parse(sample, DEFAULT_ZONE).values.null_count() <= len(sample) // 20


def parse(text: pl.Series, zone: str) -> Times:
    """Read a String column. ``zone`` is for the times written without an offset."""
    text = text.str.strip_chars()
    text = text.set(text.str.len_bytes() == 0, None)
    numbers = text.cast(pl.Float64, strict=False)
    compact = bool(text.str.contains(_COMPACT_DIGITS).fill_null(True).all())
    if numbers.null_count() == text.null_count() < len(text) and not compact:
        made = _numbers(numbers, zone)
        if made is not None:
            return made
    has_offset = text.str.contains(_OFFSET).fill_null(False) & text.str.contains(":", literal=True).fill_null(False)
    written = int(has_offset.sum())
    present = len(text) - text.null_count()
    if written == 0:
        return _unzoned(text, zone)
    zoned = _zoned(text if written == present else text.set(~has_offset, None))
    if written == present:
        return zoned
    rest = _unzoned(text.set(has_offset, None), zone)
    return Times(
        zoned.values.zip_with(has_offset, rest.values),
        zoned.zoned,
        rest.unzoned,
        rest.form,
        rest.ambiguous,
        zoned.offsets,
    )


def _zoned(text: pl.Series) -> Times:
    regular = text.str.replace(r"\s?([+-]\d{2}):?(\d{2})$", "$1:$2").str.replace(r"\s?(?:[zZ]|UTC|GMT)$", "+00:00")
    regular = regular.str.replace(r"([+-]\d{2})$", "$1:00") if _short_offsets(regular) else regular
    clock = regular.str.head(-6)
    naive, form, ambiguous = _clock_times(clock)
    offset = regular.str.tail(6)
    hours = offset.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = offset.str.slice(4, 2).cast(pl.Int64, strict=False)
    shift = (hours * 60 + minutes) * 60_000_000 * pl.Series([1, -1]).gather((offset.str.head(1) == "-").cast(pl.UInt32))
    values = (naive.to_physical() - shift).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias(text.name)
    step = max(1, len(text) // _SAMPLE)
    written = zip(naive.gather_every(step).to_list(), offset.gather_every(step).to_list(), strict=True)
    pairs = tuple((local.isoformat(timespec="seconds"), shown) for local, shown in written if local is not None)
    return Times(values, len(text) - text.null_count(), 0, form, ambiguous, pairs)


def _short_offsets(text: pl.Series) -> bool:
    return bool(text.str.contains(r":\d{2}(?:\.\d+)?[+-]\d{2}$").any())


def _unzoned(text: pl.Series, zone: str) -> Times:
    naive, form, ambiguous = _clock_times(text)
    return Times(localize(naive, zone), 0, len(text) - text.null_count(), form, ambiguous)


def _clock_times(text: pl.Series) -> tuple[pl.Series, str, bool]:
    """Clock times of a column in a few formats, the commonest format, and whether it could mean other days."""
    naive = pl.repeat(None, len(text), dtype=pl.Datetime("us"), eager=True).alias(text.name)
    forms: list[str] = []
    unsure = False
    while len(forms) < _MOST_FORMATS and naive.null_count() > text.null_count():
        rest = text.set(naive.is_not_null(), None) if forms else text
        form, ambiguous = _best(rest)
        if not form or form in forms:
            break
        made = rest.str.to_datetime(form, strict=False, time_unit="us")
        naive = naive.zip_with(naive.is_not_null(), made) if forms else made
        forms.append(form)
        unsure = unsure or ambiguous
    return naive, forms[0] if forms else "", unsure


def _best(text: pl.Series) -> tuple[str, bool]:
    """The format that reads most of a sample, and whether day and month could also be the other way round."""
    present = text.drop_nulls()
    sample = present.gather_every(max(1, len(present) // _SAMPLE)) if len(present) > _SAMPLE else present
    if sample.is_empty():
        return "", False
    read = {}
    for form in FORMATS:
        read[form] = len(sample) - sample.str.to_datetime(form, strict=False, time_unit="us").null_count()
        if read[form] == len(sample):
            break
    best = max(read, key=lambda form: read[form])
    if not read[best]:
        return "", False
    for first, other in _RIVALS.items():
        if best.startswith(first):
            rival = best.replace(first, other, 1)
            return best, not present.str.to_datetime(rival, strict=False, time_unit="us").null_count()
    return best, False


def _numbers(numbers: pl.Series, zone: str) -> Times | None:
    """Epoch counts (told by their size) or spreadsheet serial days; None if the numbers are neither."""
    low, high = numbers.min(), numbers.max()
    if not isinstance(low, float) or not isinstance(high, float):
        return None
    if _SERIAL_DAYS[0] <= low and high <= _SERIAL_DAYS[1]:
        naive = ((numbers * 86_400_000.0).round() * 1_000 + _SERIAL_EPOCH_US).cast(pl.Int64).cast(pl.Datetime("us"))
        return Times(localize(naive, zone), unzoned=len(numbers) - numbers.null_count(), form="serial days")
    for least, scale, unit in _EPOCHS:
        if low >= least:
            micros = numbers / scale if scale > 0 else numbers * -scale
            values = micros.round().cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
            return Times(values.cast(UTC_TIME), zoned=len(numbers) - numbers.null_count(), form=f"epoch {unit}")
    return None


def zone_of(stamps: Sequence[tuple[str, str]]) -> str:
    """The zone whose clock shows the sampled (local time, offset) pairs; a fixed offset's zone if none does.

    Several zones share a clock: the answer is the first of a short list, enough for working hours and days.
    """
    if not stamps:
        return DEFAULT_ZONE
    pairs = [(datetime.fromisoformat(local), _delta(offset)) for local, offset in stamps]
    if not any(offset for _, offset in pairs):
        return "UTC"
    for zone in _ZONES:
        clock = ZoneInfo(zone)
        if all(_shows(local, offset, clock) for local, offset in pairs):
            return zone
    commonest = max({offset for _, offset in pairs}, key=lambda one: sum(offset == one for _, offset in pairs))
    hours = commonest // timedelta(hours=1)
    if commonest == timedelta(hours=hours) and -14 <= -hours <= 12:
        return f"Etc/GMT{-hours:+d}" if hours else "UTC"
    return "UTC"


def _shows(local: datetime, offset: timedelta, clock: ZoneInfo) -> bool:
    return any(local.replace(tzinfo=clock, fold=fold).utcoffset() == offset for fold in (0, 1))


def _delta(offset: str) -> timedelta:
    if offset in ("Z", "z"):
        return timedelta()
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
