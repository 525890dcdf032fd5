"""Directly-follows, variants and edge statistics equal PM4Py's, an outside oracle, on the shared logs.

PM4Py is never a dependency: these tests run only in an environment of its own that has it.
"""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from lxml import etree

from mining.drawn import SHARED
from zaizao.eventlog import EventLog, from_columns
from zaizao.mining import align, directly_follows, discover, edge_times, variants
from zaizao.mining.net import net_of

pm4py = pytest.importorskip("pm4py", reason="PM4Py is an optional oracle, in an environment of its own")
pytestmark = pytest.mark.slow

LOGS = [
    "running-example.xes", "receipt.xes.gz", "Sepsis.xes.gz", "BPIC20_RequestForPayment.xes.gz", "BPIC12.xes.gz",
    "RoadFines.xes.gz",
]  # fmt: skip


def rows(path: Path) -> pl.DataFrame:
    """(case, activity, time) of every event, in the file's order; read apart from the package on purpose."""
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


@pytest.fixture(scope="module", params=LOGS)
def both(request: pytest.FixtureRequest) -> tuple[EventLog, object]:
    path = SHARED / "logs" / request.param
    if not path.exists():
        pytest.skip(f"../shared/logs/{request.param} is absent here")
    table = rows(path)
    log = from_columns(
        case=table["case"], activity=table["activity"], end=table["time"].dt.epoch("us").to_numpy(), zone="UTC"
    )
    names = {"case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp"}
    # PM4Py sorts by case name and time; equal times keep the file's order in both.
    return log, table.rename(names).to_pandas()


def test_directly_follows_equal_pm4py(both: tuple[EventLog, object]) -> None:
    log, frame = both
    graph, starts, ends = pm4py.discover_dfg(frame)
    flow = directly_follows(log)
    assert flow.as_dict() == dict(graph)
    assert {n: c for n, c in zip(flow.activities, flow.starts.tolist(), strict=True) if c} == dict(starts)
    assert {n: c for n, c in zip(flow.activities, flow.ends.tolist(), strict=True) if c} == dict(ends)


def test_variants_equal_pm4py(both: tuple[EventLog, object]) -> None:
    log, frame = both
    found = variants(log)
    wanted = Counter({tuple(k): v for k, v in pm4py.get_variants(frame).items()})
    assert Counter({found.sequence(v): int(found.count[v]) for v in range(len(found))}) == wanted


def test_edge_times_equal_pm4py(both: tuple[EventLog, object]) -> None:
    log, frame = both
    graph, _, _ = pm4py.discover_performance_dfg(frame)
    times = edge_times(log)
    names = times.flow.activities
    assert len(graph) == len(times.flow.count)
    for k, (a, b) in enumerate(zip(times.flow.source.tolist(), times.flow.target.tolist(), strict=True)):
        wanted = graph[names[a], names[b]]
        mine = (times.waiting.mean[k], times.waiting.median[k], times.waiting.total[k])
        assert np.allclose(mine, (wanted["mean"], wanted["median"], wanted["sum"]), rtol=1e-6, atol=2e-3), (a, b)


@pytest.mark.parametrize("name", ["running-example.xes", "receipt.xes.gz", "BPIC20_RequestForPayment.xes.gz"])
def test_alignment_costs_equal_pm4py(name: str) -> None:
    from pm4py.objects.petri_net.obj import Marking, PetriNet
    from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to

    path = SHARED / "logs" / name
    if not path.exists():
        pytest.skip(f"../shared/logs/{name} is absent here")
    table = rows(path)
    log = from_columns(case=table["case"], activity=table["activity"], end=table["time"].dt.epoch("us").to_numpy())
    model = discover(log, noise=0.2)
    net = net_of(model)
    theirs = PetriNet("net")
    places = {1 << k: PetriNet.Place(f"p{k}") for k in range(net.places)}
    done = PetriNet.Place("done")
    theirs.places.update({*places.values(), done})
    for k, transition in enumerate(net.transitions):
        made = PetriNet.Transition(f"t{k}", transition.label)
        theirs.transitions.add(made)
        for bit, place in places.items():
            if transition.pre & bit:
                add_arc_from_to(place, made, theirs)
            if transition.post & bit:
                add_arc_from_to(made, place, theirs)
        if not transition.post:
            add_arc_from_to(made, done, theirs)
    found = align(log, model)
    chosen = np.unique(np.linspace(0, len(found.variants) - 1, 40).astype(int)).tolist()
    wanted = table.filter(pl.col("case").is_in([log.case_names[int(found.variants.first[v])] for v in chosen]))
    names = {"case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp"}
    answers = pm4py.conformance_diagnostics_alignments(
        wanted.rename(names).to_pandas(),
        theirs,
        Marking({places[net.start]: 1}),
        Marking({done: 1}),
        multi_processing=False,
    )
    costs = {
        tuple(event for event, _ in answer["alignment"] if event not in (None, ">>")): answer["cost"] // 10_000
        for answer in answers
    }
    for variant in chosen:
        assert int(found.upper[variant]) == costs[found.variants.sequence(variant)]
