"""``diff``: which elements two models of one process add, remove or change, for the pair of pictures before and after.

Rule kept: elements are the same when their ids are; an element is changed when anything but its place in a scope is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from zaizao.bpmn.model import Definitions, FlowNode, Process, SequenceFlow, SubProcess


class Change(StrEnum):
    """How an element differs from the other model of a pair."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of nodes and flows by what happened to them."""

    added: frozenset[str]
    removed: frozenset[str]
    changed: frozenset[str]

    def before(self) -> dict[str, Change]:
        """What to mark in the picture of the first model."""
        return dict.fromkeys(sorted(self.removed), Change.REMOVED) | self._changed()

    def after(self) -> dict[str, Change]:
        """What to mark in the picture of the second model."""
        return dict.fromkeys(sorted(self.added), Change.ADDED) | self._changed()

    def marks(self) -> dict[str, Change]:
        """What to mark in the picture of either model: ids that a picture does not have do no harm."""
        return self.before() | self.after()

    def _changed(self) -> dict[str, Change]:
        return dict.fromkeys(sorted(self.changed), Change.CHANGED)


def diff(before: Process | Definitions, after: Process | Definitions) -> Changes:
    """What ``after`` adds to, removes from and changes in ``before``: nodes and sequence flows, at any depth."""
    old, new = dict(_elements(before)), dict(_elements(after))
    return Changes(
        added=frozenset(new.keys() - old.keys()),
        removed=frozenset(old.keys() - new.keys()),
        changed=frozenset(key for key in old.keys() & new.keys() if old[key] != new[key]),
    )


def _elements(model: Process | Definitions) -> Iterator[tuple[str, FlowNode | SequenceFlow]]:
    for process in model.processes if isinstance(model, Definitions) else (model,):
        yield from ((flow.id, flow) for flow in process.flows)
        for node in process.walk():
            if isinstance(node, SubProcess):
                yield from ((flow.id, flow) for flow in node.flows)
                node = replace(node, nodes=(), flows=(), associations=(), artifacts=())
            yield node.id, node
