"""One way to measure: run a command as a process of its own; report wall and CPU seconds and peak memory.

Rule kept: figures come from the operating system's accounting of the finished child, median over the counted runs.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: seconds and megabytes (peak resident set)."""

    wall: float
    cpu: float
    megabytes: float


def command(arguments: Sequence[str]) -> Run:
    """Run ``arguments`` with its output thrown away; raises ``RuntimeError`` when it fails."""
    started = time.perf_counter()
    child = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert child.stderr is not None
    complaint = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {child.returncode}: {complaint.decode()[-2000:]}")
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)


def cpu_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Median CPU seconds of ``work`` in this process."""
    figures = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        figures.append(time.process_time() - started)
    return statistics.median(figures)
