"""Mining's figures: kernels against PM4Py on RoadFines, discovery and exact alignment on BPIC12, growth to 50 million events.

Run: ``.venv/bin/python -m bench mining``. Needs ``../shared/logs``. PM4Py is measured beside ours where the environment
variable ``ORACLE_PYTHON`` names an interpreter that has it. CPU seconds, on both sides after a first run that loads what is
loaded late: kernels the median of seven, our reading of three, PM4Py's reading and all else one run; memory and growth
from processes of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from bench.measure import command, cpu_seconds
from zaizao.bpmn import Definitions
from zaizao.eventlog import EventLog, activities, read, write
from zaizao.mining import (
    Alignments,
    align,
    directly_follows,
    discover,
    discover_all,
    edge_times,
    petri_of,
    process_map,
    variants,
    write_pnml,
)

LOGS = Path(__file__).parents[2] / ".." / "shared" / "logs"
FINES, LOANS = LOGS / "RoadFines.xes.gz", LOGS / "BPIC12.xes.gz"
Found = TypeVar("Found")


def timed(work: Callable[[], Found]) -> tuple[float, Found]:
    """CPU seconds of this process and the result."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def main() -> None:
    """Print one row a figure: what, ours, PM4Py's, ratio, target."""
    if not FINES.exists() or not LOANS.exists():
        print("left out: ../shared/logs is absent")
        return
    theirs = oracle()
    fines(theirs)
    loans(theirs)
    growth()


def oracle() -> dict[str, float]:
    """PM4Py's figures, empty where no oracle is named."""
    python = os.environ.get("ORACLE_PYTHON")
    if not python:
        print("PM4Py left out: ORACLE_PYTHON names no interpreter")
        return {}
    side = Path(__file__).with_name("pm4py_side.py")
    done = subprocess.run([python, str(side), str(FINES), str(LOANS)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def row(what: str, ours: float, theirs: float | None, target: str) -> None:
    """One line of the table."""
    beside = "" if theirs is None else f"PM4Py {theirs:8.3f} s   {theirs / max(ours, 1e-9):7.1f} x"
    print(f"{what:44} {ours:8.3f} s   {beside:36} {target}")


def fines(theirs: dict[str, float]) -> None:
    """RoadFines: reading and the three kernels."""
    seconds = {}
    cold, log = timed(lambda: read(FINES))
    seconds["read"] = cpu_seconds(lambda: read(FINES))
    for name, kernel in (
        ("directly_follows", directly_follows), ("variants", variants), ("edge_times", edge_times),
    ):  # fmt: skip
        seconds[name] = cpu_seconds(lambda kernel=kernel: kernel(log), repeats=7)
    whole = [*seconds]
    row("RoadFines: read XES", seconds["read"], theirs.get("read"), f"(first time in a process {cold:.1f} s)")
    for name in whole[1:]:
        row(f"RoadFines: {name}", seconds[name], theirs.get(name), ">= 20 x")
    total = sum(theirs[name] for name in whole) if theirs else None
    kernels = sum(seconds[name] for name in whole[1:])
    with tempfile.TemporaryDirectory() as folder:
        parquet = Path(folder) / "fines.parquet"
        write(log, parquet)
        row("RoadFines: our cache + three kernels", cpu_seconds(lambda: read(parquet)) + kernels, total, ">= 15 x")
    row("RoadFines: XES + three kernels", sum(seconds.values()), total, ">= 8 x")
    if theirs:
        faster = theirs["read_r4pm"] + sum(theirs[name] for name in whole[1:])
        row("  against PM4Py's r4pm route", sum(seconds.values()), faster, ">= 1 x")
    peak = command([sys.executable, "-c", _KERNELS, str(FINES), "with attributes"]).megabytes
    beside = f", PM4Py {theirs['megabytes']:,.0f} MB ({peak / theirs['megabytes']:.0%}; <= half)" if theirs else ""
    print(f"peak memory {peak:,.0f} MB{beside}")


def loans(theirs: dict[str, float]) -> None:
    """BPIC12: discovery, exact alignment of every variant, all methods measured."""
    log = activities(read(LOANS))
    discover(log, noise=0.2)
    seconds, model = timed(lambda: discover(log, noise=0.2))
    row("BPIC12: inductive miner and layout", seconds, theirs.get("inductive"), ">= 10 x")
    align(log, model)
    seconds, found = timed(lambda: align(log, model))
    low, high = found.fitness()
    row(f"BPIC12: exact alignment, {len(found.variants)} variants", seconds, None, "<= 60 s")
    print(f"  exact: {found.exact}; fitness {low:.4f} … {high:.4f}; cases that fit {found.fitting():.1%}")
    raw = read(LOANS)
    seconds, found = timed(lambda: align(raw, model))
    row(f"BPIC12: raw events, {len(found.variants)} variants", seconds, None, "<= 60 s")
    beside_r4pm(raw, model, found)
    seconds, table = timed(lambda: discover_all(log))
    row("BPIC12: four methods, measured", seconds, None, "")
    for one in table:
        q = one.quality
        print(f"  {one.method:18} fitness {q.fitness or 0:.3f}  precision {q.precision or 0:.3f}  sound {q.sound}")
    seconds, _ = timed(lambda: process_map(log, activities=0.95, paths=0.8))
    row("BPIC12: process map", seconds, None, "")


def beside_r4pm(log: EventLog, model: Definitions, found: Alignments) -> None:
    """r4pm's alignments of the same variants to the same net, where it is installed."""
    try:
        import r4pm
    except ImportError:
        print("r4pm left out: it is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.pnml"
        path.write_bytes(write_pnml(petri_of(model, log.activity_names)))
        net = r4pm.petri_net.import_pnml(str(path))
    lines = [list(found.variants.sequence(v)) for v in range(len(found.variants))]
    seconds, answers = timed(lambda: [r4pm.bindings.align_trace(net, line, None)["cost"] for line in lines])
    print(f"  r4pm on the same variants: {seconds:.2f} s CPU; costs equal: {answers == found.upper.tolist()}")


_KERNELS = """
import sys
from zaizao.eventlog import read
from zaizao.mining import directly_follows, edge_times, variants
log = read(sys.argv[1], attributes=len(sys.argv) > 2)
directly_follows(log), variants(log), edge_times(log)
"""


def growth() -> None:
    """Read from Parquet, map, variants and edge times on RoadFines repeated to 50 million events, each in a process."""
    log = read(FINES, attributes=False)
    for times in (9, 18, 45, 90):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "large.parquet"
            write(repeated(log, times), path)
            run = command([sys.executable, "-c", _KERNELS, str(path)])
            events = times * log.events
            print(
                f"{events / 1e6:6.1f} M events from Parquet: {run.wall:6.1f} s, {run.cpu:6.1f} s CPU, "
                f"{run.cpu / events * 1e9:5.0f} ns an event, peak {run.megabytes / 1024:.1f} GB   <= 60 s, 6 GB at 50 M"
            )


def repeated(log: EventLog, times: int) -> EventLog:
    """``log`` with every case ``times`` times, under new names."""
    shift = np.repeat(np.arange(times, dtype=np.int32) * log.cases, log.events)
    bounds = np.concatenate([log.offsets[:-1] + k * log.events for k in range(times)] + [[times * log.events]])
    return replace(
        log,
        case=np.tile(log.case, times) + shift,
        activity=np.tile(log.activity, times),
        start=np.tile(log.start, times),
        end=np.tile(log.end, times),
        resource=np.tile(log.resource, times),
        lifecycle=np.tile(log.lifecycle, times),
        case_names=tuple(map(str, range(log.cases * times))),
        offsets=bounds.astype(np.int64),
        case_table=pl.DataFrame(),
        event_table=pl.DataFrame(),
    )
