"""Measures on line and over history: 22 measures on a million payments.

Run: ``PYTHONPATH=src python -m bench.centres.measures [events] [--verify]``. On line: events a CPU second, the latencies
of single events and the longest pause, what is held. Over history: CPU seconds. ``--verify`` compares all figures.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from zaizao.measures import Stream, history, read_measures

SET = Path(__file__).with_suffix(".toml")
FIELDS = ("account", "device", "payee", "merchant", "channel", "country", "amount", "night")
BEGIN = 1_795_000_000_000_000


def payments(count: int, seed: int, days: int = 30) -> pl.DataFrame:
    """Payments of habits: few busy accounts and merchants, many quiet ones; rising ticks over ``days``.

    The busiest account makes about 1 % of the payments, the busiest merchant takes about 11 %.
    """
    chance = np.random.default_rng(seed)
    gaps = chance.exponential(days * 86_400e6 / count, count).astype(np.int64) + 1
    tick = BEGIN + np.cumsum(gaps)
    account = _busy(chance, 60_000, 0.8, count)
    device = np.where(chance.random(count) < 0.93, account, chance.integers(0, 60_000, count))
    hour = tick // 3_600_000_000 % 24
    shift = np.where(chance.random(count) < 0.01, 7_200_000_000, 1_000_000)

    def named(prefix: str, numbers: Any) -> pl.Series:
        return pl.Series(numbers).cast(pl.String).str.replace("^", prefix)

    return pl.DataFrame(
        {
            "tick": tick,
            "occurred": tick - shift,
            "declined": chance.random(count) < 0.01,
            "account": named("a", account),
            "device": named("d", device),
            "payee": named("p", _busy(chance, 200_000, 0.9, count)),
            "merchant": named("m", _busy(chance, 5_000, 1.0, count)),
            "channel": pl.Series(np.array(["web", "app", "pos", "atm"])[chance.integers(0, 4, count)]),
            "country": pl.Series(np.where(chance.random(count) < 0.97, "CN", "US")),
            "amount": (chance.lognormal(9, 1.5, count)).astype(np.int64) + 1,
            "night": (hour < 22) & (hour >= 14),
        }
    )


def _busy(chance: np.random.Generator, names: int, fall: float, count: int) -> Any:
    """Who acts: the n-th busiest with a weight of n to the power of minus ``fall``."""
    weights = np.arange(1, names + 1) ** -fall
    return np.searchsorted(np.cumsum(weights) / weights.sum(), chance.random(count))


def rows_of(table: pl.DataFrame) -> Iterator[tuple[int, tuple[Any, ...], bool]]:
    """Ticks, rows and whether the event was declined."""
    for tick, declined, *row in table.select("tick", "declined", "occurred", *FIELDS).iter_rows():
        yield tick, tuple(row), declined


def main(count: int = 1_000_000, verify: bool = False) -> None:
    """Print the figures."""
    measures = read_measures(SET)
    table = payments(count, seed=7)
    events = list(rows_of(table))
    print(f"{count:,} events, {len(measures.measures)} measures")

    stream = Stream(measures)
    figures = []
    gc.collect()
    gc.freeze()
    gc.disable()
    begin = time.process_time()
    for tick, row, declined in events:
        shown = stream.update(row, tick, declined)
        if verify:
            figures.append(shown)
    spent = time.process_time() - begin
    print(f"on line: {count / spent:,.0f} events per CPU second ({spent / count * 1e6:.1f} µs each)")
    size = stream.size()
    print(f"held at the end: {size.keys:,} keys, {size.entries:,} entries in their records")
    begin = time.process_time()
    snapshot = stream.snapshot()
    print(f"snapshot: {len(snapshot) / 1e6:.1f} MB in {time.process_time() - begin:.1f} CPU s")

    again = Stream(measures)
    took = np.empty(len(events))
    clock = time.thread_time  # other processes do not count
    for place, (tick, row, declined) in enumerate(events):
        start = clock()
        again.update(row, tick, declined)
        took[place] = clock() - start
    gc.enable()
    p50, p99, p999 = (np.quantile(took, q) * 1e6 for q in (0.5, 0.99, 0.999))
    print(
        f"one event: p50 {p50:.0f} µs, p99 {p99:.0f} µs, p99.9 {p999:.0f} µs, longest {took.max() * 1e3:.1f} ms (CPU time)"
    )

    begin = time.process_time()
    told = history(table, measures, threads=1)
    print(f"history, one thread: {time.process_time() - begin:.1f} CPU s")
    if verify:
        equal = all([row[n] for row in figures] == told[name].to_list() for n, name in enumerate(stream.names))
        print(f"on line and history are equal: {equal}")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:] if text.isdigit()]
    main(*numbers[:1], verify="--verify" in sys.argv)
