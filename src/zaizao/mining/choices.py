"""Which way cases took at the choices of a model.

Rule kept: ways are read off the model's run behind each variant's optimal alignment, so loops, parallel branches and
deviating cases are counted where they belong, not guessed from what follows what. Per variant the silent steps between
two activities are found by search (the fewest first); a variant whose model run passes a choice several times counts
several times. Only exclusive and event-based gateways with several ways out are choices.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from zaizao.bpmn import Definitions, FlowNode, Process, SequenceFlow, SubProcess
from zaizao.eventlog import EventLog
from zaizao.mining.alignment import Alignments, Side, align
from zaizao.mining.net import Net, net_of
from zaizao.mining.spread import Int32, Int64

Option = tuple[int, tuple[str, ...]]
"""A marking, and the ways taken in silence to come there."""


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """One entry a choice made: ``case``, ``row`` (the case's last row before it, -1 for none), ``way`` (code of ``ways``).

    ``turn`` counts how often the case had come to the same gateway before. ``ways`` are flow ids, ``gateway`` the source
    of each.
    """

    case: Int64
    row: Int64
    way: Int32
    turn: Int64
    ways: tuple[str, ...]
    gateway: tuple[str, ...]

    def weights(self) -> Mapping[str, Mapping[str, float]]:
        """By gateway, the share of each way (by flow id): the stochastic weights that a simulation draws by."""
        counts = np.bincount(self.way, minlength=len(self.ways))
        result: dict[str, dict[str, float]] = {}
        for gateway in dict.fromkeys(self.gateway):
            mine = [k for k, one in enumerate(self.gateway) if one == gateway]
            total = int(counts[mine].sum())
            result[gateway] = {self.ways[k]: float(counts[k]) / total if total else 1.0 / len(mine) for k in mine}
        return result

    def weights_by_turn(self, most: int = 3) -> Mapping[str, tuple[Mapping[str, float], ...]]:
        """The weights for the first, second, … time at a gateway; the last of at most ``most`` holds for all later."""
        result = {}
        source = np.array([list(dict.fromkeys(self.gateway)).index(one) for one in self.gateway])
        for number, gateway in enumerate(dict.fromkeys(self.gateway)):
            mine = source[self.way] == number
            turns = np.minimum(self.turn, most - 1)
            tables = []
            for turn in range(most):
                chosen = self.way[mine & (turns == turn)]
                if not len(chosen):
                    break
                shares = np.bincount(chosen, minlength=len(self.ways)) / len(chosen)
                tables.append({self.ways[k]: float(shares[k]) for k in range(len(self.ways)) if source[k] == number})
            result[gateway] = tuple(tables)
        return result


def choices(log: EventLog, model: Definitions | Process, *, aligned: Alignments | None = None) -> Choices:
    """The ways that the cases of ``log`` took in ``model``; ``aligned`` saves aligning again."""
    process = model.processes[0] if isinstance(model, Definitions) else model
    found = align(log, model) if aligned is None else aligned
    game = _Game(net_of(model, log.activity_names, ways=True))
    flows = {flow.id: flow.source for flow in flows_within(process)}
    ways = tuple(dict.fromkeys(t.way for t in game.net.transitions if t.way))
    code = {way: k for k, way in enumerate(ways)}
    per_variant: list[list[tuple[int, int, int]]] = []
    for variant in range(len(found.variants)):
        taken: list[tuple[int, int, int]] = []
        turns: dict[str, int] = {}
        for place, way in _taken(game, found, variant):
            turn = turns.get(flows[way], 0)
            turns[flows[way]] = turn + 1
            taken.append((place, code[way], turn))
        per_variant.append(taken)
    return _spread_over_cases(log, found, per_variant, ways, tuple(flows[way] for way in ways))


def _spread_over_cases(
    log: EventLog,
    found: Alignments,
    per_variant: list[list[tuple[int, int, int]]],
    ways: tuple[str, ...],
    gateway: tuple[str, ...],
) -> Choices:
    columns: list[np.typing.NDArray[np.int64]] = [np.zeros((4, 0), dtype=np.int64)]
    order = np.argsort(found.variants.of_case, kind="stable")
    bounds = np.concatenate(([0], np.cumsum(np.bincount(found.variants.of_case, minlength=len(per_variant)))))
    for variant, taken in enumerate(per_variant):
        cases = order[bounds[variant] : bounds[variant + 1]]
        for place, way, turn in taken:
            rows = log.offsets[:-1][cases] + place - 1 if place else np.full(len(cases), -1)
            columns.append(np.stack((cases, rows, np.full(len(cases), way), np.full(len(cases), turn))))
    case, row, way_codes, turn_numbers = np.concatenate(columns, axis=1)
    return Choices(case, row, way_codes.astype(np.int32), turn_numbers, ways, gateway)


def nodes_within(process: Process) -> Iterator[FlowNode]:
    """The nodes of a process and of all its sub-processes."""
    front: list[Process | SubProcess] = [process]
    while front:
        scope = front.pop()
        yield from scope.nodes
        front += [node for node in scope.nodes if isinstance(node, SubProcess)]


def flows_within(process: Process) -> Iterator[SequenceFlow]:
    """The sequence flows of a process and of all its sub-processes."""
    front: list[Process | SubProcess] = [process]
    while front:
        scope = front.pop()
        yield from scope.flows
        front += [node for node in scope.nodes if isinstance(node, SubProcess)]


def _taken(game: _Game, found: Alignments, variant: int) -> list[tuple[int, str]]:
    """(events of the trace before it, way) of every choice in the model's run behind one variant."""
    labels, places, place = [], [], 0
    for move in found.moves(variant):
        if move.side != Side.LOG:
            labels.append(move.activity)
            places.append(place)
        if move.side != Side.MODEL:
            place += 1
    run = game.run(labels)
    return [
        (at, way) for at, ways in zip((*places, place), run, strict=True) for way in ways
    ] if run is not None else []  # fmt: skip


class _Game:
    """The token game with its silent searches remembered: variants share most of them."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.known: dict[tuple[int, str | None], list[Option]] = {}

    def run(self, labels: list[str]) -> list[tuple[str, ...]] | None:
        """The ways taken before each label and at the end, along one run of the model; ``None`` where there is none."""
        failed: set[tuple[int, int]] = set()
        trail: list[tuple[int, list[Option], int]] = [(self.net.start, self._options(self.net.start, labels, 0), 0)]
        ways: list[tuple[str, ...]] = []
        while trail:
            marking, options, next_option = trail[-1]
            depth = len(trail) - 1
            if next_option == len(options):
                failed.add((depth, marking))
                trail.pop()
                if ways:
                    ways.pop()
                continue
            trail[-1] = (marking, options, next_option + 1)
            after, taken = options[next_option]
            if depth == len(labels):
                return [*ways, taken]
            if (depth + 1, after) in failed:
                continue
            ways.append(taken)
            trail.append((after, self._options(after, labels, depth + 1), 0))
        return None

    def _options(self, marking: int, labels: list[str], depth: int) -> list[Option]:
        label = labels[depth] if depth < len(labels) else None
        key = marking, label
        if key not in self.known:
            self.known[key] = self._search(marking, label)
        return self.known[key]

    def _search(self, marking: int, label: str | None) -> list[Option]:
        """Where one can be right after ``label`` (``None``: at the end), each by the fewest silent steps."""
        found: dict[int, tuple[str, ...]] = {}
        before: dict[int, tuple[int, str]] = {marking: (-1, "")}
        queue = deque([marking])
        while queue:
            here = queue.popleft()
            if label is None and self.net.ends(here):
                found.setdefault(here, _ways(before, here))
            for number, after in self.net.moves(here):
                step = self.net.transitions[number]
                if step.label is not None:
                    if step.label == label:
                        found.setdefault(after, _ways(before, here))
                elif after not in before:
                    before[after] = (here, step.way)
                    queue.append(after)
        return list(found.items())


def _ways(before: dict[int, tuple[int, str]], marking: int) -> tuple[str, ...]:
    ways = []
    while marking >= 0:
        marking, way = before[marking]
        if way:
            ways.append(way)
    return tuple(reversed(ways))
