"""The ledger on both databases: holds, statements, rules, two writers at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.cluster import cluster
from zaizao.centres.ledger import (
    Account,
    Balance,
    Guard,
    Kind,
    Ledger,
    LedgerError,
    credit,
    debit,
    pending,
    posted,
    read_rules,
    reverse,
    settle,
    void,
)

DAY = 86_400_000_000
RULES = b"""
[[account]]
code = "deposits.{customer}"
guard = "no-debit"
[[account]]
code = "cash"
[[account]]
code = "fee-income"
[[account]]
code = "output-tax"
[[account]]
code = "points.{customer}"
currency = "POINTS"
guard = "no-debit"
[[account]]
code = "points-issued"
currency = "POINTS"
[[rule]]
event = "paid-in"
lines = [ { account = "cash", debit = "amount" }, { account = "deposits.{customer}", credit = "amount" },
          { account = "points-issued", debit = "floor(amount / 10000)" },
          { account = "points.{customer}", credit = "floor(amount / 10000)" } ]
[[rule]]
event = "fee-charged"
split = { gross = "fee", rate = "0.06" }
lines = [ { account = "deposits.{customer}", debit = "fee" }, { account = "fee-income", credit = "net" },
          { account = "output-tax", credit = "tax" } ]
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        url = cluster().database().replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def test_a_hold_counts_at_once_and_is_settled_or_voided_once(database: sa.Engine) -> None:
    ledger = Ledger(database)
    ledger.open(Account("cash"), Account("anna", guard=Guard.NO_DEBIT), Account("bert"))
    first = ledger.post(
        [
            posted("in", DAY, debit("cash", 100), credit("anna", 100)),
            pending("hold", 2 * DAY, debit("anna", 80), credit("bert", 80)),
            pending("too much", 2 * DAY, debit("anna", 30), credit("bert", 30)),
        ]
    )
    assert [one.number for one in first] == [1, 2, 0]
    assert first[2].problem is not None and first[2].problem.code == "ledger.overdrawn"
    assert ledger.balance("anna") == Balance(-100, 80, 0)
    second = ledger.post([settle("do", 3 * DAY, "hold"), void("no", 3 * DAY, "hold"), reverse("back", 4 * DAY, "do")])
    assert [one.problem.code if one.problem else "" for one in second] == ["", "ledger.already-concluded", ""]
    assert ledger.balance("anna", at=3 * DAY) == Balance(-20, 0, 0)
    assert ledger.balance("anna", at=2 * DAY) == Balance(-100, 80, 0)
    assert ledger.balance("anna", at=DAY - 1) == Balance()
    assert ledger.balance("anna") == Balance(-100, 0, 0)
    kinds = [(row.kind, row.amount, row.after.posted) for row in ledger.statement("anna")]
    assert kinds == [
        (Kind.POSTED, -100, -100),
        (Kind.PENDING, 80, -100),
        (Kind.SETTLED, 80, -20),
        (Kind.REVERSED, 80, -100),
    ]


def test_a_key_books_once_for_ever_and_never_something_else(database: sa.Engine) -> None:
    ledger = Ledger(database)
    ledger.open(Account("a"), Account("b"))
    one = posted("k", DAY, debit("a", 5), credit("b", 5))
    later = posted("k", 9 * DAY, debit("a", 5), credit("b", 5))
    other = posted("k", DAY, debit("a", 6), credit("b", 6))
    assert [(out.number, out.repeated) for out in ledger.post([one, one])] == [(1, False), (1, True)]
    assert Ledger(database).post([later])[0].repeated
    refused = Ledger(database).post([other])[0].problem
    assert refused is not None and refused.code == "ledger.key-reused"
    assert ledger.balance("a") == Balance(5)


def test_a_value_date_has_its_own_balance_and_booked_time_never_goes_back(database: sa.Engine) -> None:
    ledger = Ledger(database)
    ledger.open(Account("a"), Account("b"))
    ledger.post([posted("1", 10 * DAY, debit("a", 5), credit("b", 5))])
    ledger.post([posted("2", 4 * DAY, debit("a", 7), credit("b", 7), value=date(1970, 1, 3))])
    assert ledger.balance("a", value=date(1970, 1, 3)) == Balance(7)
    assert ledger.balance("a", at=9 * DAY) == Balance()  # the past stays as it was told
    assert ledger.balance("a", at=10 * DAY) == Balance(12)


def test_rules_split_price_and_tax_and_keep_points(database: sa.Engine) -> None:
    rules, ledger = read_rules(RULES), Ledger(database)
    entries = [
        rules.entry("paid-in", {"customer": "c1", "amount": 1_234_567}, key="1", at=DAY),
        rules.entry("fee-charged", {"customer": "c1", "fee": 999}, key="2", at=DAY),
    ]
    for entry in entries:
        ledger.open(*rules.accounts(entry))
    assert all(out.problem is None for out in ledger.post(entries))
    assert ledger.trial_balance() == {
        "CNY": {"cash": 1_234_567, "deposits.c1": -1_233_568, "fee-income": -942, "output-tax": -57},
        "POINTS": {"points-issued": 123, "points.c1": -123},
    }
    spend = posted("3", DAY, debit("points.c1", 124), credit("points-issued", 124))
    refused = ledger.post([spend])[0].problem
    assert refused is not None and refused.code == "ledger.overdrawn"


def test_two_writers_at_once_lose_and_double_nothing(database: sa.Engine) -> None:
    Ledger(database).open(Account("a"), Account("b"))

    def work(name: str) -> None:
        ledger = Ledger(database)
        for turn in range(10):
            shared = posted(f"both {turn}", DAY, debit("a", 1), credit("b", 1))
            own = posted(f"{name} {turn}", DAY, debit("a", 100), credit("b", 100))
            assert all(out.problem is None for out in ledger.post([shared, own]))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("x", "y")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger = Ledger(database)
    assert ledger.balance("a") == Balance(2010)
    assert ledger.statement("a")[-1].after == Balance(2010)
    assert [number for number, _ in enumerate(ledger.entries(), 1)][-1] == 30


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[[account]]\n", "rule file is wrong"),
        (b"\xff", "rule file is wrong"),
        (RULES + b'[[rule]]\nevent = "x"\nlines = [{ account = "nowhere", debit = "1" }]\n', "not described"),
    ],
)
def test_a_rule_file_that_cannot_be_used_says_why(text: bytes, words: str) -> None:
    with pytest.raises(LedgerError, match=words):
        read_rules(text)


def test_fractions_of_a_fen_and_names_from_outside_are_refused() -> None:
    rules = read_rules(RULES)
    with pytest.raises(LedgerError, match="whole minor units"):
        rules.entry("paid-in", {"customer": "c1", "amount": 10.5}, key="1", at=0)
    with pytest.raises(LedgerError, match="cannot name an account"):
        rules.entry("paid-in", {"customer": "c1'; drop", "amount": 10}, key="1", at=0)
