"""The gate: who a request comes from, and whether that one may do what the route does.

Rule kept: deny by default. Every route names what it needs by ``requires`` (a permission), ``known()`` (anyone signed
in) or ``anyone()`` (health, sign-in); an application with a route that names nothing is not served (``unguarded``).
401 where nobody is known, 403 where the one known may not.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, HTTPException, Request
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from zaizao.server.access.acting import attribute_to
from zaizao.server.access.roles import Permission, Role, permissions

_GUARD = "zaizao_guard"
FRAMEWORK = frozenset({"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"})
"""The description of the API: words, no data."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a person's login name or a token's name, with roles and the groups whose work they see.

    ``person`` is the human who answers for it: the same for a person's session and for their tokens; empty for a token
    that nobody owns.
    """

    name: str
    roles: frozenset[Role]
    groups: frozenset[str] = frozenset()
    person: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether the roles hold ``permission``."""
        return permission in permissions(self.roles)


class Gate(Protocol):
    """Finds out who asks."""

    def identify(self, request: Request) -> Principal | None:
        """The one behind ``request``, or ``None`` where nobody is known."""


class TokenGate:
    """One administrator token, named at the start of ``zaizao serve``."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def identify(self, request: Request) -> Principal | None:
        """The administrator, where the token is the one."""
        if not hmac.compare_digest(bearer(request).encode(), self._token):
            return None
        return Principal("administrator", frozenset({Role.ADMINISTRATOR}))


class Gates:
    """Several gates, asked in turn; the first that knows the caller decides."""

    def __init__(self, gates: Sequence[Gate]) -> None:
        self._gates = tuple(gates)

    def identify(self, request: Request) -> Principal | None:
        """The one whom some gate knows."""
        return next((found for gate in self._gates if (found := gate.identify(request)) is not None), None)


def bearer(request: Request) -> str:
    """The token that the request carries, or an empty text."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


def principal(request: Request) -> Principal:
    """The one behind the request; 401 where nobody is known."""
    gate: Gate = request.app.state.gate
    found = gate.identify(request)
    if found is None:
        raise HTTPException(401, "sign in, or send a token as Authorization: Bearer …")
    attribute_to(found.name, found.person, request.scope)
    return found


Asking = Annotated[Principal, Depends(principal)]
"""The type of a route's argument that says who asks."""


def requires(permission: Permission) -> Any:
    """The dependency that lets only those with ``permission`` pass: ``dependencies=[requires(Permission.SEE)]``."""

    async def allowed(asking: Asking) -> Principal:
        if not asking.may(permission):
            raise HTTPException(403, f"{asking.name} needs the permission {permission.value!r}")
        return asking

    return _marked(allowed, permission.value)


def known() -> Any:
    """The dependency that lets anyone pass who is known: who am I, my own password."""

    async def allowed(asking: Asking) -> Principal:
        return asking

    return _marked(allowed, "known")


def anyone() -> Any:
    """The mark of a route that strangers may call: health, readiness, sign-in."""

    async def allowed() -> None:
        return None

    return _marked(allowed, "anyone")


def _marked(dependency: Callable[..., Any], guard: str) -> Any:
    setattr(dependency, _GUARD, guard)
    return Depends(dependency)


def guards(dependant: Any) -> set[str]:
    """What a route asks for: permissions, ``known`` or ``anyone``."""
    found = set()
    waiting = [dependant]
    while waiting:
        one = waiting.pop()
        guard = getattr(one.call, _GUARD, None)
        if guard is not None:
            found.add(guard)
        waiting += one.dependencies
    return found


def routes_of(routes: Iterable[Any]) -> Iterator[tuple[str, frozenset[str], Any]]:
    """Every route with its path, methods and dependencies (``None`` outside the framework); folders are left out."""
    for route in routes:
        if isinstance(route, Mount):
            if not isinstance(route.app, StaticFiles):
                yield from ((route.path + path, methods, one) for path, methods, one in routes_of(route.routes))
        elif hasattr(route, "effective_route_contexts"):
            yield from routes_of(route.effective_route_contexts())
        else:
            methods = frozenset(getattr(route, "methods", None) or ())
            yield getattr(route, "path", "?"), methods, getattr(route, "dependant", None)


def unguarded(routes: Iterable[Any]) -> list[str]:
    """The paths of routes that name nothing they need; such an application must not be served."""
    return [
        path
        for path, _, dependant in routes_of(routes)
        if path not in FRAMEWORK and (dependant is None or not guards(dependant))
    ]
