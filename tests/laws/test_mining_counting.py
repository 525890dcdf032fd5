"""Laws of counting: every kernel equals its definition, written the slow way."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given, settings, strategies as st

from mining.drawn import traces
from zaizao.mining import directly_follows, variants
from zaizao.mining.spread import by_group

words = st.lists(st.text("abcd", min_size=1, max_size=8), min_size=1, max_size=30)


@settings(deadline=None)
@given(words)
def test_directly_follows_equals_its_definition(lines: list[str]) -> None:
    assert directly_follows(traces(*lines)).as_dict() == Counter(pair for line in lines for pair in pairwise(line))


@settings(deadline=None)
@given(words)
def test_variants_equal_a_count_of_sequences(lines: list[str]) -> None:
    found = variants(traces(*lines))
    assert {"".join(found.sequence(v)): int(found.count[v]) for v in range(len(found))} == Counter(lines)
    assert ["".join(found.sequence(v)) for v in found.of_case.tolist()] == lines
    assert (np.diff(found.count) <= 0).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 10**9)), max_size=60))
def test_spread_equals_numpy_per_group(rows: list[tuple[int, int]]) -> None:
    group = np.array([g for g, _ in rows], dtype=np.int32)
    values = np.array([v for _, v in rows], dtype=np.int64)
    found = by_group(group, values, 5)
    for code in range(5):
        mine = values[group == code] / 1e6
        assert found.count[code] == len(mine)
        if len(mine):
            wanted = [mine.mean(), np.median(mine), np.quantile(mine, 0.9)]
            assert np.allclose([found.mean[code], found.median[code], found.p90[code]], wanted)
        else:
            assert np.isnan(found.median[code])
