"""The gate: who a request comes from, and whether that one may do what the route does.

Rule kept: every route but health asks the gate; a route without a permission is not served (``tests/server`` checks
the whole table). 401 where nobody is known, 403 where the one known may not.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, HTTPException, Request

from zaizao.server.access.roles import Permission, Role, permissions


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a person's login name or a token's name, with roles and the groups whose work they see."""

    name: str
    roles: frozenset[Role]
    groups: frozenset[str] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether the roles hold ``permission``."""
        return permission in permissions(self.roles)


class Gate(Protocol):
    """Finds out who asks."""

    def identify(self, request: Request) -> Principal | None:
        """The one behind ``request``, or ``None`` where nobody is known."""


class TokenGate:
    """One administrator token, as ``zaizao serve`` prints it."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def identify(self, request: Request) -> Principal | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._token):
            return None
        return Principal("administrator", frozenset({Role.ADMINISTRATOR}))


def principal(request: Request) -> Principal:
    """The one behind the request; 401 where nobody is known."""
    gate: Gate = request.app.state.gate
    found = gate.identify(request)
    if found is None:
        raise HTTPException(401, "sign in, or send a token as Authorization: Bearer …")
    return found


Asking = Annotated[Principal, Depends(principal)]
"""The type of a route's argument that says who asks."""


def requires(permission: Permission) -> Any:
    """The dependency that lets only those with ``permission`` pass: ``dependencies=[requires(Permission.SEE)]``."""

    def allowed(asking: Asking) -> Principal:
        if not asking.may(permission):
            raise HTTPException(403, f"{asking.name} needs the permission {permission.value!r}")
        return asking

    checked: Callable[[Principal], Principal] = allowed
    return Depends(checked)
