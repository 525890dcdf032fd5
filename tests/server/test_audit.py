"""The audit trail and the journal's chain: who did what, found again; a changed record is found out."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.command import here
from server.house import House
from server.test_approvals import model
from zaizao import bpmn
from zaizao.engine import SqliteStore
from zaizao.server.access import Role

FORGED = "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), 'omar', 'rita') AS BLOB) WHERE "


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.add("omar", Role.OPERATOR)
    made.add("rita", Role.AUDITOR)
    yield made
    made.close()


def busy(house: House) -> None:
    house.engine.deploy(bpmn.read(model()))
    omar = house.signed_in("omar")
    for n in range(5):
        house.clock.advance(1_000_000)
        headers = {"X-Request-Id": f"r-{n}"}
        omar.post("/v2/process-instances", json={"processDefinitionId": "loan"}, headers=headers)
    omar.post("/v2/process-instances/123/cancellation")


def test_the_trail_is_found_by_person_action_and_time_page_by_page(house: House) -> None:
    busy(house)
    rita = house.signed_in("rita")
    action = "POST /v2/process-instances"
    found = rita.get("/api/audit", params={"person": "omar", "action": action}).json()["items"]
    assert [act["detail"]["request"] for act in found] == ["r-4", "r-3", "r-2", "r-1", "r-0"]
    since, until = found[3]["at"], found[1]["at"]
    some = rita.get("/api/audit", params={"action": action, "since": since, "until": until}).json()["items"]
    assert [act["detail"]["request"] for act in some] == ["r-2", "r-1"]
    pages, before = [], ""
    while before is not None:
        page = rita.get("/api/audit", params={"person": "omar", "limit": 3, "before": before}).json()
        pages += page["items"]
        before = page["next"]
    whole = rita.get("/api/audit", params={"person": "omar"}).json()["items"]
    assert pages == whole and len(whole) == 7
    assert whole[0]["action"] == "POST /v2/process-instances/{key}/cancellation"
    assert (whole[0]["target"], whole[0]["rejected"]) == ("123", "not-found")
    signed = rita.get("/api/audit", params={"action": "session.*"}).json()["items"]
    assert [act["by"] for act in signed] == ["rita", "omar"]


def test_only_auditors_read_the_trail(house: House) -> None:
    omar = house.signed_in("omar")
    assert omar.get("/api/audit").status_code == 403
    assert omar.post("/api/audit/verification").status_code == 403
    rita = house.signed_in("rita")
    assert rita.get("/api/audit", params={"since": "2026-01-01T00:00:00"}).status_code == 400
    assert rita.get("/api/audit", params={"before": "x-y-z"}).status_code == 400


def test_a_change_that_reached_the_journal_twice_counts_once(house: House) -> None:
    assert house.access.journaling is not None
    with house.access.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM access_changes").all()
    house.access.journaling.drain()
    with house.access.database.engine.begin() as connection:  # the journal had them; their removal was lost
        connection.exec_driver_sql("INSERT INTO access_changes VALUES (?,?,?,?,?,?)", tuple(rows[0]))
    house.access.journaling.drain()
    acts = [act.target for act in house.acts()]
    assert acts.count("administrator") == 2
    listed = house.signed_in("rita").get("/api/audit", params={"target": "administrator"}).json()["items"]
    assert len(listed) == 1


def test_verification_says_whether_the_journal_is_whole(house: House) -> None:
    busy(house)
    rita = house.signed_in("rita")
    told = rita.post("/api/audit/verification").json()
    assert told["whole"] is True and told["records"] == house.engine.verify()
    with sqlite3.connect(house.path) as database:
        database.execute(FORGED + "instr(CAST(body AS TEXT), 'omar') > 0")
    told = rita.post("/api/audit/verification").json()
    assert told["whole"] is False and "was changed" in told["problems"][0]


TAMPERING = {
    "changed": FORGED + "position = {}",
    "backdated": "UPDATE journal SET at = at - 1 WHERE position = {}",
    "missing": "DELETE FROM journal WHERE position = {}",
    "cut off": "DELETE FROM journal WHERE position >= {}",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING)
def test_tampering_with_the_file_is_found_with_its_place(house: House, tmp_path: Path, statement: str) -> None:
    busy(house)
    records = house.engine.verify()
    position = next(record.position for record in house.engine.journal() if getattr(record.event, "by", "") == "omar")
    house.store.close()
    if statement == TAMPERING["changed"]:
        whole = here("journal", "verify", "--data", house.path, "--json", cwd=tmp_path)
        assert (whole.returncode, json.loads(whole.stdout)) == (0, {"whole": True, "records": records})
    with sqlite3.connect(house.path) as database:
        database.execute(statement.format(position))
    broken = here("journal", "verify", "--data", house.path, cwd=tmp_path)
    assert broken.returncode == 1
    assert f"record {position}" in broken.stderr


def test_the_journal_is_exported_and_backed_up_beside_the_running_engine(house: House, tmp_path: Path) -> None:
    busy(house)
    exported = here("journal", "export", "log.csv", "--data", house.path, cwd=tmp_path)
    assert exported.returncode == 0, exported.stderr
    assert "5 cases, 5 events" in exported.stdout
    saved = here("backup", "--data", house.path, "--to", "saved.db", cwd=tmp_path)
    assert saved.returncode == 0, saved.stderr
    again = here("backup", "--data", house.path, "--to", "saved.db", cwd=tmp_path)
    assert again.returncode == 2
    restored = here("restore", "saved.db", "--data", "new.db", "--json", cwd=tmp_path)
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["records"] == house.engine.verify()
    users = here("user", "list", "--data", "new.db", cwd=tmp_path)
    assert "omar" in users.stdout and "rita" in users.stdout
    assert here("restore", "saved.db", "--data", "new.db", cwd=tmp_path).returncode == 2
    with sqlite3.connect(tmp_path / "saved.db") as database:
        database.execute("UPDATE journal SET at = at + 1 WHERE position = 3")
    harmed = here("restore", "saved.db", "--data", "other.db", cwd=tmp_path)
    assert harmed.returncode == 2 and "record 3" in harmed.stderr
    assert not (tmp_path / "other.db").exists()


def test_verifying_beside_a_busy_writer_raises_no_false_alarm(house: House) -> None:
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            house.engine.acted("busy", "write")

    writing = threading.Thread(target=write)
    writing.start()
    reader = SqliteStore(house.path, read_only=True)
    found = [reader.verify()]
    end = time.monotonic() + 20
    while found[-1] < 200 and time.monotonic() < end:
        found.append(reader.verify())
    over.set()
    writing.join()
    reader.close()
    assert found == sorted(found) and found[-1] > found[0] and len(found) > 2
