"""The kernel: an event-driven run of the compact net, compiled.

Theory of operation. A token is a row of the stack (slot, node, flow); it is moved at once until it rests as an item: a
task delayed, queued or running, a wait, a race, or an open scope. Items end through events in a binary heap ordered by
(time, order of making). A task that is enabled takes the member of its role that is on shift and has been idle longest,
or queues; a resource that becomes free or wakes takes the first of the highest level among the queues of its roles.
Work only passes while the resource's calendar is open. Boundary events run beside their host's item; the first
interrupting one cancels it. A scope ends with its last token; an end that terminates cancels what is left in it.

Rule kept: no allocation, no floating time (microseconds), no draw that depends on the order of events.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zaizao.simulation.compiled import Whole, compiled, inner
from zaizao.simulation.draws import BRANCH, DELAY, DURATION, TIMER, bits_at, fraction, sample
from zaizao.simulation.net import (
    CHOOSE,
    END,
    INCLUSIVE,
    JOIN,
    PASS,
    RACE,
    SCOPE,
    TASK,
    TERMINATE,
    WAIT,
    Arrays,
)
from zaizao.simulation.queues import (
    find_resource,
    free_item,
    leave_queue,
    new_item,
    passed,
    pop_event,
    push_event,
    queue,
    release,
    wake,
    worked_until,
)
from zaizao.simulation.state import (
    CASE,
    COUNTERS,
    DELAYED,
    ERROR,
    ERROR_NODE,
    EVENT_COUNT,
    FINISHED,
    FIRST_ITEM,
    FREE_ITEMS,
    FREE_SLOTS,
    HOLDING,
    NEXT_CASE,
    NONE,
    NOW,
    ONE,
    PENDING,
    QUEUED,
    ROW_COUNT,
    RUNNING,
    STACK_COUNT,
    VISIT_LIMIT,
    State,
    Stop,
)

_DONE, _ROWS, _EVENTS, _ITEMS, _STACK, _SLOTS = 0, 1, 2, 3, 4, 5
_LOOP = int(Stop.LOOP)


@inner
def _here(net: Arrays, node: Whole) -> Whole:
    return COUNTERS + len(net.nodes) + node


@inner
def _arrived(net: Arrays, flow: Whole) -> Whole:
    return COUNTERS + 2 * len(net.nodes) + flow


@inner
def _tokens(net: Arrays, scope: Whole) -> Whole:
    return COUNTERS + 2 * len(net.nodes) + len(net.targets) + scope


@inner
def _draw(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole, distribution: Whole, purpose: Whole) -> Whole:
    """Microseconds of a duration drawn for this case, node and visit."""
    case = np.uint64(s.slots[slot, CASE])
    visit = np.int64(s.slots[slot, COUNTERS + node])
    bits = bits_at(seed, case, net.nodes[node].key, visit, purpose)
    low, high = net.spans[distribution], net.spans[distribution + 1]
    drawn = sample(net.families[distribution], net.parameters[low:high], bits) * 1e6
    return int(min(drawn, 4e17) + 0.5)


@inner
def _holds(s: State, slot: Whole, bit: Whole) -> bool:
    word = s.bits[s.slots[slot, CASE], bit >> 6]
    return bool(((word >> np.uint64(bit & 63)) & np.uint64(1)) == np.uint64(1))


@inner
def _variant(net: Arrays, s: State, slot: Whole, first: Whole, last: Whole, otherwise: Whole) -> Whole:
    """The first variant whose condition holds for the slot's case."""
    for row in range(first, last):
        if _holds(s, slot, net.variants[row, 0]):
            return int(net.variants[row, 1])
    return otherwise


@inner
def _put(net: Arrays, s: State, slot: Whole, node: Whole, flow: Whole) -> None:
    """A new token in front of ``node``."""
    at = s.k[STACK_COUNT]
    s.stack[at, 0] = slot
    s.stack[at, 1] = node
    s.stack[at, 2] = flow
    s.k[STACK_COUNT] = at + 1
    s.slots[slot, _tokens(net, net.nodes[node].scope)] += 1


@inner
def _settle(net: Arrays, s: State, slot: Whole, scope: Whole) -> None:
    """End scopes that have no token left, from ``scope`` outwards; the outermost ends the case."""
    while s.slots[slot, _tokens(net, scope)] == 0:
        if scope == 0:
            free = s.k[FREE_SLOTS]
            s.free_slots[free] = slot
            s.k[FREE_SLOTS] = free + 1
            s.k[FINISHED] += 1
            s.slots[slot, CASE] = -1
            return
        host = net.parents[scope]
        item = np.int64(s.slots[slot, FIRST_ITEM])
        while item >= 0 and s.items[item].node != host:
            item = s.items[item].right
        if item >= 0:
            free_item(s, item)
            s.slots[slot, _here(net, host)] -= 1
        scope = net.nodes[host].scope
        s.slots[slot, _tokens(net, scope)] -= 1
        for i in range(net.nodes[host].out_from, net.nodes[host].out_to):
            flow = net.outs[i]
            _put(net, s, slot, net.targets[flow], flow)


@inner
def _leave(net: Arrays, s: State, slot: Whole, node: Whole, consumed: Whole) -> None:
    """Use up ``consumed`` tokens at ``node`` and put one on each of its outgoing flows."""
    scope = net.nodes[node].scope
    s.slots[slot, _tokens(net, scope)] -= consumed
    for i in range(net.nodes[node].out_from, net.nodes[node].out_to):
        flow = net.outs[i]
        _put(net, s, slot, net.targets[flow], flow)
    _settle(net, s, slot, scope)


@inner
def _leave_by(net: Arrays, s: State, slot: Whole, node: Whole, flow: Whole) -> None:
    """Use up one token at ``node`` and put one on ``flow``."""
    s.slots[slot, _tokens(net, net.nodes[node].scope)] -= 1
    _put(net, s, slot, net.targets[flow], flow)


@inner
def _table(net: Arrays, s: State, slot: Whole, node: Whole) -> Whole:
    choice = net.choices[net.nodes[node].choice]
    visit = np.int64(s.slots[slot, COUNTERS + node]) - 1
    last = min(choice.pass_from + visit, choice.pass_to - 1)
    return _variant(net, s, slot, choice.variant_from, choice.variant_to, net.passes[last])


@inner
def _choose(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole) -> None:
    record = net.nodes[node]
    table = _table(net, s, slot, node)
    visit = np.int64(s.slots[slot, COUNTERS + node])
    u = fraction(bits_at(seed, np.uint64(s.slots[slot, CASE]), record.key, visit, BRANCH))
    width = record.out_to - record.out_from
    pick = 0
    while pick < width - 1 and u >= net.tables[table, pick]:
        pick += 1
    _leave_by(net, s, slot, node, net.outs[record.out_from + pick])


@inner
def _split_inclusive(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole, consumed: Whole) -> None:
    """Each outgoing flow by its own chance; the likeliest where none came up (BPMN demands one)."""
    record = net.nodes[node]
    width = record.out_to - record.out_from
    if width < 2:
        _leave(net, s, slot, node, consumed)
        return
    table = _table(net, s, slot, node)
    s.slots[slot, _tokens(net, record.scope)] -= consumed
    case = np.uint64(s.slots[slot, CASE])
    bits = bits_at(seed, case, record.key, np.int64(s.slots[slot, COUNTERS + node]), BRANCH)
    chosen, best = 0, 0
    for pick in range(width):
        if net.tables[table, pick] > net.tables[table, best]:
            best = pick
        u = fraction(bits_at(bits, case, record.key, pick, BRANCH))
        if u < net.tables[table, pick]:
            flow = net.outs[record.out_from + pick]
            _put(net, s, slot, net.targets[flow], flow)
            chosen += 1
    if chosen == 0:
        flow = net.outs[record.out_from + best]
        _put(net, s, slot, net.targets[flow], flow)


@inner
def _join(net: Arrays, s: State, slot: Whole, node: Whole, flow: Whole) -> None:
    """A parallel gateway: fires when every incoming flow has a token."""
    record = net.nodes[node]
    if record.in_to - record.in_from > 1:
        s.slots[slot, _arrived(net, flow)] += 1
        s.slots[slot, _here(net, node)] += 1
        for i in range(record.in_from, record.in_to):
            if s.slots[slot, _arrived(net, net.ins[i])] == 0:
                return
        for i in range(record.in_from, record.in_to):
            s.slots[slot, _arrived(net, net.ins[i])] -= 1
        s.slots[slot, _here(net, node)] -= record.in_to - record.in_from
    _leave(net, s, slot, node, max(record.in_to - record.in_from, 1))


@inner
def _blocked(net: Arrays, s: State, slot: Whole, node: Whole) -> bool:
    """Can a token still come to an empty incoming flow of this inclusive join? (BPMN 13.3.3)"""
    record = net.nodes[node]
    for other in range(len(net.nodes)):
        if other == node or s.slots[slot, _here(net, other)] == 0:
            continue
        empty, filled = False, False
        for i in range(record.in_from, record.in_to):
            flow = net.ins[i]
            if net.reach[flow, other]:
                if s.slots[slot, _arrived(net, flow)] > 0:
                    filled = True
                else:
                    empty = True
        if empty and not filled:
            return True
    return False


@inner
def _fire_inclusive(net: Arrays, s: State, seed: Any, slot: Whole) -> None:
    """Fire one inclusive join of this case that waits for nothing any more."""
    waiting = False
    for node in range(len(net.nodes)):
        if net.nodes[node].kind != INCLUSIVE or s.slots[slot, _here(net, node)] == 0:
            continue
        waiting = True
        if _blocked(net, s, slot, node):
            continue
        consumed = np.int64(0)
        for i in range(net.nodes[node].in_from, net.nodes[node].in_to):
            if s.slots[slot, _arrived(net, net.ins[i])] > 0:
                s.slots[slot, _arrived(net, net.ins[i])] -= 1
                consumed += 1
        s.slots[slot, _here(net, node)] -= consumed
        s.slots[slot, COUNTERS + node] += 1
        _split_inclusive(net, s, seed, slot, node, consumed)
        return
    s.slots[slot, PENDING] = 1 if waiting else 0


@inner
def _arm(net: Arrays, s: State, seed: Any, item: Whole) -> None:
    """Set the boundary events of an item's node."""
    node, slot = s.items[item].node, s.items[item].slot
    for i in range(net.nodes[node].bound_from, net.nodes[node].bound_to):
        event = net.bounds[i]
        s.slots[slot, COUNTERS + event] = s.slots[slot, COUNTERS + node]
        after = _draw(net, s, seed, slot, event, net.nodes[event].distribution, TIMER)
        push_event(s, s.k[NOW] + after, item, event)


@inner
def _begin(s: State, item: Whole, resource: Whole) -> None:
    """Start the work of ``item`` now; ``resource`` -1 needs none."""
    now = s.k[NOW]
    s.items[item].state = RUNNING
    s.items[item].started = now
    s.items[item].resource = resource
    until = now + s.items[item].duration
    if resource >= 0:
        until = worked_until(s, resource, s.items[item].duration)
    push_event(s, until, item, NONE)


@inner
def _enable(net: Arrays, s: State, seed: Any, item: Whole) -> None:
    """The work can begin: set its deadline events, then start it or queue it."""
    slot, node = s.items[item].slot, s.items[item].node
    record = net.nodes[node]
    s.items[item].enabled = s.k[NOW]
    distribution = _variant(net, s, slot, record.variant_from, record.variant_to, record.distribution)
    s.items[item].duration = _draw(net, s, seed, slot, node, distribution, DURATION)
    if record.role < 0:
        _begin(s, item, NONE)
        return
    resource = find_resource(s, record.role)
    if resource >= 0:
        _begin(s, item, resource)
    else:
        queue(s, item, record.role, record.level)


@inner
def _serve(s: State, resource: Whole) -> None:
    """A resource has become free or has woken: give it the next work of its roles."""
    item = leave_queue(s, resource)
    if item >= 0:
        _begin(s, item, resource)


@inner
def _rest(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole) -> None:
    """A token comes to rest at a task, wait, race or scope."""
    record = net.nodes[node]
    item = new_item(s, slot, node, HOLDING)
    s.slots[slot, _here(net, node)] += 1
    _arm(net, s, seed, item)
    if record.kind == TASK:
        if record.delay >= 0:
            s.items[item].state = DELAYED
            visit = np.int64(s.slots[slot, COUNTERS + node]) - 1
            delay = _draw(net, s, seed, slot, node, min(record.delay + visit, record.delay_to - 1), DELAY)
            push_event(s, passed(s, record.wait_first, record.wait_last, delay), item, NONE)
        else:
            _enable(net, s, seed, item)
    elif record.kind == WAIT:
        push_event(s, s.k[NOW] + _draw(net, s, seed, slot, node, record.distribution, TIMER), item, NONE)
    elif record.kind == SCOPE:
        _put(net, s, slot, record.inner, NONE)
    else:
        for i in range(record.out_from, record.out_to):
            event = net.targets[net.outs[i]]
            s.slots[slot, COUNTERS + event] += 1
            after = _draw(net, s, seed, slot, event, net.nodes[event].distribution, TIMER)
            push_event(s, s.k[NOW] + after, item, event)


@inner
def _within(net: Arrays, scope: Whole, outer: Whole) -> bool:
    while scope > 0 and scope != outer:
        scope = net.nodes[net.parents[scope]].scope
    return bool(scope == outer)


@inner
def _cancel_item(net: Arrays, s: State, item: Whole) -> None:
    """Stop an item where it stands; a running resource goes on to other work."""
    state, resource = s.items[item].state, s.items[item].resource
    s.slots[s.items[item].slot, _here(net, s.items[item].node)] -= 1
    free_item(s, item)
    if state == QUEUED:
        s.queued[net.nodes[s.items[item].node].role] -= 1
    if state == RUNNING and resource >= 0:
        release(s, resource)
        _serve(s, resource)


@inner
def _cancel_scope(net: Arrays, s: State, slot: Whole, outer: Whole) -> None:
    """Remove every token of this case from scope ``outer`` and the scopes inside."""
    item = np.int64(s.slots[slot, FIRST_ITEM])
    while item >= 0:
        following = s.items[item].right
        if _within(net, net.nodes[s.items[item].node].scope, outer):
            _cancel_item(net, s, item)
        item = following
    for node in range(len(net.nodes)):
        if _within(net, net.nodes[node].scope, outer):
            s.slots[slot, _here(net, node)] = 0
            for i in range(net.nodes[node].in_from, net.nodes[node].in_to):
                s.slots[slot, _arrived(net, net.ins[i])] = 0
    for scope in range(len(net.parents)):
        if _within(net, scope, outer):
            s.slots[slot, _tokens(net, scope)] = 0
    kept = 0
    for row in range(s.k[STACK_COUNT]):
        if s.stack[row, 0] != slot or not _within(net, net.nodes[s.stack[row, 1]].scope, outer):
            for column in range(3):
                s.stack[kept, column] = s.stack[row, column]
            kept += 1
    s.k[STACK_COUNT] = kept


@inner
def _terminate(net: Arrays, s: State, slot: Whole, node: Whole) -> None:
    """An end that ends its scope; an error end goes on at the boundary event that catches it."""
    scope, catcher = net.nodes[node].scope, net.nodes[node].inner
    if catcher >= 0:
        _interrupt(net, s, slot, catcher, net.nodes[catcher].inner)
        return
    _cancel_scope(net, s, slot, scope)
    _settle(net, s, slot, scope)


@inner
def _interrupt(net: Arrays, s: State, slot: Whole, event: Whole, host: Whole) -> None:
    """Cancel what the boundary ``event``'s host does and go on behind the event."""
    item = np.int64(s.slots[slot, FIRST_ITEM])
    while item >= 0 and s.items[item].node != host:
        item = s.items[item].right
    if item >= 0:
        _cancel_item(net, s, item)
    for scope in range(1, len(net.parents)):
        if net.parents[scope] == host:
            _cancel_scope(net, s, slot, scope)
    _leave(net, s, slot, event, ONE)


@inner
def _enter(net: Arrays, s: State, seed: Any) -> None:
    """Move the topmost token of the stack one step."""
    top = s.k[STACK_COUNT] - 1
    s.k[STACK_COUNT] = top
    slot, node, flow = s.stack[top, 0], s.stack[top, 1], s.stack[top, 2]
    kind = net.nodes[node].kind
    if kind != INCLUSIVE or net.nodes[node].in_to - net.nodes[node].in_from < 2:
        s.slots[slot, COUNTERS + node] += 1
    if s.slots[slot, COUNTERS + node] > s.k[VISIT_LIMIT]:
        s.k[ERROR] = _LOOP
        s.k[ERROR_NODE] = node
        return
    if kind == PASS:
        _leave(net, s, slot, node, ONE)
    elif kind == CHOOSE:
        _choose(net, s, seed, slot, node)
    elif kind == JOIN:
        _join(net, s, slot, node, flow)
    elif kind == INCLUSIVE:
        if net.nodes[node].in_to - net.nodes[node].in_from > 1:
            s.slots[slot, _arrived(net, flow)] += 1
            s.slots[slot, _here(net, node)] += 1
            s.slots[slot, PENDING] = 1
        else:
            _split_inclusive(net, s, seed, slot, node, ONE)
    elif kind == END:
        s.slots[slot, _tokens(net, net.nodes[node].scope)] -= 1
        _settle(net, s, slot, net.nodes[node].scope)
    elif kind == TERMINATE:
        _terminate(net, s, slot, node)
    else:
        _rest(net, s, seed, slot, node)
    at = s.k[STACK_COUNT]
    rests = at == 0 or s.stack[at - 1, 0] != slot
    if rests and s.slots[slot, CASE] >= 0 and s.slots[slot, PENDING] != 0:
        _fire_inclusive(net, s, seed, slot)


@inner
def _cost(net: Arrays, s: State, node: Whole, resource: Whole, worked: Whole) -> Whole:
    """Fen: the activity's own cost and the performer's hours."""
    hourly = s.resources[resource].hourly if resource >= 0 else 0
    return net.nodes[node].cost + np.int64(math.floor(worked * float(hourly) / 3.6e9 + 0.5))


@inner
def _complete(net: Arrays, s: State, item: Whole) -> None:
    """An item's own end has come: write the row of a task, free its resource, move its token on."""
    slot, node, resource = s.items[item].slot, s.items[item].node, s.items[item].resource
    running = s.items[item].state == RUNNING
    if running:
        row = s.k[ROW_COUNT]
        s.row_case[row] = s.slots[slot, CASE]
        s.row_node[row] = node
        s.row_resource[row] = resource
        s.row_enabled[row] = s.items[item].enabled
        s.row_start[row] = s.items[item].started
        s.row_end[row] = s.k[NOW]
        s.row_cost[row] = _cost(net, s, node, resource, s.items[item].duration)
        s.k[ROW_COUNT] = row + 1
    s.slots[slot, _here(net, node)] -= 1
    free_item(s, item)
    if running and resource >= 0:
        release(s, resource)
        _serve(s, resource)
    _leave(net, s, slot, node, ONE)


@inner
def _strike(net: Arrays, s: State, item: Whole, event: Whole) -> None:
    """A boundary event fires, or one event of a race wins."""
    slot, node = s.items[item].slot, s.items[item].node
    if net.nodes[node].kind == RACE:
        _cancel_item(net, s, item)
        _leave(net, s, slot, event, ONE)
    elif net.nodes[event].interrupting != 0:
        _interrupt(net, s, slot, event, node)
    else:
        s.slots[slot, _tokens(net, net.nodes[event].scope)] += 1
        _leave(net, s, slot, event, ONE)


@inner
def _arrive(net: Arrays, s: State, start: Whole) -> None:
    """The next case begins."""
    free = s.k[FREE_SLOTS] - 1
    s.k[FREE_SLOTS] = free
    slot = s.free_slots[free]
    s.slots[slot, :] = 0
    s.slots[slot, FIRST_ITEM] = -1
    s.slots[slot, CASE] = s.k[NEXT_CASE]
    s.k[NEXT_CASE] += 1
    _put(net, s, slot, start, NONE)


@inner
def _wait_no_more(net: Arrays, s: State, seed: Any, item: Whole) -> None:
    """An event that moved no token may still have freed an inclusive join of its case."""
    if item < 0 or s.k[STACK_COUNT] > 0:
        return
    slot = s.items[item].slot
    if slot >= 0 and s.slots[slot, CASE] >= 0 and s.slots[slot, PENDING] != 0:
        _fire_inclusive(net, s, seed, slot)


@inner
def _next(net: Arrays, s: State, seed: Any, start: Whole) -> bool:
    """Take the earliest event or arrival; False when there is none."""
    case, waiting = s.k[NEXT_CASE], s.k[EVENT_COUNT]
    if case < len(s.arrivals) and (waiting == 0 or s.arrivals[case] < s.events[0].time):
        s.k[NOW] = s.arrivals[case]
        _arrive(net, s, start)
        return True
    if waiting == 0:
        return False
    item, serial, what = s.events[0].item, s.events[0].serial, s.events[0].what
    s.k[NOW] = s.events[0].time
    pop_event(s)
    if item < 0:
        wake(s, -1 - item)
        _serve(s, -1 - item)
    elif s.items[item].serial != serial:
        return True
    elif what >= 0:
        _strike(net, s, item, what)
    elif s.items[item].state == DELAYED:
        _enable(net, s, seed, item)
    else:
        _complete(net, s, item)
    _wait_no_more(net, s, seed, item)
    return True


@compiled
def run(net: Arrays, s: State, seed: Any, start: Whole, margin: Whole) -> Whole:
    """Go on until the run is done or something lacks (a ``Stop``). ``margin``: what one step can need at most."""
    while True:
        if s.k[ERROR] != 0:
            return int(s.k[ERROR])
        if s.k[STACK_COUNT] + margin > len(s.stack):
            return _STACK
        if s.k[EVENT_COUNT] + margin > len(s.events):
            return _EVENTS
        if s.k[FREE_ITEMS] < margin:
            return _ITEMS
        if s.k[STACK_COUNT] > 0:
            _enter(net, s, seed)
            continue
        if s.k[ROW_COUNT] >= len(s.row_case):
            return _ROWS
        if s.k[FREE_SLOTS] == 0 and s.k[NEXT_CASE] < len(s.arrivals):
            return _SLOTS
        if not _next(net, s, seed, start):
            return _DONE


@compiled
def places(case: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    """Where each row, in order of its end, goes in the order by case and end."""
    following = offsets.copy()
    out = np.empty(len(case), dtype=np.int32)
    for row in range(len(case)):
        out[row] = following[case[row]]
        following[case[row]] += 1
    return out


@compiled
def placed(values: NDArray[Any], place: NDArray[np.int32]) -> NDArray[Any]:
    """The values, each at its place."""
    out = np.empty(len(place), dtype=values.dtype)
    for row in range(len(place)):
        out[place[row]] = values[row]
    return out


@compiled
def ties(case: NDArray[np.int32], start: NDArray[np.int64], end: NDArray[np.int64]) -> bool:
    """Do rows of one case that end together stand out of the order of their start?"""
    found = 0
    for row in range(1, len(case)):
        found += case[row] == case[row - 1] and end[row] == end[row - 1] and start[row] < start[row - 1]
    return found > 0
