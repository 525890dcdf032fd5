"""OpenID Connect: bearer JWTs of a provider that the settings name.

Rule kept (RFC 8725, OpenID Connect Core 1.0 section 3.1.3.7): only allowed asymmetric algorithms; the key comes from
the issuer's own JWKS by its ``kid``; issuer, audience, expiry and not-before must hold within the allowed skew. What
does not hold is nobody. Keys are fetched anew for an unknown ``kid``, at most every ten seconds, so that a flood of
made-up ids is not passed on to the provider.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import jwt
from fastapi import Request

from zaizao.problems import Text
from zaizao.server.access.errors import AccessError, problem
from zaizao.server.access.gate import Principal, bearer
from zaizao.server.access.registry import Registry, login
from zaizao.server.access.roles import Role

LOG = logging.getLogger(__name__)
REFRESH = 10.0
"""Seconds between fetches of keys, at least."""
LIFE = 3600.0
"""Seconds after which keys are fetched again in any case."""
LONGEST_ANSWER = 1 << 20
TIME_OUT = 5.0
ASYMMETRIC = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Provider:
    """What is expected of a token. ``roles`` maps values of the claim to roles; other values give none."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    skew_seconds: int = 60
    name_claim: str = "preferred_username"
    roles_claim: str = "roles"
    groups_claim: str = "groups"
    roles: Mapping[str, Role] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what would not be safe."""
        for name in set(self.algorithms) - ASYMMETRIC:
            remedy = Text(f"可用：{'、'.join(sorted(ASYMMETRIC))}", f"one of: {', '.join(sorted(ASYMMETRIC))}")
            raise AccessError(
                problem("oidc.algorithms", f"不允许 {name}", f"{name} is not allowed", "algorithm", remedy)
            )
        _safe(self.issuer)


def _safe(address: str) -> str:
    """An address over TLS, or on this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL):
        return address
    remedy = Text("请使用 https 地址", "give an https address")
    raise AccessError(problem(address, "OIDC 地址须用 TLS", "an OIDC address must use TLS", "issuer", remedy))


class Keys:
    """The provider's signing keys, remembered."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer.rstrip("/")
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._lock = threading.Lock()

    def of(self, kid: str) -> jwt.PyJWK | None:
        """The key with that id."""
        with self._lock:
            age = time.monotonic() - self._fetched
            if age > LIFE or (kid not in self._keys and age > REFRESH):
                self._fetched = time.monotonic()
                self._fetch()
            return self._keys.get(kid)

    def _fetch(self) -> None:
        try:
            found = _json(f"{self._issuer}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self._issuer:
                LOG.warning("the OIDC provider calls itself %s", found.get("issuer"))
                return
            listed = _json(_safe(str(found["jwks_uri"])))["keys"]
            usable = [one for one in listed if one.get("kid") and one.get("use", "sig") == "sig"]
            self._keys = {one["kid"]: jwt.PyJWK(one) for one in usable if one.get("kty") != "oct"}
        except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError, AccessError) as fault:
            LOG.warning("the OIDC provider's keys cannot be read: %s", fault)


def _json(address: str) -> Any:
    with urllib.request.urlopen(_safe(address), timeout=TIME_OUT) as answer:  # noqa: S310  (https or this machine only)
        return json.loads(answer.read(LONGEST_ANSWER))


class OidcGate:
    """Knows people by their provider's tokens. A person disabled here is nobody, whatever the provider says."""

    def __init__(self, provider: Provider, registry: Registry) -> None:
        self._provider = provider
        self._registry = registry
        self._keys = Keys(provider.issuer)

    def identify(self, request: Request) -> Principal | None:
        """The person behind the JWT in ``Authorization: Bearer …``."""
        token = bearer(request)
        return self.person(token) if token.count(".") == 2 else None

    def person(self, token: str) -> Principal | None:
        """The person of a JWT that holds in every respect."""
        claims = self._claims(token)
        if claims is None:
            return None
        name = claims.get(self._provider.name_claim)
        if not isinstance(name, str) or not name.strip():
            return None
        key = login(name)
        local = self._registry.user(key)
        if local is not None and local.disabled:
            return None
        listed = _texts(_inner(claims, self._provider.roles_claim))
        roles = {self._provider.roles[each] for each in listed if each in self._provider.roles}
        groups = _texts(_inner(claims, self._provider.groups_claim))
        if local is not None:
            roles, groups = roles | local.roles, groups | local.groups
        return Principal(key, frozenset(roles), frozenset(groups), person=key)

    def _claims(self, token: str) -> dict[str, Any] | None:
        try:
            head = jwt.get_unverified_header(token)
            if head.get("alg") not in self._provider.algorithms or not isinstance(head.get("kid"), str):
                return None
            key = self._keys.of(head["kid"])
            if key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[head["alg"]],
                audience=self._provider.audience,
                issuer=self._provider.issuer,
                leeway=self._provider.skew_seconds,
                options={"require": ["exp", "iat", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as fault:
            LOG.info("a JWT was refused: %s", fault)
            return None
        return claims


def _inner(claims: Mapping[str, Any], path: str) -> Any:
    """The claim at ``path``: as one name where there is such a claim, else inwards by the dots."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> set[str]:
    listed = value if isinstance(value, list) else [value]
    return {each for each in listed if isinstance(each, str) and each}
