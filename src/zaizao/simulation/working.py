"""The kernel's work: an execution is delayed, enabled, gathered, queued, begun; a free resource takes the next one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zaizao.simulation.choices import draw, remembered, variant
from zaizao.simulation.compiled import Whole, inner
from zaizao.simulation.draws import DELAY, DURATION
from zaizao.simulation.net import Arrays
from zaizao.simulation.queues import (
    empty_batch,
    find_resource,
    free_item,
    gather,
    leave_queue,
    passed,
    push_event,
    queue,
    worked_until,
)
from zaizao.simulation.state import COUNTERS, DELAYED, GATHERED, NONE, NOW, RUNNING, State


@inner
def begin(s: State, item: Whole, resource: Whole) -> None:
    """Start the work of ``item`` now; ``resource`` -1 needs none."""
    now = s.k[NOW]
    s.items[item].state = RUNNING
    s.items[item].started = now
    s.items[item].resource = resource
    until = now + s.items[item].duration
    if resource >= 0:
        pace = s.resources[resource].pace
        if pace != 1.0:
            s.items[item].duration = np.int64(s.items[item].duration * pace + 0.5)
        until = worked_until(s, resource, s.items[item].duration)
    push_event(s, until, item, NONE)


@inner
def assign(net: Arrays, s: State, item: Whole) -> None:
    """Work that nothing holds back any more is begun or queued."""
    slot, record = s.items[item].slot, net.nodes[s.items[item].node]
    if record.role < 0:
        begin(s, item, NONE)
        return
    resource = find_resource(s, record.role)
    if resource >= 0:
        begin(s, item, resource)
    else:
        queue(s, item, record.role, variant(net, s, slot, record.level_from, record.level_to, record.level))


@inner
def enable(net: Arrays, s: State, seed: Any, item: Whole) -> None:
    """The work can begin, or joins its batch, which it may fill."""
    slot, node = s.items[item].slot, s.items[item].node
    record = net.nodes[node]
    s.items[item].enabled = s.k[NOW]
    distribution = variant(net, s, slot, record.variant_from, record.variant_to, record.distribution)
    s.items[item].duration = draw(net, s, seed, slot, node, distribution, DURATION)
    if record.batch_wait < 0:
        assign(net, s, item)
        return
    if gather(s, item, node) == 1:
        push_event(s, s.k[NOW] + record.batch_wait, -1 - len(s.resources) - node, s.batches[node, 3])
    if record.batch_size > 0 and s.batches[node, 2] >= record.batch_size:
        release_batch(net, s, node)


@inner
def release_batch(net: Arrays, s: State, node: Whole) -> None:
    """All that is gathered at ``node`` goes on."""
    item = np.int64(s.batches[node, 0])
    empty_batch(s, node)
    while item >= 0:
        following = np.int64(s.items[item].next)
        s.items[item].next = -1
        if s.items[item].state == GATHERED:
            assign(net, s, item)
        else:
            free_item(s, item)
        item = following


@inner
def serve(s: State, resource: Whole) -> None:
    """A resource has become free or has woken: give it the next work of its roles."""
    item = leave_queue(s, resource)
    if item >= 0:
        begin(s, item, resource)


@inner
def begin_task(net: Arrays, s: State, seed: Any, item: Whole) -> None:
    """A task's item waits for its delay, or is enabled at once."""
    slot, node = s.items[item].slot, s.items[item].node
    record = net.nodes[node]
    if record.delay < 0:
        enable(net, s, seed, item)
        return
    s.items[item].state = DELAYED
    visit = np.int64(s.slots[slot, COUNTERS + node]) - 1
    by_pass = min(record.delay + visit, record.delay_to - 1)
    which = remembered(net, s, slot, record.past_from, record.past_to, by_pass)
    delay = draw(net, s, seed, slot, node, which, DELAY)
    push_event(s, passed(s, record.wait_first, record.wait_last, delay), item, NONE)


@inner
def cost_of(net: Arrays, s: State, node: Whole, resource: Whole, worked: Whole) -> Whole:
    """Fen: the activity's own cost and the performer's hours."""
    hourly = s.resources[resource].hourly if resource >= 0 else 0
    return net.nodes[node].cost + np.int64(math.floor(worked * float(hourly) / 3.6e9 + 0.5))
