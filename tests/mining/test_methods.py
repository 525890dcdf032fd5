"""The other ways to discover, and the choice among all of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from mining.drawn import SHARED, traces
from zaizao.bpmn import Gateway, GatewayKind, Task
from zaizao.eventlog import activities, read
from zaizao.mining import Method, align, discover, discover_all, precision
from zaizao.mining.net import net_of, sound

OTHERS = [Method.SPLIT, Method.HEURISTIC, Method.DIRECTLY_FOLLOWS]
PLAIN = traces(*["abcde"] * 30, *["acbde"] * 25, *["abcdf"] * 20, *["acbdf"] * 15)


@pytest.mark.parametrize("method", [Method.SPLIT, Method.HEURISTIC])
def test_a_choice_and_a_parallel_pair_are_found(method: Method) -> None:
    model = discover(PLAIN, method=method)
    kinds = sorted(node.kind for node in model.processes[0].nodes if isinstance(node, Gateway))
    assert kinds == [GatewayKind.EXCLUSIVE] * 2 + [GatewayKind.PARALLEL] * 2
    assert align(PLAIN, model).fitting() == 1.0
    assert precision(PLAIN, model).value == 1.0


def test_the_directly_follows_model_knows_no_parallel() -> None:
    model = discover(PLAIN, method="directly-follows")
    assert not any(isinstance(n, Gateway) and n.kind == GatewayKind.PARALLEL for n in model.processes[0].nodes)
    assert align(PLAIN, model).fitting() == 1.0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("abcde", min_size=1, max_size=7), min_size=1, max_size=8), st.sampled_from(OTHERS))
def test_every_method_gives_a_sound_model_of_all_activities(lines: list[str], method: Method) -> None:
    model = discover(traces(*lines), method=method)
    assert sound(net_of(model)) is True
    assert {node.name for node in model.processes[0].nodes if isinstance(node, Task)} == set("".join(lines))


def test_the_best_method_is_chosen_by_the_table() -> None:
    table = discover_all(PLAIN)
    assert {one.method for one in table} == {Method.INDUCTIVE, *OTHERS}
    assert [one.quality.score for one in table] == sorted((one.quality.score for one in table), reverse=True)
    assert table[0].quality.score == 1.0
    assert table[-1].method == Method.DIRECTLY_FOLLOWS
    assert discover(PLAIN, method="best") == table[0].model


def test_a_real_loan_process_is_found_whole() -> None:
    path = SHARED / "logs" / "LoanApp_start_end.csv.gz"
    if not path.exists():
        pytest.skip("this test reads ../shared/logs, which is absent here")
    best = discover_all(activities(read(path)))[0]
    assert best.quality.sound is True
    assert best.quality.fitness == 1.0
    assert best.quality.precision is not None
    assert best.quality.precision > 0.99
