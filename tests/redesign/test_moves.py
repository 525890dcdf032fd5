"""Moves on a loan process drawn by hand: what they offer, what they do, what they must not do."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from redesign.blocks import MONDAY, loan, problems_of
from redesign.conftest import INDEPENDENT, facts_of
from zaizao.eventlog import EventLog, from_columns
from zaizao.redesign.estimate import queue_wait, visits
from zaizao.redesign.facts import Facts, find_checks, gather, inferred_rules
from zaizao.redesign.moves import MOVES, apply_all, propose
from zaizao.redesign.moves.knock_out import best_order, chains, expected
from zaizao.redesign.moves.parallelise import expected_maximum
from zaizao.redesign.plan import AT_START, Plan, Rules, plan_of
from zaizao.redesign.rules import violations


def small_log(rows: list[tuple[str, str, float, float, str]]) -> EventLog:
    """(case, activity, start hour, end hour, person)."""
    hour = 3_600_000_000
    return from_columns(
        case=[row[0] for row in rows],
        activity=[row[1] for row in rows],
        start=np.array([MONDAY + int(row[2] * hour) for row in rows]),
        end=np.array([MONDAY + int(row[3] * hour) for row in rows]),
        resource=[row[4] for row in rows],
    )


def plan_and_facts(rules: Rules | None = None) -> tuple[Plan, Facts]:
    process, scenario = loan()
    given = rules or Rules()
    plan = plan_of(process, scenario, replace(given, independent=INDEPENDENT))
    return plan, facts_of(plan)


def test_the_loan_process_of_these_tests_is_sound() -> None:
    assert problems_of(loan()[0]) == []


def test_expected_visits_solve_the_flow_equations() -> None:
    plan, _ = plan_and_facts()
    found = visits(plan.process, plan.scenario)
    pass_checks = 0.95 * 0.9 * 0.8
    rounds = 1 / (1 - 0.3 * pass_checks)
    assert found["register"] == pytest.approx(rounds)
    assert found["decide"] == pytest.approx(rounds * pass_checks * 0.7)
    assert found["refused"] + found["offer"] == pytest.approx(1.0)


def test_waiting_in_queue_agrees_with_the_textbook() -> None:
    assert queue_wait(1, 0.5, 1.0, 1.0, 1.0) == pytest.approx(1.0)  # M/M/1: ρ/(μ−λ)
    assert queue_wait(1, 0.5, 1.0, 1.0, 0.0) == pytest.approx(0.5)  # M/D/1
    assert queue_wait(2, 1.0, 1.0, 1.0, 1.0) == pytest.approx(1 / 3)  # M/M/2
    assert queue_wait(2, 2.0, 1.0, 1.0, 1.0) == math.inf


def test_facts_measure_waiting_orders_and_hand_overs() -> None:
    plan, _ = plan_and_facts()
    rows = [
        ("1", "intake", 0, 1, "clerk 0"),
        ("1", "site visit", 3, 4, "uw 0"),
        ("1", "documents", 4, 5, "clerk 1"),
        ("2", "intake", 0, 1, "clerk 0"),
        ("2", "documents", 2, 3, "clerk 0"),
        ("2", "site visit", 3, 4, "uw 0"),
    ]
    facts = gather(small_log(rows), plan)
    assert facts.activities["site_visit"].waiting == pytest.approx(3600.0)
    assert facts.activities["documents"].waiting == pytest.approx(1800.0)
    assert facts.reversed_share("site visit", "documents") == 0.5
    assert facts.hand_overs == {("clerk", "underwriter"): 1.0, ("underwriter", "clerk"): 0.5}
    assert facts.cycle_time == pytest.approx(4.5 * 3600)


def test_choices_are_answered_by_the_task_before_them() -> None:
    plan, _ = plan_and_facts()
    assert plan.deciders["ok_site_visit"] == ("site_visit",)
    assert plan.decides("decide") == ("decided",)
    assert AT_START not in plan.deciders


def test_checks_are_the_steps_that_may_end_the_case() -> None:
    plan, _ = plan_and_facts()
    checks = find_checks(plan.process, plan.scenario)
    assert [(check.task, round(check.rejection, 2)) for check in checks] == [
        ("site_visit", 0.05),
        ("documents", 0.1),
        ("blacklist", 0.2),
        ("decide", 0.25),
    ]
    assert [[check.task for check in chain] for chain in chains(plan, checks)] == [
        ["site_visit", "documents", "blacklist"]
    ]


def test_the_best_knock_out_order_beats_every_other_order() -> None:
    plan, facts = plan_and_facts()
    chain = chains(plan, facts.checks)[0]
    best = best_order(plan, facts, chain)
    assert [check.task for check in best] == ["blacklist", "documents", "site_visit"]

    def effort(order: list) -> float:
        return expected(order, [facts.activities[check.task].processing for check in order])

    from itertools import permutations

    assert effort(best) == min(effort(list(order)) for order in permutations(chain))


def test_expected_maximum_of_equal_exponentials_is_the_harmonic_sum() -> None:
    assert expected_maximum([1.0, 1.0, 1.0]) == pytest.approx(1 + 1 / 2 + 1 / 3)


def test_every_move_but_sampling_and_pooling_finds_something_in_a_loan_process() -> None:
    plan, facts = plan_and_facts()
    silent = {move.name for move in MOVES} - {proposal.move for proposal in propose(plan, facts)}
    assert silent <= {
        *("eliminate", "capacity", "hours", "prioritise", "case-manager", "remove-batching", "specialise")
    }


def test_each_proposal_alone_leaves_a_sound_process_with_weights_for_every_choice() -> None:
    plan, facts = plan_and_facts()
    for proposal in propose(plan, facts):
        changed = apply_all(plan, [proposal])
        assert changed.applied == (proposal,), proposal.key
        assert problems_of(changed.process) == [], proposal.key
        assert_weights_match(changed)


def test_all_pairs_of_proposals_leave_a_sound_process() -> None:
    plan, facts = plan_and_facts()
    for pair in combinations(propose(plan, facts), 2):
        changed = apply_all(plan, list(pair))
        assert changed.applied
        assert problems_of(changed.process) == [], [proposal.key for proposal in pair]
        assert_weights_match(changed)


def assert_weights_match(plan: Plan) -> None:
    ids = {flow.id: flow.source for flow in plan.process.flows}
    nodes = {node.id for node in plan.process.nodes}
    for gateway, branching in plan.scenario.branching.items():
        assert sum(branching.weights.values()) == pytest.approx(1.0)
        assert all(ids.get(flow) == gateway for flow in branching.weights), gateway
    assert {node for node in plan.scenario.work if node not in nodes} == set()
    for gateway, tasks in plan.deciders.items():
        assert gateway in nodes
        assert all(task == AT_START or task in nodes for task in tasks)


def test_without_evidence_of_independence_nothing_is_put_side_by_side_or_later() -> None:
    process, scenario = loan()
    plan = plan_of(process, scenario)
    for proposal in propose(plan, facts_of(plan)):
        assert proposal.move != "resequence-late"
        assert proposal.move != "parallelise" or proposal.targets == ("site_visit", "documents", "blacklist")


def test_a_legal_order_is_kept_by_every_move() -> None:
    rules = Rules(order=frozenset({("site visit", "blacklist"), ("query bureau", "value house")}))
    plan, facts = plan_and_facts(rules)
    for proposal in propose(plan, facts):
        changed = apply_all(plan, [proposal])
        assert violations(plan, changed) == []
        if proposal.move == "knock-out-order":
            assert proposal.targets == ("documents", "site_visit", "blacklist")
        assert proposal.key != "parallelise:query_bureau|value_house"


def test_four_eyes_are_never_joined_pooled_or_automated() -> None:
    rules = Rules(four_eyes=frozenset({frozenset({"second look", "offer"})}))
    plan, facts = plan_and_facts(rules)
    facts = replace(facts, hand_overs={("clerk", "underwriter"): 3.0})
    for proposal in propose(plan, facts):
        assert proposal.move != "case-manager"
        if proposal.move in ("compose", "automate", "triage", "eliminate"):
            assert not {"second_look", "offer"} & set(proposal.targets)


def test_a_plan_that_joins_a_four_eyes_pair_is_refused_even_when_a_move_would_do_it() -> None:
    plan, facts = plan_and_facts()
    joined = apply_all(plan, [p for p in propose(plan, facts) if p.key == "compose:second_look+offer"])
    assert joined.applied
    ruled = replace(plan, rules=Rules(four_eyes=frozenset({frozenset({"second look", "offer"})})))
    broken = replace(joined, rules=ruled.rules)
    assert [problem.code for problem in violations(ruled, broken)] == ["redesign.four-eyes"]


def test_steps_that_must_stay_are_neither_automated_nor_moved_on_line() -> None:
    plan, facts = plan_and_facts(Rules(kept=frozenset({"intake", "decide"})))
    for proposal in propose(plan, facts):
        if proposal.move in ("automate", "online-channel"):
            assert not {"intake", "decide"} & set(proposal.targets)


def test_four_eyes_are_inferred_only_where_chance_would_have_shown_one_person() -> None:
    rows = []
    for case in range(200):
        first, second = f"p{case % 4}", f"p{(case + 1) % 4}"
        rows += [(str(case), "decide", 0, 1, first), (str(case), "second look", 2, 3, second)]
        rows.append((str(case), "offer", 4, 5, "only me"))
    assert inferred_rules(small_log(rows)).four_eyes == {frozenset({"decide", "second look"})}


def test_an_automated_step_keeps_a_way_to_a_person_who_answers_the_same_choice() -> None:
    plan, facts = plan_and_facts()
    proposal = next(p for p in propose(plan, facts) if p.key == "automate:decide")
    changed = apply_all(plan, [proposal])
    automation = changed.automated["decide"]
    assert changed.deciders["decided"] == ("decide", automation.person)
    assert changed.scenario.work[automation.person].role == "underwriter"
    found = visits(changed.process, changed.scenario)
    assert found[automation.person] == pytest.approx(found["decide"] * proposal.parameters["exceptions"])
