"""Rails by the clock, routing by its figures, the hub by small stories on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa

from engine.cluster import cluster
from zaizao.centres.ledger import Ledger
from zaizao.centres.payments import (
    Answer,
    Hub,
    Level,
    MergeRule,
    Payment,
    PaymentError,
    Positions,
    Refusal,
    Router,
    State,
    diagram,
    merge,
    read_rails,
    read_tariffs,
)

HERE = ZoneInfo("Asia/Shanghai")
TARIFFS = read_tariffs(
    b"""
[hvps]
steps = [[200_000, 200], [1_000_000, 500], [10_000_000, 1000], [50_000_000, 1500], [100_000_000, 2000]]
per_million = 20
cap = 5_000
[beps]
steps = [[10_000_000, 50]]
[ibps]
steps = [[5_000_000, 80]]
[unionpay]
[netsunion]
[cips]
"""
)


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=HERE).timestamp()) * 1_000_000


NOON = instant("2026-11-18 12:00")


@pytest.mark.parametrize(
    ("when", "opened", "following"),
    [
        ("2026-11-18 17:29", True, "2026-11-18 17:29"),
        ("2026-11-18 17:30", False, "2026-11-18 19:00"),
        ("2026-11-18 19:00", True, "2026-11-18 19:00"),
        ("2026-11-20 19:00", False, "2026-11-22 19:00"),  # a Friday evening belongs to no workday
        ("2026-11-22 18:59", False, "2026-11-22 19:00"),  # a Sunday evening belongs to Monday
        ("2026-10-10 12:00", True, "2026-10-10 12:00"),  # a Saturday worked in exchange for the holiday
        ("2026-10-09 20:00", True, "2026-10-09 20:00"),
        ("2026-10-02 12:00", False, "2026-10-07 19:00"),
    ],
)
def test_the_high_value_system_keeps_workdays_and_their_eves(when: str, opened: bool, following: str) -> None:
    hvps = next(one for one in read_rails() if one.name == "hvps")
    assert hvps.opening(instant(when))[0] is opened
    assert hvps.next_open(instant(when)) == instant(following)


def test_a_year_without_a_calendar_is_closed_and_not_guessed() -> None:
    hvps = next(one for one in read_rails() if one.name == "hvps")
    assert hvps.next_open(instant("2044-03-02 12:00")) is None


def test_a_rail_is_unknown_before_its_dates_and_changes_with_them() -> None:
    rails = read_rails(
        b"""
[[rail]]
name = "ibps"
title = ["a", "b"]
from = 2026-01-01
until = 2026-07-01
most = 100
[[rail]]
name = "ibps"
title = ["a", "b"]
from = 2026-07-01
most = 200
special = [[2026-11-18T12:00:00, 2026-11-18T13:00:00]]
days = "workdays"
sessions = [[600, 700]]
"""
    )
    router = Router(rails, TARIFFS)
    for when, reason in (
        ("2025-12-31 23:59", Refusal.NOT_IN_FORCE),
        ("2026-06-30 12:00", Refusal.ABOVE_LIMIT),
        ("2026-07-01 09:59", Refusal.CLOSED),
        ("2026-07-01 10:00", None),
        ("2026-11-18 12:00", None),
        ("2026-11-18 13:00", Refusal.CLOSED),
    ):
        assert dict(router.route(Payment("p", 150, "a", "b"), instant(when)).refused).get("ibps") == reason, when


@pytest.mark.parametrize(
    ("amount", "fee"),
    [(1, 200), (200_000, 200), (200_001, 500), (100_000_000, 2_000), (100_000_001, 2_000), (10**9, 5_000)],
)
def test_a_tariff_has_steps_a_rate_and_a_cap(amount: int, fee: int) -> None:
    assert TARIFFS["hvps"].fee(amount) == fee


def test_a_failing_rail_leaves_by_itself_and_comes_back() -> None:
    """A rail that fails for a while: cheapest first, then left, and found again by the explored share."""
    chance = np.random.default_rng(3)
    router = Router(read_rails(), TARIFFS)
    took = {"before": [], "outage": [], "after": []}
    failed = 0
    for n in range(9_000):
        phase = "before" if n < 3_000 else "outage" if n < 6_000 else "after"
        route = router.route(Payment("p", 100_000, "a", "b", failure_cost=2_000), NOON, float(chance.random()))
        fine = chance.random() < (0.0 if phase == "outage" and route.chosen == "beps" else 0.999)
        router.outcome(route.chosen, bool(fine))
        failed += not fine
        took[phase].append(route.chosen)
    assert took["before"].count("beps") > 2_900
    assert took["outage"].count("beps") < 80
    assert took["after"].count("beps") > 0
    assert failed / 9_000 < 0.01


def test_small_payments_merge_in_pages_by_payee_with_their_children() -> None:
    some = [Payment(f"{n:03}", 10 + n, "a", "shop" if n % 2 else "café") for n in range(14)]
    some.append(Payment("big", 10**6, "a", "shop"))
    made = merge(some, NOON, MergeRule(page=4))
    assert [(one.payment.payee, len(one.children)) for one in made] == [
        ("café", 4),
        ("café", 3),
        ("shop", 4),
        ("shop", 3),
    ]
    assert sum(one.payment.amount for one in made) == sum(one.amount for one in some) - 10**6
    assert [one.payment.id for one in made] == [one.payment.id for one in merge(some[::-1], NOON, MergeRule(page=4))]


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Hub, Positions]]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'hub.db'}"
    else:
        url = cluster().database().replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url)
    positions = Positions(Ledger(engine), ["beps", "ibps"], thresholds={"beps": 900})
    positions.fund("morning", "beps", 1_000, NOON)
    positions.fund("morning 2", "ibps", 1_000, NOON)
    yield Hub(engine, Router(read_rails(), TARIFFS), positions), positions
    engine.dispose()


def test_an_unknown_attempt_is_asked_about_and_only_then_sent_elsewhere(hub: tuple[Hub, Positions]) -> None:
    house, positions = hub
    payment = Payment("p", 300, "a", "b")
    assert house.accept(payment, NOON) is State.ACCEPTED
    first = house.send("p", NOON).attempt
    assert first is not None and (first.rail, first.reference) == ("beps", "p/1")
    assert house.accept(payment, NOON) is State.SENT
    assert house.send("p", NOON).standing is State.SENT
    house.answer("p/1", Answer.UNKNOWN, NOON)
    assert house.send("p", NOON).standing is State.UNKNOWN
    assert [one.reference for one in house.to_ask()] == ["p/1"]
    assert positions.levels()["beps"] == Level(700, 300, alarm=True)
    house.answer("p/1", Answer.NOT_DONE, NOON)
    assert positions.levels()["beps"] == Level(1_000, 0, alarm=False)
    second = house.send("p", NOON).attempt
    assert second is not None and (second.rail, second.reference) == ("ibps", "p/2")
    assert house.answer("p/2", Answer.DONE, NOON) is None
    assert house.answer("p/2", Answer.DONE, NOON) is None
    late = house.answer("p/1", Answer.DONE, NOON)
    assert late is not None and late.code == "payments.contradiction"
    assert positions.levels()["ibps"] == Level(700, 0, alarm=False)
    assert house.returned("p", NOON) is State.RETURNED
    assert house.returned("p", NOON) is State.RETURNED
    assert positions.levels()["ibps"] == Level(1_000, 0, alarm=False)
    with pytest.raises(PaymentError, match="another payment has this id"):
        house.accept(Payment("p", 301, "a", "b"), NOON)


def test_what_no_position_covers_waits_and_says_why(hub: tuple[Hub, Positions]) -> None:
    house, positions = hub
    house.accept(Payment("p", 1_500, "a", "b"), NOON)
    sent = house.send("p", NOON)
    assert sent.attempt is None and sent.route is not None
    assert dict(sent.route.refused)["beps"] is Refusal.POSITION
    positions.fund("noon", "beps", 800, NOON)
    assert house.send("p", NOON).attempt is not None


def test_children_settle_with_the_payment_that_carries_them_or_wait_again(hub: tuple[Hub, Positions]) -> None:
    house, _ = hub
    for n in range(4):
        house.accept(Payment(f"c{n}", 10, "a", "shop" if n < 2 else "café"), NOON)
    shop, cafe = sorted(house.merge(NOON, MergeRule()), key=lambda one: house.children(one)[0].payment.id)
    assert house.merge(NOON, MergeRule()) == []
    assert house.send("c0", NOON).standing is State.MERGED
    attempt = house.send(shop, NOON).attempt
    assert attempt is not None and attempt.payment.amount == 20
    house.answer(attempt.reference, Answer.DONE, NOON)
    assert [one.state for one in house.children(shop)] == [State.SETTLED, State.SETTLED]
    assert house.give_up(cafe, NOON) is State.FAILED
    assert house.children(cafe) == []
    freed = house.standing("c2")
    assert freed is not None and (freed.state, freed.parent) == (State.ACCEPTED, "")


def test_the_lifecycle_in_the_guide_is_the_table() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "centres.md").read_text(encoding="utf-8")
    assert diagram() in guide


@pytest.mark.parametrize("text", [b"", b"[[rail]]\nname = 'x'", b"\xff"])
def test_rails_that_cannot_be_used_are_refused(text: bytes) -> None:
    with pytest.raises(PaymentError):
        read_rails(text)
    with pytest.raises(PaymentError, match="no tariff"):
        Router(read_rails(), {})
