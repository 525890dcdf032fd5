"""``zaizao simulate`` at the command line: run, compare, sensitivity, evaluate, one document each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zaizao import bpmn, eventlog, scenarios, simulation
from zaizao.server.cli import app


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    folder = tmp_path_factory.mktemp("simulate")
    pack = scenarios.load(scenarios.bundled())
    scenario, log = folder / "s.toml", folder / "log.csv"
    simulation.write_scenario(pack.scenario, scenario)
    model = folder / "m.bpmn"
    model.write_bytes((Path(scenarios.bundled()) / "as_is.bpmn").read_bytes())
    assert bpmn.read(model).processes[0].id == pack.process.id
    eventlog.write(simulation.simulate(pack.process, pack.scenario, cases=400, seed=1), log)
    return str(model), str(scenario), str(log)


def document(*words: str) -> dict:
    result = CliRunner().invoke(app, ["simulate", *words, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_run_may_be_left_out(files: tuple[str, str, str]) -> None:
    few = ("--cases", "50", "--replications", "2")
    assert document(*files[:2], *few) == document("run", *files[:2], *few)


def test_a_way_compared_with_itself_does_not_differ(files: tuple[str, str, str]) -> None:
    found = document("compare", *files[:2], *files[:2], "--cases", "50", "--replications", "2")
    (differences,) = found["differences"].values()
    assert {one["difference"] for one in differences.values()} == {0.0}


def test_evaluate_prints_simulation_replay_and_floor(files: tuple[str, str, str]) -> None:
    found = document("evaluate", "--log", files[2], "--runs", "2")
    assert set(found["distances"]) == {"simulation", "replay", "floor"}
    assert len(found["each_run"]) == 2
    assert found["trials"]
