"""Laws of payments: routing keeps to its filters, and no payment is carried out twice, whatever happens.

The histories: doors knocked on twice, answers lost, late or doubled, messages that arrive after their time-out, and a
house that goes down before any commit and comes back with nothing but its database.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from hypothesis import given, settings, strategies as st

from zaizao.centres.ledger import Ledger
from zaizao.centres.payments import (
    TABLE,
    Answer,
    Attempt,
    Change,
    Hub,
    MergeRule,
    Payment,
    Positions,
    Router,
    State,
    Tariff,
    read_rails,
)

RAILS = read_rails()
TARIFFS = {
    name: Tariff((10_000_000,), (fee,), per_million=20, cap=5_000)
    for name, fee in {"hvps": 500, "beps": 50, "ibps": 80, "unionpay": 30, "netsunion": 30, "cips": 900}.items()
}
NOON = int(datetime(2026, 11, 18, 4, tzinfo=UTC).timestamp()) * 1_000_000
HOUR = 3_600_000_000

payments = st.builds(
    Payment,
    id=st.just("p"),
    amount=st.sampled_from([1, 5_000_000, 5_000_001, 100_000_000, 100_000_001, 10**12]),
    payer=st.just("a"),
    payee=st.just("b"),
    currency=st.sampled_from(["CNY", "CNY", "CNY", "USD"]),
    product=st.sampled_from(["account", "account", "card", "wallet", "cross-border"]),
    deadline=st.sampled_from([0, 0, NOON + 30_000_000, NOON + 100 * HOUR]),
    delay_cost=st.integers(0, 10_000),
    failure_cost=st.integers(0, 100_000),
    named=st.sampled_from([frozenset(), frozenset({"beps", "hvps"}), frozenset({"cips"})]),
)


@given(
    payments,
    st.integers(-80, 80).map(lambda hours: NOON + hours * HOUR),
    st.floats(0, 1, exclude_max=True),
    st.dictionaries(st.sampled_from(sorted(TARIFFS)), st.integers(0, 10**12)),
    st.frozensets(st.sampled_from(sorted(TARIFFS))),
    st.lists(st.tuples(st.sampled_from(sorted(TARIFFS)), st.booleans()), max_size=30),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_no_rail_is_chosen_against_a_hard_filter(
    payment: Payment, at: int, luck: float, positions: dict, tried: frozenset, past: list, limited: bool
) -> None:
    router = Router(RAILS, TARIFFS, explore=0.3)
    for rail, succeeded in past:
        router.outcome(rail, succeeded)
    route = router.route(payment, at, luck, positions if limited else None, tried)
    assert route == router.route(payment, at, luck, positions if limited else None, tried)
    named = {one.rail for one in route.ranked}
    assert named.isdisjoint(rail for rail, _ in route.refused)
    assert named | {rail for rail, _ in route.refused} == {rail.name for rail in RAILS}
    allowed = set()
    for rail in RAILS:
        admissible = (
            rail.offered
            and payment.product in rail.products
            and payment.currency == rail.currency
            and rail.least <= payment.amount <= rail.most
            and (not payment.named or rail.name in payment.named)
            and rail.name not in tried
            and rail.opening(at)[0]
            and (not payment.deadline or at + rail.speed <= payment.deadline)
            and (not limited or positions.get(rail.name, 0) >= payment.amount)
        )
        allowed |= {rail.name} if admissible else set()
    assert named == allowed
    costs = [one.cost for one in route.ranked]
    assert costs == sorted(costs)
    assert (route.chosen in named) if named else route.chosen == ""
    assert route.explored == (route.chosen != "" and route.chosen != route.ranked[0].rail)


class Down(Exception):
    """The house goes down."""


class World:
    """The rails outside, which forget nothing, and a house that may be rebuilt over its database at any time."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
        self.fuse = -1
        sa.event.listen(self.engine, "commit", self._burn)
        self.done: list[str] = []  # references that were carried out
        self.dead: set[str] = set()
        self.flying: dict[str, Attempt] = {}
        self.told: dict[str, str] = {}
        self.healthy = False
        self.build()
        for rail in TARIFFS:
            self.positions.fund(f"fund {rail}", rail, 10**9, NOON)

    def _burn(self, _connection: object) -> None:
        self.fuse -= 1
        if self.fuse == 0:
            raise Down

    def build(self) -> None:
        self.positions = Positions(Ledger(self.engine), TARIFFS)
        self.hub = Hub(self.engine, Router(RAILS, TARIFFS, explore=0.2), self.positions)

    def transmit(self, attempt: Attempt) -> None:
        assert attempt.reference not in self.told, "a reference leaves the house once"
        self.told[attempt.reference] = attempt.rail
        fate = 0 if self.healthy else self.chance.randrange(5)
        if fate in (0, 1):
            self.done.append(attempt.reference)
        elif fate == 2:
            self.flying[attempt.reference] = attempt
        else:
            self.dead.add(attempt.reference)
        answer = {0: Answer.DONE, 4: Answer.NOT_DONE}.get(fate, Answer.UNKNOWN)
        self.say(attempt.reference, answer)

    def say(self, reference: str, answer: Answer) -> None:
        for _ in range(self.chance.randint(1, 2)):
            assert self.hub.answer(reference, answer, NOON) is None

    def ask(self) -> None:
        for attempt in self.hub.to_ask():
            reference = attempt.reference
            if reference in self.flying:
                answer = Answer.UNKNOWN
            elif reference in self.done:
                answer = Answer.DONE
            else:  # it never arrived, or was lost: the rail makes sure that it never will be carried out
                self.dead.add(reference)
                answer = Answer.NOT_DONE
            self.say(reference, answer)

    def land(self) -> None:
        for reference in list(self.flying):
            assert reference not in self.dead
            del self.flying[reference]
            self.done.append(reference)

    def step(self, action: int, payment: Payment) -> None:
        if action == 0:
            self.hub.accept(payment, NOON)
        elif action == 1:
            self.ask()
        elif action == 2:
            self.land()
        elif action == 3:
            self.hub.merge(NOON, MergeRule(most=3_000, page=3))
        elif action == 4:
            self.build()
        else:
            known = [f"p{n}" for n in range(6) if self.hub.standing(f"p{n}") is not None]
            some = [*self.hub.to_send(), *(one.payment.id for one in self.hub.to_ask()), *known]
            for waiting in self.chance.sample(some, min(len(some), self.chance.randint(1, 4))):
                sent = self.hub.send(waiting, NOON, self.chance.random())
                again = self.hub.send(waiting, NOON, self.chance.random())
                assert sent.attempt is None or again.attempt is None
                for one in (sent.attempt, again.attempt):
                    if one is not None:
                        self.transmit(one)


@given(st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_no_payment_is_carried_out_twice_or_lost(seed: int) -> None:
    world = World(seed)
    asked = [Payment(f"p{n}", 1_000 * (n + 1), "a", "shop" if n < 4 else "other") for n in range(6)]
    accepted = set()
    for _ in range(30):
        number = world.chance.randrange(6)
        world.fuse = world.chance.randint(0, 8)
        try:
            world.step(world.chance.randint(0, 8), asked[number])
        except Down:
            world.fuse = -1
            world.build()
        accepted |= {number} if world.hub.standing(f"p{number}") is not None else set()
    world.fuse, world.healthy = -1, True
    world.land()
    for _ in range(8):
        world.ask()
        for waiting in world.hub.to_send():
            sent = world.hub.send(waiting, NOON)
            if sent.attempt is not None:
                world.transmit(sent.attempt)
    carried = Counter(reference.rpartition("/")[0] for reference in world.done)
    assert max(carried.values(), default=1) == 1
    paid = 0
    for number in accepted:
        standing = world.hub.standing(f"p{number}")
        assert standing is not None and standing.state is State.SETTLED
        assert carried[standing.parent or f"p{number}"] == 1
        assert not (standing.parent and carried[f"p{number}"])
        paid += standing.payment.amount
    levels = world.positions.levels()
    assert sum(level.reserved for level in levels.values()) == 0
    assert sum(level.available for level in levels.values()) == len(TARIFFS) * 10**9 - paid
    world.engine.dispose()


def test_what_is_unknown_or_under_way_cannot_be_sent_again_by_the_table() -> None:
    under_way = {State.SENT, State.UNKNOWN, State.SETTLED, State.RETURNED, State.FAILED}
    assert not {state for (state, change) in TABLE if change is Change.PREPARE} & under_way
    reach = {State.UNKNOWN}
    for _ in State:
        reach |= {
            following for (state, change), following in TABLE.items() if state in reach and change is not Change.REJECT
        }
    assert State.PREPARED not in reach
