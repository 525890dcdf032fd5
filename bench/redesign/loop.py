"""The whole loop on a log, step by step: CPU seconds, memory, and search against random search.

Run from the repository: ``PYTHONPATH=src python bench/redesign/loop.py [LOG]`` (default: the shared BPIC12 log).
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from zaizao.eventlog import read
from zaizao.redesign import Progress, run

SHARED = Path(__file__).parents[2] / ".." / "shared" / "logs" / "BPIC12.xes.gz"


def main(path: Path = SHARED) -> None:
    """Print the loop's cost on the log at ``path``."""
    if not path.exists():
        print(f"no log at {path}: name one on the command line")
        return
    began, clock = time.perf_counter(), time.process_time()
    spent: dict[str, float] = {}
    here = ["read", clock]

    def listen(progress: Progress) -> None:
        now = time.process_time()
        spent[str(here[0])] = spent.get(str(here[0]), 0.0) + now - float(here[1])
        here[:] = [progress.step.value, now]

    log = read(path)
    initiative = run(log, source=path.name, listen=listen)
    spent[str(here[0])] = spent.get(str(here[0]), 0.0) + time.process_time() - float(here[1])
    for step, seconds in spent.items():
        print(f"{step:10} {seconds:7.1f} CPU s")
    total, wall = time.process_time() - clock, time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'total':10} {total:7.1f} CPU s, {wall:.1f} s on the clock, {memory:.0f} MB")
    options = initiative.options
    print(
        f"hypervolume: search {options.baseline.search:.3f}, random {options.baseline.random:.3f}, "
        f"{options.evaluations} simulations each"
    )
    for option in (options.as_is, *options.front):
        mark = "*" if option is options.chosen else " "
        figures = " ".join(f"{key.value} {figure.value:.4g}" for key, figure in option.figures.items())
        print(f"{mark} {option.key:9} {figures}  {len(option.proposals)} moves")
    rehearsal = initiative.rehearsal
    print(
        f"rehearsed {rehearsal.finished} of {rehearsal.cases} cases, {rehearsal.log.events} executions, "
        f"{len(rehearsal.incidents)} incidents"
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
