"""The kernel: an event-driven run of the compact net, compiled.

Theory of operation. A token is a row of the stack (slot, node, flow); it is moved at once until it rests as an item: a
task delayed, queued or running, a wait, a race, or an open scope. Items end through events in a binary heap ordered by
(time, order of making). A task that is enabled takes the member of its role that is on shift and has been idle longest,
or queues; a resource that becomes free or wakes takes the first of the highest level among the queues of its roles.
A multi-instance activity holds one item while its runs go on: items of their own for a task, slots of their own (runs)
for a sub-process. A WATCH item beside a scope's tokens starts its event sub-processes. Work only passes while the
resource's calendar is open. Boundary events run beside their host's item; the first
interrupting one cancels it. A scope ends with its last token; an end that terminates cancels what is left in it.

Rule kept: no allocation, no floating time (microseconds), no draw that depends on the order of events.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zaizao.simulation.choices import draw, lucky, table_of
from zaizao.simulation.compiled import Whole, compiled, inner
from zaizao.simulation.draws import BRANCH, COUNT, TIMER, bits_at, fraction
from zaizao.simulation.net import (
    CHOOSE,
    END,
    INCLUSIVE,
    JOIN,
    ONCE,
    PASS,
    RACE,
    SCOPE,
    SEQUENTIAL,
    TASK,
    TERMINATE,
    TRIGGER,
    WAIT,
    Arrays,
)
from zaizao.simulation.queues import (
    free_item,
    new_item,
    pop_event,
    push_event,
    release,
    wake,
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
    HOST_ITEM,
    HOST_SLOT,
    LAST,
    MEMORY,
    NEXT_CASE,
    NONE,
    NOW,
    ONE,
    PENDING,
    QUEUED,
    ROOT,
    ROW_COUNT,
    RUN,
    RUNNING,
    STACK_COUNT,
    VISIT_LIMIT,
    WIDEST,
    State,
    Stop,
)
from zaizao.simulation.working import begin_task, cost_of, enable, release_batch, serve

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
def _put(net: Arrays, s: State, slot: Whole, node: Whole, flow: Whole) -> None:
    """A new token in front of ``node``."""
    at = s.k[STACK_COUNT]
    s.stack[at, 0] = slot
    s.stack[at, 1] = node
    s.stack[at, 2] = flow
    s.k[STACK_COUNT] = at + 1
    s.slots[slot, _tokens(net, net.nodes[node].scope)] += 1


@inner
def _free_slot(s: State, slot: Whole) -> None:
    """Give back the slot of a case, or of a run, that has ended."""
    free = s.k[FREE_SLOTS]
    s.free_slots[free] = slot
    s.k[FREE_SLOTS] = free + 1
    s.slots[slot, CASE] = -1
    s.slots[slot, PENDING] = 0


@inner
def _again(s: State, slot: Whole, node: Whole, host: Whole) -> None:
    """Another run of the multi-instance activity that ``host`` holds, as a row of the stack."""
    at = s.k[STACK_COUNT]
    s.stack[at, 0] = slot
    s.stack[at, 1] = node
    s.stack[at, 2] = -2 - host
    s.k[STACK_COUNT] = at + 1


@inner
def _run_ended(net: Arrays, s: State, slot: Whole, node: Whole, host: Whole) -> bool:
    """One run less; the next where they follow each other. True where that was the last."""
    s.items[host].runs -= 1
    if s.items[host].runs > 0 and net.nodes[node].many == SEQUENTIAL:
        _again(s, slot, node, host)
    return bool(s.items[host].runs == 0)


@inner
def _watch(net: Arrays, s: State, seed: Any, slot: Whole, scope: Whole) -> None:
    """A scope opens: what can start its event sub-processes is set."""
    node = net.watches[scope]
    if node >= 0:
        item = new_item(s, slot, node, HOLDING)
        s.slots[slot, _here(net, node)] += 1
        _arm(net, s, seed, item)


@inner
def _settle(net: Arrays, s: State, slot: Whole, scope: Whole) -> None:
    """End scopes that have no token left, from ``scope`` outwards; the outermost ends the run or the case."""
    while s.slots[slot, _tokens(net, scope)] == 0:
        watch = net.watches[scope]
        item = np.int64(s.slots[slot, FIRST_ITEM]) if watch >= 0 else NONE
        while item >= 0 and s.items[item].node != watch:
            item = s.items[item].right
        if item >= 0:
            free_item(s, item)
            s.slots[slot, _here(net, watch)] -= 1
        host = net.parents[scope]
        if scope == s.slots[slot, ROOT]:
            outer, item = np.int64(s.slots[slot, HOST_SLOT]), np.int64(s.slots[slot, HOST_ITEM])
            _free_slot(s, slot)
            if outer < 0:
                s.k[FINISHED] += 1
                return
            slot = outer
            if not _run_ended(net, s, slot, host, item):
                return
        else:
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
def _choose(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole) -> None:
    record = net.nodes[node]
    table = table_of(net, s, slot, node)
    visit = np.int64(s.slots[slot, COUNTERS + node])
    u = fraction(bits_at(seed, lucky(s, slot), record.key, visit, BRANCH))
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
    table = table_of(net, s, slot, node)
    s.slots[slot, _tokens(net, record.scope)] -= consumed
    case = lucky(s, slot)
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
        after = draw(net, s, seed, slot, event, net.nodes[event].distribution, TIMER)
        push_event(s, s.k[NOW] + after, item, event)


@inner
def _many(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole, item: Whole) -> None:
    """A multi-instance activity: its runs follow as rows of the stack; without any it is done."""
    record = net.nodes[node]
    wanted = (draw(net, s, seed, slot, node, record.count, COUNT) + 500_000) // 1_000_000
    runs = min(wanted, s.k[WIDEST])
    s.items[item].runs = runs
    if runs == 0:
        free_item(s, item)
        s.slots[slot, _here(net, node)] -= 1
        _leave(net, s, slot, node, ONE)
        return
    for _ in range(1 if record.many == SEQUENTIAL else runs):
        _again(s, slot, node, item)


@inner
def _start_run(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole, host: Whole) -> None:
    """One run of a multi-instance activity: an item of its own for a task, a slot of its own for a sub-process."""
    if s.items[host].slot != slot or s.items[host].node != node or s.items[host].state != HOLDING:
        return
    run = s.slots[slot, COUNTERS + node]
    s.slots[slot, COUNTERS + node] = run + 1
    if net.nodes[node].kind == TASK:
        item = new_item(s, slot, node, HOLDING)
        s.items[item].host = host
        s.slots[slot, _here(net, node)] += 1
        begin_task(net, s, seed, item)
        return
    inner_slot = _new_slot(s, s.slots[slot, CASE], net.nodes[net.nodes[node].inner].scope)
    s.slots[inner_slot, HOST_SLOT] = slot
    s.slots[inner_slot, HOST_ITEM] = host
    s.slots[inner_slot, RUN] = (s.slots[slot, RUN] * 31 + run) & 0xFFFF
    for at in range(MEMORY):
        s.slots[inner_slot, LAST + at] = s.slots[slot, LAST + at]
    _put(net, s, inner_slot, net.nodes[node].inner, NONE)
    _watch(net, s, seed, inner_slot, s.slots[inner_slot, ROOT])


@inner
def _rest(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole) -> None:
    """A token comes to rest at a task, wait, race or scope."""
    record = net.nodes[node]
    item = new_item(s, slot, node, HOLDING)
    s.slots[slot, _here(net, node)] += 1
    _arm(net, s, seed, item)
    if record.many != ONCE:
        _many(net, s, seed, slot, node, item)
    elif record.kind == TASK:
        begin_task(net, s, seed, item)
    elif record.kind == WAIT:
        push_event(s, s.k[NOW] + draw(net, s, seed, slot, node, record.distribution, TIMER), item, NONE)
    elif record.kind == SCOPE:
        _put(net, s, slot, record.inner, NONE)
        _watch(net, s, seed, slot, net.nodes[record.inner].scope)
    else:
        for i in range(record.out_from, record.out_to):
            event = net.targets[net.outs[i]]
            s.slots[slot, COUNTERS + event] += 1
            after = draw(net, s, seed, slot, event, net.nodes[event].distribution, TIMER)
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
        serve(s, resource)


@inner
def _cancel_runs(net: Arrays, s: State, slot: Whole, host: Whole) -> None:
    """Stop the runs of a multi-instance sub-process that ``host`` holds, and the runs inside them."""
    again = False
    for other in range(len(s.slots)):
        if s.slots[other, CASE] >= 0 and s.slots[other, HOST_SLOT] == slot and s.slots[other, HOST_ITEM] == host:
            s.slots[other, PENDING] = -1
            again = True
    if not again:
        return
    while again:
        again = False
        for other in range(len(s.slots)):
            outer = s.slots[other, HOST_SLOT]
            if s.slots[other, CASE] < 0 or s.slots[other, PENDING] == -1 or outer < 0 or s.slots[other, ROOT] == 0:
                continue
            if s.slots[outer, CASE] >= 0 and s.slots[outer, PENDING] == -1:
                s.slots[other, PENDING] = -1
                again = True
    for other in range(len(s.slots)):
        if s.slots[other, CASE] >= 0 and s.slots[other, PENDING] == -1:
            item = np.int64(s.slots[other, FIRST_ITEM])
            while item >= 0:
                following = s.items[item].right
                _cancel_item(net, s, item)
                item = following
            _drop_rows(net, s, other, NONE)
            _free_slot(s, other)


@inner
def _drop_rows(net: Arrays, s: State, slot: Whole, outer: Whole) -> None:
    """Take a slot's rows off the stack: all, or those of a scope and the scopes inside."""
    kept = 0
    for row in range(s.k[STACK_COUNT]):
        if s.stack[row, 0] != slot or (outer >= 0 and not _within(net, net.nodes[s.stack[row, 1]].scope, outer)):
            for column in range(3):
                s.stack[kept, column] = s.stack[row, column]
            kept += 1
    s.k[STACK_COUNT] = kept


@inner
def _cancel_scope(net: Arrays, s: State, slot: Whole, outer: Whole) -> None:
    """Remove every token of this case from scope ``outer`` and the scopes inside."""
    item = np.int64(s.slots[slot, FIRST_ITEM])
    while item >= 0:
        following = s.items[item].right
        if _within(net, net.nodes[s.items[item].node].scope, outer):
            if net.nodes[s.items[item].node].many != ONCE:
                _cancel_runs(net, s, slot, item)
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
    _drop_rows(net, s, slot, outer)


@inner
def _terminate(net: Arrays, s: State, seed: Any, slot: Whole, node: Whole) -> None:
    """An end that ends its scope; an error end goes on at the event that catches it."""
    scope, catcher = net.nodes[node].scope, net.nodes[node].inner
    if catcher < 0:
        _cancel_scope(net, s, slot, scope)
        _settle(net, s, slot, scope)
        return
    while s.slots[slot, HOST_SLOT] >= 0 and not _within(net, net.nodes[catcher].scope, s.slots[slot, ROOT]):
        slot = np.int64(s.slots[slot, HOST_SLOT])
    if net.nodes[catcher].kind == TRIGGER:
        _trigger(net, s, seed, slot, catcher)
    else:
        _interrupt(net, s, slot, catcher, net.nodes[catcher].inner)


@inner
def _trigger(net: Arrays, s: State, seed: Any, slot: Whole, event: Whole) -> None:
    """An event sub-process begins, instead of its scope or beside it."""
    node = net.nodes[event].inner
    scope = net.nodes[node].scope
    if net.nodes[event].interrupting != 0:
        _cancel_scope(net, s, slot, scope)
    s.slots[slot, _tokens(net, scope)] += 1
    new_item(s, slot, node, HOLDING)
    s.slots[slot, _here(net, node)] += 1
    _put(net, s, slot, event, NONE)
    _watch(net, s, seed, slot, net.nodes[event].scope)


@inner
def _interrupt(net: Arrays, s: State, slot: Whole, event: Whole, host: Whole) -> None:
    """Cancel what the boundary ``event``'s host does and go on behind the event."""
    item = np.int64(s.slots[slot, FIRST_ITEM])
    while item >= 0 and (s.items[item].node != host or s.items[item].host >= 0):
        item = s.items[item].right
    if item >= 0 and net.nodes[host].many != ONCE:
        _cancel_runs(net, s, slot, item)
        run = np.int64(s.slots[slot, FIRST_ITEM])
        while run >= 0:
            following = s.items[run].right
            if s.items[run].host == item:
                _cancel_item(net, s, run)
            run = following
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
    if flow <= -2:
        _start_run(net, s, seed, slot, node, -2 - flow)
        return
    if kind != INCLUSIVE or net.nodes[node].in_to - net.nodes[node].in_from < 2:
        s.slots[slot, COUNTERS + node] += 1
    if s.slots[slot, COUNTERS + node] > s.k[VISIT_LIMIT]:
        s.k[ERROR] = _LOOP
        s.k[ERROR_NODE] = node
        return
    if kind in (PASS, TRIGGER):
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
        _terminate(net, s, seed, slot, node)
    else:
        _rest(net, s, seed, slot, node)
    at = s.k[STACK_COUNT]
    rests = at == 0 or s.stack[at - 1, 0] != slot
    if rests and s.slots[slot, CASE] >= 0 and s.slots[slot, PENDING] > 0:
        _fire_inclusive(net, s, seed, slot)


@inner
def _complete(net: Arrays, s: State, item: Whole) -> None:
    """An item's own end has come: write the row of a task, free its resource, move its token on."""
    slot, node, resource = s.items[item].slot, s.items[item].node, s.items[item].resource
    running, host = s.items[item].state == RUNNING, np.int64(s.items[item].host)
    if running:
        for at in range(MEMORY - 1, 0, -1):
            s.slots[slot, LAST + at] = s.slots[slot, LAST + at - 1]
        s.slots[slot, LAST] = net.nodes[node].code
        row = s.k[ROW_COUNT]
        s.row_case[row] = s.slots[slot, CASE]
        s.row_node[row] = node
        s.row_resource[row] = resource
        s.row_enabled[row] = s.items[item].enabled
        s.row_start[row] = s.items[item].started
        s.row_end[row] = s.k[NOW]
        s.row_cost[row] = cost_of(net, s, node, resource, s.items[item].duration)
        s.k[ROW_COUNT] = row + 1
    s.slots[slot, _here(net, node)] -= 1
    free_item(s, item)
    if running and resource >= 0:
        release(s, resource)
        serve(s, resource)
    if host >= 0:
        if not _run_ended(net, s, slot, node, host):
            return
        free_item(s, host)
        s.slots[slot, _here(net, node)] -= 1
    _leave(net, s, slot, node, ONE)


@inner
def _strike(net: Arrays, s: State, seed: Any, item: Whole, event: Whole) -> None:
    """A boundary event fires, an event sub-process is started, or one event of a race wins."""
    slot, node = s.items[item].slot, s.items[item].node
    if net.nodes[event].kind == TRIGGER:
        _trigger(net, s, seed, slot, event)
    elif net.nodes[node].kind == RACE:
        _cancel_item(net, s, item)
        _leave(net, s, slot, event, ONE)
    elif net.nodes[event].interrupting != 0:
        _interrupt(net, s, slot, event, node)
    else:
        s.slots[slot, _tokens(net, net.nodes[event].scope)] += 1
        _leave(net, s, slot, event, ONE)


@inner
def _new_slot(s: State, case: Whole, root: Whole) -> Whole:
    """An empty slot for a case, or for a run of a multi-instance sub-process."""
    free = s.k[FREE_SLOTS] - 1
    s.k[FREE_SLOTS] = free
    slot = s.free_slots[free]
    s.slots[slot, :] = 0
    s.slots[slot, FIRST_ITEM] = -1
    s.slots[slot, CASE] = case
    s.slots[slot, ROOT] = root
    s.slots[slot, HOST_SLOT] = -1
    s.slots[slot, HOST_ITEM] = -1
    return int(slot)


@inner
def _arrive(net: Arrays, s: State, seed: Any, start: Whole) -> None:
    """The next case begins."""
    slot = _new_slot(s, s.k[NEXT_CASE], 0)
    s.k[NEXT_CASE] += 1
    _put(net, s, slot, start, NONE)
    _watch(net, s, seed, slot, 0)


@inner
def _wait_no_more(net: Arrays, s: State, seed: Any, item: Whole) -> None:
    """An event that moved no token may still have freed an inclusive join of its case."""
    if item < 0 or s.k[STACK_COUNT] > 0:
        return
    slot = s.items[item].slot
    if slot >= 0 and s.slots[slot, CASE] >= 0 and s.slots[slot, PENDING] > 0:
        _fire_inclusive(net, s, seed, slot)


@inner
def _next(net: Arrays, s: State, seed: Any, start: Whole) -> bool:
    """Take the earliest event or arrival; False when there is none."""
    case, waiting = s.k[NEXT_CASE], s.k[EVENT_COUNT]
    if case < len(s.arrivals) and (waiting == 0 or s.arrivals[case] < s.events[0].time):
        s.k[NOW] = s.arrivals[case]
        _arrive(net, s, seed, start)
        return True
    if waiting == 0:
        return False
    item, serial, what = s.events[0].item, s.events[0].serial, s.events[0].what
    s.k[NOW] = s.events[0].time
    pop_event(s)
    if item < -len(s.resources):
        node = -1 - item - len(s.resources)
        if s.batches[node, 3] == what:
            release_batch(net, s, node)
    elif item < 0:
        wake(s, -1 - item)
        serve(s, -1 - item)
    elif s.items[item].serial != serial:
        return True
    elif what >= 0:
        _strike(net, s, seed, item, what)
    elif s.items[item].state == DELAYED:
        enable(net, s, seed, item)
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
        if s.k[FREE_SLOTS] < 1 + s.k[WIDEST] and (s.k[WIDEST] > 0 or s.k[NEXT_CASE] < len(s.arrivals)):
            return _SLOTS
        if s.k[STACK_COUNT] > 0:
            _enter(net, s, seed)
            continue
        if s.k[ROW_COUNT] >= len(s.row_case):
            return _ROWS
        if not _next(net, s, seed, start):
            return _DONE
