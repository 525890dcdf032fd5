"""Searching over every store: the same rows, orders and pages; history that follows the journal and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.cluster import cluster
from engine.driving import Bench
from engine.sketch import model, service
from zaizao.bpmn import Mapped
from zaizao.engine import (
    Among,
    CaseRow,
    CaseState,
    Condition,
    Either,
    ElementRow,
    MemoryStore,
    Op,
    PastIncidentRow,
    PastJobRow,
    PostgresStore,
    Search,
    SqliteStore,
    Store,
    Test as Is,
    VariableRow,
    place_of,
)

DEFINITIONS = model("s -> aa -> bb -> e", service("aa", inputs=(Mapped(source="n + 1", target="own"),)))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store
    if request.param == "memory":
        made = MemoryStore()
    elif request.param == "sqlite":
        made = SqliteStore(tmp_path / "engine.db")
    else:
        made = PostgresStore(cluster().database())
    yield made
    made.close()


def lived(store: Store) -> Bench:
    """Twelve cases: some waiting, some ended, one stuck, one canceled."""
    bench = Bench(DEFINITIONS, store)
    for number in range(12):
        business = ["", "G*1", "G-10", "g-1"][number % 4]
        bench.engine.create(
            "p", {"n": number, "text": "贷款"}, business_id=business, tags=["odd"] if number % 2 else []
        )
        bench.clock.advance(1_000_000)
    for job in bench.engine.activate("aa", "w", limit=6):
        bench.engine.complete(job.key, {"n": -1})
    for job in bench.engine.activate("bb", "w", limit=3):
        bench.engine.complete(job.key)
    (job,) = bench.engine.activate("bb", "w", limit=1)
    bench.engine.fail(job.key, 0, "no")
    bench.engine.cancel(bench.store.find(CaseRow, {"state": CaseState.ACTIVE})[-1].key)
    return bench


WHERE: list[tuple[type[Any], tuple[Condition, ...], int]] = [
    (CaseRow, (), 12),
    (CaseRow, (Is("state", Op.EQ, "completed"),), 3),
    (CaseRow, (Is("state", Op.NE, "completed"), Is("incidents", Op.PRESENT)), 1),
    (CaseRow, (Is("business_id", Op.LIKE, "G\\*1"),), 3),
    (CaseRow, (Is("business_id", Op.LIKE, "G?1*"),), 6),
    (CaseRow, (Is("business_id", Op.ABSENT),), 3),
    (CaseRow, (Is("business_id", Op.IN, ("G*1", "g-1")),), 6),
    (CaseRow, (Is("business_id", Op.NOT_IN, ()),), 12),
    (CaseRow, (Is("ended", Op.LT, 10**18),), 4),
    (CaseRow, (Is("tags", Op.HAS, "odd"),), 6),
    (CaseRow, (Either(((Is("state", Op.EQ, "terminated"),), (Is("tags", Op.HAS_NOT, "odd"),))),), 7),
    (CaseRow, (Among("key", VariableRow, "scope", (Is("name", Op.EQ, "n"), Is("value", Op.EQ, "-1"))),), 6),
    (ElementRow, (Is("kind", Op.EQ, "serviceTask"), Is("state", Op.EQ, "active")), 8),
    (VariableRow, (Is("name", Op.EQ, "own"),), 12),
    (PastJobRow, (Is("state", Op.EQ, "failed"), Is("error_message", Op.EQ, "no")), 1),
    (PastIncidentRow, (Is("ended", Op.ABSENT),), 1),
]


def test_conditions_mean_the_same_in_every_store(store: Store) -> None:
    engine = lived(store).engine
    for table, where, count in WHERE:
        assert engine.total(table, where) == len(engine.search(Search(table, where))) == count, where
    states = engine.tally(ElementRow, (Is("kind", Op.NE, "process"),), ("node", "state"))
    assert {(node, state): count for node, state, count in states} == {
        ("s", "completed"): 12,
        ("aa", "completed"): 6,
        ("aa", "active"): 5,
        ("aa", "terminated"): 1,
        ("bb", "completed"): 3,
        ("bb", "active"): 3,
        ("e", "completed"): 3,
    }
    with pytest.raises((KeyError, AttributeError)):
        engine.search(Search(CaseRow, (Is("1=1; --", Op.EQ, 1),)))


@pytest.mark.parametrize("order", [(), (("business_id", True), ("started", False)), (("state", False), ("key", True))])
def test_pages_by_cursor_give_every_row_once_and_in_order(store: Store, order: tuple[tuple[str, bool], ...]) -> None:
    engine = lived(store).engine
    whole = engine.search(Search(CaseRow, (), order))
    seen: list[CaseRow] = []
    after = None
    while page := engine.search(search := Search(CaseRow, (), order, after, limit=5)):
        seen += page
        after = place_of(page[-1], search)
    assert seen == whole and len({row.key for row in seen}) == 12
    assert engine.search(Search(CaseRow, (), order, offset=4, limit=3)) == whole[4:7]


def test_history_in_pieces_is_history_at_once(store: Store) -> None:
    """However the journal is cut, and wherever what was known is lost, the same rows with the same keys come out."""
    engine, luck = lived(store).engine, random.Random(7)
    while engine.follow(luck.randint(1, 4)):
        engine.history.forget()
    other = lived(MemoryStore()).engine
    for table in (ElementRow, VariableRow, PastJobRow, PastIncidentRow):
        assert engine.search(Search(table)) == other.search(Search(table))


def test_a_forgotten_case_is_found_nowhere_and_stays_in_the_journal(store: Store) -> None:
    engine = lived(store).engine
    case = engine.search(Search(CaseRow, (Is("state", Op.EQ, "completed"),)))[0].key
    assert len(engine.flows_taken(case)) == 3
    engine.forget(case)
    assert engine.row(case) is None
    assert not engine.search(Search(ElementRow, (Is("case", Op.EQ, case),)))
    assert list(engine.journal(case))
