"""DBOS beside ours: a workflow of five steps, each durable, 64 in flight, on the database that is named.

Needs DBOS (MIT) in a virtual environment of its own, never in the project's; run this file with that environment's
Python: ``python bench/engine/dbos_side.py [workflows] [--database URL]`` (a SQLite file in a temporary folder where
none is named; ``postgresql://…`` otherwise). Its steps run in the process, as our in-process workers do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dbos import DBOS, DBOSConfig

STEPS = 5
IN_FLIGHT = 64


@DBOS.step()
def step(number: int) -> int:
    """A step that does nothing but is recorded."""
    return number


@DBOS.workflow()
def five() -> None:
    """Five steps, one after the other."""
    for number in range(STEPS):
        step(number)


def main(workflows: int, url: str) -> None:
    """Run ``workflows`` workflows and print workflows a second."""
    config: DBOSConfig = {"name": "bench", "system_database_url": url, "log_level": "ERROR", "run_admin_server": False}
    DBOS(config=config)
    DBOS.launch()
    five()
    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        for done in [threads.submit(five) for _ in range(workflows)]:
            done.result()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    kind = url.partition(":")[0]
    print(f"DBOS, {kind}: {workflows} workflows: {workflows / wall:,.1f} a second, {workflows / cpu:,.1f} a CPU second")
    DBOS.destroy()


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    with tempfile.TemporaryDirectory(dir=".") as folder:
        here = f"sqlite:///{Path(folder) / 'dbos.sqlite'}"
        main(
            numbers[0] if numbers else 200,
            sys.argv[sys.argv.index("--database") + 1] if "--database" in sys.argv else here,
        )
