"""Prosimos files: what they say is what is simulated, and what is no such file is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulation.small import process
from zaizao.simulation import Distribution, Family, SimulationError, read_prosimos, simulate

OFFICE = [{"from": "MONDAY", "to": "FRIDAY", "beginTime": "09:00:00", "endTime": "17:00:00"}]


def given(name: str, *values: float) -> dict[str, Any]:
    return {"distribution_name": name, "distribution_params": [{"value": value} for value in values]}


def written(folder: Path, **changes: Any) -> Path:
    people = [{"id": "clerk", "name": "Clerk", "cost_per_hour": 20, "amount": 3, "calendar": "office"}]
    data = {
        "resource_profiles": [{"id": "pool", "name": "Pool", "resource_list": people}],
        "resource_calendars": [{"id": "office", "time_periods": OFFICE}],
        "task_resource_distribution": [
            {"task_id": "A", "resources": [{"resource_id": "clerk", **given("fix", 600)}]},
            {"task_id": "B", "resources": [{"resource_id": "clerk", **given("lognorm", 900, 90000, 0, 1000)}]},
        ],
        "arrival_time_distribution": given("expon", 1800, 0, 1e9),
        "arrival_time_calendar": OFFICE,
        "gateway_branching_probabilities": [
            {
                "gateway_id": "x1",
                "probabilities": [{"path_id": "x1-B", "value": 0.25}, {"path_id": "x1-e", "value": 0.75}],
            }
        ],
        **changes,
    }
    path = folder / "scenario.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_prosimos_scenario_runs_as_it_says(tmp_path: Path) -> None:
    model = process("s A x1 B e", "x1 e")
    run = read_prosimos(written(tmp_path), model, start=4 * 86_400_000_000)
    assert run.work["A"].duration == Distribution(Family.FIXED, (600.0,))
    assert len(next(iter(run.roles.values())).resources) == 3
    log = simulate(model, run, cases=4000, seed=1)
    share = (log.activity == log.activity_names.index("B")).sum() / log.cases
    assert share == pytest.approx(0.25, abs=0.03)
    minutes = log.start // 60_000_000 % 1440
    assert minutes.min() >= 540
    assert minutes.max() < 1020
    assert log.event_table["cost"].to_numpy()[log.activity == 0].tolist() == [333] * 4000
    drawn = np.array(run.work["B"].duration.parameters)
    assert drawn.max() <= 1000
    weeks = (log.start.max() - log.start.min()) / (7 * 86_400e6)
    assert log.cases / weeks == pytest.approx(80, rel=0.08)


def test_what_is_no_prosimos_file_is_named(tmp_path: Path) -> None:
    for changes in ({"resource_profiles": None}, {"arrival_time_distribution": given("cauchy", 1)}):
        with pytest.raises(SimulationError) as caught:
            read_prosimos(written(tmp_path, **changes), process("s A e"), start=0)
        assert caught.value.problems[0].code == "simulation.prosimos"
    with pytest.raises(SimulationError):
        read_prosimos(tmp_path / "none.json", process("s A e"), start=0)
