"""The compact net: a process and a scenario compiled into arrays that the kernel runs.

Rule kept: the net says exactly what BPMN 2.0.2 (13.3, token flow) says of the elements it knows, and refuses the rest
by a problem that names the element. Embedded sub-processes are flattened into scopes. Keys for random draws come from
element names (from ids where unnamed), never from positions, so that a changed model keeps the luck of the parts that
it did not change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zaizao.simulation.scenario import Condition, Work

PASS, CHOOSE, JOIN, INCLUSIVE, TASK, SCOPE, WAIT, RACE, END, TERMINATE, TRIGGER, WATCH = range(12)
ONCE, PARALLEL, SEQUENTIAL = range(3)
"""How often an activity runs each time."""
"""What a node does with a token."""

NODE = np.dtype(
    [
        ("kind", "i8"), ("out_from", "i8"), ("out_to", "i8"), ("in_from", "i8"), ("in_to", "i8"), ("scope", "i8"),
        ("inner", "i8"), ("distribution", "i8"), ("variant_from", "i8"), ("variant_to", "i8"), ("delay", "i8"), ("delay_to", "i8"),
        ("role", "i8"), ("level", "i8"), ("choice", "i8"), ("bound_from", "i8"), ("bound_to", "i8"),
        ("interrupting", "i8"), ("cost", "i8"), ("wait_first", "i8"), ("wait_last", "i8"), ("key", "u8"),
        ("code", "i8"), ("many", "i8"), ("count", "i8"), ("batch_size", "i8"), ("batch_wait", "i8"),
        ("level_from", "i8"), ("level_to", "i8"), ("past_from", "i8"), ("past_to", "i8"),
    ],
    align=True,
)  # fmt: skip
"""``inner``: for a scope its start node, for an error end the event that catches it, for a boundary event its host, for
the start of an event sub-process (a TRIGGER) that sub-process; -1 where there is none. A WATCH stands for a scope with
event sub-processes. ``distribution``, ``delay``, ``role``, ``choice``, ``count``: -1 where there is none.
``code``: the activity's number from 1. ``many``: ONCE, or runs by ``count``. ``batch_wait`` in µs, -1 for no batch.
``level_from:level_to``: levels by condition. ``past_from:past_to``: delays by what the case did last.
``delay:delay_to``: its delay by pass. ``wait_first:wait_last``: the working intervals in which the delay passes; equal
where it passes on the clock."""
CHOICE = np.dtype(
    [("variant_from", "i8"), ("variant_to", "i8"), ("pass_from", "i8"), ("pass_to", "i8"), ("past_from", "i8"), ("past_to", "i8")]
)  # fmt: skip
CODE_BITS = 14
"""Bits of an activity's code in the key of a past."""


class Arrays(NamedTuple):
    """What the kernel reads. A node's number is its position in ``Net.ids``, a flow's in ``Net.flows``.

    ``nodes``, ``choices``: record arrays (``NODE``, ``CHOICE``). ``outs``/``ins``: flow numbers by source/target
    node. ``targets``: the node a flow leads to. ``variants``: rows of (condition bit, distribution, table or level).
    ``pasts``: rows of (key, distribution or table), ascending by key in each range; see ``past_key``.
    ``passes``: tables by pass. ``tables``: weights in the order of the gateway's outs, cumulative for a choice, plain
    for an inclusive split. ``bounds``: boundary events grouped by host. ``families``, ``parameters``, ``spans``:
    distributions. ``reach[f, v]``: a token at v can still come through f, an incoming flow of an inclusive join.
    ``parents``: the node that opened each scope, -1 for the process. ``watches``: the WATCH of each scope, -1 for none.
    """

    nodes: Any
    choices: Any
    outs: NDArray[np.int64]
    ins: NDArray[np.int64]
    targets: NDArray[np.int64]
    variants: NDArray[np.int64]
    passes: NDArray[np.int64]
    tables: NDArray[np.float64]
    bounds: NDArray[np.int64]
    families: NDArray[np.int64]
    parameters: NDArray[np.float64]
    spans: NDArray[np.int64]
    reach: NDArray[np.bool_]
    parents: NDArray[np.int64]
    watches: NDArray[np.int64]
    pasts: NDArray[np.int64]


def past_key(codes: tuple[int, ...]) -> int:
    """The key of what a case did last: how many activities, then their codes, the latest first."""
    key = len(codes)
    for code in codes:
        key = (key << CODE_BITS) | code
    return key


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
