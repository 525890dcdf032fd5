"""The gate for tokens: services, and people's own tokens.

Rule kept: a person's token never holds more than the person; it is worthless while its owner is disabled. Answers are
remembered for two seconds, so that a worker's thousand requests a second do not ask the database each time; a change
made in this process is seen at once.
"""

from __future__ import annotations

from fastapi import Request

from zaizao.server.access.gate import Principal, bearer
from zaizao.server.access.registry import Registry, Token, User, digest
from zaizao.server.access.roles import HOLDS, permissions

REMEMBERED = 2_000_000
"""µs for which an answer is taken as still true."""
MOST = 10_000


class BearerGate:
    """Knows tokens."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._seen: dict[str, tuple[int, int, Principal]] = {}

    def identify(self, request: Request) -> Principal | None:
        """The one behind the token in ``Authorization: Bearer …``."""
        secret = bearer(request)
        if not secret:
            return None
        key, now, version = digest(secret), self._registry.clock.now(), self._registry.version
        seen = self._seen.get(key)
        if seen is not None and seen[0] == version and now - seen[1] < REMEMBERED:
            return seen[2]
        found = self._registry.token_of(secret)
        if found is None:
            self._seen.pop(key, None)
            return None
        if len(self._seen) >= MOST:
            self._seen.clear()
        principal = _principal(*found)
        self._seen[key] = (version, now, principal)
        return principal


def _principal(token: Token, owner: User | None) -> Principal:
    if owner is None:
        return Principal(token.name, token.roles, token.groups)
    held = permissions(owner.roles)
    roles = frozenset(role for role in token.roles if HOLDS[role] <= held)
    return Principal(token.name, roles, token.groups, person=owner.name)
