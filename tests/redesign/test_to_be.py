"""From a plan to models that run: what is built, what the engine does with it, what is proved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from redesign.blocks import problems_of
from redesign.conftest import CHOSEN
from zaizao import bpmn, dmn
from zaizao.eventlog import EventLog
from zaizao.measures import default_goals
from zaizao.problems import Severity
from zaizao.redesign import (
    Basis,
    Executor,
    Facts,
    Outcome,
    Plan,
    Stage,
    apply_all,
    build,
    propose,
    prove,
    rehearse,
)
from zaizao.redesign.build import Built
from zaizao.redesign.rehearse import Rehearsal
from zaizao.redesign.replication import objectives
from zaizao.redesign.tables import score_name
from zaizao.simulation import Branching, simulate


@pytest.fixture(scope="module")
def built(redesigned: Plan) -> Built:
    return build(redesigned)


@pytest.fixture(scope="module")
def rehearsal(built: Built, redesigned: Plan) -> Rehearsal:
    return rehearse(built, redesigned, cases=300, seed=3)


def counts(log: EventLog) -> dict[str, float]:
    found = np.bincount(log.activity, minlength=len(log.activity_names)) / log.cases
    return dict(zip(log.activity_names, found.tolist(), strict=True))


def test_all_eight_moves_are_in_the_plan(redesigned: Plan) -> None:
    assert sorted(one.key for one in redesigned.applied) == sorted(CHOSEN)
    assert problems_of(redesigned.process) == []


def test_the_built_model_survives_writing_and_reading_and_has_no_errors(built: Built) -> None:
    again = bpmn.read(bpmn.write(built.definitions))
    assert again.processes[0].nodes == built.definitions.processes[0].nodes
    assert [p.say("en") for p in bpmn.check(again) if p.severity is Severity.ERROR] == []
    assert again.diagram is not None
    assert {node.id for node in again.processes[0].nodes} <= set(again.diagram.shapes)


def test_every_kind_of_work_becomes_its_kind_of_task(built: Built) -> None:
    tasks = {node.id: node for node in built.definitions.processes[0].nodes if isinstance(node, bpmn.Task)}
    assert tasks["site_visit"].kind is bpmn.TaskKind.USER
    assert tasks["site_visit"].human is not None
    assert tasks["site_visit"].human.candidate_groups == '["underwriter"]'
    assert tasks["decide"].kind is bpmn.TaskKind.BUSINESS_RULE
    assert tasks["register"].kind is bpmn.TaskKind.SERVICE
    assert {"robot:register", "portal:intake"} <= set(built.job_types)


def test_every_choice_has_a_default_and_conditions_on_its_other_ways(built: Built) -> None:
    process = built.definitions.processes[0]
    for node in process.nodes:
        flows = [flow for flow in process.flows if flow.source == node.id]
        if isinstance(node, bpmn.Gateway) and node.kind is bpmn.GatewayKind.EXCLUSIVE and len(flows) > 1:
            assert [flow.id for flow in flows if flow.condition is None] == [node.default]


def test_the_decision_table_reproduces_the_measured_shares_and_the_referrals(built: Built) -> None:
    assert built.decisions is not None
    model = dmn.compile(dmn.read(dmn.write(built.decisions)))
    answers = [model.evaluate("decide", {score_name("decide"): score / 1000}).value for score in range(1000)]
    routes = [answer["route"] for answer in answers]
    assert routes.count("refer") == 200
    refused = [answer for answer in answers if answer["answer_decided"] == "refuse letter"]
    assert len(refused) == 200
    assert all(answer["reason"] for answer in answers)


def test_the_engine_ends_every_case_without_an_incident(rehearsal: Rehearsal) -> None:
    assert (rehearsal.finished, rehearsal.incidents) == (300, ())
    log = rehearsal.log
    assert (log.start <= log.end).all()
    assert (log.event_table["enabled"].to_numpy() <= log.start).all()
    assert (log.event_table["cost"].to_numpy() >= 0).all()


def test_people_work_only_in_office_hours_and_one_thing_at_a_time(rehearsal: Rehearsal) -> None:
    log = rehearsal.log
    people = ~log.event_table["automatic"].to_numpy()
    assert people.any()
    for person in np.unique(log.resource[people]):
        rows = np.flatnonzero((log.resource == person) & people)
        rows = rows[np.argsort(log.start[rows], kind="stable")]
        assert (log.start[rows][1:] >= log.end[rows][:-1]).all()
    hours = (log.start[people] // 3_600_000_000 + 8) % 24  # Shanghai
    assert hours.min() >= 9
    assert hours.max() < 18


def test_the_rehearsal_goes_the_ways_that_the_simulation_goes(rehearsal: Rehearsal, redesigned: Plan) -> None:
    simulated = simulate(redesigned.process, redesigned.scenario, cases=300, seed=3)
    left, right = counts(rehearsal.log), counts(simulated)
    assert set(left) == set(right)
    for name, mean in right.items():
        assert abs(left[name] - mean) < 4 * np.sqrt((mean + mean**2) / 300) + 0.01, name
    one, other = objectives(rehearsal.log, redesigned, 0.0), objectives(simulated, redesigned, 0.0)
    for objective, value in other.items():
        assert one[objective] == pytest.approx(value, rel=0.35), objective


def test_the_same_seed_rehearses_the_same_log(built: Built, redesigned: Plan, rehearsal: Rehearsal) -> None:
    again = rehearse(built, redesigned, cases=300, seed=3).log
    assert (again.end == rehearsal.log.end).all()
    assert again.event_table.equals(rehearsal.log.event_table)


def test_the_proof_says_what_was_measured_and_judges_the_goals(
    plan: Plan, redesigned: Plan, built: Built, rehearsal: Rehearsal
) -> None:
    recorded = simulate(plan.process, plan.scenario, cases=500, seed=11)
    proof = prove(
        {
            Stage.AS_IS: recorded,
            Stage.AS_IS_SIMULATED: simulate(plan.process, plan.scenario, cases=300, seed=3),
            Stage.TO_BE_SIMULATED: simulate(redesigned.process, redesigned.scenario, cases=300, seed=3),
            Stage.REHEARSED: rehearsal.log,
        },
        before=plan,
        after=redesigned,
        built=built,
        goals=default_goals(),
        seed=3,
    )
    outcomes = {(result.key, result.stage): result.outcome for result in proof.results}
    assert outcomes[("cycle_time.median", Stage.REHEARSED)] is Outcome.MET
    assert outcomes[("manual_share", Stage.REHEARSED)] is Outcome.MISSED
    bases = {stage: {figure.evidence.basis for figure in figures.values()} for stage, figures in proof.figures.items()}
    assert bases[Stage.REHEARSED] == {Basis.REHEARSAL}
    assert Basis.LOG in bases[Stage.AS_IS]
    assumed = {one.key for one in proof.assumed}
    assert {"exceptions:decide", "score_decide", "rate:clerk", "knock-out-independent"} <= assumed


def test_a_table_that_knows_how_often_a_case_came_lets_rework_end_as_in_the_simulation(
    plan: Plan, facts: Facts
) -> None:
    back, onward = "f_complete_again", "f_complete_query_bureau"
    passes = ({back: 0.6, onward: 0.4}, {back: 0.1, onward: 0.9}, {back: 0.0, onward: 1.0})
    branching = {**plan.scenario.branching, "complete": Branching({back: 0.35, onward: 0.65}, passes)}
    returning = replace(plan, scenario=replace(plan.scenario, branching=branching))
    proposal = next(one for one in propose(returning, facts) if one.key == "automate:complete_file")
    changed = apply_all(returning, [proposal])
    assert changed.automated["complete_file"].executor is Executor.DECISION
    rehearsed = rehearse(build(changed), changed, cases=1500, seed=6)
    assert rehearsed.incidents == ()
    simulated = simulate(changed.process, changed.scenario, cases=1500, seed=6)
    left, right = counts(rehearsed.log), counts(simulated)
    assert left["complete file"] == pytest.approx(right["complete file"], rel=0.1)
    assert left["query bureau"] == pytest.approx(right["query bureau"], rel=0.12)
