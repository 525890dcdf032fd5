"""Run a scenario: draw the cases, drive the kernel, and give back an event log.

Rule kept: process, scenario, cases and seed determine every row. Cases that can never end (a join that waits for a
token that never comes) do not hang the run: they are a finding of the log.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.bpmn import Event, EventPosition, Process, SequenceFlow, Task
from zaizao.eventlog import EventLog
from zaizao.problems import Problem, Severity, Text
from zaizao.simulation import state as st
from zaizao.simulation.compiling import compile_net
from zaizao.simulation.draws import mix
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.kernel import run
from zaizao.simulation.net import ONCE, Net
from zaizao.simulation.people import People, Shifts, shifts_of
from zaizao.simulation.population import arrivals, attributes, condition_bits
from zaizao.simulation.rows import placed, places, ties
from zaizao.simulation.scenario import Arrivals, Distribution, Family, Scenario, Work

_DAY = 86_400_000_000
_HORIZONS = (60, 400, 1500, 5000)
_VISITS = 1000
_MOST_RUNS = 500
"""A multi-instance activity has at most so many runs."""
A = TypeVar("A", bound=np.generic)
_ROW = ("row_case", "row_node", "row_resource", "row_enabled", "row_start", "row_end", "row_cost")


def simulate(process: Process, scenario: Scenario, *, cases: int, seed: int, visits: int = _VISITS) -> EventLog:
    """Simulate ``cases`` new cases and let all of them end.

    The log has start and end, ``enabled``, ``automatic`` and ``cost`` (fen) columns and the case attributes. A case
    that passes one node more than ``visits`` times raises ``SimulationError``, as do models and scenarios that do not
    fit each other.
    """
    if cases < 1:
        what = Text("案例数至少为 1", "at least one case is needed")
        raise SimulationError(Problem("cases", what, Text("增大案例数", "ask for more cases"), "simulation.cases"))
    net = compile_net(process, scenario)
    key = np.uint64(mix(np.uint64(seed & 0xFFFFFFFFFFFFFFFF)))
    table = attributes(scenario, cases, key)
    times = arrivals(scenario, cases, key)
    bits = condition_bits(net.conditions, table, cases)
    people = People(scenario)
    for horizon in _HORIZONS:
        shifts, cut = shifts_of(people, key, int(times[0]), int(times[-1]) + horizon * _DAY)
        state, stop = _drive(net, _state(net, people, times, bits, shifts, visits), key)
        if stop is not st.Stop.CALENDAR:
            break
        if cut is not None:
            raise cut
    if stop is not st.Stop.DONE:
        raise SimulationError(_stopped(net, state, stop))
    rows = {name: getattr(state, name)[: int(state.k[st.ROW_COUNT])] for name in _ROW}
    findings = _unfinished(net, state, cases)
    del state
    return replace(_log(net, scenario, people, rows, table, cases), findings=findings)


def _state(
    net: Net,
    people: People,
    times: NDArray[np.int64],
    bits: NDArray[np.uint64],
    shifts: Shifts,
    visits: int,
) -> st.State:
    records, memberships = people.records(shifts)
    for node, work in zip(net.arrays.nodes, net.work, strict=True):
        if work is not None:
            node["wait_first"], node["wait_last"] = shifts.delay(work)
    roles = len(people.roles)
    k = np.zeros(st.REGISTERS, dtype=np.int64)
    k[st.FREE_ITEM], k[st.VISIT_LIMIT] = -1, visits
    k[st.WIDEST] = _MOST_RUNS if (net.arrays.nodes["many"] != ONCE).any() else 0
    width = st.slot_width(len(net.ids), len(net.flows), len(net.arrays.parents))
    rows = min(max(4096, len(times) * 4), 400_000)
    state = st.State(
        k=k,
        arrivals=times,
        bits=bits,
        events=np.zeros(0, st.EVENT),
        items=np.zeros(0, st.ITEM),
        stack=np.zeros((256, 3), dtype=np.int64),
        slots=np.zeros((0, width), dtype=np.int32),
        free_slots=np.zeros(0, dtype=np.int64),
        resources=records,
        memberships=memberships,
        members=np.array([member for members in people.roles for member in members], dtype=np.int64),
        role_spans=np.cumsum([0] + [len(members) for members in people.roles]).astype(np.int64),
        heads=np.full(roles * net.levels, -1, dtype=np.int64),
        tails=np.full(roles * net.levels, -1, dtype=np.int64),
        queued=np.zeros(roles, dtype=np.int64),
        idle=np.array([len(members) for members in people.roles], dtype=np.int64),
        opens=np.ascontiguousarray(shifts.rows[:, 0]),
        closes=np.ascontiguousarray(shifts.rows[:, 1]),
        before=shifts.before,
        rate=shifts.rate,
        batches=np.tile(np.array([-1, -1, 0, 0], dtype=np.int64), (len(net.ids), 1)),
        row_case=np.zeros(rows, dtype=np.int32),
        row_node=np.zeros(rows, dtype=np.int32),
        row_resource=np.zeros(rows, dtype=np.int32),
        row_enabled=np.zeros(rows, dtype=np.int64),
        row_start=np.zeros(rows, dtype=np.int64),
        row_end=np.zeros(rows, dtype=np.int64),
        row_cost=np.zeros(rows, dtype=np.int64),
    )
    return _more_items(_more_slots(state))


def _drive(net: Net, state: st.State, key: np.uint64) -> tuple[st.State, st.Stop]:
    """Run the kernel, giving it more room whenever it asks."""
    margin = 2 * (len(net.flows) + len(net.ids)) + len(state.resources) + 64 + 2 * int(state.k[st.WIDEST])
    while True:
        stop = st.Stop(run(net.arrays, state, key, net.start, margin))
        if stop is st.Stop.ROWS:
            state = _more_rows(state)
        elif stop is st.Stop.EVENTS:
            state = state._replace(events=_grown(state.events, margin))
        elif stop is st.Stop.ITEMS:
            state = _more_items(state, margin)
        elif stop is st.Stop.STACK:
            state = state._replace(stack=_grown(state.stack, margin))
        elif stop is st.Stop.SLOTS:
            state = _more_slots(state)
        else:
            return state, stop


def _grown(array: NDArray[A], more: int = 0) -> NDArray[A]:
    larger = np.zeros((2 * len(array) + more, *array.shape[1:]), dtype=array.dtype)
    larger[: len(array)] = array
    return larger


def _more_rows(state: st.State) -> st.State:
    """Room for the rows that the cases so far let expect; what is not touched costs no memory."""
    done, cases, rows = int(state.k[st.FINISHED]), len(state.arrivals), len(state.row_case)
    expected = int(rows / done * cases * 1.05) if done * 1000 > cases else 0
    size = max(expected, int(rows * 1.5)) + 1024
    grown = {}
    for name in _ROW:
        old = getattr(state, name)
        grown[name] = np.zeros(size, dtype=old.dtype)
        grown[name][:rows] = old
    return state._replace(**grown)


def _more_items(state: st.State, margin: int = 512) -> st.State:
    items = _grown(state.items, margin)
    fresh = np.arange(len(state.items), len(items))
    items["next"][fresh] = fresh + 1
    items["next"][-1] = state.k[st.FREE_ITEM]
    state.k[st.FREE_ITEM] = fresh[0]
    state.k[st.FREE_ITEMS] += len(fresh)
    return state._replace(items=items)


def _more_slots(state: st.State) -> st.State:
    old, left = len(state.slots), int(state.k[st.FREE_SLOTS])
    slots = _grown(state.slots, 256)
    slots[old:, st.CASE] = -1
    free = np.zeros(len(slots), dtype=np.int64)
    fresh = np.arange(len(slots) - 1, old - 1, -1)
    free[: len(fresh)] = fresh
    free[len(fresh) : len(fresh) + left] = state.free_slots[:left]
    state.k[st.FREE_SLOTS] = len(fresh) + left
    return state._replace(slots=slots, free_slots=free)


def _stopped(net: Net, state: st.State, stop: st.Stop) -> Problem:
    if stop is st.Stop.LOOP:
        node = int(state.k[st.ERROR_NODE])
        limit = int(state.k[st.VISIT_LIMIT])
        what = Text(f"一个案例经过此处超过 {limit} 次", f"a case comes here more than {limit} times")
        remedy = Text("给循环的出口更大的权重", "give the way out of the loop more weight")
        return Problem(f"{net.ids[node]} ({net.names[node]})", what, remedy, "simulation.endless-loop")
    what = Text("积压工作在可排班的时间内做不完", "the backlog is not worked off within the calendars' horizon")
    remedy = Text("增加人员或减少到达", "add people or lower the arrivals")
    return Problem("roles", what, remedy, "simulation.overload")


def _log(
    net: Net, scenario: Scenario, people: People, columns: dict[str, NDArray[Any]], table: pl.DataFrame, cases: int
) -> EventLog:
    """The log of the rows in ``columns``, which are used up: those of a large run must not stand in memory twice."""
    offsets = np.concatenate(([0], np.cumsum(np.bincount(columns["row_case"], minlength=cases)))).astype(np.int64)
    place = places(columns["row_case"], offsets)
    for name in _ROW:
        columns[name] = placed(columns[name], place)
    if ties(columns["row_case"], columns["row_start"], columns["row_end"]):
        order = np.lexsort((columns["row_start"], columns["row_end"], columns["row_case"]))
        for name in _ROW:
            columns[name] = columns[name][order]
    names = tuple(dict.fromkeys(net.names[node] for node in net.tasks))
    activity_of = np.array([names.index(n) if w else -1 for n, w in zip(net.names, net.work, strict=True)], np.int32)
    automatic_of = np.array([work is not None and work.automatic for work in net.work])
    robots = np.array([resource.automatic for resource in people.all] + [False])
    node, hand = columns.pop("row_node"), columns.pop("row_resource")
    resource = hand if len(people.person) == len(people.all) else np.append(people.person, np.int32(-1))[hand]
    del hand
    automatic = automatic_of[node] | robots[resource]
    events = {"enabled": columns.pop("row_enabled"), "automatic": automatic, "cost": columns.pop("row_cost")}
    return EventLog(
        case=columns["row_case"],
        activity=activity_of[node],
        start=columns["row_start"],
        end=columns["row_end"],
        resource=resource,
        lifecycle=np.full(len(node), -1, dtype=np.int32),
        case_names=tuple(map(str, range(1, cases + 1))),
        activity_names=names,
        resource_names=tuple(resource.name for resource in people.all),
        lifecycle_names=(),
        offsets=offsets,
        case_table=table,
        event_table=pl.DataFrame(events),
        zone=scenario.zone,
        source=f"simulation of {scenario.name}",
    )


def _unfinished(net: Net, state: st.State, cases: int) -> tuple[Problem, ...]:
    open_cases = cases - int(state.k[st.FINISHED])
    if not open_cases:
        return ()
    here = state.slots[state.slots[:, st.CASE] >= 0, st.COUNTERS + len(net.ids) : st.COUNTERS + 2 * len(net.ids)]
    stuck = ", ".join(net.names[node] for node in np.flatnonzero(here.any(axis=0)).tolist())
    what = Text(f"{open_cases} 个案例停在 {stuck}，永远不会结束", f"{open_cases} cases wait for ever at {stuck}")
    remedy = Text("检查汇合网关", "check the joins")
    return (Problem("simulation", what, remedy, "simulation.deadlock", Severity.WARNING),)


def prepare() -> None:
    """Run the smallest process there is, which compiles every kernel or finds it on disk."""
    nodes = (Event(id="s", position=EventPosition.START), Task(id="t"), Event(id="e", position=EventPosition.END))
    flows = (SequenceFlow(id="1", source="s", target="t"), SequenceFlow(id="2", source="t", target="e"))
    work = {"t": Work(Distribution(Family.FIXED, (1.0,)))}
    scenario = Scenario("smallest", 0, Arrivals((1.0,) * 168), work, zone="UTC")
    simulate(Process(id="p", nodes=nodes, flows=flows), scenario, cases=1, seed=1)
