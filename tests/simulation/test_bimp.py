"""BIMP files: what is read, and that hostile ones are refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation.small import process
from zaizao.simulation import Distribution, Family, SimulationError, read_bimp, simulate

QBP = "http://www.qbp-simulator.com/Schema201212"
INFO = f"""<qbp:processSimulationInfo xmlns:qbp="{QBP}" id="q" processInstances="100" currency="EUR"
    startDateTime="2024-01-01T09:00:00Z">
  <qbp:arrivalRateDistribution type="FIXED" mean="1800" arg1="NaN" arg2="NaN"><qbp:timeUnit>minutes</qbp:timeUnit>
  </qbp:arrivalRateDistribution>
  <qbp:timetables><qbp:timetable id="T" default="true" name="office"><qbp:rules>
    <qbp:rule fromTime="09:00:00.000+00:00" toTime="17:00:00.000+00:00" fromWeekDay="MONDAY" toWeekDay="FRIDAY"/>
  </qbp:rules></qbp:timetable></qbp:timetables>
  <qbp:resources><qbp:resource id="R" name="Clerk" totalAmount="3" costPerHour="25.5" timetableId="T"/></qbp:resources>
  <qbp:elements>
    <qbp:element id="1" elementId="A" fixedCost="2.5">
      <qbp:durationDistribution type="EXPONENTIAL" mean="NaN" arg1="900" arg2="NaN"/>
      <qbp:resourceIds><qbp:resourceId>R</qbp:resourceId></qbp:resourceIds>
    </qbp:element>
    <qbp:element id="2" elementId="B">
      <qbp:durationDistribution type="TRIANGULAR" mean="300" arg1="60" arg2="900"/>
    </qbp:element>
  </qbp:elements>
  <qbp:sequenceFlows>
    <qbp:sequenceFlow elementId="x1-B" executionProbability="0.3"/>
    <qbp:sequenceFlow elementId="x1-e" executionProbability="0.7"/>
  </qbp:sequenceFlows>
</qbp:processSimulationInfo>"""
MODEL = process("s A x1 B e", "x1 e")


def written(folder: Path, text: str) -> Path:
    path = folder / "model.bpmn"
    path.write_text(f"<definitions>{text}</definitions>", encoding="utf-8")
    return path


def test_a_bimp_file_becomes_a_scenario_that_runs(tmp_path: Path) -> None:
    run = read_bimp(written(tmp_path, INFO), MODEL)
    assert run.work["A"].duration == Distribution(Family.EXPONENTIAL, (900.0,))
    assert run.work["A"].cost == 250
    assert run.work["B"].automatic
    assert [one.name for one in run.roles["R"].resources] == ["Clerk 1", "Clerk 2", "Clerk 3"]
    assert run.roles["R"].resources[0].cost_per_hour == 2550
    assert run.branching["x1"].weights == {"x1-B": 0.3, "x1-e": 0.7}
    assert run.calendars["T"].week[0] == ((540, 1020),)
    assert run.calendars["T"].week[5] == ()
    log = simulate(MODEL, run, cases=100, seed=1)
    assert log.cases == 100
    hours = (log.event_table["enabled"].to_numpy()[log.offsets[:-1]] // 3_600_000_000) % 24
    assert set(hours.tolist()) <= set(range(9, 17))


@pytest.mark.parametrize(
    "text",
    [
        "",
        INFO.replace("EXPONENTIAL", "WONDERFUL"),
        INFO.replace('totalAmount="3"', 'totalAmount="999999999"'),
        INFO.replace('timetableId="T"', 'timetableId="nowhere"'),
        INFO.replace("09:00:00.000+00:00", "morning"),
        "<unclosed>",
    ],
)
def test_what_is_no_scenario_is_refused_in_words(text: str, tmp_path: Path) -> None:
    with pytest.raises(SimulationError) as caught:
        read_bimp(written(tmp_path, text), MODEL)
    assert caught.value.problems[0].code == "simulation.bimp"


def test_entities_and_doctypes_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    path = tmp_path / "hostile.bpmn"
    path.write_text(
        f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]><definitions>&x;{INFO}</definitions>', encoding="utf-8"
    )
    with pytest.raises(SimulationError):
        read_bimp(path, MODEL)
