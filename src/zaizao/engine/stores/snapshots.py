"""How a waiting case is kept: whole where it is small; where it is large, whole now and then, with the journal after it.

Rule kept: what is kept for a case, and the journal's entries of that case from the kept position on, make the case. A
large case (a loop over ten thousand items) is written whole again only when its journal has grown by as much as the
last writing took, so that the work for it grows with what happens in it and not with its square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from zaizao.engine import state
from zaizao.engine.apply import apply
from zaizao.engine.records import Rejection
from zaizao.engine.state import Case

LARGE = 256
"""Live elements from which on a case is large."""


class Snapshots:
    """What a store knows of the large cases that it keeps: size of the last writing, and what came after."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, int]] = {}

    def forget(self) -> None:
        """After a rollback: write each large case whole at the next occasion."""
        self._kept.clear()

    def due(self, cases: Mapping[int, Case], grown: Mapping[int, int], position: int) -> list[tuple[int, bytes]]:
        """What to write of the live ``cases``; ``grown`` is what was journaled of each, up to ``position``, in bytes."""
        bodies = []
        for key, case in cases.items():
            if case.ended or len(case.elements) < LARGE:
                self._kept.pop(key, None)
                if not case.ended:
                    bodies.append((key, state.encode(case)))
                continue
            size, since = self._kept.get(key, (0, 0))
            since += grown.get(key, 0)
            if size <= since:
                body = b"%d@%b" % (position, state.encode(case))
                bodies.append((key, body))
                size, since = len(body), 0
            self._kept[key] = (size, since)
        return bodies


def whole(body: bytes, journaled: Callable[[int], Iterable[Any]]) -> Case:
    """The case of a kept ``body``; ``journaled`` gives its events from a position on."""
    if body[:1] == b"[":
        return state.decode(body)
    position, _, rest = body.partition(b"@")
    case = state.decode(rest)
    for event in journaled(int(position)):
        if not isinstance(event, Rejection):
            apply(case, event)
    return case
