"""The pace of the hours: how much happens at each hour of the week, and how much of it passes between two instants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zaizao.eventlog import EventLog
from zaizao.simulation.people import hours_of_week

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
_HOUR = 3_600_000_000
_WEEK = 168


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """``week``: 168 paces with mean 1; ``passed`` the time that has passed at them up to each of ``hours``."""

    week: tuple[float, ...]
    hours: Int64
    passed: Float64

    @staticmethod
    def of(times: Int64, zone: str, low: int, high: int) -> Pace | None:
        """The pace at which ``times`` come, counted over the whole hours from ``low`` to ``high``; None for too few."""
        hours = np.arange(low // _HOUR, high // _HOUR + 2, dtype=np.int64) * _HOUR
        slot = hours_of_week(hours, zone)
        inside = times[(times >= hours[0]) & (times < hours[-1])]
        if len(inside) < _WEEK:
            return None
        seen = np.bincount(slot[(inside - hours[0]) // _HOUR], minlength=_WEEK)
        exposure = np.maximum(np.bincount(slot, minlength=_WEEK), 1)
        rate = seen / exposure
        pace = rate / rate.mean()
        passed = np.concatenate(([0.0], np.cumsum(pace[slot[:-1]]))) * _HOUR
        return Pace(tuple(round(float(one), 6) for one in pace), hours, passed)

    def between(self, low: Int64, high: Int64) -> Float64:
        """Seconds that pass between instants."""
        at = [np.interp(times.astype(np.float64), self.hours.astype(np.float64), self.passed) for times in (low, high)]
        return np.asarray(np.maximum(at[1] - at[0], 0.0) / 1e6)


def simulated_pace(pace: Pace, log: EventLog) -> Pace:
    """The same week laid over the time of another log."""
    hours = np.arange(int(log.start.min()) // _HOUR - 24 * 400, int(log.end.max()) // _HOUR + 2, dtype=np.int64) * _HOUR
    week = np.array(pace.week)
    passed = np.concatenate(([0.0], np.cumsum(week[hours_of_week(hours, log.zone)[:-1]]))) * _HOUR
    return Pace(pace.week, hours, passed)
