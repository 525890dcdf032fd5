"""Who did the work: people or machines.

Rule kept: a resource is a machine only for stated reasons, each with its figure, and people are the default. Reasons
that suffice alone: the name says so; it works round the clock (no quiet stretch in the day, nights and Sundays as busy
as a machine's); or its executions take no time at all where starts are known. An execution without a resource is
neither: ``automatic`` is null there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.problems import Text

AUTOMATIC = "automatic"

_NAMES = re.compile(
    r"(^|[\W_\d])(system|sys|robot|bot|rpa|auto|automatic|batch|daemon|engine|scheduler|script|api)($|[\W_\d])"
    r"|^(start|end|service|machine)$|系统|机器人|自动|批处理|引擎|定时任务",
    re.IGNORECASE,
)
_MINIMUM = 100
_NIGHT = (22, 23, 0, 1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Machine:
    """A resource taken for a machine, the number of its executions, and why."""

    resource: str
    executions: int
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Performers:
    """``log`` with the column ``automatic`` (true for machines, false for people, null where no resource is known)."""

    log: EventLog
    machines: tuple[Machine, ...]
    unknown_share: float

    @property
    def automatic(self) -> pl.Series:
        """The column itself."""
        return self.log.event_table[AUTOMATIC]


def performers(log: EventLog) -> Performers:
    """Tell machines from people; a log that already carries ``automatic`` is believed."""
    unknown = float(np.mean(log.resource == MISSING)) if log.events else 0.0
    if AUTOMATIC in log.event_table.columns:
        return Performers(log, (), unknown)
    hours, days = _clock(log)
    machines = []
    flags = np.zeros(len(log.resource_names) + 1, dtype=np.bool_)
    order = np.argsort(log.resource, kind="stable")
    bounds = np.searchsorted(log.resource[order], np.arange(len(log.resource_names) + 1))
    for code, name in enumerate(log.resource_names):
        rows = order[bounds[code] : bounds[code + 1]]
        reasons = (*_named(name), *_round_the_clock(hours[rows], days[rows]), *_instant(log, rows))
        if reasons:
            flags[code] = True
            machines.append(Machine(name, len(rows), reasons))
    column = pl.Series(AUTOMATIC, flags[log.resource])
    known = pl.Series(log.resource != MISSING)
    automatic = pl.select(pl.when(known).then(column).otherwise(None).alias(AUTOMATIC)).to_series()
    table = log.event_table.with_columns(automatic) if log.event_table.width else pl.DataFrame([automatic])
    return Performers(replace(log, event_table=table), tuple(machines), unknown)


def _clock(log: EventLog) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Hour of the day (0-23) and day of the week (1 = Monday) of each row's end, as people read the clock."""
    local = pl.Series(log.end).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone(log.zone)
    return local.dt.hour().to_numpy(), local.dt.weekday().to_numpy()


def _named(name: str) -> tuple[Text, ...]:
    found = _NAMES.search(name)
    if not found:
        return ()
    return (Text(f"名称“{name}”表明是系统", f'the name "{name}" says so'),)


def _round_the_clock(hours: NDArray[np.int8], days: NDArray[np.int8]) -> tuple[Text, ...]:
    """A person sleeps: a machine's histogram of hours has no quiet stretch and reaches into Sundays and nights."""
    if len(hours) < _MINIMUM:
        return ()
    histogram = np.bincount(hours, minlength=24) / len(hours)
    busy = np.flatnonzero(histogram >= 0.002)
    night = float(histogram[list(_NIGHT)].sum())
    sunday = float(np.mean(days == 7))
    quiet = int(np.diff(np.concatenate((busy, [busy[0] + 24]))).max()) - 1 if len(busy) else 24
    if quiet > 3 or night < 0.03 or sunday < 0.03:
        return ()
    return (
        Text(
            f"昼夜不停：{night:.0%} 在 22 点到 6 点，{sunday:.0%} 在星期日，一天中空闲不超过 {quiet} 小时",
            f"round the clock: {night:.0%} between 22:00 and 06:00, {sunday:.0%} on Sundays, "
            f"never quiet for more than {quiet} h",
        ),
    )


def _instant(log: EventLog, rows: NDArray[np.int64]) -> tuple[Text, ...]:
    known = rows[log.start[rows] != MISSING_TIME]
    if len(known) < _MINIMUM // 5 or len(known) < 0.5 * len(rows):
        return ()
    instant = float(np.mean(log.end[known] == log.start[known]))
    if instant < 0.98:
        return ()
    return (Text(f"{instant:.0%} 的执行耗时为零", f"{instant:.0%} of its executions take no time"),)
