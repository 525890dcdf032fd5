"""Discovery on logs whose process is known."""

from __future__ import annotations

import pytest

from mining.drawn import traces
from zaizao.bpmn import Gateway, GatewayKind, Task
from zaizao.mining import MiningError, discover, variants
from zaizao.mining.inductive import inductive
from zaizao.mining.sublog import from_variants
from zaizao.mining.tree import SILENT, Operator, leaf, node, simplified


def tree(*lines: str, noise: float = 0.0) -> str:
    log = traces(*lines)
    return str(inductive(from_variants(variants(log)), log.activity_names, noise))


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["abc"], "→(a, b, c)"),
        (["abd", "acd"], "→(a, ×(b, c), d)"),
        (["abcd", "acbd"], "→(a, ∧(b, c), d)"),
        (["ab", "acb"], "→(a, ×(c, τ), b)"),
        (["ad", "abcd"], "→(a, ×(→(b, c), τ), d)"),
        (["abc", "abdbc", "abdbdbc"], "→(a, ↺(b, d), c)"),
        (["ab", "aab", "aaab"], "→(↺(a, τ), b)"),
        (["ac", "abc", "abbc", "abbbc"], "→(a, ↺(τ, b), c)"),
        (["abc", "ab", "b"], "→(×(a, τ), b, ×(c, τ))"),
    ],
)
def test_the_inductive_miner_finds_the_block(lines: list[str], wanted: str) -> None:
    assert tree(*lines) == wanted


def test_rare_behaviour_is_noise_only_when_asked() -> None:
    lines = ["abcd"] * 50 + ["acbd"]
    assert tree(*lines) == "→(a, ∧(b, c), d)"
    assert tree(*lines, noise=0.2) == "→(a, b, c, d)"


def test_a_shuffle_without_structure_still_gives_a_model() -> None:
    assert tree("abcabc", "cbabca", "bcacba", "ccbbaa", "abab") == "∧(↺(a, τ), ↺(b, τ), ↺(τ, c))"


def test_simplified_trees_fold_silent_steps() -> None:
    a, b = leaf("a"), leaf("b")
    choice, loop, sequence = Operator.CHOICE, Operator.LOOP, Operator.SEQUENCE
    assert str(simplified(node(choice, node(loop, a, SILENT), SILENT))) == "↺(τ, a)"
    assert str(simplified(node(loop, node(choice, a, b, SILENT), SILENT))) == "↺(τ, a, b)"
    assert str(simplified(node(loop, node(loop, SILENT, a), SILENT))) == "↺(τ, a)"
    assert str(simplified(node(choice, node(choice, a, SILENT), node(choice, b, SILENT)))) == "×(a, b, τ)"
    assert str(simplified(node(sequence, SILENT, node(sequence, a, SILENT), b))) == "→(a, b)"


def test_a_model_has_one_start_one_end_and_no_needless_gateway() -> None:
    model = discover(traces("abcd", "acbd", "ad", "aebcd"), noise=0.0)
    process = model.processes[0]
    entering = [flow.target for flow in process.flows]
    leaving = [flow.source for flow in process.flows]
    for gateway in process.nodes:
        if isinstance(gateway, Gateway):
            assert sorted((entering.count(gateway.id), leaving.count(gateway.id)))[0] == 1
            assert max(entering.count(gateway.id), leaving.count(gateway.id)) >= 2
    assert {task.name for task in process.nodes if isinstance(task, Task)} == set("abcde")
    assert sum(isinstance(n, Gateway) and n.kind == GatewayKind.PARALLEL for n in process.nodes) == 2
    assert leaving.count("StartEvent_1") == 1
    assert entering.count("EndEvent_1") == 1


def test_discovery_can_leave_out_rare_activities_and_rare_paths() -> None:
    log = traces(*["abc"] * 90, *["abxc"] * 8, "acb", "cab")
    names = [node.name for node in discover(log, activities=0.95).processes[0].nodes if isinstance(node, Task)]
    assert names == ["a", "b", "c"]
    straight = discover(log, paths=0.9, noise=0.0).processes[0]
    assert not any(isinstance(node, Gateway) for node in straight.nodes)


def test_an_empty_log_and_an_unknown_method_are_refused_in_words() -> None:
    with pytest.raises(MiningError, match="no such discovery method"):
        discover(traces("ab"), method="alpha")
    with pytest.raises(MiningError, match="has no event"):
        discover(traces())


def test_the_same_log_gives_the_same_model() -> None:
    log = traces("abcd", "acbd", "abxd", "ad")
    assert discover(log) == discover(log)
