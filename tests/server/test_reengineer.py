"""``zaizao reengineer`` as a user meets it: thin logs, wrong names, goals, interruption, same seed same bytes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from server.command import ROOT, zaizao
from zaizao import bpmn, dmn, eventlog
from zaizao.problems import Severity

FILES = {
    "report.html",
    "as_is.bpmn",
    "to_be.bpmn",
    "decisions.dmn",
    "scenario.toml",
    "options.csv",
    "initiative.toml",
    "journal.xes.gz",
}


def loans(path: Path, cases: int = 120) -> None:
    rng = random.Random(7)
    now = datetime.fromisoformat("2025-03-03T09:00:00+08:00")
    rows = ["case,activity,start,end,resource,amount"]
    for case in range(cases):
        now += timedelta(minutes=rng.randint(5, 60))
        at, amount = now, rng.randint(10, 90) * 1000
        steps = [("register", "Li", 6), ("check documents", "Wang", 20), ("score", "Wang", 15), ("decide", "Zhao", 25)]
        for activity, person, minutes in steps:
            start = at + timedelta(minutes=rng.randint(10, 200))
            at = start + timedelta(minutes=rng.randint(minutes // 2, 2 * minutes))
            rows.append(f"{case},{activity},{start.isoformat()},{at.isoformat()},{person},{amount}")
            if activity == "check documents" and rng.random() < 0.25:
                break
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def test_the_loop_writes_every_file_and_each_can_be_read_back(tmp_path: Path) -> None:
    loans(tmp_path / "loans.csv")
    run = zaizao("reengineer", "loans.csv", "--out", "out", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert said["options"][0]["key"] == "as-is"
    assert {goal["outcome"] for goal in said["goals"]} <= {"met", "open", "missed"}
    out = tmp_path / "out"
    assert {file.name for file in out.iterdir()} >= FILES
    to_be = bpmn.read(out / "to_be.bpmn")
    assert to_be.diagram is not None
    assert [p for p in dmn.check(out / "decisions.dmn") if p.severity is Severity.ERROR] == []
    assert eventlog.read(out / "journal.xes.gz").cases == 200
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    models = (out / "to_be.bpmn", out / "decisions.dmn")
    deployed = zaizao("deploy", *models, "--data", "bank.db", cwd=tmp_path)
    assert deployed.returncode == 0, deployed.stderr


def test_the_same_command_gives_the_same_bytes(tmp_path: Path) -> None:
    loans(tmp_path / "loans.csv", cases=60)
    contents = []
    for name in ("one", "two"):
        run = zaizao("reengineer", "loans.csv", "--out", name, cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        contents.append({file.name: file.read_bytes() for file in sorted((tmp_path / name).iterdir())})
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    "rows",
    [
        "1,apply,2025-03-03T09:00:00+08:00\n1,approve,2025-03-03T10:00:00+08:00\n",
        "".join(f"{case},apply,2025-03-03T09:{case:02d}:00+08:00\n" for case in range(50)),
    ],
    ids=["one case only", "one event per case"],
)
def test_a_thin_log_goes_through_with_what_it_has(tmp_path: Path, rows: str) -> None:
    (tmp_path / "thin.csv").write_text("case,activity,end\n" + rows, encoding="utf-8")
    run = zaizao("reengineer", "thin.csv", "--out", "out", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "out" / "report.html").exists()


def test_an_unknown_source_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for source in ("no-such-pack", "no-such-file.csv"):
        run = zaizao("reengineer", source, "--out", "out", cwd=tmp_path)
        assert run.returncode == 2
        assert len(run.stderr.strip().splitlines()) == 1
        assert source in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_goals_that_cannot_be_read_are_refused_before_any_work(tmp_path: Path) -> None:
    loans(tmp_path / "loans.csv", cases=5)
    (tmp_path / "goals.toml").write_text('[[goal]]\nmeasure = "happiness"\ntarget = "5"\n', encoding="utf-8")
    run = zaizao("reengineer", "loans.csv", "--goals", "goals.toml", "--out", "out", cwd=tmp_path)
    assert run.returncode == 2
    assert "goals.toml: goal 1" in run.stderr
    assert not (tmp_path / "out").exists()


def test_an_interruption_leaves_no_output_folder_and_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from zaizao.server import main; main()", "reengineer", "city-bank-loan"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "ZAIZAO_LANG": "en"}
    with subprocess.Popen(
        [*command, "--out", "out"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as run:
        for _ in range(600):
            if (tmp_path / ".out.draft").exists():
                break
            time.sleep(0.05)
        time.sleep(1.0)
        run.send_signal(signal.SIGINT)
        _, complaint = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Interrupted" in complaint
    assert list(tmp_path.iterdir()) == []
