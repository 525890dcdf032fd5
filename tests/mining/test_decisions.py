"""Choices at gateways, and the decision tables mined from them, evaluated by the decision room itself."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mining.drawn import MINUTE, SHARED, traces
from mining.test_conformance import gate, process, task
from zaizao import dmn
from zaizao.bpmn import GatewayKind, Process
from zaizao.eventlog import EventLog, activities, from_columns, read
from zaizao.mining import choices, decision_model, discover, gateway_decisions
from zaizao.mining.classification import grown, leaves, predicted
from zaizao.mining.decisions import known_before


def looped() -> Process:
    """a, then either r or (b, and again b while x says so) then d; b stands between a join and a split."""
    return process(
        [
            task("a"), gate("g", GatewayKind.EXCLUSIVE), task("r"), gate("j", GatewayKind.EXCLUSIVE), task("b"),
            gate("x", GatewayKind.EXCLUSIVE), task("d"),
        ],
        "s>a a>g g>r g>j j>b b>x x>j x>d r>e d>e",
    )  # fmt: skip


def test_ways_are_counted_at_every_turn_and_through_deviations() -> None:
    found = choices(traces("ar", "abd", "abbbd", "azbd", "ad"), looped())
    flow = {way: f"{way}" for way in found.ways}
    assert len(flow) == 4
    taken = sorted(zip(found.case.tolist(), found.row.tolist(), found.turn.tolist(), strict=True))
    assert [t for t in taken if t[0] == 2] == [(2, 5, 0), (2, 6, 0), (2, 7, 1), (2, 8, 2)]
    weights = found.weights()
    assert sorted(weights["g"].values()) == [pytest.approx(1 / 5), pytest.approx(4 / 5)]
    assert sorted(weights["x"].values()) == [pytest.approx(2 / 6), pytest.approx(4 / 6)]
    first, second, third = found.weights_by_turn()["x"]
    assert sorted(first.values()) == [0.25, 0.75] and sorted(second.values()) == [0.0, 1.0] == sorted(third.values())


def drawn(noise: float, cases: int = 900) -> EventLog:
    """Refused (r) where amount is above 5000 and the channel is no branch; the amount may be missing (then accepted)."""
    draw = np.random.default_rng(5)
    amount = draw.uniform(0, 10_000, cases)
    channel = draw.choice(["branch", "app", "网上"], cases)
    missing = draw.random(cases) < 0.1
    refused = ((amount > 5000) & (channel != "branch") & ~missing) ^ (draw.random(cases) < noise)
    case, activity, end = [], [], []
    for k in range(cases):
        for place, name in enumerate("ar" if refused[k] else "abd"):
            case.append(f"c{k}")
            activity.append(name)
            end.append((k * 10 + place) * MINUTE)
    table = pl.DataFrame(
        {"loan:amount": [None if m else float(a) for a, m in zip(amount, missing, strict=True)], "channel": channel}
    )
    return from_columns(case=case, activity=activity, end=np.array(end), case_table=table)


def test_a_rule_is_found_written_as_dmn_and_says_the_same_there() -> None:
    log = drawn(noise=0.03)
    made = choices(log, looped())
    (found,) = gateway_decisions(log, looped(), made=made)
    assert found.gateway == "g" and found.name == "after a" and set(found.words) == {"r", "b"}
    assert found.accuracy.value > 0.94 > found.baseline.high
    model = decision_model([found])
    decision = model.elements[-1]
    assert isinstance(decision, dmn.Decision) and isinstance(decision.logic, dmn.DecisionTable)
    assert dmn.check(model) == [] and dmn.verify(decision.logic) == []
    again = dmn.read(dmn.write(model))
    compiled = dmn.compile(again)
    mine = np.flatnonzero(np.isin(made.way, [made.ways.index(way) for way in found.ways]))
    table = known_before(log, made.case[mine], made.row[mine], made.turn[mine])
    rows = [{found.inputs[k]: v for k, v in row.items() if k in found.inputs} for row in table.iter_rows(named=True)]
    said = [compiled.evaluate(again.elements[-1].name, row).value for row in rows]
    true = [found.words[found.ways.index(made.ways[way])] for way in made.way[mine].tolist()]
    agreed = np.mean([a == b for a, b in zip(said, true, strict=True)])
    assert all(answer in found.words for answer in said)
    assert agreed == pytest.approx(0.97, abs=0.015)
    assert sorted(found.inputs.values()) == ["channel", "loan_amount"]


def test_without_a_signal_nothing_is_reported() -> None:
    assert gateway_decisions(drawn(noise=0.5), looped()) == []


def test_leaves_are_disjoint_cover_everything_and_agree_with_the_tree() -> None:
    draw = np.random.default_rng(3)
    table = pl.DataFrame(
        {
            "x": [None if draw.random() < 0.2 else float(v) for v in draw.integers(0, 50, 600)],
            "w": draw.choice(["p", "q", "s"], 600),
        }
    )
    answers = ((table["x"].fill_null(30) > 20) & (table["w"] != "p")).to_numpy().astype(np.int64)
    tree = grown(table, answers, 2)
    assert (predicted(tree, table) == answers).mean() > 0.97
    assert sum(leaf.size for leaf in leaves(tree)) == 400


def test_the_published_rules_decide_a_real_gateway() -> None:
    path = SHARED / "logs" / "KO_synthetic_example_enriched.csv"
    if not path.exists():
        pytest.skip("this test reads ../shared/logs, which is absent here")
    log = activities(read(path))
    found = gateway_decisions(log, discover(log, method="split"))
    assert [list(one.inputs) for one in found[:1]] == [["External Risk Score"]]
    assert found[0].accuracy.low > 0.9 > found[0].baseline.high
