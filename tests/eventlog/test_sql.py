"""One suite over the SQL engines: the aggregates equal those of the columns in memory.

The engines come with the extras ``sql`` (Ibis, DuckDB) and ``spark`` (PySpark in local mode); without them the tests
are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from zaizao.eventlog import MISSING_TIME, EventLog, from_columns, parts, sql, write
from zaizao.measures import Kpi, evaluate
from zaizao.mining import directly_follows, edge_times, variants

ibis = pytest.importorskip("ibis", reason="the extra sql (Ibis) is not installed")
LOGS = Path(__file__).parents[2] / ".." / "shared" / "logs"


def duckdb() -> object:
    pytest.importorskip("duckdb", reason="DuckDB is not installed")
    return ibis.duckdb.connect()


def spark() -> object:
    pyspark = pytest.importorskip("pyspark", reason="PySpark is not installed")
    session = (
        pyspark.sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "Asia/Shanghai")
        .getOrCreate()
    )
    return ibis.pyspark.connect(session)


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Iterator[object]:
    connection = {"duckdb": duckdb, "spark": spark}[request.param]()
    yield connection
    connection.disconnect()  # type: ignore[attr-defined]


def log() -> EventLog:
    """Ties, repeats, missing resources, unknown starts, Chinese names and quotes."""
    random = np.random.default_rng(11)
    case = np.repeat(np.arange(300), random.integers(1, 9, 300))
    rows = len(case)
    end = random.integers(0, 40, rows) * 3_600_000_000
    start = np.where(random.random(rows) < 0.3, MISSING_TIME, end - random.integers(0, 3, rows) * 3_600_000_000)
    names = np.array(["收件", "审批", 'It\'s "B"', "D\\n"])
    people = [None if k == 0 else f"人 {k}" for k in random.integers(0, 4, rows)]
    return from_columns(
        case=[f"案{k}" for k in case], activity=names[random.integers(0, 4, rows)].tolist(), start=start, end=end,
        resource=people,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log exported in parts, as a log larger than memory would be."""
    top = tmp_path_factory.mktemp("sql")
    write(log(), top / "log.parquet")
    assert sql.export(parts(top / "log.parquet", events=200), top / "events") == log().events
    assert len(list((top / "events").iterdir())) > 3
    return top / "events"


def table(engine: object, folder: Path) -> object:
    return engine.read_parquet(f"{folder}/*.parquet")  # type: ignore[attr-defined]


def rows(expression: object) -> list[tuple[object, ...]]:
    return list(expression.execute().itertuples(index=False, name=None))  # type: ignore[attr-defined]


def test_directly_follows_and_edge_times_are_those_of_the_columns(engine: object, folder: Path) -> None:
    events, flow, times = table(engine, folder), directly_follows(log()), edge_times(log())
    assert {(a, b): n for a, b, n in rows(sql.directly_follows(events))} == flow.as_dict()
    found = {(a, b): (n, total, least, most) for a, b, n, total, least, most, _ in rows(sql.edge_times(events))}
    edges = [(flow.activities[a], flow.activities[b]) for a, b in zip(flow.source, flow.target, strict=True)]
    assert {edge: found[edge][0] for edge in edges} == flow.as_dict()
    mean = [found[edge][1] / found[edge][0] / 1e6 for edge in edges]
    assert np.allclose(mean, times.waiting.mean)


def test_variants_are_those_of_the_columns(engine: object, folder: Path) -> None:
    found = variants(log())
    expected = {sql.SEPARATOR.join(found.sequence(k)): int(found.count[k]) for k in range(len(found))}
    assert dict(rows(sql.variants(table(engine, folder)))) == expected


def test_hand_overs_count_changes_between_known_resources(engine: object, folder: Path) -> None:
    mine = log()
    expected: dict[tuple[str, str], int] = {}
    for k in range(mine.events - 1):
        give, get = int(mine.resource[k]), int(mine.resource[k + 1])
        if mine.case[k] == mine.case[k + 1] and min(give, get) >= 0 and give != get:
            pair = (mine.resource_names[give], mine.resource_names[get])
            expected[pair] = expected.get(pair, 0) + 1
    assert {(a, b): n for a, b, n in rows(sql.hand_overs(table(engine, folder)))} == expected


def test_the_figures_are_those_of_the_measures(engine: object, folder: Path) -> None:
    ((cases, events, mean, median, p90, rework),) = rows(sql.figures(table(engine, folder)))
    assert (cases, events) == (300, log().events)
    for value, kpi in (
        (mean, Kpi.CYCLE_TIME_MEAN),
        (median, Kpi.CYCLE_TIME_MEDIAN),
        (p90, Kpi.CYCLE_TIME_P90),
        (rework, Kpi.REWORK_SHARE),
    ):
        assert value == pytest.approx(evaluate(kpi, log()).value), kpi


def test_an_export_without_resources_keeps_its_columns(tmp_path: Path) -> None:
    bare = from_columns(case=["1"], activity=["A"], end=np.array([5]))
    assert sql.export(bare, tmp_path) == 1
    frame = pl.read_parquet(tmp_path / "part-00000.parquet")
    assert frame.rows() == [("1", "A", None, None, 5, 0)]
