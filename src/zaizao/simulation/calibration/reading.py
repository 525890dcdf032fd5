"""From a log and a process to a scenario: every figure measured, or said to be assumed.

Theory of operation. The log is replayed on the process; replay says which task each event ran, what enabled it and which
way each case went. People, hours, durations and choices are then read off. Waiting begins as an extra
delay of each activity; a few rounds of simulation then take away from it what queues and hours already make wait, until
the waiting of each activity meets the log's. Where queues explain (nearly) all of it, no delay is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from zaizao.bpmn import Gateway, GatewayKind, Process
from zaizao.calendars import Holidays, WorkCalendar, always
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.problems import Problem, Text
from zaizao.simulation.calibration.arriving import settled, shaped, with_unseen
from zaizao.simulation.calibration.conditions import LEAST, Split, choice_gain, number_gain, splits
from zaizao.simulation.calibration.detail import PLAIN, Detail
from zaizao.simulation.calibration.fitting import empirical, fit
from zaizao.simulation.calibration.graph import Graph, build
from zaizao.simulation.calibration.habits import gathered, overtaking, paces, told_apart, without_queues
from zaizao.simulation.calibration.history import delays_after, weights_after
from zaizao.simulation.calibration.intake import case_attributes, first_times, hourly_rates, usable
from zaizao.simulation.calibration.observation import Hours, Observation, concurrency, observe
from zaizao.simulation.calibration.people import Staff, quiet_holidays, staff
from zaizao.simulation.calibration.rhythm import Pace, simulated_pace
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.running import simulate
from zaizao.simulation.scenario import (
    Arrivals,
    Branching,
    Condition,
    Distribution,
    Family,
    Origin,
    Resource,
    Role,
    Scenario,
    Work,
)

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
COST_PER_HOUR = 10_000
"""Fen per hour of a person where nobody says otherwise: an assumption, and noted as one."""
_NOTHING = Distribution(Family.FIXED, (0.0,))
_DAY = 86_400_000_000
RHYTHM = "everyone"
_PASSES = 3
_SLOTS = 8
_MOST_FACTOR = 3.0
"""How much one round may lengthen a delay."""
_REST = 0.08
"""The share of an activity's waiting below which what queues leave unexplained is no delay but chance."""
_WORTH = 30.0
"""Seconds of mean unexplained waiting below which there is no extra delay."""


def calibrate(
    log: EventLog,
    process: Process,
    *,
    cost_per_hour: int = COST_PER_HOUR,
    rounds: int = 4,
    seed: int = 1,
    detail: Detail = PLAIN,
) -> Scenario:
    """The scenario that makes ``process`` behave as ``log`` shows.

    ``log`` is an activity log (one row per execution); a task is the activity of its name. An ``automatic`` column of the
    log marks machine work. ``rounds`` of simulation with ``seed`` correct the extra delays. ``notes`` of the scenario say
    what was assumed. Raises ``SimulationError`` for a log without events.
    """
    if not log.events:
        what = Text("日志没有事件", "the log has no events")
        raise SimulationError(Problem("log", what, Text("换一份日志", "use another log"), "simulation.empty-log"))
    if detail.settled:
        log = settled(log)
    graph = build(process)
    seen = observe(log, graph)
    automatic = _automatic(log)
    people = staff(log, automatic, cost_per_hour, own_hours=detail.own_hours)
    attributes = usable(log.case_table)
    view = _View(log, graph, seen, automatic, people, splits(log.case_table, attributes), detail)
    people = view.people = _multitasking(view)
    if detail.speed:
        timed = np.flatnonzero((log.resource >= 0) & ~automatic & (log.start != MISSING_TIME) & (log.end > log.start))
        view.pace = paces(log, timed, view.processing(timed))
    if detail.rhythm:
        view.rhythm = view.paced()
    work = {graph.nodes[node].id: view.work(node) for node, label in enumerate(graph.label) if label}
    people = view.people = told_apart(people, log, automatic, view.pace, absence=detail.absence)
    if not detail.queues:
        people = without_queues(people)
    arrivals, calendars = _arrivals(log, people.calendars)
    if detail.unseen:
        arrivals = with_unseen(arrivals, log)
    arrivals = shaped(arrivals, calendars, first_times(log), log.zone, gaps=detail.gaps, drift=detail.drift)
    scenario = Scenario(
        name=log.source or process.name or process.id,
        start=int(first_times(log).min()),
        arrivals=arrivals,
        work=work,
        branching=_branching(view),
        roles=people.roles,
        calendars=calendars,
        attributes=case_attributes(log.case_table, attributes),
        zone=log.zone,
        notes=view.notes(cost_per_hour),
        rhythms={RHYTHM: view.rhythm.week} if view.rhythm is not None else {},
    )
    return _corrected(scenario, process, view, rounds, seed)


def _automatic(log: EventLog) -> NDArray[np.bool_]:
    if "automatic" not in log.event_table.columns:
        return np.zeros(log.events, dtype=np.bool_)
    return log.event_table.get_column("automatic").fill_null(False).to_numpy().astype(np.bool_)


def _arrivals(log: EventLog, calendars: Mapping[str, WorkCalendar]) -> tuple[Arrivals, dict[str, WorkCalendar]]:
    times = first_times(log)
    if quiet_holidays(times, log.zone) is Holidays.NONE:
        return Arrivals(hourly_rates(times, log.zone)), dict(calendars)
    open_days = replace(always("arrivals", log.zone), holidays=Holidays.CN)
    low = int(times.min()) // 3_600_000_000
    hours = np.arange(low, int(times.max()) // 3_600_000_000 + 1, dtype=np.int64) * 3_600_000_000
    spans = Hours.of({"arrivals": open_days}, int(hours[0]), int(hours[-1]) + _DAY)
    is_open = spans.next_open("arrivals", hours) == hours
    return Arrivals(hourly_rates(times, log.zone, is_open), "arrivals"), {**calendars, "arrivals": open_days}


@dataclass(slots=True, eq=False)
class _View:
    """All that is known of the log while its figures are read off."""

    log: EventLog
    graph: Graph
    seen: Observation
    automatic: NDArray[np.bool_]
    people: Staff
    cuts: list[Split]
    detail: Detail
    pace: dict[str, float] = field(default_factory=dict)
    rhythm: Pace | None = None

    def hours(self) -> Hours:
        low = int(min(self.seen.enabled.min(), first_times(self.log).min())) - _DAY
        return Hours.of(self.people.calendars, low, int(self.log.end.max()) + 14 * _DAY)

    def rows(self, node: int) -> Int64:
        return np.flatnonzero(self.seen.task == node)

    def machine(self, rows: Int64) -> bool:
        return bool(len(rows)) and float(self.automatic[rows].mean()) > 0.5

    def timed(self, rows: Int64) -> bool:
        """Are starts known for most executions?"""
        return bool(len(rows)) and float((self.log.start[rows] != MISSING_TIME).mean()) > 0.5

    def calendar_of(self, rows: Int64) -> NDArray[np.object_]:
        """The calendar of each row's performer; where the performer is not known, of the first of the role."""
        names = np.array([self.people.calendar_of.get(n, "") for n in self.log.resource_names] + [""], dtype=object)
        told = names[self.log.resource[rows]]
        for code in np.unique(self.log.activity[rows]).tolist():
            role = self.people.role_of.get(self.log.activity_names[code])
            if role is not None:
                told[(told == "") & (self.log.activity[rows] == code)] = self.people.roles[role].resources[0].calendar
        return told

    def processing(self, rows: Int64) -> Float64:
        """Seconds of work: on the performer's hours for people, on the clock for machines and unknown performers."""
        low, high = self.log.start[rows], self.log.end[rows]
        wall = (high - low) / 1e6
        hours = self.hours()
        of_row = self.calendar_of(rows)
        worked = wall.copy()
        slow = np.array([self.pace.get(name, 1.0) for name in self.log.resource_names] + [1.0])[self.log.resource[rows]]
        for name in sorted(set(of_row) & set(hours.spans)):
            chosen = (of_row == name) & ~self.automatic[rows]
            worked[chosen] = hours.worked(name, low[chosen], high[chosen]) / 1e6
        # Work wholly outside the discovered hours is work all the same.
        return np.asarray(np.where((worked <= 0) & (wall > 0), wall, worked) / slow)

    def paced(self) -> Pace | None:
        """The pace at which people begin work."""
        times = self.begun(np.flatnonzero(~self.automatic))
        first = int(min(first_times(self.log).min(), self.seen.enabled.min()))
        return Pace.of(times, self.log.zone, first, int(self.log.end.max()))

    def waited(self, rows: Int64, calendar: str | None) -> Float64:
        """Seconds from enabled to begun, as the delay of an activity passes."""
        if self.rhythm is not None:
            return self.rhythm.between(self.seen.enabled[rows], self.begun(rows))
        return waiting(self.hours(), calendar, self.seen.enabled[rows], self.begun(rows))

    def begun(self, rows: Int64) -> Int64:
        """When each execution started; ended, where no start is known."""
        return np.where(self.log.start[rows] == MISSING_TIME, self.log.end[rows], self.log.start[rows])

    def work(self, node: int) -> Work:
        """How one task is done."""
        rows = self.rows(node)
        if not len(rows):
            return Work(_NOTHING, origin=Origin.ASSUMED)
        machine = self.machine(rows)
        role = None if machine else self.people.role_of.get(self.graph.label[node])
        timed = rows[self.log.start[rows] != MISSING_TIME]
        duration, cases = _NOTHING, tuple[tuple[Condition, Distribution], ...]()
        if self.timed(rows):
            seconds = self.processing(timed)
            duration, cases = fit(seconds), self._by_attribute(timed, seconds)
        calendar = None if role is None else self.people.roles[role].resources[0].calendar
        plain = Work(duration, role, cases, automatic=machine)
        if self.detail.priorities and role is not None:
            plain = replace(plain, priority_cases=overtaking(self.log, self.seen.enabled, rows, self.cuts))
        batch = gathered(self.log, self.seen.enabled, rows) if self.detail.batching and role is not None else None
        if batch is not None:
            return replace(plain, batch=batch)
        waited = self.waited(rows, calendar)
        if waited.mean() <= _WORTH:
            return plain
        paced = RHYTHM if self.rhythm is not None else None
        return replace(
            plain,
            delay=empirical(np.sort(waited)),
            delay_calendar=calendar if paced is None else None,
            delay_passes=self._by_pass(rows, waited),
            delay_rhythm=paced,
            delay_after=delays_after(
                self.seen.before[rows], waited, self.log.activity_names, min(self.detail.memory, 2)
            ),
        )

    def _by_pass(self, rows: Int64, waited: Float64) -> tuple[Distribution, ...]:
        """Delays by how often the case has come to this task, where that tells something."""
        turn = np.minimum(_turns(self.log.case[rows]), _PASSES)
        if number_gain(turn, waited) <= 0:
            return ()
        groups = [waited[turn == at] for at in range(_PASSES + 1)]
        told = [group for group in groups if len(group) >= LEAST]
        return tuple(empirical(np.sort(group)) for group in told) if len(told) > 1 else ()

    def _by_attribute(self, rows: Int64, seconds: Float64) -> tuple[tuple[Condition, Distribution], ...]:
        """Durations by the attribute that tells most about them."""
        case = self.log.case[rows]
        gain, best = max(((number_gain(s.part[case], seconds), s) for s in self.cuts), key=lambda p: p[0],
                         default=(0.0, None))  # fmt: skip
        if best is None or gain <= 0:
            return ()
        part = best.part[case]
        return tuple(
            (condition, fit(seconds[part == at]))
            for at, condition in enumerate(best.conditions)
            if (part == at).sum() >= LEAST
        )

    def notes(self, cost_per_hour: int) -> dict[str, str]:
        """What the figures rest on."""
        untimed = [label for node, label in enumerate(self.graph.label)
                   if label and len(self.rows(node)) and not self.timed(self.rows(node))]  # fmt: skip
        told = {
            "replay": f"{1 - min(self.seen.skipped, 1):.3f} of the steps and {self.seen.perfect:.3f} of the cases"
            " follow the model",
            "costs": f"assumed: {cost_per_hour} fen per hour of a person; the log holds no rates",
            "arrivals": "measured: a rate for each hour of the week, arrivals independent of each other",
        }
        if untimed:
            told["starts"] = "no start is recorded, so processing counts as 0 and all time as delay: " + ", ".join(
                sorted(set(untimed))
            )
        return told


def _multitasking(view: _View) -> Staff:
    """Give people who have several things open at once that many hands; otherwise queues would grow without end."""
    log, people = view.log, view.people
    code = {name: at for at, name in enumerate(log.resource_names)}
    roles = {}
    hands: dict[str, int] = {}
    for role in people.roles.values():
        members = [code[resource.name] for resource in role.resources]
        level = concurrency(log, ~view.automatic, members)
        for resource in role.resources:
            hands[resource.name] = max(hands.get(resource.name, 1), min(round(level + 0.35), _SLOTS))
    for name, role in people.roles.items():
        several: list[Resource] = []
        for resource in role.resources:
            several.append(resource)
            several.extend(
                replace(resource, name=f"{resource.name} #{hand}") for hand in range(2, hands[resource.name] + 1)
            )
        roles[name] = Role(name, tuple(several))
    return replace(people, roles=roles)


def _branching(view: _View) -> dict[str, Branching]:
    graph, made = view.graph, view.seen.choices
    order = np.argsort(made[:, 0], kind="stable")
    made, past = made[order], view.seen.past[order]
    found = {}
    for number, node in enumerate(graph.nodes):
        outs = graph.outs[number]
        if not isinstance(node, Gateway) or len(outs) < 2 or node.kind is GatewayKind.PARALLEL:
            continue
        span = slice(np.searchsorted(made[:, 0], number), np.searchsorted(made[:, 0], number, side="right"))
        rows = made[span]
        ids = [graph.flows[flow].id for flow in outs]
        if not len(rows):
            found[node.id] = Branching(dict.fromkeys(ids, 1.0), origin=Origin.ASSUMED)
            continue
        chosen = np.searchsorted(np.array(outs), rows[:, 1])
        if node.kind is GatewayKind.INCLUSIVE:
            visits = len(np.unique(rows[:, 2:], axis=0))
            shares = np.bincount(chosen, minlength=len(outs)) / visits
            found[node.id] = Branching({flow: round(float(s), 6) for flow, s in zip(ids, shares, strict=True)})
        else:
            plain = _choice(rows, chosen, ids, graph.exits(number), view.cuts)
            if view.detail.memory:
                after = weights_after(past[span], chosen, ids, view.log.activity_names, view.detail.memory)
                plain = replace(plain, after=after, cases=() if after else plain.cases)
            found[node.id] = plain
    return found


def _choice(rows: Int64, chosen: Int64, ids: list[str], exits: NDArray[np.bool_], cuts: list[Split]) -> Branching:
    """Weights, refined by pass or by the attribute that tells most, whichever tells more."""

    def weights(which: NDArray[np.bool_] | slice) -> dict[str, float]:
        counts = np.bincount(chosen[which], minlength=len(ids)).astype(np.float64)
        if exits.any() and not counts[exits].any():
            # Replay lost these cases before they left, but each did leave once.
            counts[exits] = len(np.unique(rows[which, 3])) / exits.sum()
        return {flow: round(float(n) / counts.sum(), 6) for flow, n in zip(ids, counts, strict=True)}

    plain = Branching(weights(slice(None)))
    passes = np.minimum(rows[:, 2], _PASSES)
    by_pass = choice_gain(passes, chosen, len(ids))
    by_case, best = max(((choice_gain(s.part[rows[:, 3]], chosen, len(ids)), s) for s in cuts), key=lambda p: p[0],
                        default=(0.0, None))  # fmt: skip
    if by_pass > 0 and by_pass >= by_case:
        return replace(plain, passes=tuple(weights(passes == at) for at in range(_PASSES + 1) if (passes == at).any()))
    if best is None or by_case <= 0:
        return plain
    part = best.part[rows[:, 3]]
    cases = [(c, weights(part == at)) for at, c in enumerate(best.conditions) if (part == at).sum() >= LEAST]
    return replace(plain, cases=tuple(cases))


def _corrected(scenario: Scenario, process: Process, view: _View, rounds: int, seed: int) -> Scenario:
    """Scale the extra delays until the simulated waiting of each activity meets the log's."""
    node_of = {node.id: number for number, node in enumerate(view.graph.nodes)}
    wanted: dict[str, float] = {}
    for node, work in scenario.work.items():
        rows = view.rows(node_of[node])
        if len(rows) and work.delay is not None:
            wanted[node] = float(view.waited(rows, work.delay_calendar).mean())
    cases = min(max(view.log.cases, 200), 3000)
    for _ in range(rounds):
        log = simulate(process, scenario, cases=cases, seed=seed)
        label = np.array(log.activity_names, dtype=object)[log.activity]
        enabled = log.event_table["enabled"].to_numpy()
        hours = Hours.of(scenario.calendars, int(enabled.min()), int(log.end.max()) + _DAY)
        revised = dict(scenario.work)
        for node, target in wanted.items():
            rows = label == view.graph.label[node_of[node]]
            if rows.any():
                clock = revised[node].delay_calendar
                queued = waiting(hours, clock, enabled[rows], log.start[rows])
                if view.rhythm is not None:
                    queued = simulated_pace(view.rhythm, log).between(enabled[rows], log.start[rows])
                revised[node] = _rescaled(revised[node], target, float(queued.mean()), _turns(log.case[rows]))
        scenario = replace(scenario, work=revised)
    return scenario


def waiting(hours: Hours, calendar: str | None, low: Int64, high: Int64) -> Float64:
    """Seconds between instants, in a calendar's working time or on the clock."""
    passed = high - low if calendar is None else hours.worked(calendar, low, high)
    return np.asarray(np.maximum(passed, 0) / 1e6)


def _rescaled(work: Work, target: float, waited: float, turns: Int64) -> Work:
    """The delay that, added to what the queue makes wait, meets the target. ``waited`` excludes the delay itself;
    ``turns`` are the simulated executions' passes."""
    if work.delay is None:
        return work
    means = np.array([_mean(delay.parameters) for delay in work.delay_passes or (work.delay,)])
    delayed = float(means[np.minimum(turns, len(means) - 1)].mean())
    if target - waited < _REST * target:
        return replace(work, delay=None, delay_passes=(), delay_calendar=None, delay_rhythm=None, delay_after=())
    factor = min((target - waited) / delayed, _MOST_FACTOR) if delayed > 0 else 1.0

    def scaled(delay: Distribution) -> Distribution:
        return Distribution(Family.EMPIRICAL, tuple(round(p * factor, 3) for p in delay.parameters))

    return replace(
        work,
        delay=scaled(work.delay),
        delay_passes=tuple(scaled(delay) for delay in work.delay_passes),
        delay_after=tuple(
            replace(one, delay=None if one.delay is None else scaled(one.delay)) for one in work.delay_after
        ),
    )


def _turns(case: NDArray[np.integer]) -> Int64:
    """How often the same case stood before each row (rows sorted by case)."""
    return np.arange(len(case)) - np.searchsorted(case, case, side="left")


def _mean(quantiles: tuple[float, ...]) -> float:
    """The mean of an empirical distribution, straight between its quantiles."""
    inner = sum(quantiles[1:-1]) + (quantiles[0] + quantiles[-1]) / 2
    return inner / (len(quantiles) - 1) if len(quantiles) > 1 else quantiles[0]
