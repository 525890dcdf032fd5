"""Routing: which rail a payment takes, and why not the others.

Rule kept: hard filters first, nothing overrides them, exploration neither. Among the rails that remain the one with the
least expected cost is taken: fee + (1 − p) · cost of a failure + value of the delay, where p is the rail's success over
its last outcomes. A small share of payments (``explore``, by luck that is passed in) goes to another admissible rail, so
that one that recovered is found again. Costs are expectations in fen, for ranking only; money is never made of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from zaizao.centres.errors import PaymentError, problem
from zaizao.centres.payments.rails import Rail, Tariff

WINDOW = 200
_PRIOR_COUNT, _PRIOR_SUCCESS = 5.0, 0.99
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Payment:
    """What someone wants paid. ``id`` makes it idempotent; amounts in minor units; ``deadline`` µs UTC (0: none)."""

    id: str
    amount: int
    payer: str
    payee: str
    payee_bank: str = ""
    currency: str = "CNY"
    product: str = "account"
    deadline: int = 0
    delay_cost: int = 0
    """What an hour of delay is worth, in fen."""
    failure_cost: int = 1_000
    """What a failed attempt costs (handling, a displeased customer), in fen."""
    named: frozenset[str] = frozenset()
    """The rails that the payer or the product allows; empty: any."""


class Refusal(StrEnum):
    """Why a rail cannot take a payment."""

    NOT_OFFERED = "not offered"
    NOT_IN_FORCE = "no data for this day"
    SUSPENDED = "suspended"
    NOT_NAMED = "not among the named rails"
    PRODUCT = "another product"
    CURRENCY = "another currency"
    ABOVE_LIMIT = "above the limit"
    BELOW_LIMIT = "below the least amount"
    PAYEE_BANK = "cannot reach the payee's bank"
    CLOSED = "closed now"
    TOO_LATE = "would arrive after the deadline"
    POSITION = "not enough position"
    TRIED = "tried before"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A rail that may take the payment, with what its cost is made of."""

    rail: str
    cost: float
    fee: int
    success: float
    delay: float


@dataclass(frozen=True, slots=True)
class Route:
    """The answer: rails from best to worst, refused ones with reasons, the one to take ("" where none)."""

    ranked: tuple[Ranked, ...]
    refused: tuple[tuple[str, Refusal], ...]
    chosen: str
    explored: bool = False


class Outcomes:
    """A rail's last outcomes; its success is drawn towards a prior while there are few."""

    __slots__ = ("_kept", "_successes", "success")

    def __init__(self) -> None:
        self._kept: deque[bool] = deque(maxlen=WINDOW)
        self._successes = 0
        self.success = _PRIOR_SUCCESS

    def add(self, succeeded: bool) -> None:
        """Count one: a refusal for the payee's sake is a success of the rail, a time-out is not."""
        if len(self._kept) == WINDOW:
            self._successes -= self._kept[0]
        self._kept.append(succeeded)
        self._successes += succeeded
        self.success = (self._successes + _PRIOR_COUNT * _PRIOR_SUCCESS) / (len(self._kept) + _PRIOR_COUNT)


class _Lane:
    """A rail's rows with what a decision looks up: the row in force and the opening, each until it changes."""

    __slots__ = ("holds", "name", "opened", "outcomes", "rail", "rows", "since", "suspended", "tariff", "valid")

    def __init__(self, name: str, rows: list[Rail], tariff: Tariff) -> None:
        self.name, self.rows, self.tariff = name, rows, tariff
        self.outcomes, self.suspended = Outcomes(), False
        self.rail: Rail | None = None
        self.since, self.valid = 0, 0  # the span of time that ``rail`` is in force for
        self.opened, self.holds = False, 0

    def at(self, at: int) -> Rail | None:
        """The row in force at an instant; ``opened`` then tells whether it is open."""
        if not self.since <= at < self.valid:
            zone = ZoneInfo(self.rows[0].zone)
            today = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(zone).date()
            start = int(datetime(today.year, today.month, today.day, tzinfo=zone).timestamp()) * 1_000_000
            self.rail = _in_force(self.rows, today)
            self.since, self.valid, self.holds = start, start + 24 * _HOUR, 0
        rail = self.rail
        if rail is not None and not self.since <= at < self.holds:
            self.opened, self.holds = rail.opening(at)
            self.since = at  # an earlier instant is looked up again
        return rail


def _in_force(rows: list[Rail], day: date) -> Rail | None:
    for row in reversed(rows):
        if row.since <= day and (row.until is None or day < row.until):
            return row
    return None


class Router:
    """Rails, tariffs and success windows; ``route`` decides, ``outcome`` learns."""

    def __init__(self, rails: Iterable[Rail], tariffs: Mapping[str, Tariff], explore: float = 0.01) -> None:
        rows: dict[str, list[Rail]] = {}
        for rail in rails:
            rows.setdefault(rail.name, []).append(rail)
        missing = [name for name, some in rows.items() if name not in tariffs and any(one.offered for one in some)]
        if missing:
            what = (f"通道 {missing[0]} 没有资费", f"rail {missing[0]} has no tariff")
            remedy = ("请在资费文件中补上", "add it to the tariff file")
            raise PaymentError(problem("router", what, remedy, "payments.no-tariff"))
        nothing = Tariff((), ())
        self._lanes = {
            name: _Lane(name, sorted(some, key=lambda one: one.since), tariffs.get(name, nothing))
            for name, some in rows.items()
        }
        self._explore = explore

    def suspend(self, rail: str, suspended: bool = True) -> None:
        """Take a rail out of routing by hand, or back in."""
        self._lanes[rail].suspended = suspended

    def outcome(self, rail: str, succeeded: bool) -> None:
        """Learn what became of an attempt."""
        self._lanes[rail].outcomes.add(succeeded)

    def success(self, rail: str) -> float:
        """The success that the next decision expects of a rail."""
        return self._lanes[rail].outcomes.success

    def route(
        self,
        payment: Payment,
        at: int,
        luck: float = 1.0,
        positions: Mapping[str, int] | None = None,
        tried: Container[str] = (),
    ) -> Route:
        """Decide for ``payment`` at an instant. ``luck`` in [0, 1) is random; ``positions`` what each rail may still pay."""
        ranked: list[Ranked] = []
        refused: list[tuple[str, Refusal]] = []
        hourly = payment.delay_cost / _HOUR
        for lane in self._lanes.values():
            reason = _refusal(lane, payment, at, positions, tried)
            if reason is not None:
                refused.append((lane.name, reason))
                continue
            fee, success = lane.tariff.fee(payment.amount), lane.outcomes.success
            rail = lane.rail
            assert rail is not None
            delay = hourly * rail.speed
            ranked.append(Ranked(lane.name, fee + (1.0 - success) * payment.failure_cost + delay, fee, success, delay))
        if len(ranked) > 1:
            ranked.sort(key=_cost)
            if luck < self._explore:
                other = 1 + int(luck / self._explore * (len(ranked) - 1))
                return Route(tuple(ranked), tuple(refused), ranked[other].rail, explored=True)
        return Route(tuple(ranked), tuple(refused), ranked[0].rail if ranked else "")


def _cost(one: Ranked) -> tuple[float, str]:
    return one.cost, one.rail


def _refusal(
    lane: _Lane, payment: Payment, at: int, positions: Mapping[str, int] | None, tried: Container[str]
) -> Refusal | None:
    rail = lane.at(at)
    if rail is None:
        return Refusal.NOT_IN_FORCE
    name, amount = lane.name, payment.amount
    checks = (
        (rail.offered, Refusal.NOT_OFFERED),
        (payment.product in rail.products, Refusal.PRODUCT),
        (payment.currency == rail.currency, Refusal.CURRENCY),
        (amount <= rail.most, Refusal.ABOVE_LIMIT),
        (amount >= rail.least, Refusal.BELOW_LIMIT),
        (rail.banks is None or payment.payee_bank in rail.banks, Refusal.PAYEE_BANK),
        (not payment.named or name in payment.named, Refusal.NOT_NAMED),
        (not lane.suspended, Refusal.SUSPENDED),
        (name not in tried, Refusal.TRIED),
        (lane.opened, Refusal.CLOSED),
        (not payment.deadline or at + rail.speed <= payment.deadline, Refusal.TOO_LATE),
        (positions is None or positions.get(name, 0) >= amount, Refusal.POSITION),
    )
    for passed, reason in checks:
        if not passed:
            return reason
    return None
