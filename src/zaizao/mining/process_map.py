"""The process map: which activities and paths to show, with their figures, always connected.

Rule kept: an activity that is left out is skipped over (its neighbours become directly linked), a path that is left out
leaves every shown activity reachable from the start and able to reach the end, along its most frequent links. Durations
are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.discovery import frequent
from zaizao.mining.errors import MiningError
from zaizao.mining.flow import edge_times
from zaizao.mining.selection import only
from zaizao.mining.spread import by_group
from zaizao.problems import Problem, Text

BORDER = -1
"""Stands for the start (as a source) or the end (as a target) of the process."""


@dataclass(frozen=True, slots=True)
class MapNode:
    """One activity: executions, cases with it, median processing time where starts are known (else ``None``)."""

    name: str
    count: int
    cases: int
    processing: float | None


@dataclass(frozen=True, slots=True)
class MapEdge:
    """``count`` times work went from node ``source`` to node ``target``; waiting is ``None`` at the border."""

    source: int
    target: int
    count: int
    waiting_median: float | None
    waiting_mean: float | None
    waiting_p90: float | None


@dataclass(frozen=True, slots=True)
class ProcessMap:
    """What is shown, and which share of executions and of steps between them that is."""

    nodes: tuple[MapNode, ...]
    edges: tuple[MapEdge, ...]
    cases: int
    activity_share: float
    path_share: float
    source: str


def process_map(log: EventLog, activities: float = 1.0, paths: float = 1.0) -> ProcessMap:
    """The map of ``log``.

    ``activities`` in [0, 1] keeps the most frequent activities up to this share of all executions (one at least),
    ``paths`` in [0, 1] the most frequent links up to this share of all steps, and whatever keeps the map connected.
    """
    _share("activities", activities)
    _share("paths", paths)
    counts = np.bincount(log.activity, minlength=len(log.activity_names))
    if not log.events:
        return ProcessMap((), (), 0, 1.0, 1.0, log.source)
    keep = frequent(counts, activities)
    shown = only(log, keep[log.activity])
    place = np.cumsum(keep) - 1
    edges = _edges(shown, place)
    chosen = _chosen(edges, int(keep.sum()), paths)
    total = sum(edge.count for edge in edges)
    return ProcessMap(
        nodes=_nodes(shown, np.flatnonzero(keep).tolist()),
        edges=tuple(edge for edge, wanted in zip(edges, chosen, strict=True) if wanted),
        cases=log.cases,
        activity_share=shown.events / log.events,
        path_share=sum(edge.count for edge, wanted in zip(edges, chosen, strict=True) if wanted) / max(total, 1),
        source=log.source,
    )


def _nodes(log: EventLog, codes: list[int]) -> tuple[MapNode, ...]:
    size = len(log.activity_names)
    started = log.start != MISSING_TIME
    processing = by_group(log.activity[started], (log.end - log.start)[started], size)
    counts = np.bincount(log.activity, minlength=size)
    pairs = np.unique(log.case.astype(np.int64) * size + log.activity)
    cases = np.bincount(pairs % size, minlength=size)
    return tuple(
        MapNode(
            log.activity_names[code],
            int(counts[code]),
            int(cases[code]),
            float(processing.median[code]) if processing.count[code] else None,
        )
        for code in codes
    )


def _edges(log: EventLog, place: np.typing.NDArray[np.integer]) -> list[MapEdge]:
    times = edge_times(log)
    flow, waiting = times.flow, times.waiting
    border = [MapEdge(BORDER, int(place[a]), int(n), None, None, None) for a, n in enumerate(flow.starts) if n]
    border += [MapEdge(int(place[a]), BORDER, int(n), None, None, None) for a, n in enumerate(flow.ends) if n]
    inner = [
        MapEdge(
            int(place[flow.source[k]]),
            int(place[flow.target[k]]),
            int(flow.count[k]),
            float(waiting.median[k]),
            float(waiting.mean[k]),
            float(waiting.p90[k]),
        )
        for k in range(len(flow.count))
    ]
    return border + inner


def _chosen(edges: list[MapEdge], nodes: int, share: float) -> list[bool]:
    order = sorted(range(len(edges)), key=lambda k: (-edges[k].count, edges[k].source, edges[k].target))
    total = sum(edge.count for edge in edges)
    wanted = set(_backbone(edges, order, nodes))
    covered = 0
    for k in order:
        if covered >= share * total:
            break
        wanted.add(k)
        covered += edges[k].count
    return [k in wanted for k in range(len(edges))]


def _backbone(edges: list[MapEdge], order: list[int], nodes: int) -> Iterable[int]:
    """Links that reach every node from the start, and the end from every node, each time the most frequent first."""
    for forward in (True, False):
        reached = {BORDER}
        while len(reached) <= nodes:
            for k in order:
                near, far = (edges[k].source, edges[k].target) if forward else (edges[k].target, edges[k].source)
                if near in reached and far not in reached:
                    reached.add(far)
                    yield k
                    break
            else:
                break


def _share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise MiningError(
            Problem(
                f"{name}={value}",
                Text("不是 0 到 1 之间的比例", "is not a share between 0 and 1"),
                Text("请给出 0 到 1 之间的数", "give a number from 0 to 1"),
                "mining.share",
            )
        )
