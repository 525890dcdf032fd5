"""Two outside oracles: PM4Py for directly-follows, variants and edge statistics on every shared log, r4pm for alignments.

PM4Py is never a dependency: the environment variable ``ORACLE_PYTHON`` names an interpreter that has it; without one these
tests are skipped. r4pm (permissively licensed, a development dependency) reads the nets that we write as PNML.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from lxml import etree

from mining.drawn import SHARED
from zaizao.eventlog import EventLog, activities, from_columns, read
from zaizao.mining import align, directly_follows, discover, edge_times, petri_of, variants, write_pnml

pytestmark = pytest.mark.slow

XES = [
    "running-example.xes", "receipt.xes.gz", "Sepsis.xes.gz", "BPIC20_RequestForPayment.xes.gz", "BPIC12.xes.gz",
    "RoadFines.xes.gz",
]  # fmt: skip
TABLES = {
    "KO_synthetic_example_enriched.csv": ("caseid", "task", "end_timestamp"),
    "LoanApp_AgentSim_test.csv": ("case_id", "activity_name", "end_timestamp"),
    "LoanApp_AgentSim_train.csv": ("case_id", "activity_name", "end_timestamp"),
    "Production_start_end.csv": ("case:concept:name", "concept:name", "time:timestamp"),
    "BPIC12_W_start_end.csv.gz": ("case_id", "activity", "end_time"),
    "EAD_Loan_Application_3_timers.csv.gz": ("case_id", "activity", "end_time"),
    "LoanApp_start_end.csv.gz": ("case_id", "activity", "end_time"),
    "Loan_Application_synth_start_end.csv.gz": ("case_id", "activity", "end_time"),
    "IBM_onboard_client.zip": ("process", "activity", "end"),
}


def rows(path: Path) -> pl.DataFrame:
    """(case, activity, time) of every event, in the file's order; read apart from the package on purpose."""
    if path.name in TABLES:
        return table_rows(path)
    found = []
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for _, trace in etree.iterparse(file, events=("end",)):
            if etree.QName(trace).localname != "trace":
                continue
            case = next(c.get("value") for c in trace if c.get("key") == "concept:name")
            for event in trace:
                if etree.QName(event).localname == "event":
                    keys = {a.get("key"): a.get("value") for a in event}
                    found.append((case, keys["concept:name"], keys["time:timestamp"]))
            trace.clear()
    table = pl.DataFrame(found, schema=["case", "activity", "time"], orient="row")
    return table.with_columns(pl.col("time").str.to_datetime(time_unit="us", time_zone="UTC", format="%+"))


def table_rows(path: Path) -> pl.DataFrame:
    content = path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            content = archive.read(archive.namelist()[0])
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    case, activity, end = TABLES[path.name]
    table = pl.read_csv(BytesIO(content), infer_schema=False)
    time = pl.coalesce(
        pl.col(end).str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
        for form in ("%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%d-%m-%Y %H:%M:%S")
    )
    found = table.select(case=pl.col(case), activity=pl.col(activity), time=time)
    return found.drop_nulls()


@pytest.fixture(scope="module", params=[*XES, *TABLES])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[EventLog, dict[str, list]]:  # type: ignore[type-arg]
    python = os.environ.get("ORACLE_PYTHON")
    if not python:
        pytest.skip("ORACLE_PYTHON names no interpreter with PM4Py")
    path = SHARED / "logs" / request.param
    if not path.exists():
        pytest.skip(f"../shared/logs/{request.param} is absent here")
    # Sorted once for both: PM4Py sorts for some figures and not for others; equal times keep the file's order.
    table = rows(path).sort("case", "time", maintain_order=True)
    log = from_columns(
        case=table["case"], activity=table["activity"], end=table["time"].dt.epoch("us").to_numpy(), zone="UTC"
    )
    names = {"case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp"}
    parquet = tmp_path_factory.mktemp("oracle") / "table.parquet"
    table.rename(names).write_parquet(parquet)
    side = Path(__file__).with_name("pm4py_oracle.py")
    done = subprocess.run([python, str(side), str(parquet)], capture_output=True, text=True, check=True)
    return log, json.loads(done.stdout.strip().splitlines()[-1])


def test_directly_follows_equal_pm4py(both: tuple[EventLog, dict[str, list]]) -> None:  # type: ignore[type-arg]
    log, theirs = both
    flow = directly_follows(log)
    assert flow.as_dict() == {(a, b): n for a, b, n in theirs["follows"]}
    assert {n: c for n, c in zip(flow.activities, flow.starts.tolist(), strict=True) if c} == theirs["starts"]
    assert {n: c for n, c in zip(flow.activities, flow.ends.tolist(), strict=True) if c} == theirs["ends"]
    assert flow.executions.tolist() == np.bincount(log.activity).tolist()


def test_variants_equal_pm4py(both: tuple[EventLog, dict[str, list]]) -> None:  # type: ignore[type-arg]
    log, theirs = both
    found = variants(log)
    wanted = Counter({tuple(names): n for names, n in theirs["variants"]})
    assert Counter({found.sequence(v): int(found.count[v]) for v in range(len(found))}) == wanted


def test_edge_times_equal_pm4py(both: tuple[EventLog, dict[str, list]]) -> None:  # type: ignore[type-arg]
    log, theirs = both
    times = edge_times(log)
    names = times.flow.activities
    wanted = {(a, b): figures for a, b, *figures in theirs["times"]}
    assert len(wanted) == len(times.flow.count)
    for k, (a, b) in enumerate(zip(times.flow.source.tolist(), times.flow.target.tolist(), strict=True)):
        mine = (times.waiting.mean[k], times.waiting.median[k], times.waiting.total[k])
        assert np.allclose(mine, wanted[names[a], names[b]], rtol=1e-6, atol=2e-3), (names[a], names[b])


@pytest.mark.parametrize("name", [*XES, "Loan_Application_synth_start_end.csv.gz", "KO_synthetic_example_enriched.csv"])
def test_alignment_costs_equal_r4pm_on_the_net_that_it_reads_from_our_pnml(name: str, tmp_path: Path) -> None:
    r4pm = pytest.importorskip("r4pm", reason="r4pm is not installed")
    path = SHARED / "logs" / name
    if not path.exists():
        pytest.skip(f"../shared/logs/{name} is absent here")
    log = activities(read(path))
    model = discover(log, noise=0.2)
    (tmp_path / "net.pnml").write_bytes(write_pnml(petri_of(model)))
    theirs = r4pm.petri_net.import_pnml(str(tmp_path / "net.pnml"))
    found = align(log, model)
    for variant in np.unique(np.linspace(0, len(found.variants) - 1, 80).astype(int)).tolist():
        answer = r4pm.bindings.align_trace(theirs, list(found.variants.sequence(variant)), None)
        assert answer["cost"] == found.upper[variant], found.variants.sequence(variant)
