"""A log seen through a process: the task and the enabling time of every event, and every choice made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zaizao.calendars import WorkCalendar, intervals
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.simulation.calibration.graph import Graph
from zaizao.simulation.calibration.intake import first_times
from zaizao.simulation.calibration.replay import replay
from zaizao.simulation.state import MEMORY

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """``task``: node of each event (-1: not in the model's way). ``enabled``: µs. ``choices``: rows (gateway, flow,
    pass, case). ``skipped``: share of events and model steps that did not match; ``perfect``: share of cases that did.
    ``past``: for each choice the last activities of its case (codes, the latest first, -1 for none), ``before``: the same
    for each event.
    """

    task: Int64
    enabled: Int64
    choices: Int64
    skipped: float
    perfect: float
    past: Int64
    before: Int64


def observe(log: EventLog, graph: Graph) -> Observation:
    """Replay the log, variant by variant."""
    groups: dict[tuple[int, ...], list[int]] = {}
    codes = log.activity.tolist()
    bounds = log.offsets.tolist()
    for case in range(log.cases):
        groups.setdefault(tuple(codes[bounds[case] : bounds[case + 1]]), []).append(case)
    names = log.activity_names
    traces = {codes: tuple(names[code] for code in codes) for codes in groups}
    passages = replay(graph, dict.fromkeys(traces.values(), 1))
    begin = first_times(log)
    task = np.full(log.events, -1, dtype=np.int64)
    enabled = np.zeros(log.events, dtype=np.int64)
    before = np.full((log.events, MEMORY), -1, dtype=np.int64)
    choices, pasts = [], []
    cost, perfect = 0.0, 0
    for key, members in groups.items():
        passage, cases = passages[traces[key]], np.array(members, dtype=np.int64)
        rows = log.offsets[cases][:, None] + np.arange(len(key))
        task[rows] = passage.task
        enabled[rows] = np.where(
            passage.enabler >= 0, log.end[log.offsets[cases][:, None] + np.maximum(passage.enabler, 0)],
            begin[cases][:, None],
        )  # fmt: skip
        cost += passage.cost * len(cases)
        perfect += (passage.cost == 0) * len(cases)
        history = _history(key, passage.task >= 0)
        before[rows] = history[:-1]
        if len(passage.choices):
            told = np.tile(passage.choices[:, :3], (len(cases), 1))
            pasts.append(np.tile(history[np.minimum(passage.choices[:, 3], len(key))], (len(cases), 1)))
            choices.append(np.column_stack((told, np.repeat(cases, len(passage.choices)))))
    known = log.start != MISSING_TIME
    enabled = np.minimum(enabled, np.where(known, log.start, log.end))
    made = np.concatenate(choices) if choices else np.zeros((0, 4), dtype=np.int64)
    past = np.concatenate(pasts) if pasts else np.zeros((0, MEMORY), dtype=np.int64)
    share, whole = cost / max(log.events, 1), perfect / max(log.cases, 1)
    return Observation(task, enabled, made, share, whole, past, before)


def _history(trace: tuple[int, ...], told: Bool) -> Int64:
    """Before each event, and at the end: the codes of the last events that the model ran, the latest first."""
    found = np.full((len(trace) + 1, MEMORY), -1, dtype=np.int64)
    for event, code in enumerate(trace):
        found[event + 1] = found[event]
        if told[event]:
            found[event + 1, 1:] = found[event, :-1]
            found[event + 1, 0] = code
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Working time on many calendars at once, for arrays of instants."""

    spans: Mapping[str, Int64]

    @staticmethod
    def of(calendars: Mapping[str, WorkCalendar], low: int, high: int) -> Hours:
        """The calendars' intervals between two instants."""
        return Hours({name: intervals(calendar, low, high) for name, calendar in calendars.items()})

    def next_open(self, name: str, at: Int64) -> Int64:
        """The first working instant not before each of ``at`` (itself where there is none)."""
        spans = self.spans[name]
        if not len(spans):
            return at
        row = np.searchsorted(spans[:, 1], at, side="right")
        known = row < len(spans)
        return np.where(known, np.maximum(at, spans[np.minimum(row, len(spans) - 1), 0]), at)

    def worked(self, name: str, low: Int64, high: Int64) -> Int64:
        """Working µs between instants."""
        spans = self.spans[name]
        if not len(spans):
            return high - low
        done = np.concatenate(([0], np.cumsum(spans[:, 1] - spans[:, 0])))

        def until(at: Int64) -> Int64:
            row = np.searchsorted(spans[:, 0], at, side="right")
            inside = np.where(row > 0, np.minimum(at, spans[np.maximum(row - 1, 0), 1]) - spans[np.maximum(row - 1, 0), 0], 0)  # fmt: skip
            return done[np.maximum(row - 1, 0)] + inside

        return until(high) - until(low)


def concurrency(log: EventLog, rows: Bool, members: list[int]) -> float:
    """How many things a member of a pool has open at once, on average while at least one is."""
    chosen = np.flatnonzero(rows & np.isin(log.resource, members) & (log.start != MISSING_TIME))
    if not len(chosen):
        return 1.0
    total, busy = 0, 0
    order = chosen[np.lexsort((log.start[chosen], log.resource[chosen]))]
    for group in np.split(order, np.flatnonzero(np.diff(log.resource[order])) + 1):
        start, end = log.start[group], log.end[group]
        reached = np.maximum.accumulate(end)
        gaps = np.maximum(start[1:] - reached[:-1], 0).sum()
        total += int((end - start).sum())
        busy += int(reached[-1] - start[0] - gaps)
    return total / busy if busy else 1.0
