"""Start-up with a million waiting cases: open the file, take the first jobs, fire the first timers.

Run: ``PYTHONPATH=src python -m bench.engine.startup [cases]``. One case is made by the engine and multiplied by SQL
(its keys shifted), because only the opening is measured. Prints seconds and the peak memory of the process.
"""

from __future__ import annotations

import resource
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from bench.engine.core import five_tasks
from zaizao.engine import CaseRow, Engine, JobRow, SqliteStore, VirtualClock

SHIFT = 1 << 24
"""The distance between the keys of two cases."""


def fill(path: Path, cases: int) -> None:
    """A file with ``cases`` cases that wait for a worker at their first task."""
    store = SqliteStore(path)
    engine = Engine(store, VirtualClock(1))
    engine.deploy(five_tasks())
    first = engine.create("five")
    store.close()
    with sqlite3.connect(path) as db:
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {cases - 1})"
        for table, columns in (
            ("waiting", f"replace(CAST(body AS TEXT), '{first}', t.key + i * {SHIFT})"),
            ("cases", ", ".join(CaseRow._fields[1:])),
            ("jobs", ", ".join(JobRow._fields[1:])),
        ):
            body = f"CAST({columns} AS BLOB)" if table == "waiting" else columns
            db.execute(f"INSERT INTO {table} {numbers} SELECT t.key + i * {SHIFT}, {body} FROM n, {table} t")
        db.execute(f"UPDATE counters SET number = number + {cases}")


def main(cases: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder) / "engine.db"
        fill(path, cases)
        megabytes = path.stat().st_size / 1e6
        begin = time.perf_counter()
        store = SqliteStore(path)
        engine = Engine(store, VirtualClock(2))
        engine.tick()
        jobs = engine.activate("work", "bench", 64)
        for job in jobs:
            engine.complete(job.key)
        opened = time.perf_counter() - begin
        assert len(jobs) == 64
        assert store.count(CaseRow) == cases
        store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{cases:,} waiting cases ({megabytes:,.0f} MB): ready and 64 jobs done in {opened:.2f} s, peak {peak:,.0f} MB"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
