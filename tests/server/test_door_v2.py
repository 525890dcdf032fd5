"""What the official client cannot show of ``/v2``: who may what, faults, filters, pages, listeners, the page of routes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from engine.sketch import model, service, task
from server.test_door import TOKEN
from zaizao.bpmn import Definitions, HumanWork, Listener, TaskKind
from zaizao.engine import CaseRow, CaseState, Engine, MemoryStore, SqliteStore, SystemClock
from zaizao.server.access import Access, Permission, Principal, Role, TokenGate
from zaizao.server.access.gate import guards, routes_of
from zaizao.server.door import Partitions, Writer, create_app

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
DOOR = Callable[[Definitions], TestClient]


class AnyRole:
    """A gate that takes the role's name for the token."""

    def identify(self, request: Any) -> Principal | None:
        name = request.headers.get("authorization", "").removeprefix("Bearer ")
        return Principal(name, frozenset({Role(name)})) if name in set(Role) else None


@pytest.fixture
def door(tmp_path: Path) -> Iterator[DOOR]:
    opened = []

    def open_with(definitions: Definitions) -> TestClient:
        engine = Engine(MemoryStore(), SystemClock())
        engine.deploy(definitions)
        app = create_app(Partitions([Writer(engine)]), gate=TokenGate(TOKEN), access=Access(tmp_path / "access.db"))
        client = TestClient(app, base_url="http://door/v2", headers=HEADERS)
        client.__enter__()
        opened.append(client)
        return client

    yield open_with
    for client in opened:
        client.__exit__(None, None, None)


def found(client: TestClient, path: str, **body: Any) -> list[dict[str, Any]]:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def started(client: TestClient, **body: Any) -> str:
    answer = client.post("process-instances", json={"processDefinitionId": "p", **body})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["processInstanceKey"])


SEEN_BY_ALL = ("search", "statistics", "GET")
NEEDED = {
    Permission.DESIGN: ("/v2/deployments", "/v2/resources/{key}/deletion"),
    Permission.ADMINISTER: ("/v2/clock", "/v2/clock/reset"),
    Permission.WORK: tuple(f"/v2/user-tasks/{{key}}{rest}" for rest in ("", "/assignment", "/assignee", "/completion")),
}


def test_every_route_names_the_permission_that_fits_it() -> None:
    app = create_app(Partitions([Writer(Engine(MemoryStore(), SystemClock()))]), gate=TokenGate(TOKEN))
    wrong = []
    for path, methods, dependant in routes_of(app.routes):
        if not path.startswith("/v2"):
            continue
        (method,) = methods - {"HEAD"}
        asked = guards(dependant) - {Permission.SEE}
        reading = method == "GET" or "search" in path or "statistics" in path or path == "/v2/expression/evaluation"
        named = next((permission for permission, paths in NEEDED.items() if path in paths), Permission.OPERATE)
        if asked != (set() if reading else {named}) or Permission.SEE not in guards(dependant):
            wrong.append(f"{method} {path}: {asked}")
    assert wrong == []


def test_who_may_not_is_refused_and_who_is_unknown_is_asked_to_sign_in() -> None:
    app = create_app(Partitions([Writer(Engine(MemoryStore(), SystemClock()))]), gate=AnyRole())
    with TestClient(app, base_url="http://door/v2") as client:
        refused = client.post("process-instances", json={}, headers={"Authorization": "Bearer viewer"})
        assert (refused.status_code, refused.json()["title"]) == (403, "PERMISSION_DENIED")
        seen = client.post("process-instances/search", headers={"Authorization": "Bearer viewer"})
        assert seen.status_code == 200
        assert client.post("process-instances/search").status_code == 401
        assert (
            client.put("clock", json={"timestamp": 0}, headers={"Authorization": "Bearer operator"}).status_code == 403
        )


def test_the_page_of_routes_says_what_each_is_for(door: DOOR) -> None:
    page = httpx.Response(200, content=door(model("s -> aa -> e")).get("http://door/openapi.json").content).json()
    silent = [
        f"{method} {path}"
        for path, methods in page["paths"].items()
        for method, route in methods.items()
        if path.startswith("/v2") and not (route.get("summary") and route.get("description") and route.get("tags"))
    ]
    assert silent == [] and len([path for path in page["paths"] if path.startswith("/v2")]) > 70


def test_every_route_has_its_row_in_the_reference() -> None:
    app = create_app(Partitions([Writer(Engine(MemoryStore(), SystemClock()))]), gate=TokenGate(TOKEN))
    page = (Path(__file__).parents[2] / "docs" / "reference" / "rest.md").read_text(encoding="utf-8")
    routes = {
        (path, next(iter(methods - {"HEAD"}))) for path, methods, _ in routes_of(app.routes) if path[:4] == "/v2/"
    }
    assert [route for route in sorted(routes) if f"| {route[1]} | `{route[0]}` |" not in page] == []


def test_a_question_that_is_not_understood_is_refused(door: DOOR) -> None:
    client = door(model("s -> aa -> e"))
    case = started(client)
    refused: list[tuple[str, dict[str, Any]]] = [
        ("process-instances/search", {"filter": {"nobody": 1}}),
        ("process-instances/search", {"filter": {"state": "ASLEEP"}}),
        ("process-instances/search", {"filter": {"startDate": {"$gt": "yesterday"}}}),
        ("process-instances/search", {"filter": {"processInstanceKey": {"$about": case}}}),
        ("process-instances/search", {"filter": {"processInstanceKey": "abc"}}),
        ("process-instances/search", {"sort": [{"field": "colour"}]}),
        ("process-instances/search", {"page": {"after": "bm9uc2Vuc2U="}}),
        ("process-instances/search", {"page": {"limit": 10_001}}),
        ("process-instances", {"processDefinitionId": "p", "tags": ["1st"]}),
        ("process-instances", {"processDefinitionId": "p", "startInstructions": [{"elementId": "zz"}]}),
        (f"process-instances/{case}/modification", {"terminateInstructions": [{"elementId": "zz"}]}),
        ("jobs/activation", {"type": "aa", "timeout": 0, "maxJobsToActivate": 1}),
        ("deployments", {}),
    ]
    for path, body in refused:
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json()["title"]) == (400, "INVALID_ARGUMENT"), (path, body, answer.text)
    gone = ("process-instances/99", "element-instances/99", "variables/99", "incidents/99", "user-tasks/99")
    for path in (*gone, "process-definitions/99", "decision-instances/99-1", "resources/99", "resources/99/content"):
        assert client.get(path).status_code == 404, path


def test_filters_narrow_and_combine(door: DOOR) -> None:
    client = door(model("s -> aa -> e"))
    first = started(client, variables={"n": 1, "who": "li"}, businessId="A-1", tags=["vip"])
    second = started(client, variables={"n": 2, "who": "wang"}, businessId="B-2")
    (job,) = client.post("jobs/activation", json={"type": "aa", "timeout": 9, "maxJobsToActivate": 1}).json()["jobs"]
    assert job["processInstanceKey"] == first and job["tags"] == ["vip"]
    client.post(f"jobs/{job['jobKey']}/completion")

    def keys(**wanted: Any) -> list[str]:
        return [item["processInstanceKey"] for item in found(client, "process-instances/search", filter=wanted)]

    assert keys(state="ACTIVE") == [second] and keys(state={"$neq": "ACTIVE"}) == [first]
    assert keys(state={"$like": "*D"}) == [first] and keys(businessId={"$like": "B-?"}) == [second]
    assert keys(variables=[{"name": "who", "value": '"wang"'}, {"name": "n", "value": {"$in": ["2", "3"]}}]) == [second]
    assert keys(tags=["vip"]) == [first] and keys(endDate={"$exists": False}) == [second]
    assert keys(**{"$or": [{"businessId": "A-1"}, {"elementId": "aa", "state": "ACTIVE"}]}) == [first, second]
    assert keys(processInstanceKey={"$in": [first, "1"]}, tenantId="<default>") == [first]
    assert keys(tenantId="another") == keys(parentProcessInstanceKey={"$exists": True}) == []
    assert keys(startDate={"$gt": "2020-01-01T00:00:00Z", "$lte": "2999-01-01T00:00:00+08:00"}) == [first, second]
    assert keys(processDefinitionName={"$exists": False}) == [first, second]


def test_pages_go_forwards_and_backwards(door: DOOR) -> None:
    client = door(model("s -> aa -> e"))
    cases = [started(client) for _ in range(7)]
    order = [{"field": "startDate", "order": "DESC"}]

    def page(**wanted: Any) -> tuple[list[str], dict[str, Any]]:
        answer = client.post("process-instances/search", json={"sort": order, "page": wanted}).json()
        return [item["processInstanceKey"] for item in answer["items"]], answer["page"]

    newest, first = page(limit=3)
    then, second = page(after=first["endCursor"], limit=3)
    assert newest + then == cases[::-1][:6] and second["totalItems"] == 7
    back, _ = page(before=second["startCursor"], limit=2)
    assert back == newest[1:]
    assert page(**{"from": 6, "limit": 3})[0] == cases[:1]


def test_listeners_of_a_task_agree_correct_or_deny_before_it_changes(door: DOOR) -> None:
    listeners = (Listener("assigning", '"check"'), Listener("completing", '"check"'))
    human = HumanWork(listeners=listeners)
    client = door(model("s -> hh -> e", task("hh", TaskKind.USER, human=human)))
    started(client)
    (open_task,) = found(client, "user-tasks/search")
    key = open_task["userTaskKey"]

    def answered(result: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        def work() -> dict[str, Any]:
            wanted = {"type": "check", "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": 5_000}
            (job,) = client.post("jobs/activation", json=wanted).json()["jobs"]
            assert client.post(f"jobs/{job['jobKey']}/completion", json={"result": result}).status_code == 204
            return dict(job)

        return work

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as others:
        worker = others.submit(answered({"type": "userTask", "denied": True, "deniedReason": "on leave"}))
        refused = client.post(f"user-tasks/{key}/assignment", json={"assignee": "li"})
        job = worker.result()
        assert (job["kind"], job["listenerEventType"], job["userTask"]["assignee"]) == (
            "TASK_LISTENER",
            "ASSIGNING",
            "li",
        )
        assert refused.status_code == 409 and "on leave" in refused.json()["detail"]
        worker = others.submit(answered({"type": "userTask", "corrections": {"assignee": "wang", "priority": 77}}))
        assert client.post(f"user-tasks/{key}/assignment", json={"assignee": "li"}).status_code == 204
        worker.result()
        now = client.get(f"user-tasks/{key}").json()
        assert (now["assignee"], now["priority"], now["state"]) == ("wang", 77, "CREATED")
        worker = others.submit(answered({"type": "userTask"}))
        assert client.post(f"user-tasks/{key}/completion", json={"variables": {"ok": True}}).status_code == 204
        worker.result()
    kinds = {job["listenerEventType"] for job in found(client, "jobs/search", filter={"kind": "TASK_LISTENER"})}
    assert kinds == {"ASSIGNING", "COMPLETING"}
    done = [item["operationType"] for item in found(client, f"user-tasks/{key}/audit-logs/search")]
    assert done[0] == "CREATE" and done[-1] == "COMPLETE"


def test_a_definition_is_deleted_when_nothing_follows_it_and_an_ended_case_too(door: DOOR) -> None:
    client = door(model("s -> aa -> e"))
    case = started(client)
    (definition,) = found(client, "process-definitions/search")
    key = definition["processDefinitionKey"]
    assert client.post(f"resources/{key}/deletion", json={}).status_code == 409
    assert client.post(f"process-instances/{case}/deletion").status_code == 409
    assert client.post(f"process-instances/{case}/cancellation").status_code == 204
    assert client.post(f"process-instances/{case}/cancellation").status_code == 404
    assert client.post(f"process-instances/{case}/deletion").status_code == 204
    assert client.post(f"resources/{key}/deletion", json={}).json() == {"resourceKey": key, "batchOperation": None}
    assert found(client, "process-definitions/search") == found(client, "element-instances/search") == []
    assert client.post("process-instances", json={"processDefinitionId": "p"}).status_code == 404


def test_an_activation_waits_for_the_first_job(door: DOOR) -> None:
    from threading import Timer

    client = door(model("s -> aa -> e"))
    begin = time.monotonic()
    wanted = {"type": "aa", "timeout": 60_000, "maxJobsToActivate": 5}
    assert client.post("jobs/activation", json={**wanted, "requestTimeout": -1}).json() == {"jobs": []}
    assert client.post("jobs/activation", json={**wanted, "requestTimeout": 300}).json() == {"jobs": []}
    assert time.monotonic() - begin > 0.3
    Timer(0.2, lambda: started(client)).start()
    assert len(client.post("jobs/activation", json={**wanted, "requestTimeout": 20_000}).json()["jobs"]) == 1
    late = client.post(
        "process-instances", json={"processDefinitionId": "p", "awaitCompletion": True, "requestTimeout": 200}
    )
    assert late.status_code == 504


def test_feel_is_evaluated_at_the_door(door: DOOR) -> None:
    client = door(model("s -> aa -> e"))
    told = client.post("expression/evaluation", json={"expression": "=a + 0.1", "variables": {"a": 0.2}}).json()
    assert (told["result"], told["warnings"]) == (0.3, [])
    assert client.post("expression/evaluation", json={"expression": "1 +"}).status_code == 400


@pytest.mark.slow
def test_a_hundred_thousand_rows_page_fast(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "many.db")
    engine = Engine(store, SystemClock())
    engine.deploy(model("s -> aa -> e", service("aa")))
    process = store.find(CaseRow) or engine.create("p")
    row = engine.row(process)  # type: ignore[arg-type]
    assert row is not None
    for number in range(1, 100_001):
        key = row.key + (number << 24)
        store.put(row._replace(key=key, started=row.started + number, state=CaseState.COMPLETED, ended=row.started))
        if not number % 10_000:
            store.commit()
    app = create_app(Partitions([Writer(engine)]), gate=TokenGate(TOKEN))
    with TestClient(app, base_url="http://door/v2", headers=HEADERS) as client:
        spent = []
        page: dict[str, Any] = {"limit": 100}
        for turn in range(12):
            begin = time.perf_counter()
            sort = [{"field": "startDate", "order": "DESC"}]
            body = {"filter": {"state": "COMPLETED"}, "sort": sort, "page": page}
            answer = client.post("process-instances/search", json=body).json()
            spent.append(time.perf_counter() - begin)
            assert len(answer["items"]) == 100 and answer["page"]["totalItems"] == 100_000
            page = {"after": answer["page"]["endCursor"], "limit": 100} if turn else {"from": 90_000, "limit": 100}
    assert sorted(spent)[6] < 0.5, spent
    store.close()
