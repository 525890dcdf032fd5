"""The console's API on models being drawn, the library and the overview; and what a run may be asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from zaizao import bpmn, scenarios, simulation
from zaizao.engine import Engine, MemoryStore, SystemClock
from zaizao.server.access import Access, TokenGate
from zaizao.server.assumptions import WantedRun, edited
from zaizao.server.console import furnish
from zaizao.server.door import Partitions, Writer, create_app

GOOD = bpmn.write(scenarios.load(scenarios.bundled()).definitions).decode()
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="limits" namespace="urn:test">
<inputData id="a" name="amount"><variable name="amount" typeRef="number"/></inputData>
<decision id="route" name="route"><variable name="route" typeRef="string"/>
<informationRequirement><requiredInput href="#a"/></informationRequirement>
<decisionTable hitPolicy="FIRST"><input><inputExpression><text>amount</text></inputExpression></input>
<output name="route"/><rule><inputEntry><text>&lt;= 100</text></inputEntry><outputEntry><text>"auto"</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"manual"</text></outputEntry></rule></decisionTable></decision>
</definitions>"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    partitions = Partitions([Writer(Engine(MemoryStore(), SystemClock()))])
    app = create_app(partitions, gate=TokenGate("secret"), access=Access(tmp_path / "access.db"))
    furnish(app, tmp_path / "files", tmp_path / "static")
    with TestClient(app, headers={"Authorization": "Bearer secret"}) as client:
        yield client


def test_a_draft_keeps_its_text_and_a_note_makes_a_version(client: TestClient) -> None:
    made = client.post("/api/models", json={"name": "贷款", "kind": "bpmn", "source": "one"}).json()
    client.put(f"/api/models/{made['id']}", json={"source": "two"})
    kept = client.put(f"/api/models/{made['id']}", json={"source": "three", "note": "改了利率"}).json()
    assert [version["note"] for version in kept["versions"]] == ["改了利率"]
    client.put(f"/api/models/{made['id']}", json={"source": "four"})
    assert client.get(f"/api/models/{made['id']}").json()["source"] == "four"
    assert client.get(f"/api/models/{made['id']}/versions/1").json()["source"] == "three"
    assert client.get(f"/api/models/{made['id']}/versions/2").status_code == 404


def test_a_check_names_the_element_and_never_refuses(client: TestClient) -> None:
    assert client.post("/api/models/check", json={"kind": "bpmn", "source": "<not xml"}).json()["problems"]
    process = bpmn.read(GOOD.encode()).processes[0]
    end = next(node for node in process.nodes if isinstance(node, bpmn.Gateway))
    broken = GOOD.replace(f'sourceRef="{end.id}"', 'sourceRef="nobody"')
    problems = client.post("/api/models/check", json={"kind": "bpmn", "source": broken}).json()["problems"]
    assert any(problem["severity"] == "error" for problem in problems)
    assert all({"zh", "en"} == set(problem["what"]) for problem in problems)


def test_an_entity_bomb_is_a_problem_and_not_a_crash(client: TestClient) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><definitions>&b;</definitions>'
    for kind in ("bpmn", "dmn"):
        found = client.post("/api/models/check", json={"kind": kind, "source": bomb}).json()["problems"]
        assert any(problem["severity"] == "error" for problem in found)


def test_test_cases_of_a_table_say_the_value_and_the_rule(client: TestClient) -> None:
    asked = {"source": TABLE, "decision": "route", "cases": [{"amount": "50"}, {"amount": "500"}, {"amount": "1 +"}]}
    results = client.post("/api/models/trial", json=asked).json()["results"]
    assert [result["value"] for result in results] == ["auto", "manual", None]
    assert [hit["rules"] for hit in results[0]["rules"]] == [[1, 2]], "both match; FIRST takes the first"
    assert results[2]["problems"]


def test_the_layout_gives_every_node_a_place(client: TestClient) -> None:
    laid = client.post("/api/models/layout", json={"kind": "bpmn", "source": GOOD}).content
    read = bpmn.read(laid)
    assert read.diagram is not None
    assert {node.id for node in read.processes[0].nodes} <= set(read.diagram.shapes)


def test_the_library_shows_the_bundled_pack_with_its_process(client: TestClient) -> None:
    (pack,) = [one for one in client.get("/api/library").json()["items"] if one["id"] == "city-bank-loan"]
    assert pack["tasks"] > 20
    assert client.get("/api/library/city-bank-loan").json()["readme"]["zh"]
    assert b"BPMNDiagram" in client.get("/api/library/city-bank-loan/model").content
    assert client.get("/api/library/..%2f..%2fetc").status_code == 404


def test_the_overview_of_an_empty_house_counts_nothing(client: TestClient) -> None:
    found = client.get("/api/overview").json()
    assert (found["initiativeCount"], found["logs"], found["models"]) == (0, 0, 0)
    assert set(found["load"].values()) == {0}


@pytest.mark.parametrize(
    "run",
    [
        {"evaluations": 1},
        {"goals": [{"measure": "cycle_time.median"}]},
        {"goals": [{"measure": "magic", "change": -0.3}]},
        {"arrivals": 0},
        {"surprise": 1},
    ],
)
def test_a_run_that_makes_no_sense_is_refused_before_it_starts(client: TestClient, run: dict[str, object]) -> None:
    key = (
        client.post("/api/logs/generated", json={"pack": "city-bank-loan"}).json()["id"] if "goals" in run else "0" * 12
    )
    refused = client.post("/api/initiatives", json={"log": key, "run": run})
    assert refused.status_code == 400, refused.text
    assert client.get("/api/initiatives").json()["items"] == []


def test_what_a_person_sets_in_a_scenario_is_there_and_marked_as_theirs() -> None:
    scenario = scenarios.load(scenarios.bundled()).scenario
    name, role = next((name, role) for name, role in scenario.roles.items() if len(role.resources) > 1)
    wanted = WantedRun.model_validate(
        {"arrivals": 1.5, "roles": {name: {"people": len(role.resources) + 3, "costPerHour": 9_900}}}
    )
    after = edited(scenario, wanted)
    people = after.roles[name].resources
    assert len(people) == len(role.resources) + 3
    assert len({one.name for one in people}) == len(people), "two people of one name would be one"
    assert {one.cost_per_hour for one in people if not one.automatic} == {9_900}
    assert sum(after.arrivals.hourly) == pytest.approx(1.5 * sum(scenario.arrivals.hourly))
    assert after.arrivals.origin is simulation.Origin.PERSON
    assert len(edited(scenario, WantedRun.model_validate({"roles": {name: {"people": 1}}})).roles[name].resources) == 1
