"""Reconciliation of two large tables from Parquet, against a plain DuckDB join of the same files.

Run: ``PYTHONPATH=src python -m bench.centres.matching [rows] [zaizao|duckdb]``: one of them a process, so that CPU and
peak memory are its own; without a second word both run, one after the other. Breaks of every class are planted.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

FATES = ("missing", "extra", "double", "amount", "date", "split")
AS_OF = date(2026, 11, 30)


def write(folder: Path, rows: int) -> None:
    """Both sides; 0.2 % of the keys break, 2 % are split in two on the right and add up."""
    chance = np.random.default_rng(11)
    key = chance.permutation(rows).astype(np.int64) + 10**12
    amount = chance.lognormal(11, 2, rows).astype(np.int64) + 100
    day = chance.integers(20_400, 20_430, rows).astype(np.int32)
    left = pl.DataFrame({"ref": key, "amount": amount, "date": pl.Series(day).cast(pl.Date)})
    fate = chance.choice(len(FATES) + 2, rows, p=[0.002 / 6] * 6 + [0.02, 0.978])
    right = left.with_columns(fate=pl.Series(fate), part=pl.Series(amount // 3 + 1))
    pieces = [
        right.filter(~pl.col("fate").is_in([0, 3, 4, 5, 6])),
        right.filter(pl.col("fate") == 2),
        right.filter(pl.col("fate") == 3).with_columns(pl.col("amount") + 7),
        right.filter(pl.col("fate") == 4).with_columns(pl.col("date").dt.offset_by("10d")),
        *(right.filter(pl.col("fate") == fate).with_columns(amount="part") for fate in (5, 6)),
        right.filter(pl.col("fate") == 5).with_columns(pl.col("amount") - pl.col("part") + 3),
        right.filter(pl.col("fate") == 6).with_columns(pl.col("amount") - pl.col("part")),
    ]
    left = left.filter(pl.Series(fate) != 1)
    every = pl.concat(pieces).sample(fraction=1, shuffle=True, seed=3).select("ref", "amount", "date")
    left.write_parquet(folder / "left.parquet")
    every.write_parquet(folder / "right.parquet")
    planted = {name: int((fate == n).sum()) for n, name in enumerate(FATES)}
    print(f"{left.height:,} × {every.height:,} rows; planted {planted}")


def ours(folder: Path) -> None:
    """The ladder; what it found."""
    from zaizao.centres.reconciliation import Model, Pair, reconcile

    names = [Pair(name, name) for name in ("ref", "amount", "date")]
    model = Model("bench", key=(names[0],), amount=names[1], date=names[2], dates=5, window=1)
    run = reconcile(model, *(pl.scan_parquet(folder / f"{side}.parquet") for side in ("left", "right")), AS_OF)
    print({str(name): count for name, (count, _) in run.classes().items()}, run.kinds)
    print(f"matches without a key {len(run.matches)}, suggested {len(run.suggestions)}")


def join(folder: Path) -> None:
    """A full join by key that compares amounts: what is often done."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads TO 2")
    told = connection.execute(
        f"""SELECT CASE WHEN r.ref IS NULL THEN 'missing' WHEN l.ref IS NULL THEN 'extra'
                   WHEN l.amount <> r.amount THEN 'amount' WHEN abs(date_diff('day', l.date, r.date)) > 5 THEN 'date'
                   ELSE 'fine' END AS class, count(*), sum(coalesce(l.amount, 0) - coalesce(r.amount, 0))
            FROM '{folder}/left.parquet' l FULL JOIN '{folder}/right.parquet' r ON l.ref = r.ref GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    print({name: count for name, count, _ in told})


def measured(folder: Path, name: str) -> None:
    """Run one of the two and print its CPU and peak memory."""
    wall, cpu = time.perf_counter(), time.process_time()
    {"zaizao": ours, "duckdb": join}[name](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name}: {cpu:.1f} CPU s, {wall:.1f} s by the wall, peak {peak:,.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) > 3:
        measured(Path(sys.argv[3]), sys.argv[2])
    else:
        size = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
        with tempfile.TemporaryDirectory() as place:
            write(Path(place), size)
            for one in sys.argv[2:] or ["zaizao", "duckdb"]:
                subprocess.run([sys.executable, "-m", "bench.centres.matching", str(size), one, place], check=True)
