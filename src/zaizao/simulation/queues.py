"""The kernel's small machines: the event heap, the pool of items, the queues of the roles and the resources' shifts."""

from __future__ import annotations

import numpy as np

from zaizao.simulation.compiled import Whole, inner
from zaizao.simulation.state import (
    ASLEEP,
    BUSY,
    DEAD,
    ERROR,
    EVENT_COUNT,
    FIRST_ITEM,
    FREE,
    FREE_ITEM,
    FREE_ITEMS,
    GATHERED,
    IDLE,
    NONE,
    NOW,
    QUEUED,
    SEQUENCE,
    State,
    Stop,
)

_CALENDAR = int(Stop.CALENDAR)
_NEVER = 1 << 62


@inner
def _move(s: State, source: Whole, target: Whole) -> None:
    x, y = s.events[source], s.events[target]
    y.time, y.order, y.item, y.serial, y.what = x.time, x.order, x.item, x.serial, x.what


@inner
def _before(s: State, at: Whole, time: Whole, order: Whole) -> bool:
    """Does the event at ``at`` come before an event of this time and order?"""
    known = s.events[at].time
    return bool(known < time or (known == time and s.events[at].order < order))


@inner
def push_event(s: State, time: Whole, item: Whole, what: Whole) -> None:
    """Set an event for ``item`` (or, below 0, the waking of a resource)."""
    at = s.k[EVENT_COUNT]
    order = s.k[SEQUENCE] + 1
    s.k[EVENT_COUNT] = at + 1
    s.k[SEQUENCE] = order
    while at > 0 and not _before(s, (at - 1) >> 1, time, order):
        _move(s, (at - 1) >> 1, at)
        at = (at - 1) >> 1
    event = s.events[at]
    event.time, event.order, event.item, event.what = time, order, item, what
    event.serial = s.items[item].serial if item >= 0 else 0


@inner
def pop_event(s: State) -> None:
    """Remove the earliest event: the last one takes its place and sinks."""
    count = s.k[EVENT_COUNT] - 1
    s.k[EVENT_COUNT] = count
    time, order = s.events[count].time, s.events[count].order
    at: Whole = np.int64(0)
    while 2 * at + 1 < count:
        child = 2 * at + 1
        if child + 1 < count and _before(s, child + 1, s.events[child].time, s.events[child].order):
            child += 1
        if not _before(s, child, time, order):
            break
        _move(s, child, at)
        at = child
    if at != count:
        _move(s, count, at)


@inner
def new_item(s: State, slot: Whole, node: Whole, state: Whole) -> Whole:
    """An item of a case, linked to the case's others."""
    item = s.k[FREE_ITEM]
    s.k[FREE_ITEM] = s.items[item].next
    s.k[FREE_ITEMS] -= 1
    first = s.slots[slot, FIRST_ITEM]
    record = s.items[item]
    record.slot = slot
    record.node = node
    record.state = state
    record.resource = -1
    record.host = -1
    record.next = -1
    record.left = -1
    record.right = first
    if first >= 0:
        s.items[first].left = item
    s.slots[slot, FIRST_ITEM] = item
    return int(item)


@inner
def free_item(s: State, item: Whole) -> None:
    """Unlink an item from its case and give it back; in a queue it stays, dead, until its turn comes."""
    record = s.items[item]
    if record.slot >= 0:
        if record.left >= 0:
            s.items[record.left].right = record.right
        else:
            s.slots[record.slot, FIRST_ITEM] = record.right
        if record.right >= 0:
            s.items[record.right].left = record.left
    record.serial += 1
    if record.state in (QUEUED, GATHERED):
        record.state = DEAD
        record.slot = -1
        return
    record.state = FREE
    record.next = s.k[FREE_ITEM]
    s.k[FREE_ITEM] = item
    s.k[FREE_ITEMS] += 1


@inner
def _on_shift(s: State, resource: Whole) -> bool:
    """Is the resource's calendar open now? Moves its current interval forward."""
    record, now = s.resources[resource], s.k[NOW]
    while record.at < record.last and s.closes[record.at] <= now:
        record.at += 1
    if record.at == record.last:
        s.k[ERROR] = _CALENDAR
        return False
    return bool(s.opens[record.at] <= now)


@inner
def _mark(s: State, resource: Whole, status: Whole) -> None:
    """Set a resource's status and keep the roles' idle counts."""
    record = s.resources[resource]
    change = (1 if status == IDLE else 0) - (1 if record.status == IDLE else 0)
    record.status = status
    if change != 0:
        for i in range(record.role_from, record.role_to):
            s.idle[s.memberships[i]] += change


@inner
def _sleep(s: State, resource: Whole) -> None:
    """Set the waking of a resource that is off shift while work waits."""
    _mark(s, resource, ASLEEP)
    if s.k[ERROR] == 0:
        push_event(s, s.opens[s.resources[resource].at], -1 - resource, NONE)


@inner
def find_resource(s: State, role: Whole) -> Whole:
    """The idle member on shift that has been idle longest, now busy; -1 where there is none."""
    if s.idle[role] == 0:
        return -1
    found, since = np.int64(-1), _NEVER
    for i in range(s.role_spans[role], s.role_spans[role + 1]):
        resource = s.members[i]
        if s.resources[resource].status != IDLE:
            continue
        if not _on_shift(s, resource):
            _sleep(s, resource)
        elif s.resources[resource].idle_since < since:
            found, since = resource, s.resources[resource].idle_since
    if found >= 0:
        _mark(s, found, BUSY)
    return int(found)


@inner
def worked_until(s: State, resource: Whole, duration: Whole) -> Whole:
    """When ``duration`` of working time from now has passed on the resource's calendar."""
    record, time = s.resources[resource], s.k[NOW]
    at = record.at
    while at < record.last:
        opens = max(time, s.opens[at])
        if duration <= s.closes[at] - opens:
            return int(opens + duration)
        duration -= s.closes[at] - opens
        at += 1
    s.k[ERROR] = _CALENDAR
    return int(time)


@inner
def passed(s: State, first: Whole, last: Whole, duration: Whole) -> Whole:
    """When ``duration`` has passed from now in the intervals ``first:last``, each at its rate; on the clock where there
    are none."""
    time = s.k[NOW]
    if first == last:
        return time + duration
    low, high = first, last
    while low < high:
        middle = (low + high) >> 1
        if s.closes[middle] <= time:
            low = middle + 1
        else:
            high = middle
    if low == last:
        s.k[ERROR] = _CALENDAR
        return time
    target = s.before[low] + max(time - s.opens[low], 0) * s.rate[low] + duration
    high = last
    while low + 1 < high:
        middle = (low + high) >> 1
        if s.before[middle] < target:
            low = middle
        else:
            high = middle
    until = s.opens[low] + np.int64((target - s.before[low]) / s.rate[low] + 0.5)
    if until > s.closes[low]:
        s.k[ERROR] = _CALENDAR
        return time
    return int(max(until, time))


@inner
def gather(s: State, item: Whole, node: Whole) -> Whole:
    """Put an item into its node's batch; how many it holds now."""
    s.items[item].state = GATHERED
    s.items[item].next = -1
    if s.batches[node, 2] == 0:
        s.batches[node, 0] = item
    else:
        s.items[s.batches[node, 1]].next = item
    s.batches[node, 1] = item
    s.batches[node, 2] += 1
    return int(s.batches[node, 2])


@inner
def empty_batch(s: State, node: Whole) -> None:
    """The node gathers anew; its turn tells late wakings from those that hold."""
    s.batches[node, 0] = -1
    s.batches[node, 2] = 0
    s.batches[node, 3] += 1


@inner
def release(s: State, resource: Whole) -> None:
    """The resource's work has ended."""
    s.resources[resource].idle_since = s.k[NOW]
    _mark(s, resource, IDLE)


@inner
def wake(s: State, resource: Whole) -> None:
    """The resource's shift begins."""
    _mark(s, resource, IDLE)


@inner
def queue(s: State, item: Whole, role: Whole, level: Whole) -> None:
    """Put an item at the end of its role's queue of ``level``."""
    levels = len(s.heads) // max(len(s.idle), 1)
    at = role * levels + level
    s.k[SEQUENCE] += 1
    s.items[item].order = s.k[SEQUENCE]
    s.items[item].state = QUEUED
    s.items[item].next = -1
    if s.heads[at] < 0:
        s.heads[at] = item
    else:
        s.items[s.tails[at]].next = item
    s.tails[at] = item
    s.queued[role] += 1


@inner
def leave_queue(s: State, resource: Whole) -> Whole:
    """The next item for an idle resource, which is busy then; -1 where there is none or it is off shift."""
    record = s.resources[resource]
    if record.status != IDLE:
        return -1
    waiting = False
    for i in range(record.role_from, record.role_to):
        if s.queued[s.memberships[i]] > 0:
            waiting = True
    if not waiting:
        return -1
    if not _on_shift(s, resource):
        _sleep(s, resource)
        return -1
    levels = len(s.heads) // max(len(s.idle), 1)
    for level in range(levels):
        best, order = np.int64(-1), _NEVER
        for i in range(record.role_from, record.role_to):
            at = s.memberships[i] * levels + level
            _drop_dead(s, at)
            if s.heads[at] >= 0 and s.items[s.heads[at]].order < order:
                best, order = at, s.items[s.heads[at]].order
        if best >= 0:
            item = s.heads[best]
            s.heads[best] = s.items[item].next
            s.queued[best // levels] -= 1
            _mark(s, resource, BUSY)
            return int(item)
    return -1


@inner
def _drop_dead(s: State, at: Whole) -> None:
    """Give back cancelled items at the head of a queue."""
    while s.heads[at] >= 0 and s.items[s.heads[at]].state == DEAD:
        item = s.heads[at]
        s.heads[at] = s.items[item].next
        free_item(s, item)
