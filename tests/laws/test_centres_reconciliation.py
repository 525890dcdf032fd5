"""Laws of the match ladder over random tables: every row once, sums conserved, nothing ambiguous accepted.

And over tables with planted breaks of every class: each is found and called by its name.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import given, settings, strategies as st

from zaizao.centres.reconciliation import Class, Model, Pair, Run, Rung, reconcile

AS_OF = date(2026, 11, 21)
START = date(2026, 11, 1)
SCHEMA = {"account": pl.String, "ref": pl.String, "amount": pl.Int64, "date": pl.Date}
MODEL = Model(
    "laws",
    amount=Pair("amount", "amount"),
    key=(Pair("ref", "ref"),),
    partition=(Pair("account", "account"),),
    date=Pair("date", "date"),
    tolerance=2,
    dates=3,
    window=2,
    items=8,
    runs=12,
    hits=0.05,
)

rows = st.lists(
    st.tuples(
        st.sampled_from(["x", "y"]),
        st.sampled_from([None, "a", "b", "c", "d", "e"]),
        st.one_of(st.integers(-6, 6), st.integers(-(10**7), 10**7), st.sampled_from([123_457, 76_543, 200_000])),
        st.integers(0, 8).map(lambda day: START + timedelta(days=day)),
    ),
    max_size=14,
)


def frame(values: list[tuple[str, str | None, int, date]]) -> pl.DataFrame:
    return pl.DataFrame(values, schema=SCHEMA, orient="row")


@given(rows, rows)
@settings(max_examples=60, deadline=None)
def test_every_row_ends_in_one_place_and_sums_are_conserved(left: list, right: list) -> None:
    run = reconcile(MODEL, frame(left), frame(right), AS_OF)
    assert run.rows == (len(left), len(right))
    assert run.matched_rows + run.break_rows.height == len(left) + len(right)
    assert not run.break_rows.select("right", "row").is_duplicated().any()
    kept = {(side, row) for _, side, row in run.break_rows.iter_rows()}
    for one in run.matches:
        assert not kept & ({(False, row) for row in one.left} | {(True, row) for row in one.right})
    tolerated = sum(difference for _, _, difference in run.kinds.values())
    broken = int(run.breaks["difference"].sum() or 0)
    assert run.totals[0] - run.totals[1] == tolerated + broken


@given(rows, rows)
@settings(max_examples=60, deadline=None)
def test_nothing_ambiguous_is_accepted(left: list, right: list) -> None:
    """By brute force: an accepted match without a key is the only way to make up its target when its rung is tried."""
    run = reconcile(MODEL, frame(left), frame(right), AS_OF)
    sides = (left, right)
    still = [set(range(len(side))) for side in sides]
    accepted = {(s, row) for one in run.matches for s, part in ((0, one.left), (1, one.right)) for row in part}
    broken = run.break_rows.join(run.breaks.select("break", "class"), on="break")
    single = {(int(s), row) for _, s, row, name in broken.iter_rows() if name in (Class.MISSING, Class.EXTRA)}
    still = [{row for s, row in accepted | single if s == side} for side in (0, 1)]
    for rung in Rung:
        now = [one for one in run.matches if one.rung is rung]
        for one in now:
            assert sum(left[n][2] for n in one.left) == sum(right[n][2] for n in one.right)
            target, other = (0, 1) if len(one.left) == 1 else (1, 0)
            row = (one.left, one.right)[target][0]
            account, _, amount, day = sides[target][row]
            near = [
                n
                for n in sorted(still[other], key=lambda n: (sides[other][n][3], n))
                if sides[other][n][0] == account and abs((sides[other][n][3] - day).days) <= MODEL.window
            ]
            if rung is Rung.AMOUNT:
                ways = sum(sides[other][n][2] == amount for n in near)
            elif rung is Rung.RUN:
                ways = sum(
                    sum(sides[other][n][2] for n in near[i:j]) == amount
                    for i in range(len(near))
                    for j in range(i + 1, len(near) + 1)
                )
            else:
                parts = [n for n in near if sides[other][n][2] * amount > 0]
                ways = sum(
                    sum(sides[other][n][2] for n in some) == amount
                    for size in range(1, len(parts) + 1)
                    for some in combinations(parts, size)
                )
            assert ways == 1
            assert one.hits < MODEL.hits
        for one in now:
            still[0] -= set(one.left)
            still[1] -= set(one.right)
    assert max(Counter((s, row) for s, row in accepted).values(), default=1) == 1


def planted(seed: int, size: int = 2_000) -> tuple[pl.DataFrame, pl.DataFrame, Counter[str], dict[str, str]]:
    """Two sides that agree, then one break of a random class under each of some keys."""
    chance = np.random.default_rng(seed)
    left, right, truth, counts = [], [], {}, Counter[str]()
    for n in range(size):
        ref, day = f"r{n}", START + timedelta(days=int(chance.integers(0, 15)))
        amount = int(chance.integers(10_000, 10**9))
        row = ("x", ref, amount, day)
        fate = chance.choice(["fine", *Class], p=[0.94] + [0.01] * 6)
        part = int(chance.integers(1, amount))
        counts[str(fate)] += fate != "fine"
        if fate != "fine":
            truth[f"x | {ref}"] = str(fate)
        left.append(row)
        if fate == Class.EXTRA:
            left.pop()
            right.append(row)
        elif fate == Class.DOUBLE:
            right += [row, row]
        elif fate == Class.AMOUNT:
            right.append(("x", ref, amount + 3 + part, day))
        elif fate == Class.DATE:
            right.append(("x", ref, amount, day + timedelta(days=4)))
        elif fate == Class.SPLIT:
            right += [("x", ref, part, day), ("x", ref, amount - part + 3, day)]
        elif fate == "fine":
            ways = int(chance.integers(0, 4))
            if ways == 0:  # the other side has it in two parts
                right += [("x", ref, part, day), ("x", ref, amount - part, day)]
            elif ways == 1:  # without its reference: found by amount
                right.append(("x", None, amount, day + timedelta(days=1)))
            else:
                right.append(row)
    return frame(left), frame(right), counts, truth


def found(run: Run) -> dict[str, str]:
    return dict(run.breaks.select("key", "class").iter_rows())


@given(st.integers(0, 10**6))
@settings(max_examples=5, deadline=None)
def test_planted_breaks_are_all_found_and_named_and_nothing_is_accepted_wrongly(seed: int) -> None:
    left, right, _, truth = planted(seed)
    run = reconcile(MODEL, left, right.sample(fraction=1, shuffle=True, seed=seed), AS_OF)
    told = found(run)
    assert {key: told.get(key) for key in truth} == truth
    shuffled = right.sample(fraction=1, shuffle=True, seed=seed)
    for one in run.matches:  # accepted without a key: the right side had lost its reference, nothing else
        assert all(shuffled["ref"][row] is None for row in one.right)
    assert run.totals[0] - run.totals[1] == sum(run.breaks["difference"])
    assert set(run.breaks["age"].to_list()) <= set(range(30))
