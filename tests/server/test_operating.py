"""Operating: alive, ready, counted, traced, logged; beside a working engine."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from server.house import House
from zaizao import bpmn
from zaizao.bpmn import Definitions, Event, EventPosition, Job, Process, SequenceFlow, Task, TaskKind
from zaizao.server.operating import Readiness
from zaizao.server.operating.logging import JsonLines


def scoring() -> bytes:
    nodes = (
        Event(id="start", position=EventPosition.START),
        Task(id="score", kind=TaskKind.SERVICE, job=Job('"score"')),
        Event(id="end", position=EventPosition.END),
    )
    flows = tuple(SequenceFlow(id=f"f{i}", source=a.id, target=b.id) for i, (a, b) in enumerate(pairwise(nodes)))
    return bpmn.write(bpmn.layout(Definitions(processes=(Process(id="scoring", nodes=nodes, flows=flows),))))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def figures(page: str) -> dict[str, float]:
    rows = re.findall(r"^([a-z_]+(?:\{.*\})?) ([0-9.e+-]+)$", page, re.MULTILINE)
    return {name: float(value) for name, value in rows}


def test_the_meters_say_what_the_engine_did(house: House) -> None:
    client = house.client()
    client.headers.update(house.root)
    with client:
        assert client.post("/v2/deployments", files={"resources": ("s.bpmn", scoring())}).status_code == 200
        for _ in range(3):
            client.post("/v2/process-instances", json={"processDefinitionId": "scoring"})
        wanted = {"type": "score", "timeout": 60_000, "maxJobsToActivate": 2, "requestTimeout": -1}
        jobs = client.post("/v2/jobs/activation", json=wanted).json()["jobs"]
        client.post(f"/v2/jobs/{jobs[0]['jobKey']}/completion")
        client.post(f"/v2/jobs/{jobs[1]['jobKey']}/failure", json={"retries": 0, "errorMessage": "no"})
        client.post("/v2/jobs/77/completion")
        client.get("/nowhere")
        told = figures(client.get("/metrics").text)
    assert told["zaizao_instances_started_total"] == 3
    assert told['zaizao_instances_ended_total{how="completed"}'] == 1
    assert told['zaizao_jobs{state="waiting",type="score"}'] == 1
    assert told['zaizao_jobs{state="failed",type="score"}'] == 1
    assert (told["zaizao_incidents_open"], told["zaizao_timers_late"], told["zaizao_rejections_total"]) == (1, 0, 1)
    completion = 'method="POST",route="/v2/jobs/{key}/completion",status='
    assert told[f'zaizao_requests_total{{{completion}"204"}}'] == 1
    assert told[f'zaizao_requests_total{{{completion}"404"}}'] == 1
    assert told['zaizao_requests_total{method="GET",route="(none)",status="404"}'] == 1
    assert told["zaizao_commit_seconds_count"] >= 6 and told["zaizao_batch_entries_sum"] >= 8
    assert told["process_resident_memory_bytes"] > 1e7


def test_what_was_rolled_back_is_not_counted(house: House) -> None:
    house.app.state.meters.watch_all()
    house.engine.deploy(bpmn.read(scoring()))
    with pytest.raises(ZeroDivisionError), house.engine.batch():
        house.engine.create("scoring")
        raise ZeroDivisionError
    house.engine.create("scoring")
    assert figures(house.app.state.meters.page().decode())["zaizao_instances_started_total"] == 1


def test_job_types_beyond_a_hundred_are_one_label(house: House) -> None:
    from zaizao.server.operating import meters

    held = [({(f"type-{n}", "available"): n + 1 for n in range(300)}, 0, 0)]
    jobs = meters._families(held)[0].samples
    assert len(jobs) == 101
    assert sum(sample.value for sample in jobs) == 300 * 301 / 2


def test_metrics_are_open_only_where_the_settings_say_so(tmp_path: Path) -> None:
    closed = House(tmp_path)
    assert closed.client().get("/metrics").status_code == 401
    closed.close()
    (tmp_path / "open").mkdir()
    opened = House(tmp_path / "open", {"metrics.open": True})
    assert opened.client().get("/metrics").status_code == 200
    opened.close()


def test_ready_means_that_the_store_can_be_written(house: House) -> None:
    readiness: Readiness = house.app.state.readiness
    client = house.client()
    assert client.get("/ready").json()["checks"] == {"store": True, "writer": True, "leases": True}
    with house.access.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")
    locked = sqlite3.connect(house.path, isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    readiness._looked = float("-inf")
    answer = client.get("/ready")
    locked.execute("ROLLBACK")
    locked.close()
    assert (answer.status_code, answer.json()["checks"]["store"]) == (503, False)
    readiness._looked = float("-inf")
    assert client.get("/ready").status_code == 200
    assert client.get("/health").json() == {"status": "UP"}


def test_each_request_has_an_id_that_stands_in_its_log_line(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "zaizao.requests")
    caplog.handler.setFormatter(JsonLines())
    client = house.client()
    given = client.get("/v2/topology", headers={**house.root, "X-Request-Id": "abc-1"})
    assert given.headers["X-Request-Id"] == "abc-1"
    strange = client.get("/health", headers={"X-Request-Id": "x" * 100 + "\t"})
    assert re.fullmatch("[0-9a-f]{16}", strange.headers["X-Request-Id"])
    told = json.loads(caplog.text.splitlines()[0])
    assert (told["request"], told["by"], told["route"], told["status"]) == (
        "abc-1",
        "administrator",
        "/v2/topology",
        200,
    )


class Collector:
    """An OTLP collector that keeps what it is sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_traces_go_to_the_collector_and_continue_the_caller_s(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra 'telemetry' is not installed")
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    collector = Collector()
    house = House(tmp_path, {"telemetry.endpoint": collector.address})
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {**house.root, "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    with house.client() as client:
        client.post("/v2/messages/publication", json={"name": "m"}, headers=headers)
    house.close()
    collector.server.shutdown()
    collector.server.server_close()
    spans = [
        span
        for body in collector.bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    request = next(span for span in spans if span.name == "POST /v2/messages/publication")
    assert request.trace_id.hex() == trace
    assert any(span.name == "engine.batch" for span in spans)


def test_without_an_endpoint_nothing_of_telemetry_is_made(house: House) -> None:
    assert house.app.state.meters._tracing is None
