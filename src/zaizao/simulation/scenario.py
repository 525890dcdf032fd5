"""The scenario: all that a process model does not say and a simulation needs. Readable, editable, complete.

Rule kept: a scenario plus a process plus a seed determine every event. Times are seconds, money is integer minor units
(fen), arrivals and calendars are read in the scenario's zone. ``origin`` says of each part whether it was measured in
a log, assumed, or set by a person, so that a report can say so too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from zaizao.calendars import WorkCalendar


class Family(StrEnum):
    """Distribution families and their parameters, in seconds where they are durations."""

    FIXED = "fixed"  # value
    UNIFORM = "uniform"  # low, high
    TRIANGULAR = "triangular"  # low, mode, high
    NORMAL = "normal"  # mean, sd (cut at 0)
    EXPONENTIAL = "exponential"  # mean
    LOGNORMAL = "lognormal"  # mu, sigma of the logarithm
    GAMMA = "gamma"  # shape, scale
    WEIBULL = "weibull"  # shape, scale
    EMPIRICAL = "empirical"  # quantiles at equal probability steps, first = minimum, last = maximum


class Origin(StrEnum):
    """Where a figure comes from."""

    MEASURED = "measured"
    ASSUMED = "assumed"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Distribution:
    """A duration or amount; never negative."""

    family: Family
    parameters: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """True for a case whose ``attribute`` is one of ``values``, or lies in ``[low, high)`` where it is a number."""

    attribute: str
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """One person or robot. ``cost_per_hour`` in fen. ``calendar`` names an entry of ``Scenario.calendars``.

    ``speed`` 2 works twice as fast as the role's durations say. ``absence`` is the probability of being away on a
    working day. ``hands`` is how many things are open at once (they share the hour's cost).
    """

    name: str
    calendar: str
    cost_per_hour: int = 0
    automatic: bool = False
    speed: float = 1.0
    absence: float = 0.0
    hands: int = 1


@dataclass(frozen=True, slots=True)
class Role:
    """Resources that can replace each other."""

    name: str
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Work is gathered before anyone may begin it: until ``size`` executions wait, or ``wait`` seconds after the first
    of them came; a ``size`` of 0 has no limit."""

    size: int
    wait: float


@dataclass(frozen=True, slots=True)
class After:
    """What holds for a case whose last executions were ``last`` (activity names, the latest at the end; at most four).
    The longest that fits is taken."""

    last: tuple[str, ...]
    weights: Mapping[str, float] = field(default_factory=dict)
    delay: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """How one activity (by node id) is done.

    ``role`` ``None`` means no resource is needed. ``duration`` is processing time; the first of ``cases`` whose
    condition holds takes its place. ``delay`` passes before the work is enabled, without a resource (customer,
    partner, post), on the clock or, where ``delay_calendar`` names one, in its working time, or at the pace of
    ``delay_rhythm``; ``delay_passes`` refines it by how often this case has come here (0 first; the last repeats),
    ``delay_after`` by what the case did last. ``cost`` in fen per execution comes on top of the resource's hours;
    ``automatic`` is machine work. Higher ``priority`` goes first; the first of ``priority_cases`` that holds replaces it.
    """

    duration: Distribution
    role: str | None = None
    cases: tuple[tuple[Condition, Distribution], ...] = ()
    delay: Distribution | None = None
    automatic: bool = False
    cost: int = 0
    priority: int = 0
    origin: Origin = Origin.MEASURED
    delay_calendar: str | None = None
    delay_passes: tuple[Distribution, ...] = ()
    delay_rhythm: str | None = None
    delay_after: tuple[After, ...] = ()
    batch: Batch | None = None
    priority_cases: tuple[tuple[Condition, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Branching:
    """How a diverging exclusive, inclusive or event-based gateway (by node id) chooses: weights by sequence-flow id.

    ``passes`` refines by how often this case has come through the gateway (0 first; the last entry repeats), so that
    rework ends as it does in life; ``after`` refines by what the case did last and comes before it; the first of
    ``cases`` whose condition holds comes before all.
    """

    weights: Mapping[str, float]
    passes: tuple[Mapping[str, float], ...] = ()
    cases: tuple[tuple[Condition, Mapping[str, float]], ...] = ()
    origin: Origin = Origin.MEASURED
    after: tuple[After, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseAttribute:
    """What a new case carries: one of ``values`` by weight, or a number drawn from ``number``, in steps of ``step``.

    The first of ``cases`` whose condition holds on attributes drawn earlier replaces the plain distribution.
    """

    name: str
    values: Mapping[str, float] = field(default_factory=dict)
    number: Distribution | None = None
    cases: tuple[tuple[Condition, CaseAttribute], ...] = ()
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """New cases per hour by hour of the week: 168 rates, Monday 00:00 first, zone time; ``calendar`` shuts days.

    ``drift`` is the relative change of the rates per week from ``Scenario.start`` on (0.02: 2 % more each week).
    Arrivals are independent of each other, or, with ``gap``, come one ``gap`` after the other: only its shape counts,
    for its mean is what the rates say (``fixed``: like clockwork, the first at ``Scenario.start``).
    """

    hourly: tuple[float, ...]
    calendar: str | None = None
    origin: Origin = Origin.MEASURED
    drift: float = 0.0
    gap: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A complete scenario. ``start`` is microseconds UTC of the first possible arrival.

    ``timers``: how long after its scope or host begins an event happens, by node id. ``instances``: how many runs a
    multi-instance activity has, by node id (rounded, none below 0). ``rhythms``: paces by hour of the week (168, Monday
    00:00 first) at which delays pass; only their proportions count, for the mean pace is 1.
    """

    name: str
    start: int
    arrivals: Arrivals
    work: Mapping[str, Work]
    branching: Mapping[str, Branching] = field(default_factory=dict)
    timers: Mapping[str, Distribution] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    attributes: tuple[CaseAttribute, ...] = ()
    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    notes: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, Distribution] = field(default_factory=dict)
    rhythms: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
