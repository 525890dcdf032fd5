"""First estimates by formula: expected visits, load of roles, waiting in queue. No simulation, milliseconds.

Visits per case come from the flow equations of the process (each diverging exclusive gateway splits by its weights, a
parallel join takes one token of each branch). Waiting in queue follows Allen and Cunneen: Erlang's C times
(Ca² + Cs²) / 2 over the spare capacity, stretched from working time to clock time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from zaizao.bpmn import Event, Gateway, GatewayKind, Process
from zaizao.calendars import WorkCalendar
from zaizao.redesign.durations import mean, variance
from zaizao.redesign.graph import Net
from zaizao.simulation import Scenario

WEEK_HOURS = 168.0
WEEK_MINUTES = 10080.0


@dataclass(frozen=True, slots=True)
class Load:
    """A role in a normal week: people, seconds of work wanted and on offer, expected wait in clock seconds."""

    people: int
    demand: float
    capacity: float
    executions: float
    wait: float

    @property
    def utilisation(self) -> float:
        """Work wanted over work on offer; above 1 the queue grows without end."""
        return self.demand / self.capacity if self.capacity > 0 else math.inf


def weekly_hours(calendar: WorkCalendar) -> float:
    """Working hours of a week without holidays."""
    return sum(end - begin for day in calendar.week for begin, end in day) / 60.0


def arrivals_per_week(scenario: Scenario) -> float:
    """New cases in a week without holidays."""
    return float(sum(scenario.arrivals.hourly))


def visits(process: Process, scenario: Scenario) -> dict[str, float]:
    """Expected executions per case of every top-level node."""
    net = Net(process)
    index = {node.id: position for position, node in enumerate(process.nodes)}
    matrix = np.eye(len(index))
    right = np.zeros(len(index))
    for node in process.nodes:
        row = index[node.id]
        if not net.incoming[node.id]:
            attached = isinstance(node, Event) and node.attached_to is not None
            right[row] = 0.0 if attached else 1.0
        joining = isinstance(node, Gateway) and node.kind in (GatewayKind.PARALLEL, GatewayKind.INCLUSIVE)
        divisor = len(net.incoming[node.id]) if joining and len(net.incoming[node.id]) > 1 else 1
        for flow in net.incoming[node.id]:
            matrix[row, index[flow.source]] -= _weight(net, scenario, flow.source, flow.id) / divisor
    try:
        solution = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        solution = np.linalg.lstsq(matrix, right, rcond=None)[0]
    return {node: float(max(0.0, solution[position])) for node, position in index.items()}


def _weight(net: Net, scenario: Scenario, source: str, flow: str) -> float:
    node = net.nodes[source]
    flows = net.outgoing[source]
    if not isinstance(node, Gateway) or node.kind is GatewayKind.PARALLEL or len(flows) == 1:
        return 1.0
    return share(scenario, source, flow, len(flows))


def share(scenario: Scenario, gateway: str, flow: str, ways: int) -> float:
    """Probability that ``gateway`` (with ``ways`` outgoing flows) takes ``flow``; equal shares where unknown."""
    branching = scenario.branching.get(gateway)
    whole = sum(branching.weights.values()) if branching is not None else 0.0
    if branching is None or whole <= 0.0:
        return 1.0 / ways
    return float(branching.weights.get(flow, 0.0) / whole)


def loads(scenario: Scenario, visited: Mapping[str, float]) -> dict[str, Load]:
    """The load of each role under ``visited`` executions per case."""
    weekly = arrivals_per_week(scenario)
    result: dict[str, Load] = {}
    for name, role in scenario.roles.items():
        works = [(visited.get(node, 0.0), work) for node, work in scenario.work.items() if work.role == name]
        executions = weekly * sum(count for count, _ in works)
        demand = weekly * sum(count * mean(work.duration) for count, work in works)
        hours = [weekly_hours(scenario.calendars[resource.calendar]) for resource in role.resources]
        capacity = 3600.0 * sum(hours)
        open_hours = max(hours, default=0.0)
        wait = 0.0
        if executions > 0 and capacity > 0 and demand > 0:
            service = demand / executions
            second = weekly * sum(count * (variance(w.duration) + mean(w.duration) ** 2) for count, w in works)
            scv = max(0.0, second / executions / service**2 - 1.0)
            wait = queue_wait(len(hours), executions / (open_hours * 3600.0), service, 1.0, scv)
            wait *= WEEK_HOURS / open_hours
        result[name] = Load(len(hours), demand, capacity, executions, wait)
    return result


def queue_wait(servers: int, rate: float, service: float, arrival_scv: float, service_scv: float) -> float:
    """Mean wait in queue (same unit as ``service``) of a G/G/c queue; infinite at full load."""
    offered = rate * service
    if offered >= servers:
        return math.inf
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    occupied = offered / servers
    wait_share = blocked / (1.0 - occupied * (1.0 - blocked))
    return wait_share * (arrival_scv + service_scv) / 2.0 * service / (servers - offered)


def hourly_rate(scenario: Scenario, role: str | None) -> float:
    """Mean fen per hour of the role's resources."""
    resources = scenario.roles[role].resources if role is not None and role in scenario.roles else ()
    return sum(resource.cost_per_hour for resource in resources) / len(resources) if resources else 0.0


def execution_cost(scenario: Scenario, node: str) -> float:
    """Expected fen of one execution: hours at the role's rate plus the fixed cost."""
    work = scenario.work.get(node)
    if work is None:
        return 0.0
    return work.cost + mean(work.duration) / 3600.0 * hourly_rate(scenario, work.role)
