"""The language of a process model as a minimal deterministic automaton.

Rule kept: silent steps cost nothing and leave no trace, so everything that alignments, fitness and precision ask of a
model is asked of its language. Markings reached by the same words form one state (subset construction, closed under
silent steps); states that allow the same continuations are one (Moore's refinement). Refused beyond a stated number of
states, never cut silently.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from zaizao.mining.errors import MiningError
from zaizao.mining.net import Net, TokenGame, labels
from zaizao.mining.reduction import reduced
from zaizao.mining.spread import Bool, Int32
from zaizao.problems import Problem, Text

STATES = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Automaton:
    """``step[state, label]`` is the next state or -1; state 0 is the start; ``final`` marks where a case may end.

    ``to_final`` is the fewest labelled steps from each state to a final one (-1: none can be reached).
    """

    labels: tuple[str, ...]
    step: Int32
    final: Bool
    to_final: Int32

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.final)


def automaton(net: TokenGame, most: int = STATES) -> Automaton:
    """The automaton of ``net``. Raises ``MiningError`` beyond ``most`` states."""
    names = labels(net)
    if isinstance(net, Net):
        net = reduced(net)
    code = {name: k for k, name in enumerate(names)}
    closures = _Closures(net, code)
    start = closures.of(frozenset((net.start,)))
    numbers = {start: 0}
    rows: list[list[int]] = []
    final: list[bool] = []
    queue = deque([start])
    while queue:
        state = queue.popleft()
        row = [-1] * len(names)
        for label, markings in closures.steps(state).items():
            after = closures.of(markings)
            if after not in numbers:
                if len(numbers) >= most or len(closures.known) >= 20 * most:
                    raise _too_large(net, most)
                numbers[after] = len(numbers)
                queue.append(after)
            row[label] = numbers[after]
        rows.append(row)
        final.append(any(net.ends(marking) for marking in state))
    table = np.array(rows, dtype=np.int32).reshape(len(rows), len(names))
    ends = np.array(final, dtype=np.bool_)
    step, finals = _minimal(_alive(table, ends), ends)
    return Automaton(names, step, finals, _to_final(step, finals))


def _too_large(net: TokenGame, most: int) -> MiningError:
    return MiningError(
        Problem(
            net.name,
            Text(f"模型的状态超过 {most:,} 个", f"the model has more than {most:,} states"),
            Text("请减少并行分支，或先筛选活动", "use fewer parallel branches, or filter activities first"),
            "mining.too-many-states",
        )
    )


class _Closures:
    """Markings, what they reach in silence, and where labelled steps lead; each computed once."""

    def __init__(self, net: TokenGame, code: dict[str, int]) -> None:
        self.net = net
        self.label = [None if label is None else code[label] for label in net.step_labels]
        self.known: dict[int, frozenset[int]] = {}
        self.silent: dict[int, list[int]] = {}
        self.next: dict[int, dict[int, frozenset[int]]] = {}

    def of(self, markings: frozenset[int]) -> frozenset[int]:
        """Markings reachable in silence that can do something labelled, or are the end."""
        result: frozenset[int] = frozenset()
        for marking in markings:
            result |= self._closure(marking)
        return result

    def _play(self, marking: int) -> None:
        """What may happen in ``marking``, in silence and aloud."""
        silent: list[int] = []
        loud: dict[int, set[int]] = {}
        for number, after in self.net.moves(marking):
            label = self.label[number]
            if label is None:
                silent.append(after)
            else:
                loud.setdefault(label, set()).add(after)
        self.silent[marking] = silent
        self.next[marking] = {label: frozenset(after) for label, after in loud.items()}

    def _closure(self, marking: int) -> frozenset[int]:
        if marking not in self.known:
            seen, front = {marking}, [marking]
            while front:
                here = front.pop()
                if here not in self.silent:
                    self._play(here)
                for after in self.silent[here]:
                    if after not in seen:
                        seen.add(after)
                        front.append(after)
            self.known[marking] = frozenset(m for m in seen if self.net.ends(m) or self.next[m])
        return self.known[marking]

    def steps(self, state: frozenset[int]) -> dict[int, frozenset[int]]:
        """By label, the markings right after it."""
        result: dict[int, set[int]] = {}
        for marking in state:
            for label, after in self.next[marking].items():
                result.setdefault(label, set()).update(after)
        return {label: frozenset(after) for label, after in result.items()}


def _minimal(table: Int32, final: Bool) -> tuple[Int32, Bool]:
    group = final.astype(np.int64)
    while True:
        padded = np.concatenate((group, [-1]))
        _, refined = np.unique(np.column_stack((group, padded[table])), axis=0, return_inverse=True)
        refined = refined.reshape(-1)
        if refined.max() == group.max() and len(np.unique(refined)) == len(np.unique(group)):
            break
        group = refined
    # Renumber in order of first appearance, so that the start is 0.
    _, first, inverse = np.unique(refined, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    number = np.concatenate((rank[inverse], np.array([-1], dtype=np.int32)))
    chosen = first[order]
    return number[table[chosen]].astype(np.int32), final[chosen]


def _alive(step: Int32, final: Bool) -> Int32:
    """Steps into states from which no end can be reached are no part of the language."""
    dead = np.concatenate((_to_final(step, final) < 0, [False]))
    return np.where(dead[step], -1, step).astype(np.int32)


def _to_final(step: Int32, final: Bool) -> Int32:
    """Fewest steps to a final state, -1 where none can be reached."""
    distance = np.where(final, 0, -1).astype(np.int32)
    length = 0
    while True:
        reached = np.concatenate((distance == length, [False]))
        fresh = reached[step].any(axis=1) & (distance < 0)
        if not fresh.any():
            return distance
        length += 1
        distance[fresh] = length
