"""The kernel's state: plain arrays that Python makes, grows and hands over; the kernel only fills them.

Rule kept: the kernel never allocates. Before each step it checks that the room left suffices for the step and otherwise
returns what it lacks (``Stop``); the driver grows that array and goes on where it stood.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Stop(IntEnum):
    """Why the kernel returned."""

    DONE = 0
    ROWS = 1
    EVENTS = 2
    ITEMS = 3
    STACK = 4
    SLOTS = 5
    CALENDAR = 6
    LOOP = 7


# Registers: positions in ``State.k``.
NOW, ROW_COUNT, EVENT_COUNT, STACK_COUNT, SEQUENCE, NEXT_CASE, FREE_ITEM, FREE_ITEMS, FREE_SLOTS, ERROR, ERROR_NODE, \
    VISIT_LIMIT, FINISHED, WIDEST, REGISTERS = range(15)  # fmt: skip

EVENT = np.dtype([("time", "i8"), ("order", "i8"), ("item", "i8"), ("serial", "i8"), ("what", "i8")], align=True)
"""``item`` below 0 is the waking of resource ``-1 - item``, or, beyond the resources, the end of a node's gathering with
its turn in ``what``; else ``what`` -1 is the item's own end, or it is a boundary event, the start of an event
sub-process or a racing event (a node number)."""

ITEM = np.dtype(
    [
        ("slot", "i8"), ("node", "i8"), ("state", "i8"), ("serial", "i8"), ("resource", "i8"), ("next", "i8"),
        ("left", "i8"), ("right", "i8"), ("order", "i8"), ("enabled", "i8"), ("started", "i8"), ("duration", "i8"),
        ("host", "i8"), ("runs", "i8"),
    ],
    align=True,
)  # fmt: skip
"""``next`` links a queue (or the free list), ``left`` and ``right`` the items of one case. A multi-instance activity
holds an item whose ``runs`` counts the runs not ended yet; the items of its runs name it as ``host`` (else -1)."""

FREE, DELAYED, QUEUED, RUNNING, HOLDING, DEAD, GATHERED = np.arange(7)
"""States of an item. DEAD: cancelled while in a queue, dropped when its turn comes. GATHERED: waiting for its batch."""

RESOURCE = np.dtype(
    [("first", "i8"), ("last", "i8"), ("at", "i8"), ("status", "i8"), ("role_from", "i8"), ("role_to", "i8"), ("hourly", "i8"),
     ("idle_since", "i8"), ("pace", "f8")],
    align=True,
)  # fmt: skip
"""``first:last`` are its working intervals, ``at`` the current one; durations are multiplied by ``pace``."""

IDLE, BUSY, ASLEEP = np.arange(3)
"""States of a resource. ASLEEP: off shift with a waking event set. IDLE may be off shift while nobody has asked."""


NONE, ONE = np.int64(-1), np.int64(1)
"""``NONE``: no item, resource, flow or event. NumPy scalars, for the compiler would copy a function per literal."""


class State(NamedTuple):
    """All that changes during a run, and the run's inputs.

    ``slots``: one row per case in flight: case, first item, then counters (see ``slot_width``). ``heads``/``tails``:
    queue ends by role and level; ``queued``: items queued by role; ``idle``: IDLE resources by role. ``members`` of
    ``role_spans``; ``memberships``: roles of a resource. ``opens``/``closes``: working intervals in µs, ``before``: what
    has passed in their calendar before each, at ``rate`` per µs. ``batches``: by node (first, last, how many, turn) of
    what is gathered. Record arrays:
    ``events`` (EVENT), ``items`` (ITEM), ``resources`` (RESOURCE). Rows: ``row_*``, appended as activities complete.
    """

    k: NDArray[np.int64]
    arrivals: NDArray[np.int64]
    bits: NDArray[np.uint64]
    events: Any
    items: Any
    stack: NDArray[np.int64]
    slots: NDArray[np.int32]
    free_slots: NDArray[np.int64]
    resources: Any
    memberships: NDArray[np.int64]
    members: NDArray[np.int64]
    role_spans: NDArray[np.int64]
    heads: NDArray[np.int64]
    tails: NDArray[np.int64]
    queued: NDArray[np.int64]
    idle: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    before: NDArray[np.float64]
    rate: NDArray[np.float64]
    batches: NDArray[np.int64]
    row_case: NDArray[np.int32]
    row_node: NDArray[np.int32]
    row_resource: NDArray[np.int32]
    row_enabled: NDArray[np.int64]
    row_start: NDArray[np.int64]
    row_end: NDArray[np.int64]
    row_cost: NDArray[np.int64]


MEMORY = 4
"""Executions that a case remembers."""
CASE, FIRST_ITEM, PENDING, ROOT, HOST_SLOT, HOST_ITEM, RUN, LAST = range(8)
COUNTERS = LAST + MEMORY
"""Columns of a slot: case number, first item, whether an inclusive join waits (-1: about to be cancelled); the scope that
it runs, for a run of a multi-instance sub-process the slot and item that it belongs to (else -1) and its number; the
codes of the last activities, latest first; then the counters."""


def slot_width(nodes: int, flows: int, scopes: int) -> int:
    """Columns of a slot: visits by node, tokens by node, tokens arrived by flow, tokens by scope."""
    return COUNTERS + 2 * nodes + flows + scopes
