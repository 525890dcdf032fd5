"""The process map stays connected at every setting."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from mining.drawn import timed, traces
from zaizao.mining import BORDER, MiningError, ProcessMap, process_map


def reached(found: ProcessMap, *, forward: bool) -> set[int]:
    seen, front = {BORDER}, [BORDER]
    while front:
        here = front.pop()
        for edge in found.edges:
            near, far = (edge.source, edge.target) if forward else (edge.target, edge.source)
            if near == here and far not in seen:
                seen.add(far)
                front.append(far)
    return seen


@settings(deadline=None)
@given(
    st.lists(st.text("abcdef", min_size=1, max_size=9), min_size=1, max_size=20),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_every_shown_activity_is_reachable_and_reaches_the_end(
    lines: list[str], activities: float, paths: float
) -> None:
    found = process_map(traces(*lines), activities=activities, paths=paths)
    everyone = {BORDER, *range(len(found.nodes))}
    assert reached(found, forward=True) == everyone
    assert reached(found, forward=False) == everyone
    assert found.activity_share >= activities - 1e-9
    assert found.path_share >= paths - 1e-9


def test_the_whole_map_counts_every_step() -> None:
    found = process_map(traces("abc", "abc", "ac"))
    assert {(e.source, e.target): e.count for e in found.edges} == {
        (BORDER, 0): 3, (2, BORDER): 3, (0, 1): 2, (1, 2): 2, (0, 2): 1,
    }  # fmt: skip
    assert [(node.name, node.count, node.cases) for node in found.nodes] == [("a", 3, 3), ("b", 2, 2), ("c", 3, 3)]


def test_a_left_out_activity_is_skipped_over() -> None:
    found = process_map(traces(*["abc"] * 9, "axbc"), activities=0.9, paths=0.0)
    assert [node.name for node in found.nodes] == ["a", "b", "c"]
    assert {(e.source, e.target): e.count for e in found.edges}[(0, 1)] == 10


def test_figures_on_the_map_are_those_of_the_log() -> None:
    found = process_map(timed([("1", "a", 0, 10, None), ("1", "b", 30, 35, None), ("2", "b", None, 7, None)]))
    assert [node.processing for node in found.nodes] == [600.0, 300.0]
    (edge,) = [e for e in found.edges if e.source == 0]
    assert (edge.waiting_median, edge.count) == (1200.0, 1)


def test_a_share_outside_0_to_1_is_refused() -> None:
    with pytest.raises(MiningError, match="not a share"):
        process_map(traces("ab"), paths=1.2)
