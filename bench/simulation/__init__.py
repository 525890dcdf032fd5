"""Simulation's figures: a million cases of 12 activities under 15 s and 1 GB, BPIC12 calibrated under 20 s, distances.

Run: ``python -m bench simulation``. The million runs in a process of its own, so that its peak memory is its own. BPIC12
needs ``../shared/logs``. Where ``ORACLE_PYTHON`` names an interpreter that has ``log-distance-measures`` and
``prosimos``, distances (values, CPU seconds) and simulation (activities per CPU second) are compared with theirs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import polars as pl

from bench.measure import command, cpu_seconds
from bench.simulation.beside_prosimos import compare
from zaizao import simulation
from zaizao.eventlog import EventLog, activities, read
from zaizao.mining import discover, performers
from zaizao.scenarios import bundled, generate, load

LOGS = Path(__file__).parents[2] / ".." / "shared" / "logs"
HERE = Path(__file__).parent


def main() -> None:
    """Print a row for each figure."""
    simulation.prepare()
    run = command([sys.executable, "-m", "bench.simulation.million", "1000000"])
    print(f"1,000,000 cases x 12 activities   cpu {run.cpu:6.1f} s (< 15)   peak {run.megabytes:5.0f} MB (< 1024)")
    pack = load(bundled())
    simulation.simulate(pack.process, pack.scenario, cases=10, seed=1)
    spent = cpu_seconds(lambda: simulation.simulate(pack.process, pack.scenario, cases=1000, seed=1))
    print(f"200 evaluations of 1,000 cases    cpu {200 * spent:6.1f} s (< 60)")
    log = generate(pack)
    _calibration("city-bank-loan", log)
    path = LOGS / "BPIC12.xes.gz"
    if path.exists():
        _calibration("BPIC12 (< 20 s)", performers(activities(read(path))).log)
    else:
        print("BPIC12 left out: ../shared/logs is absent")
    _distances(log, generate(pack, seed=2))
    python = os.environ.get("ORACLE_PYTHON")
    if python:
        with tempfile.TemporaryDirectory() as folder:
            compare(python, Path(folder))
    else:
        print("Prosimos left out: ORACLE_PYTHON is not set")


def _calibration(what: str, log: EventLog) -> None:
    model = discover(log).processes[0]
    spent = cpu_seconds(lambda: simulation.calibrate(log, model), repeats=1)
    print(f"calibrate {what:24}cpu {spent:6.1f} s   {log.cases} cases, {log.events} executions")


def _distances(one: EventLog, other: EventLog) -> None:
    ours = simulation.distances(one, other)
    spent = cpu_seconds(lambda: simulation.distances(one, other))
    print(f"distances, {one.events + other.events} rows         cpu {spent:6.3f} s")
    python = os.environ.get("ORACLE_PYTHON")
    if not python:
        print("log-distance-measures left out: ORACLE_PYTHON is not set")
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / name) for name in ("one.csv", "other.csv")]
        for log, path in zip((one, other), paths, strict=True):
            names = [log.activity_names[code] for code in log.activity]
            pl.DataFrame({"case": log.case, "activity": names, "start": log.start, "end": log.end}).write_csv(path)
        told = subprocess.run(
            [python, str(HERE / "reference.py"), *paths, one.zone], capture_output=True, text=True, check=True
        )
    theirs = json.loads(told.stdout)
    apart = max(abs(value - theirs[name]) for name, value in asdict(ours).items())
    print(f"log-distance-measures             cpu {theirs['cpu']:6.1f} s   {theirs['cpu'] / spent:.0f} x ours, "
          f"largest difference {apart:.1e}")  # fmt: skip
