"""Large cases: a loop over thousands of items costs what happens in it, not its square, and survives a restart."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from engine.driving import T0, Bench
from engine.sketch import model, service
from laws.test_engine_replay import live_through
from zaizao.bpmn import MultiInstance
from zaizao.engine import Engine, SqliteStore, VirtualClock
from zaizao.engine.apply import replay
from zaizao.engine.stores import snapshots

LOOP = MultiInstance("items", element="i", output_collection="out", output_element="r")
MODEL = model("s -> p -> aa -> p2\np -> bb -> p2 -> e", service("aa", loop=LOOP))


class Counting(SqliteStore):
    """Counts the bytes of waiting cases that are written."""

    written = 0

    def _write(self, pending: object, *, commit: bool) -> None:
        self.written += sum(len(body) for _, body in pending.kept)  # type: ignore[attr-defined]
        super()._write(pending, commit=commit)  # type: ignore[arg-type]


def run(path: Path, items: int) -> int:
    """Run a case over ``items``, each completion its own transaction; the bytes of cases written."""
    store = Counting(path)
    bench = Bench(MODEL, store)
    case = bench.engine.create("p", {"items": list(range(items))})
    bench.do("bb")
    jobs = bench.engine.activate("aa", "w", items)
    assert len(jobs) == items
    for job in jobs:
        bench.engine.complete(job.key, {"r": job.variables["i"] * 2})
    assert bench.state(case) == "completed" and bench.problems() == []
    store.close()
    return store.written


def test_what_is_written_for_a_loop_grows_with_its_items_and_not_with_their_square(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "LARGE", 32)
    small, large = run(tmp_path / "small.db", 80), run(tmp_path / "large.db", 320)
    assert large < 6 * small  # four times the items; written whole at each step it would be sixteen times


def test_a_large_case_is_the_same_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    bench = Bench(MODEL, SqliteStore(path))
    case = bench.engine.create("p", {"items": list(range(400))})
    for job in bench.engine.activate("aa", "w", 90):
        bench.engine.complete(job.key, {"r": job.variables["i"]})
    live = bench.engine.case(case)
    bench.store.close()
    again = Engine(SqliteStore(path), VirtualClock(T0))
    assert again.case(case) == live == replay([record.event for record in again.journal(case)], case)
    assert again.verify() == sum(1 for _ in again.journal())
    again.store.close()


@pytest.mark.parametrize("seed", [Random(2026).randint(0, 2**32) for _ in range(1)])
def test_the_laws_hold_when_every_case_counts_as_large(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "LARGE", 1)
    live_through(seed)
