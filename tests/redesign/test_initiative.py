"""The whole loop on a small log: eight steps in order, everything accounted for, the same twice."""

from __future__ import annotations

import tomllib

from zaizao.eventlog import EventLog
from zaizao.redesign import (
    Initiative,
    Objective,
    Progress,
    Stage,
    Step,
    initiative_toml,
    options_csv,
    run,
)


def test_progress_tells_all_eight_steps_and_ends_with_the_proof(initiative: Initiative, heard: list[Progress]) -> None:
    assert {progress.step for progress in heard} == set(Step)
    assert heard[0].step is Step.READ
    assert heard[-1].step is Step.PROVE
    assert all(progress.done <= progress.total for progress in heard if progress.total)
    assert initiative.settings.seed == 11


def test_the_loop_improves_the_process_and_rehearses_every_case(initiative: Initiative) -> None:
    chosen = initiative.options.chosen
    assert chosen.gains[Objective.MEDIAN].value < -0.3
    assert initiative.rehearsal.finished == 60
    assert initiative.rehearsal.incidents == ()
    reached = initiative.proof.figures
    assert reached[Stage.REHEARSED]["cycle_time.median"].value < reached[Stage.AS_IS]["cycle_time.median"].value
    assert set(reached) == set(Stage)


def test_the_record_names_every_input_and_every_assumption_of_the_chosen_option(initiative: Initiative) -> None:
    record = tomllib.loads(initiative_toml(initiative))
    events = initiative.reading.log.events
    assert record["log"] == {"source": "loan.csv", "sha256": "0" * 64, "cases": 800, "events": events, "findings": 0}
    assert record["settings"]["seed"] == 11
    assert record["versions"] == {"zaizao": "x"}
    assert [one["key"] for one in record["option"] if one["chosen"]] == [initiative.options.chosen.key]
    written = {one["key"] for one in record["assumption"]}
    assumed = {one.key for proposal in initiative.options.chosen.proposals for one in proposal.assumptions}
    assert assumed <= written


def test_the_same_log_settings_and_seed_give_the_same_bytes(initiative: Initiative, log: EventLog) -> None:
    again = run(log, settings=initiative.settings, source="loan.csv", digest="0" * 64, versions={"zaizao": "x"})
    assert initiative_toml(again) == initiative_toml(initiative)
    assert options_csv(again.options) == options_csv(initiative.options)
    assert (again.rehearsal.log.end == initiative.rehearsal.log.end).all()
