"""The runs of robots as an event log, so that their work is mined like everyone's.

Rule kept: a case is an item's reference, an activity a robot's attempt with its outcome; robots are automatic.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from zaizao.eventlog import EventLog, from_columns
from zaizao.robots.items import Run


def to_log(runs: Sequence[Run]) -> EventLog:
    """One event an attempt, with start and end."""
    return from_columns(
        case=[f"{run.queue}/{run.reference}" for run in runs],
        activity=[f"{run.queue}: {run.outcome.value}" for run in runs],
        start=np.array([run.started for run in runs], np.int64),
        end=np.array([run.ended for run in runs], np.int64),
        resource=[run.robot for run in runs],
        event_table=pl.DataFrame({"automatic": [True] * len(runs), "attempt": [run.attempt for run in runs]}),
        source="robots",
    )
