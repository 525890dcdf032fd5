"""Batches, specialists and helpers, partners, straight-through: what they do, what they gain, what they must not do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from redesign.blocks import loan, problems_of
from redesign.conftest import facts_of
from zaizao.measures import cycle_times
from zaizao.redesign import Facts, Plan, Proposal, Rules, apply_all, build, plan_of, propose, rehearse, violations
from zaizao.redesign.moves import MOVES
from zaizao.simulation import Batch, CaseAttribute, Role, simulate

NEW = {"remove-batching", "specialise", "partner-integration", "straight-through"}


def varied(rules: Rules | None = None) -> tuple[Plan, Facts]:
    """The loan process with a batch before registration, two products, busy clerks and idle underwriters."""
    process, scenario = loan()
    work = {**scenario.work, "register": replace(scenario.work["register"], batch=Batch(8, 6 * 3600))}
    product = CaseAttribute("product", {"retail": 0.6, "sme": 0.4})
    roles = {
        **scenario.roles,
        "underwriter": Role(
            "underwriter",
            tuple(replace(scenario.roles["underwriter"].resources[0], name=f"uw {number}") for number in range(30)),
        ),
    }
    given = replace(scenario, work=work, roles=roles, attributes=(*scenario.attributes, product))
    busier = replace(
        given, arrivals=replace(given.arrivals, hourly=tuple(2.0 * rate for rate in given.arrivals.hourly))
    )
    plan = plan_of(process, replace(busier, roles={**roles, "clerk": _clerks(busier.roles["clerk"], 7)}), rules)
    return plan, facts_of(plan)


def _clerks(role: Role, count: int) -> Role:
    return replace(role, resources=tuple(replace(role.resources[0], name=f"clerk {n}") for n in range(count)))


def offered(plan: Plan, facts: Facts, move: str) -> list[Proposal]:
    return [proposal for proposal in propose(plan, facts) if proposal.move == move]


def test_each_of_them_is_offered_and_leaves_a_sound_process_that_simulates() -> None:
    plan, facts = varied()
    for move in sorted(NEW):
        proposals = offered(plan, facts, move)
        assert proposals, move
        for proposal in proposals:
            changed = apply_all(plan, [proposal])
            assert changed.applied == (proposal,), proposal.key
            assert problems_of(changed.process) == [], proposal.key
            log = simulate(changed.process, changed.scenario, cases=200, seed=1)
            assert not log.findings, proposal.key


def test_without_its_batch_a_step_waits_less_as_the_formula_says() -> None:
    plan, facts = varied()
    (proposal,) = offered(plan, facts, "remove-batching")
    changed = apply_all(plan, [proposal])
    before, after = (
        float(np.mean(cycle_times(simulate(one.process, one.scenario, cases=3000, seed=5)))) / 1e6
        for one in (plan, changed)
    )
    assert changed.scenario.work["register"].batch is None
    assert before - after > 0.3 * proposal.gain.cycle > 0


def test_specialists_get_their_kind_and_nobody_is_in_both_teams() -> None:
    plan, facts = varied()
    proposal = next(p for p in offered(plan, facts, "specialise") if len(p.targets) == 1)
    changed = apply_all(plan, [proposal])
    team = next(role for role in changed.scenario.roles if role not in plan.scenario.roles)
    source = plan.scenario.work[proposal.targets[0]].role
    assert source is not None
    names = {one.name for one in changed.scenario.roles[team].resources}
    rest = {one.name for one in changed.scenario.roles[source].resources}
    assert not names & rest
    assert names | rest == {one.name for one in plan.scenario.roles[source].resources}
    log = simulate(changed.process, changed.scenario, cases=400, seed=2)
    special = next(i for i, name in enumerate(log.activity_names) if name.endswith("(specialist)"))
    products = log.case_table["product"].to_list()
    assert {products[case] for case in log.case[log.activity == special].tolist()} == {"retail"}


def test_help_is_never_offered_across_four_eyes() -> None:
    plan, facts = varied()
    helps = [p for p in offered(plan, facts, "specialise") if p.key.startswith("specialise:help:")]
    assert helps
    across = Rules(four_eyes=frozenset({frozenset({"intake", "site visit"})}))
    ruled, facts = varied(across)
    assert not [p for p in offered(ruled, facts, "specialise") if p.key.startswith("specialise:help:")]
    assert apply_all(ruled, helps).applied == ()


def test_partners_and_straight_passes_leave_kept_and_four_eyes_steps_alone() -> None:
    plan, facts = varied()
    free = {p.key for move in ("partner-integration", "straight-through") for p in offered(plan, facts, move)}
    touched = {target for p in propose(plan, facts) if p.key in free for target in p.targets}
    for node in sorted(touched):
        name = next(one.name for one in plan.process.nodes if one.id == node)
        for rules in (Rules(kept=frozenset({name})), Rules(four_eyes=frozenset({frozenset({name, "second look"})}))):
            ruled = replace(plan, rules=rules)
            for proposal in propose(ruled, facts):
                if proposal.move in ("partner-integration", "straight-through"):
                    assert node not in proposal.targets
            forced = [p for p in propose(plan, facts) if p.key in free and node in p.targets]
            assert apply_all(ruled, forced).applied == ()


def test_a_straight_pass_covers_its_row_and_is_refused_where_law_orders_the_row() -> None:
    plan, facts = varied()
    proposal = offered(plan, facts, "straight-through")[0]
    changed = apply_all(plan, [proposal])
    (machine,) = set(changed.automated) - set(plan.automated)
    names = [next(one.name for one in plan.process.nodes if one.id == node) for node in proposal.targets]
    assert changed.covers[machine] == tuple(names)
    assert changed.automated[machine].person == proposal.targets[0]
    for first, second in ((names[0], names[1]),):
        ruled = replace(plan, rules=Rules(order=frozenset({(first, second)})))
        assert apply_all(ruled, [proposal]).applied == ()
        assert violations(ruled, replace(changed, rules=ruled.rules))


@pytest.mark.parametrize("move", sorted(NEW))
def test_what_they_make_is_built_and_runs_on_the_engine(move: str) -> None:
    plan, facts = varied()
    quiet = replace(plan, scenario=replace(plan.scenario, work={
        node: replace(work, batch=None) if move != "remove-batching" else work for node, work in plan.scenario.work.items()
    }))  # fmt: skip
    proposal = offered(quiet, facts, move)[0]
    changed = apply_all(quiet, [proposal])
    rehearsal = rehearse(build(changed), changed, cases=25, seed=3)
    assert rehearsal.finished == 25
    assert rehearsal.incidents == ()


def test_all_seventeen_kinds_of_change_of_the_brief_have_a_move() -> None:
    assert {move.name for move in MOVES} >= {
        "knock-out-order", "parallelise", "resequence-late", "eliminate", "compose", "automate", "triage", "specialise",
        "capacity", "remove-batching", "prioritise", "case-manager", "single-entry", "online-channel",
        "partner-integration", "buffer-outside-data", "straight-through",
    }  # fmt: skip
