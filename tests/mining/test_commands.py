"""The mining commands as a user runs them: conform, causes, compare, discover, log on object-centric logs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eventlog.test_objects import written
from mining.drawn import MINUTE
from server.command import zaizao
from zaizao.eventlog import MISSING_TIME, EventLog, from_columns, write


def orders(scale: int, name: str, folder: Path) -> Path:
    """Sixty cases of receive, check, ship; every third without check; ``scale`` stretches the waiting."""
    case, activity, start, end, who = [], [], [], [], []
    for k in range(60):
        at = k * 300
        for step, length in (("receive", 5), ("check", 20), ("ship", 10)):
            if step == "check" and k % 3 == 0:
                continue
            case.append(f"c{k}")
            activity.append(step)
            start.append((at + (scale * (k % 7) if step == "ship" else 0)) * MINUTE)
            end.append(start[-1] + length * MINUTE)
            who.append("Li" if step == "ship" else "Wang")
            at = end[-1] // MINUTE
    log: EventLog = from_columns(
        case=case, activity=activity, start=np.array(start), end=np.array(end), resource=who, zone="UTC"
    )
    assert (log.start != MISSING_TIME).all()
    write(log, folder / name)
    return folder / name


def test_one_process_from_discovery_to_conformance_causes_and_comparison(tmp_path: Path) -> None:
    before, after = orders(9, "before.csv", tmp_path), orders(1, "after.csv", tmp_path)
    run = zaizao("discover", before, "--method", "best", "--out", "m.bpmn", "--pnml", "m.pnml", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert len(json.loads(run.stdout)["tried"]) == 4
    (tmp_path / "rules.toml").write_text(
        '[[rule]]\nname = "always checked"\nrule = "precedence"\nfirst = "check"\nsecond = "ship"\n', encoding="utf-8"
    )
    answers = []
    for model in ("m.bpmn", "m.pnml"):
        run = zaizao("conform", before, model, "rules.toml", "--json", "--cases", "2", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        answers.append(json.loads(run.stdout))
        del answers[-1]["model"]
    assert answers[0] == answers[1]
    assert answers[0]["alignment"]["exact"] is True
    assert answers[0]["alignment"]["fitness"] == {"low": 1.0, "high": 1.0}
    (broken,) = answers[0]["deviations"]
    assert (broken["what"], broken["cases"], broken["case_ids"]) == ("always checked", 20, ["c0", "c3"])
    causes = json.loads(zaizao("causes", before, "--json", cwd=tmp_path).stdout)
    waits = {(row["source"], row["target"]): sum(row["waiting_s"].values()) for row in causes["hand_overs"]}
    wanted = {("check", "ship"): 0.0, ("receive", "ship"): 0.0}
    for k in range(60):
        wanted["receive" if k % 3 == 0 else "check", "ship"] += 9 * (k % 7) * 60
    assert waits == wanted
    compared = json.loads(zaizao("compare", before, after, "--json", cwd=tmp_path).stdout)
    significant = [one["aspect"] for one in compared["differences"] if one["significant"]]
    assert significant == ["cycle time"]


@pytest.mark.slow
def test_people_read_tables_in_their_language(tmp_path: Path) -> None:
    log = orders(9, "before.csv", tmp_path)
    (tmp_path / "rules.toml").write_text('[[rule]]\nrule = "existence"\nfirst = "check"\n', encoding="utf-8")
    chinese = zaizao("conform", log, "rules.toml", cwd=tmp_path, lang="zh")
    assert chinese.returncode == 0 and "违规: existence(check)" in chinese.stdout and "20 (33.3%)" in chinese.stdout
    english = zaizao("causes", log, cwd=tmp_path)
    assert "check → ship" in english.stdout and "efficiency" in english.stdout
    assert "significant differences 0" in zaizao("compare", log, log, cwd=tmp_path).stdout


@pytest.mark.slow
def test_two_models_and_broken_models_are_refused_in_one_sentence(tmp_path: Path) -> None:
    log = orders(9, "before.csv", tmp_path)
    (tmp_path / "a.pnml").write_text("<pnml", encoding="utf-8")
    for models, words in ((("a.pnml", "b.bpmn"), "one model"), (("a.pnml",), "well-formed")):
        run = zaizao("conform", log, *models, cwd=tmp_path)
        assert run.returncode == 2 and words in run.stderr and len(run.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_an_object_centric_log_is_told_by_type_drawn_and_flattened(tmp_path: Path) -> None:
    path = written(tmp_path)
    run = zaizao("log", path, "--json", "--map", "map.svg", "--to", "copy.sqlite", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert [(one["type"], one["objects"]) for one in answer["types"]] == [("贷款", 2), ("customer", 1)]
    assert (tmp_path / "map.svg").read_text(encoding="utf-8").startswith("<svg")
    flat = zaizao("log", "copy.sqlite", "--type", "贷款", "--to", "loans.xes", "--json", cwd=tmp_path)
    assert json.loads(flat.stdout)["cases"] == 2
    assert (tmp_path / "loans.xes").exists()
