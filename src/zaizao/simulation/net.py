"""The compact net: a process and a scenario compiled into arrays that the kernel runs.

Rule kept: the net says exactly what BPMN 2.0.2 (13.3, token flow) says of the elements it knows, and refuses the rest
by a problem that names the element. Embedded sub-processes are flattened into scopes. Keys for random draws come from
element names (from ids where unnamed), never from positions, so that a changed model keeps the luck of the parts that
it did not change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zaizao.simulation.scenario import Condition, Work

PASS, CHOOSE, JOIN, INCLUSIVE, TASK, SCOPE, WAIT, RACE, END, TERMINATE = range(10)
"""What a node does with a token."""

NODE = np.dtype(
    [
        ("kind", "i4"), ("out_from", "i4"), ("out_to", "i4"), ("in_from", "i4"), ("in_to", "i4"), ("scope", "i4"),
        ("inner", "i4"), ("distribution", "i4"), ("variant_from", "i4"), ("variant_to", "i4"), ("delay", "i4"),
        ("role", "i4"), ("level", "i4"), ("choice", "i4"), ("bound_from", "i4"), ("bound_to", "i4"),
        ("interrupting", "i4"), ("key", "u8"),
    ],
    align=True,
)  # fmt: skip
"""``inner``: for a scope its start node, for an error end the boundary event that catches it, for a boundary event its
host; -1 where there is none. ``distribution``, ``delay``, ``role``, ``choice``: -1 where there is none."""
CHOICE = np.dtype([("variant_from", "i4"), ("variant_to", "i4"), ("pass_from", "i4"), ("pass_to", "i4")])


class Arrays(NamedTuple):
    """What the kernel reads. A node's number is its position in ``Net.ids``, a flow's in ``Net.flows``.

    ``outs``/``ins``: flow numbers grouped by source/target node. ``targets``: the node a flow leads to. ``variants``:
    rows of (condition bit, distribution or table). ``passes``: tables by pass. ``tables``: weights in the order of the
    gateway's outs, cumulative for a choice, plain for an inclusive split. ``bounds``: boundary events grouped by host.
    ``families``, ``parameters``, ``spans``: distributions. ``reach[f, v]``: a token at v can still come through f, an
    incoming flow of an inclusive join. ``parents``: the node that opened each scope, -1 for the process.
    """

    nodes: NDArray[np.void]
    choices: NDArray[np.void]
    outs: NDArray[np.int32]
    ins: NDArray[np.int32]
    targets: NDArray[np.int32]
    variants: NDArray[np.int32]
    passes: NDArray[np.int32]
    tables: NDArray[np.float64]
    bounds: NDArray[np.int32]
    families: NDArray[np.int32]
    parameters: NDArray[np.float64]
    spans: NDArray[np.int32]
    reach: NDArray[np.bool_]
    parents: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """A compiled process: the arrays and the words for their numbers. ``start`` is the first node of a case."""

    arrays: Arrays
    start: int
    ids: tuple[str, ...]
    names: tuple[str, ...]
    flows: tuple[str, ...]
    work: tuple[Work | None, ...]
    conditions: tuple[Condition, ...]
    roles: tuple[str, ...]
    levels: int

    @property
    def tasks(self) -> Iterator[int]:
        """The nodes that leave rows in the log."""
        return (node for node, work in enumerate(self.work) if work is not None)
