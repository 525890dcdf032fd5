"""Access: sign-in, roles, tokens, groups; what strangers and the half-known cannot do; everything on record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from server.command import here
from server.house import GOOD, MINUTE, OTHER, House
from zaizao.engine import Engine, SqliteStore, VirtualClock
from zaizao.server.access import Access, Permission, Role, requires, routes_of, unguarded
from zaizao.server.access.passwords import weaknesses
from zaizao.server.door import Partitions, Writer, create_app


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def test_every_route_names_who_may_call_it_and_strangers_get_none_of_them(house: House) -> None:
    assert unguarded(house.app.routes) == []
    stranger = house.client()
    allowed = []
    for path, methods, dependant in routes_of(house.app.routes):
        if dependant is None:
            continue
        filled = path.format_map(dict.fromkeys(("key", "name", *_parameters(path)), "1"))
        for method in methods - {"HEAD", "OPTIONS"}:
            if stranger.request(method, filled, json={}).status_code not in (401, 403):
                allowed.append(f"{method} {path}")
    assert set(allowed) <= {"GET /health", "GET /ready", "POST /api/session"}


def _parameters(path: str) -> list[str]:
    return [part.split("}")[0].split(":")[0] for part in path.split("{")[1:]]


def test_a_route_without_a_permission_is_found_however_deep_it_hides() -> None:
    inner, outer = APIRouter(), APIRouter()

    @inner.get("/forgotten")
    def forgotten() -> None: ...

    @inner.get("/guarded", dependencies=[requires(Permission.SEE)])
    def guarded() -> None: ...

    outer.include_router(inner, prefix="/deep")
    app = FastAPI()
    app.include_router(outer, prefix="/api")
    assert unguarded(app.routes) == ["/api/deep/forgotten"]


def test_the_first_start_makes_one_token_and_keeps_only_its_hash(house: House) -> None:
    secret = house.root["Authorization"].removeprefix("Bearer ")
    assert house.access.first_token() is None
    assert secret.encode() not in house.path.read_bytes() + Path(f"{house.path}-wal").read_bytes()
    assert house.client().get("/api/session", headers=house.root).json()["roles"] == ["administrator"]


def test_a_person_signs_in_works_by_role_and_signs_out(house: House) -> None:
    house.add("Ann", Role.OPERATOR, groups=("officers",))
    client = house.signed_in(" ANN ")
    told = client.get("/api/session").json()
    assert (told["name"], told["groups"]) == ("ann", ["officers"])
    assert told["permissions"] == ["operate", "see", "work"]
    assert client.get("/v2/topology").status_code == 200
    assert client.get("/api/users").status_code == 403
    assert client.delete("/api/session").status_code == 204
    assert client.get("/v2/topology").status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    house.add("ann", Role.OPERATOR)
    answer = house.client().post("/api/session", json={"name": "ann", "password": GOOD})
    session = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("zaizao_session="))
    assert "HttpOnly" in session and "SameSite=strict" in session
    secret = session.split("=")[1].split(";")[0]
    assert secret.encode() not in house.path.read_bytes() + Path(f"{house.path}-wal").read_bytes()


def test_a_change_without_the_session_s_own_header_is_refused(house: House) -> None:
    house.add("ann", Role.OPERATOR)
    house.add("bob", Role.OPERATOR)
    ann, bob = house.signed_in("ann"), house.signed_in("bob")
    message = {"name": "m"}
    assert ann.post("/v2/messages/publication", json=message).status_code == 200
    for forged in ("", "x", bob.headers["X-CSRF-Token"]):
        answer = ann.post("/v2/messages/publication", json=message, headers={"X-CSRF-Token": forged})
        assert answer.status_code == 403, forged


def test_guessing_is_slowed_for_known_and_unknown_names_alike(house: House) -> None:
    house.add("ann", Role.OPERATOR)
    client = house.client()
    for name in ("ann", "nobody"):
        wrong = {"name": name, "password": "wrong"}
        assert [client.post("/api/session", json=wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    right = {"name": "ann", "password": GOOD}
    held = client.post("/api/session", json=right)
    assert (held.status_code, held.headers["Retry-After"]) == (429, "30")
    house.clock.advance(30_000_000)
    assert client.post("/api/session", json={"name": "ann", "password": "wrong"}).status_code == 401
    house.clock.advance(59_000_000)
    assert client.post("/api/session", json=right).status_code == 429
    house.clock.advance(1_000_000)
    assert client.post("/api/session", json=right).status_code == 200


def test_sessions_end_after_idleness_and_after_a_day_s_work(house: House) -> None:
    house.add("ann", Role.VIEWER)
    client = house.signed_in("ann")
    for _ in range(25):
        house.clock.advance(28 * MINUTE)
        assert client.get("/api/session").status_code == 200
    house.clock.advance(31 * MINUTE)
    assert client.get("/api/session").status_code == 401
    again = house.signed_in("ann")
    for _ in range(26):
        house.clock.advance(28 * MINUTE)
        again.get("/api/session")
    assert again.get("/api/session").status_code == 401


@pytest.mark.parametrize(
    "password",
    ["short one", "aaaaaaaaaaaaaaaa", "12345678901234", "qwertyuiop[]\\as", "my name is margaret", "x" * 300],
)
def test_weak_passwords_are_refused_with_the_reason(password: str) -> None:
    assert weaknesses(password, name="margaret") != []
    assert weaknesses(GOOD, name="margaret") == []
    assert weaknesses("再造流程的银行员工今天很高兴吗", name="margaret") == []


def test_one_changes_one_s_own_password_and_other_sessions_end(house: House) -> None:
    house.add("ann", Role.VIEWER)
    here, elsewhere = house.signed_in("ann"), house.signed_in("ann")
    assert here.put("/api/session/password", json={"old": "wrong", "new": OTHER}).status_code == 403
    assert here.put("/api/session/password", json={"old": GOOD, "new": "short"}).status_code == 400
    assert here.put("/api/session/password", json={"old": GOOD, "new": OTHER}).status_code == 204
    assert (here.get("/api/session").status_code, elsewhere.get("/api/session").status_code) == (200, 401)
    assert house.signed_in("ann", OTHER).get("/api/session").status_code == 200


def test_who_got_a_password_from_someone_else_may_only_choose_another(house: House) -> None:
    root = house.client()
    wanted = {"name": "ann", "password": GOOD, "roles": ["operator"]}
    assert root.post("/api/users", json=wanted, headers=house.root).json()["mustChangePassword"] is True
    ann = house.signed_in("ann")
    assert ann.get("/v2/topology").status_code == 403
    assert ann.put("/api/session/password", json={"old": GOOD, "new": OTHER}).status_code == 204
    assert ann.get("/v2/topology").status_code == 200


def test_a_disabled_person_is_out_at_once_with_their_tokens(house: House) -> None:
    house.add("ann", Role.ADMINISTRATOR)
    ann, root = house.signed_in("ann"), house.client()
    made = ann.post("/api/tokens", json={"name": "ann-cli", "roles": ["operator"]}).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    assert (made["owner"], root.get("/v2/topology", headers=headers).status_code) == ("ann", 200)
    answer = root.patch("/api/users/ann", json={"disabled": True}, headers=house.root)
    assert answer.json()["disabled"] is True
    assert ann.get("/v2/topology").status_code == 401
    assert root.get("/v2/topology", headers=headers).status_code == 401
    assert root.post("/api/session", json={"name": "ann", "password": GOOD}).status_code == 401


def test_a_person_s_token_never_holds_more_than_the_person(house: House) -> None:
    house.add("ann", Role.VIEWER)
    secret = house.access.registry.add_token("t", [Role.ADMINISTRATOR, Role.VIEWER], by="test", owner="ann")
    told = house.client().get("/api/session", headers={"Authorization": f"Bearer {secret}"}).json()
    assert (told["roles"], told["person"]) == (["viewer"], "ann")


def test_tokens_expire_and_are_revoked(house: House) -> None:
    client = house.client()
    wanted = {"name": "worker", "roles": ["operator"], "expiresInDays": 1}
    made = client.post("/api/tokens", json=wanted, headers=house.root).json()
    headers = {"Authorization": f"bearer {made['secret']}"}
    assert client.get("/v2/topology", headers=headers).status_code == 200
    listed = client.get("/api/tokens", headers=house.root).json()["items"]
    assert [token["name"] for token in listed] == ["administrator", "worker"]
    assert not any("secret" in token or "hash" in token for token in listed)
    house.clock.advance(24 * 60 * MINUTE)
    assert client.get("/v2/topology", headers=headers).status_code == 401
    assert client.delete("/api/tokens/administrator", headers=house.root).status_code == 204
    assert client.get("/api/users", headers=house.root).status_code == 401


def test_the_last_administrator_stays(house: House) -> None:
    house.add("ann", Role.ADMINISTRATOR)
    ann = house.signed_in("ann")
    assert ann.delete("/api/tokens/administrator").status_code == 204
    for change in ({"roles": ["viewer"]}, {"disabled": True}):
        refused = ann.patch("/api/users/ann", json=change)
        assert (refused.status_code, refused.json()["title"]) == (409, "INVALID_STATE")
    house.add("bob", Role.ADMINISTRATOR)
    assert ann.patch("/api/users/ann", json={"roles": ["viewer"]}).json()["roles"] == ["viewer"]


def test_faults_of_access_have_the_right_status(house: House) -> None:
    client = house.client()
    wanted = {"name": "ann", "password": GOOD}
    assert client.post("/api/users", json=wanted, headers=house.root).status_code == 201
    assert client.post("/api/users", json={**wanted, "name": "ANN"}, headers=house.root).status_code == 409
    assert client.post("/api/users", json={**wanted, "name": "a b"}, headers=house.root).status_code == 400
    assert client.patch("/api/users/nobody", json={}, headers=house.root).status_code == 404
    assert client.get("/api/users/nobody", headers=house.root).status_code == 404
    assert client.delete("/api/tokens/nothing", headers=house.root).status_code == 404
    assert (
        client.post("/api/users", json={**wanted, "name": "b", "roles": ["king"]}, headers=house.root).status_code
        == 400
    )


def test_who_did_what_stands_in_the_journal_with_what_it_changed(house: House) -> None:
    with house.client() as client:
        client.post("/api/users", json={"name": "ann", "roles": ["operator"]}, headers=house.root)
        client.post(
            "/v2/messages/publication",
            json={"name": "m", "timeToLive": 60_000},
            headers={**house.root, "X-Request-Id": "r-1"},
        )
        client.post("/v2/process-instances/72057594054705152/cancellation", headers=house.root)
        acts = house.acts()
    assert [(act.by, act.action, act.target) for act in acts] == [
        ("command line", "token.add", "administrator"),
        ("administrator", "user.add", "ann"),
        ("administrator", "POST /v2/messages/publication", ""),
        ("administrator", "POST /v2/process-instances/{key}/cancellation", "72057594054705152"),
    ]
    assert acts[2].detail == {"request": "r-1"}
    events = [type(record.event).__name__ for record in house.engine.journal()]
    assert events[2:] == ["Acted", "MessagePublished", "Acted", "Rejection"]
    assert house.engine.verify() == len(events)


def test_what_was_changed_while_the_server_was_down_is_recorded_when_it_starts(tmp_path: Path) -> None:
    data = tmp_path / "bank.db"
    store = SqliteStore(data)
    store.close()
    made = here("user", "add", "ann", "--role", "operator", "--data", data, cwd=tmp_path, stdin=f"{GOOD}\n")
    assert made.returncode == 0, made.stderr
    assert "ann" in made.stdout and GOOD not in made.stdout
    weak = here("user", "add", "bob", "--data", data, cwd=tmp_path, stdin="short\n")
    assert weak.returncode == 2 and "password" in weak.stderr
    token = here("token", "add", "ci", "--role", "designer", "--json", "--data", data, cwd=tmp_path)
    assert token.returncode == 0 and '"secret": "zz_' in token.stdout
    house = House.__new__(House)
    house.store = SqliteStore(data)
    house.engine = Engine(house.store, VirtualClock(1))
    access = Access(data)
    with TestClient(create_app(Partitions([Writer(house.engine)]), access=access)):
        pass
    assert [(act.action, act.target) for act in house.acts()] == [("user.add", "ann"), ("token.add", "ci")]
    assert all("command line" in act.by for act in house.acts())
    access.close()
    house.store.close()


def test_no_password_or_secret_reaches_the_journal(house: House) -> None:
    client = house.client()
    client.post("/api/users", json={"name": "ann", "password": GOOD}, headers=house.root)
    client.put("/api/users/ann/password", json={"password": OTHER}, headers=house.root)
    secret = client.post("/api/tokens", json={"name": "t"}, headers=house.root).json()["secret"]
    assert house.access.journaling is not None
    house.access.journaling.drain()
    with sqlite3.connect(house.path) as database:
        bodies = b"".join(body for (body,) in database.execute("SELECT body FROM journal"))
    for hidden in (GOOD, OTHER, secret, "argon2"):
        assert hidden.encode() not in bodies
