"""The console's API on logs: from an uploaded file to its map, its findings and its cases."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from zaizao.engine import Engine, MemoryStore, SystemClock
from zaizao.server.access import Access, Permission, Principal, Role, TokenGate, permissions
from zaizao.server.console import furnish
from zaizao.server.door import Partitions, Writer, create_app

ROWS = """单号,环节,到达,办结,柜员,渠道
1,受理,2026-03-02 09:00,2026-03-02 09:10,王,网点
1,审批,2026-03-02 13:00,2026-03-02 13:30,李,网点
1,放款,2026-03-03 09:00,2026-03-03 09:05,赵,网点
2,受理,2026-03-02 10:00,2026-03-02 10:10,王,手机
2,补件,2026-03-04 10:00,2026-03-04 10:20,王,手机
2,审批,2026-03-05 09:00,2026-03-05 09:40,李,手机
2,放款,2026-03-05 15:00,2026-03-05 15:05,赵,手机
3,受理,2026-03-03 11:00,2026-03-03 11:10,王,手机
3,审批,2026-03-03 15:00,2026-03-03 15:30,李,手机
"""
ROLES = {"case": "单号", "activity": "环节", "start": "到达", "end": "办结", "resource": "柜员"}


def app_over(folder: Path) -> FastAPI:
    app = create_app(
        Partitions([Writer(Engine(MemoryStore(), SystemClock()))]),
        gate=TokenGate("secret"),
        access=Access(folder / "access.db"),
    )
    furnish(app, folder / "files", folder / "static")
    return app


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_over(tmp_path), headers={"Authorization": "Bearer secret"}) as client:
        yield client


@pytest.fixture
def log(client: TestClient) -> str:
    made = client.post("/api/logs", files={"file": ("贷款.csv", ROWS.encode("gbk"))})
    assert made.status_code == 201, made.text
    key: str = made.json()["id"]
    read = client.put(f"/api/logs/{key}/mapping", json={"columns": ROLES, "zone": "Asia/Shanghai"})
    assert read.status_code == 200, read.text
    return key


def test_an_uploaded_file_shows_its_columns_and_which_is_probably_what(client: TestClient) -> None:
    made = client.post("/api/logs", files={"file": ("贷款.csv", ROWS.encode("gbk"))}).json()
    assert made["preview"]["columns"] == ["单号", "环节", "到达", "办结", "柜员", "渠道"]
    assert made["preview"]["roles"]["case"] == "单号"
    assert made["preview"]["roles"]["activity"] == "环节"
    assert made["preview"]["total"] == 9
    assert made["ready"] is False
    assert client.get(f"/api/logs/{made['id']}/map").status_code == 400, "before its columns are mapped there is no map"


def test_a_mapped_log_has_facts_and_stands_in_the_list(client: TestClient, log: str) -> None:
    one = client.get(f"/api/logs/{log}").json()
    assert (one["facts"]["cases"], one["facts"]["events"], one["variants"]) == (3, 9, 3)
    assert one["about"]["zone"] == "Asia/Shanghai"
    assert {attribute["name"] for attribute in one["attributes"]} == {"渠道"}
    assert [item["id"] for item in client.get("/api/logs").json()["items"]] == [log]


def test_the_map_places_every_activity_apart_and_connects_start_and_end(client: TestClient, log: str) -> None:
    drawn = client.get(f"/api/logs/{log}/map").json()
    boxes = [(node["x"], node["y"], node["x"] + node["width"], node["y"] + node["height"]) for node in drawn["nodes"]]
    assert {node["name"] for node in drawn["nodes"]} == {"受理", "补件", "审批", "放款"}
    for k, (x, y, right, below) in enumerate(boxes):
        assert all(right <= a or c <= x or below <= b or d <= y for a, b, c, d in boxes[k + 1 :]), "boxes overlap"
    assert {edge["source"] for edge in drawn["edges"]} >= {-1}
    assert {edge["target"] for edge in drawn["edges"]} >= {-1}
    assert sum(edge["count"] for edge in drawn["edges"] if edge["source"] == -1) == 3


@pytest.mark.parametrize(
    ("one", "cases"),
    [
        ({"kind": "having", "activities": ["补件"]}, 1),
        ({"kind": "without", "activities": ["补件"]}, 2),
        ({"kind": "ending", "activities": ["审批"]}, 1),
        ({"kind": "following", "first": "受理", "then": "审批"}, 2),
        ({"kind": "variant", "ranks": [0]}, 1),
        ({"kind": "lasting", "least": 2 * 86_400}, 1),
        ({"kind": "attribute", "name": "渠道", "values": ["手机"]}, 2),
        ({"kind": "cases", "names": ["1", "3"]}, 2),
    ],
)
def test_a_filter_narrows_map_variants_and_cases_alike(
    client: TestClient, log: str, one: dict[str, object], cases: int
) -> None:
    asked = {"filters": json.dumps([one])}
    assert client.get(f"/api/logs/{log}/map", params=asked).json()["cases"] == cases
    assert client.get(f"/api/logs/{log}/variants", params=asked).json()["cases"] == cases
    assert client.get(f"/api/logs/{log}/cases", params=asked).json()["total"] == cases


@pytest.mark.parametrize("text", ["{", "3", '[{"kind": "magic"}]', '[{"kind": "having"}]', "[1]"])
def test_what_is_no_filter_is_refused_in_words(client: TestClient, log: str, text: str) -> None:
    refused = client.get(f"/api/logs/{log}/map", params={"filters": text})
    assert refused.status_code == 400
    assert "filter" in refused.json()["detail"]


def test_cases_are_sorted_and_paged_by_the_server(client: TestClient, log: str) -> None:
    found = client.get(f"/api/logs/{log}/cases", params={"sort": "duration", "limit": 1}).json()
    assert (found["total"], found["items"][0]["case"]) == (3, "2")
    last = client.get(f"/api/logs/{log}/cases", params={"sort": "duration", "from": 2, "limit": 1}).json()
    assert last["items"][0]["case"] == "3"
    history = client.get(f"/api/logs/{log}/case", params={"name": "2"}).json()
    assert [event["activity"] for event in history["events"]] == ["受理", "补件", "审批", "放款"]
    assert history["attributes"] == {"渠道": "手机"}


@pytest.mark.parametrize(
    "part", ["waiting", "rework", "handovers", "robots", "drift", "deviations", "delays", "effects"]
)
def test_every_part_of_the_findings_answers_on_a_small_log(client: TestClient, log: str, part: str) -> None:
    found = client.get(f"/api/logs/{log}/findings/{part}")
    assert found.status_code == 200, found.text
    assert isinstance(found.json()["items"], list)


def test_the_hours_of_waiting_by_cause_add_up(client: TestClient, log: str) -> None:
    found = client.get(f"/api/logs/{log}/findings/waiting").json()
    assert sum(found["hours"].values()) == pytest.approx(found["total"])
    assert sum(item["total"] for item in found["items"]) == pytest.approx(found["total"])


def test_a_discovered_model_is_bpmn_and_a_log_exports_again(client: TestClient, log: str) -> None:
    assert b"<bpmn:process" in client.get(f"/api/logs/{log}/model").content.replace(b"<process", b"<bpmn:process")
    text = client.get(f"/api/logs/{log}/export", params={"form": "csv"}).text
    assert text.count("\n") == 10


def test_two_logs_are_compared(client: TestClient, log: str) -> None:
    asked = {"filters": json.dumps([{"kind": "having", "activities": ["补件"]}]), "other": log}
    found = client.get(f"/api/logs/{log}/comparison", params=asked).json()
    assert (found["casesA"], found["casesB"]) == (1, 3)


def test_an_unknown_or_hostile_id_is_not_found(client: TestClient) -> None:
    for key in ("000000000000", "..%2f..%2fetc", "abc"):
        assert client.get(f"/api/logs/{key}").status_code in (400, 404)


def test_a_removed_log_is_gone(client: TestClient, log: str) -> None:
    assert client.delete(f"/api/logs/{log}").status_code == 204
    assert client.get("/api/logs").json()["items"] == []


def test_a_viewer_may_look_and_not_import(tmp_path: Path) -> None:
    class Viewer:
        def identify(self, request: object) -> Principal:
            return Principal("viewer", frozenset({Role.VIEWER}))

    assert Permission.DESIGN not in permissions([Role.VIEWER])
    app = app_over(tmp_path)
    app.state.gate = Viewer()
    with TestClient(app) as client:
        assert client.get("/api/logs").status_code == 200
        assert client.post("/api/logs", files={"file": ("a.csv", b"a,b\n1,2\n")}).status_code == 403
        assert client.post("/api/logs/generated", json={"pack": "city-bank-loan"}).status_code == 403


def test_files_of_the_console_are_cached_by_name_and_deep_links_give_the_page(tmp_path: Path) -> None:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<title>page</title>")
    (static / "assets" / "main-1a2b.js").write_text("1")
    with TestClient(app_over(tmp_path)) as client:
        page = client.get("/initiatives/42/prove")
        assert page.text == "<title>page</title>"
        assert page.headers["cache-control"] == "no-cache"
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert "immutable" in client.get("/assets/main-1a2b.js").headers["cache-control"]
        assert client.get("/assets/old-9z.js").status_code == 404
        assert client.get("/api/nothing-here").status_code == 404
        assert client.get("/..%2f..%2fetc%2fpasswd").text == "<title>page</title>"
