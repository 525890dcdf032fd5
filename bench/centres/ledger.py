"""Postings a second of the ledger in batches, on SQLite and PostgreSQL.

Run: ``PYTHONPATH=src python -m bench.centres.ledger [entries] [url]``; without a URL a SQLite file in a temporary
folder (full synchronisation). An entry has two postings here.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from zaizao.centres.ledger import Account, Entry, Ledger, credit, debit, posted

BATCH = 5_000


def transfers(count: int, accounts: int, seed: int) -> list[Entry]:
    """Transfers between accounts, some far busier than others."""
    chance = np.random.default_rng(seed)
    payer, payee = (chance.zipf(1.3, count) % accounts for _ in range(2))
    amount = chance.integers(1, 10**6, count)
    return [
        posted(f"t{n}", 1_795_000_000_000_000 + n, debit(f"a{p}", int(x)), credit(f"b{q}", int(x)))
        for n, (p, q, x) in enumerate(zip(payer, payee, amount, strict=True))
    ]


def main(count: int, url: str) -> None:
    """Print the figures."""
    engine = sa.create_engine(url)
    ledger = Ledger(engine)
    ledger.open(*[Account(f"{side}{n}") for side in "ab" for n in range(10_000)])
    entries = transfers(count, 10_000, seed=5)
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, count, BATCH):
        assert all(out.problem is None for out in ledger.post(entries[start : start + BATCH]))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{2 * count:,} postings in batches of {BATCH:,} entries on {engine.dialect.name}")
    print(f"{2 * count / wall:,.0f} postings/s by the wall, {2 * count / cpu:,.0f} per CPU second of this process")
    wall = time.perf_counter()
    assert all(out.repeated for out in ledger.post(entries[:BATCH]))
    print(f"a repeated batch: {time.perf_counter() - wall:.2f} s")
    wall = time.perf_counter()
    for n in range(100):
        ledger.balance(f"a{n}", at=entries[n * count // 100].at)
    print(f"a balance as of a time: {(time.perf_counter() - wall) * 10:.2f} ms")
    assert not any(sum(accounts.values()) for accounts in ledger.trial_balance().values())
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    if len(sys.argv) > 2:
        main(size, sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(size, f"sqlite:///{Path(folder) / 'ledger.db'}")
