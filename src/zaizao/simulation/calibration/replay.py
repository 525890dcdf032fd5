"""Replay of a log on a process: which way each case went, and which event enabled which.

Each variant is replayed once. At every event the few cheapest markings are kept (a beam); a step may skip an event of
the log or run a task of the model without an event, each at cost 1; choices cost next to nothing. Steps between markings
are remembered across variants. The result is a near-cheapest alignment, bounded in time by construction.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zaizao.simulation.calibration.graph import Graph, Marking

_BEAM = 5
_CHOICE = 0.001
_SKIPS = 2
_SKIPS_AT_END = 8
_EXPANSIONS = 600
_EXPANSIONS_AT_END = 4000
_END = ""

Step = tuple[int, tuple[int, ...]]
"""(gateway, flows chosen), or (task, ()) for a task run."""
Move = tuple[float, Marking, tuple[Step, ...]]


@dataclass(frozen=True, slots=True)
class Passage:
    """How one variant went through the model.

    ``choices``: rows (gateway, flow, pass, events before). ``task``: the node that each event of the variant ran, -1 where skipped.
    ``enabler``: the event that enabled each event, -1 for the case's begin. ``cost``: events skipped and tasks run
    without event.
    """

    choices: NDArray[np.int64]
    task: NDArray[np.int64]
    enabler: NDArray[np.int64]
    cost: float


class Replay:
    """Replays variants on one graph and remembers the steps between markings."""

    def __init__(self, graph: Graph, beam: int = _BEAM) -> None:
        self.graph, self.beam = graph, beam
        self._moves: dict[tuple[Marking, str], list[Move]] = {}
        self._known = set(graph.label) - {""}

    def passage(self, trace: Sequence[str]) -> Passage:
        """The cheapest passage found for one sequence of activities."""
        beam: list[tuple[float, Marking, tuple[object, ...] | None]] = [(0.0, self.graph.initial(), None)]
        for activity in (*trace, _END):
            best: dict[Marking, tuple[float, Marking, tuple[object, ...] | None]] = {}
            for cost, marking, past in beam:
                options = self._options(marking, activity) if activity == _END or activity in self._known else []
                for extra, after, steps in options:
                    if after not in best or cost + extra < best[after][0]:
                        best[after] = (cost + extra, after, (past, steps, True))
                if activity != _END and (marking not in best or cost + 1 < best[marking][0]):
                    best[marking] = (cost + 1, marking, (past, (), False))
            if best:
                beam = sorted(best.values(), key=lambda entry: (entry[0], sorted(entry[1])))[: self.beam]
        cost, _, past = beam[0]
        return self._told(len(trace), cost, past)

    def _options(self, marking: Marking, activity: str) -> list[Move]:
        key = (marking, activity)
        if key not in self._moves:
            self._moves[key] = self._search(marking, activity)
        return self._moves[key]

    def _search(self, start: Marking, activity: str) -> list[Move]:
        """The cheapest ways from a marking to run ``activity`` (or to end the case)."""
        graph, found = self.graph, list[Move]()
        limit = _SKIPS_AT_END if activity == _END else _SKIPS
        best = {start: 0.0}
        queue: list[tuple[float, int, Marking, tuple[Step, ...]]] = [(0.0, 0, start, ())]
        order = 0
        for _ in range(_EXPANSIONS_AT_END if activity == _END else _EXPANSIONS):
            if not queue or len(found) >= self.beam:
                break
            cost, _, marking, steps = heapq.heappop(queue)
            if cost > best.get(marking, np.inf):
                continue
            if activity == _END and not marking:
                found.append((cost, marking, steps))
                break
            following: list[tuple[float, Marking, Step]] = [
                (_CHOICE, after, (gateway, chosen)) for gateway, chosen, after in graph.choices(marking)
            ]
            for task, after in graph.tasks(marking):
                if graph.label[task] == activity:
                    found.append((cost, after, (*steps, (task, ()))))
                elif cost < limit - 0.5:
                    following.append((1.0, after, (task, ())))
            for extra, after, step in following:
                if cost + extra < best.get(after, np.inf):
                    best[after] = cost + extra
                    order += 1
                    heapq.heappush(queue, (cost + extra, order, after, (*steps, step)))
        return found

    def _told(self, events: int, cost: float, past: tuple[object, ...] | None) -> Passage:
        """Play the chosen steps once more, with the event that made each token."""
        parts: list[tuple[tuple[Step, ...], bool]] = []
        while past is not None:
            past, steps, ran = past  # type: ignore[assignment]
            parts.append((steps, ran))  # type: ignore[arg-type]
        parts.reverse()
        play = _Play(self.graph)
        task = np.full(events, -1, dtype=np.int64)
        enabler = np.full(events, -1, dtype=np.int64)
        for event, (steps, ran) in enumerate(parts):
            for at, (node, chosen) in enumerate(steps):
                if chosen:
                    play.choose(node, chosen, event)
                elif event < events and ran and at == len(steps) - 1:
                    task[event], enabler[event] = node, play.run(node, event)
                else:
                    play.run(node, None)
        return Passage(np.array(play.rows, dtype=np.int64).reshape(-1, 4), task, enabler, round(cost))


class _Play:
    """One run of the token game that knows which event made each token."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.made: dict[int, int] = {}
        self.rows: list[tuple[int, int, int, int]] = []
        self.visits: dict[int, int] = {}
        self.marking: Marking = frozenset()
        self._go(graph.initial(), -1)

    def _go(self, marking: Marking, maker: int) -> None:
        """A token that was not there before was made by the latest event among those that could have made it."""
        for gone in self.marking - marking:
            maker = max(maker, self.made.pop(gone, -1)) if len(self.marking - marking) > 1 else maker
        for fresh in marking - self.marking:
            self.made[fresh] = maker
        self.marking = marking

    def choose(self, gateway: int, chosen: tuple[int, ...], event: int) -> None:
        """Take a choice and note it with its pass and the number of events before it."""
        seen = self.visits.get(gateway, 0)
        self.visits[gateway] = seen + 1
        self.rows.extend((gateway, flow, seen, event) for flow in chosen)
        used = [place for place in self.graph.ins[gateway] if place in self.marking]
        maker = max((self.made.get(place, -1) for place in used), default=-1)
        for number, option, after in self.graph.choices(self.marking):
            if number == gateway and option == chosen:
                self._go(after, maker)
                return

    def run(self, task: int, event: int | None) -> int:
        """Run a task; the event that enabled it. ``None``: it left no event."""
        used = [place for place in self.graph.ins[task] if place in self.marking]
        enabler = max((self.made.get(place, -1) for place in used), default=-1)
        for number, after in self.graph.tasks(self.marking):
            if number == task:
                self._go(after, enabler if event is None else event)
                break
        return enabler


def replay(graph: Graph, variants: Mapping[tuple[str, ...], int]) -> dict[tuple[str, ...], Passage]:
    """The passage of every variant."""
    machine = Replay(graph)
    return {trace: machine.passage(trace) for trace in variants}
