"""Laws of the ledger over random histories: any kinds of entries, repeats, references to anything, any batches."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import sqlalchemy as sa
from hypothesis import given, settings, strategies as st

from zaizao.centres.ledger import (
    Account,
    Balance,
    Book,
    Entry,
    Guard,
    Kind,
    Ledger,
    Line,
    reverse,
    settle,
    split_tax,
)

ACCOUNTS = [
    Account("cash", guard=Guard.NO_CREDIT),
    Account("deposits.a", guard=Guard.NO_DEBIT),
    Account("deposits.b"),
    Account("income"),
    Account("points.a", "POINTS", Guard.NO_DEBIT),
    Account("points.issued", "POINTS"),
]
MONEY = ["cash", "deposits.a", "deposits.b", "income"]
POINTS = ["points.a", "points.issued"]


@st.composite
def balanced(draw: st.DrawFn) -> tuple[Line, ...]:
    lines = []
    for names in draw(st.sampled_from([[MONEY], [POINTS], [MONEY, POINTS]])):
        some = draw(st.lists(st.tuples(st.sampled_from(names), st.integers(-500, 500)), min_size=1, max_size=3))
        lines += [Line(account, amount) for account, amount in some if amount]
        rest = -sum(amount for _, amount in some)
        if rest:
            lines.append(Line(draw(st.sampled_from(names)), rest))
    return tuple(lines)


@st.composite
def entry(draw: st.DrawFn) -> Entry:
    key = f"k{draw(st.integers(0, 25))}"
    at = draw(st.integers(0, 30)) * 86_400_000_000
    kind = draw(st.sampled_from([Kind.POSTED, Kind.POSTED, Kind.PENDING, Kind.SETTLED, Kind.VOIDED, Kind.REVERSED]))
    if kind in (Kind.POSTED, Kind.PENDING):
        lines = draw(balanced())
        if draw(st.integers(0, 9)) == 0:
            lines = (*lines, Line("cash", 1))  # out of balance
        return Entry(key, at, lines, kind)
    return Entry(key, at, (), kind, of=f"k{draw(st.integers(0, 25))}")


HISTORY = st.lists(entry(), max_size=25)


def state(book: Book) -> dict[str, Balance]:
    return {account.code: book.balance(account.code) for account in ACCOUNTS}


@given(HISTORY)
@settings(max_examples=60, deadline=None)
def test_debits_equal_credits_after_every_entry_and_guards_hold(history: list[Entry]) -> None:
    book = Book(ACCOUNTS)
    for one in history:
        before = state(book)
        outcome = book.post(one)
        assert not any(book.trial().values())
        if outcome.problem is not None or outcome.repeated:
            assert state(book) == before
        for account in ACCOUNTS:
            held = book.balance(account.code)
            assert held.held_debit >= 0 and held.held_credit >= 0
            if account.guard is Guard.NO_DEBIT:
                assert held.posted + held.held_debit <= 0
            if account.guard is Guard.NO_CREDIT:
                assert held.posted - held.held_credit >= 0


@given(HISTORY)
@settings(max_examples=60, deadline=None)
def test_repeats_change_nothing(history: list[Entry]) -> None:
    once, twice = Book(ACCOUNTS), Book(ACCOUNTS)
    for one in history:
        outcome = once.post(one)
        twice.post(one)
        again = twice.post(one)
        assert again.number == outcome.number
        assert again.repeated == (outcome.problem is None)
    assert state(once) == state(twice)


@given(HISTORY, st.data())
@settings(max_examples=60, deadline=None)
def test_a_reversal_restores_and_happens_once(history: list[Entry], data: st.DataObject) -> None:
    book = Book([Account(one.code, one.currency) for one in ACCOUNTS])  # unguarded: a reversal is never refused
    for one in history:
        book.post(one)
    before = state(book)
    lines = data.draw(balanced())
    if book.post(Entry("new", 0, lines)).problem is None:
        assert book.post(reverse("undo", 0, "new")).problem is None
        assert state(book) == before
        assert book.post(reverse("undo again", 0, "new")).problem is not None
    if book.post(Entry("hold", 0, lines, Kind.PENDING)).problem is None:
        assert book.post(settle("settle", 0, "hold")).problem is None
        assert book.post(reverse("unsettle", 0, "settle")).problem is None
        assert state(book) == before


@given(HISTORY, st.lists(st.integers(1, 9), min_size=1, max_size=8))
@settings(max_examples=15, deadline=None)
def test_the_store_in_any_batches_is_the_book_and_a_past_balance_is_a_replay(
    history: list[Entry], sizes: list[int]
) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    writers = [Ledger(engine), Ledger(engine)]  # two nodes over one database, taking turns
    writers[0].open(*ACCOUNTS)
    book = Book(ACCOUNTS)
    told = [book.post(one) for one in history]
    outcomes, start, turn = [], 0, 0
    while start < len(history):
        size = sizes[turn % len(sizes)]
        outcomes += writers[turn % 2].post(history[start : start + size])
        start, turn = start + size, turn + 1
    assert outcomes == told
    names = [account.code for account in ACCOUNTS]
    kept = list(writers[1].entries())
    for day in (-1, 0, 7, 15, 31):
        replayed = Book(ACCOUNTS)
        for one in kept:
            if one.at <= day * 86_400_000_000:
                replayed.post(one)
        assert writers[0].balances(names, at=day * 86_400_000_000) == state(replayed)
    assert writers[0].balances(names) == state(book)
    for accounts in writers[0].trial_balance().values():
        assert sum(accounts.values()) == 0
        assert all(book.balance(code).posted == amount for code, amount in accounts.items())
    engine.dispose()


@given(st.integers(-(10**15), 10**15), st.decimals(0, 1, places=4))
def test_net_and_tax_are_the_gross_and_the_net_is_nearest(gross: int, rate: Decimal) -> None:
    parts = split_tax(gross, rate)
    assert parts.net + parts.tax == gross
    assert abs(parts.net - Fraction(gross) / (1 + Fraction(rate))) <= Fraction(1, 2)
    assert split_tax(-gross, rate).net == -parts.net
