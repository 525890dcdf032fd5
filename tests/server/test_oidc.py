"""OpenID Connect against a real provider over HTTP: discovery, keys, signed tokens; what does not hold is nobody."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from server.house import House
from zaizao.server.access import AccessError, OidcGate, Provider, Role
from zaizao.server.opening import provider_from
from zaizao.server.settings import Settings

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


class Idp:
    """A provider: it serves its description and keys, and signs what it is asked to."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"rsa-1": RSA}
        self.fetched = 0
        idp = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pages = {"/.well-known/openid-configuration": idp.description, "/keys": idp.jwks}
                body = json.dumps(pages[self.path]()).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def description(self) -> dict[str, str]:
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}

    def jwks(self) -> dict[str, Any]:
        self.fetched += 1
        algorithms = {"rsa": jwt.algorithms.RSAAlgorithm, "ec": jwt.algorithms.ECAlgorithm}
        found = []
        for kid, key in self.keys.items():
            jwk = json.loads(algorithms[kid.split("-")[0]].to_jwk(key.public_key()))
            found.append({**jwk, "kid": kid, "use": "sig"})
        return {"keys": found}

    def token(self, key: Any = RSA, kid: str = "rsa-1", alg: str = "RS256", **claims: Any) -> str:
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "aud": "zaizao",
            "sub": "7",
            "preferred_username": "Olga",
            "iat": now,
            "exp": now + 300,
            "realm_access": {"roles": ["bank-operators", "something-else"]},
            "groups": ["officers"],
        }
        merged = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(merged, key, algorithm=alg, headers={"kid": kid})


@pytest.fixture
def idp() -> Iterator[Idp]:
    made = Idp()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def gate(idp: Idp, house: House, **changes: Any) -> OidcGate:
    settings = Settings(
        {
            "oidc.issuer": idp.issuer,
            "oidc.roles_claim": "realm_access.roles",
            "oidc.roles": {"bank-operators": "operator", "bank-admins": "administrator"},
            **changes,
        }
    )
    return OidcGate(provider_from(settings), house.access.registry)


def test_a_provider_s_token_brings_name_roles_and_groups_to_the_door(idp: Idp, house: House) -> None:
    house.app.state.gate = gate(idp, house)
    client = house.client()
    told = client.get("/api/session", headers={"Authorization": f"Bearer {idp.token()}"}).json()
    assert (told["name"], told["person"], told["roles"], told["groups"]) == ("olga", "olga", ["operator"], ["officers"])
    assert client.get("/api/users", headers={"Authorization": f"Bearer {idp.token()}"}).status_code == 403
    assert client.get("/v2/topology", headers={"Authorization": f"Bearer {idp.token(exp=1)}"}).status_code == 401


def test_a_token_that_does_not_hold_in_every_respect_is_nobody_s(idp: Idp, house: House) -> None:
    known = gate(idp, house)
    now = int(time.time())
    good = idp.token()
    assert known.person(good) is not None
    head, body, mark = good.split(".")
    richer = base64.urlsafe_b64encode(
        json.dumps({**jwt.decode(good, options={"verify_signature": False}), "preferred_username": "root"}).encode()
    ).decode().rstrip("=")  # fmt: skip
    wrong = {
        "another issuer": idp.token(iss="https://elsewhere"),
        "another audience": idp.token(aud="payments"),
        "over": idp.token(exp=now - 120),
        "not yet": idp.token(nbf=now + 120),
        "from the future": idp.token(iat=now + 600),
        "no expiry": idp.token(exp=None),
        "no audience": idp.token(aud=None),
        "no name": idp.token(preferred_username=None),
        "another's key": idp.token(OTHER_RSA),
        "an unknown key id": idp.token(kid="rsa-9"),
        "changed body": f"{head}.{richer}.{mark}",
        "no signature": f"{head}.{body}.",
        "algorithm none": jwt.encode({"preferred_username": "root"}, None, algorithm="none", headers={"kid": "rsa-1"}),
        "public key as secret": confused(idp),
        "not allowed algorithm": idp.token(alg="PS256"),
    }
    assert [name for name, token in wrong.items() if known.person(token) is not None] == []


def confused(idp: Idp) -> str:
    """HS256 with the provider's public key as the secret: the classic confusion of algorithms."""
    public = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def part(value: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    claims = jwt.decode(idp.token(), options={"verify_signature": False})
    signed = part({"alg": "HS256", "typ": "JWT", "kid": "rsa-1"}) + b"." + part(claims)
    mark = base64.urlsafe_b64encode(hmac.digest(public, signed, hashlib.sha256)).rstrip(b"=")
    return (signed + b"." + mark).decode()


def test_clocks_may_differ_by_the_allowed_skew(idp: Idp, house: House) -> None:
    now = int(time.time())
    assert gate(idp, house).person(idp.token(exp=now - 30)) is not None
    assert gate(idp, house, **{"oidc.skew_seconds": 5}).person(idp.token(exp=now - 30)) is None


def test_new_keys_are_fetched_but_made_up_ids_are_not_passed_on(
    idp: Idp, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = gate(idp, house)
    assert known.person(idp.token()) is not None
    assert [known.person(idp.token(kid=f"rsa-{n}")) for n in range(10, 60)] == [None] * 50
    assert idp.fetched == 1
    idp.keys = {"ec-2": EC}
    monkeypatch.setattr("zaizao.server.access.oidc.REFRESH", 0.0)
    person = known.person(idp.token(EC, "ec-2", "ES256"))
    assert person is not None and person.roles == {Role.OPERATOR}
    assert known.person(idp.token()) is None  # the old key is gone


def test_a_provider_that_calls_itself_otherwise_is_not_believed(idp: Idp, house: House) -> None:
    monkey = idp.description()
    idp.description = lambda: {**monkey, "issuer": "https://elsewhere"}  # type: ignore[method-assign]
    assert gate(idp, house).person(idp.token()) is None


def test_who_is_disabled_here_is_nobody_and_local_roles_add_up(idp: Idp, house: House) -> None:
    known = gate(idp, house)
    house.access.registry.add_user("olga", None, [Role.AUDITOR], by="test")
    person = known.person(idp.token())
    assert person is not None and person.roles == {Role.AUDITOR, Role.OPERATOR}
    house.access.registry.change_user("olga", by="test", disabled=True)
    assert known.person(idp.token()) is None


def test_unsafe_settings_are_refused() -> None:
    for changes in (
        {"oidc.algorithms": ["HS256"]},
        {"oidc.algorithms": ["none"]},
        {"oidc.issuer": "http://idp.bank.example"},
        {"oidc.roles": {"x": "king"}},
    ):
        with pytest.raises(AccessError):
            provider_from(Settings({"oidc.issuer": "https://idp.bank.example", **changes}))
    with pytest.raises(AccessError):
        Provider("ftp://x", "zaizao")
