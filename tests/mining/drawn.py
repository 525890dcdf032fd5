"""Small logs written as text: one line a case, activities as letters, a minute apart unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog, from_columns

SHARED = Path(__file__).parents[2] / ".." / "shared"
MINUTE = 60_000_000


def traces(*lines: str | Sequence[str], resources: Sequence[Sequence[str | None]] | None = None) -> EventLog:
    """A log of end-only events: each line is one case, each letter (or item) one event."""
    case, activity, end, resource = [], [], [], []
    for number, line in enumerate(lines):
        for place, name in enumerate(line):
            case.append(f"c{number}")
            activity.append(name)
            end.append((number * 1000 + place) * MINUTE)
            resource.append(resources[number][place] if resources else None)
    return from_columns(
        case=case, activity=activity, end=np.array(end, dtype=np.int64), resource=resource if resources else None
    )


def timed(rows: Sequence[tuple[str, str, float | None, float, str | None]]) -> EventLog:
    """A log of (case, activity, start minute or None, end minute, resource)."""
    case, activity, start, end, resource = zip(*rows, strict=True)
    starts = [MISSING_TIME if minute is None else int(minute * MINUTE) for minute in start]
    return from_columns(
        case=list(case),
        activity=list(activity),
        start=np.array(starts, dtype=np.int64),
        end=np.array([int(minute * MINUTE) for minute in end], dtype=np.int64),
        resource=list(resource),
        zone="UTC",
    )
