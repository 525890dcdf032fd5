"""How much is read off a log: a plain scenario that a person edits, or one that follows the log as closely as it can."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything beyond the plain is off by default; see ``docs/reference/scenario.md`` for the fields it fills.

    ``memory``: activities that choices and delays may hang on (0 to 4). ``gaps``: the shape of the time between
    arrivals. ``drift``: arrivals that grow or fall week by week. ``rhythm``: delays pass at the pace of the hours.
    ``own_hours``, ``absence``, ``speed``: of each person. ``batching``, ``priorities``: of each activity. ``settled``:
    only cases that began early enough to have ended within the log, where it holds ended cases only. ``unseen``: arrivals
    count those as well that such a log cannot hold yet. Without ``queues``
    nobody's hands are ever full: all waiting is delay, as measured, which what-if questions of capacity cannot use.
    """

    memory: int = 0
    gaps: bool = False
    drift: bool = False
    rhythm: bool = False
    own_hours: bool = False
    absence: bool = False
    speed: bool = False
    batching: bool = False
    priorities: bool = False
    settled: bool = False
    queues: bool = True
    unseen: bool = False


PLAIN = Detail()
FULL = Detail(2, True, True, False, True, True, True, True, True, False)
