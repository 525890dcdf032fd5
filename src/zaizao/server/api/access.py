"""Sign-in, users, roles and tokens under ``/api``. Passwords and secrets come in, and leave only at their making.

Rule kept: whoever administers does so by the permission ``ADMINISTER``; anyone known may ask who they are and change
their own password. What was changed stands in the journal when the answer goes out.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from pydantic import Field

from zaizao.problems import Language, ZaizaoError
from zaizao.server.access import (
    COOKIE,
    CSRF_COOKIE,
    HOLDS,
    Access,
    AccessConflict,
    Asking,
    NotAllowed,
    NotKnown,
    Permission,
    Principal,
    Role,
    Token,
    User,
    Waiting,
    anyone,
    csrf_of,
    digest,
    known,
    login,
    permissions,
    requires,
)
from zaizao.server.door.faults import document
from zaizao.server.door.shapes import Shape, stamp
from zaizao.server.settings import Settings

router = APIRouter()
ADMINISTERS = [requires(Permission.ADMINISTER)]
Name = Field(min_length=1, max_length=64)
Secret = Field(min_length=1, max_length=1024)


class SignIn(Shape):
    """Name and password."""

    name: str = Name
    password: str = Secret


class PasswordChange(Shape):
    """One's own password, old and new."""

    old: str = Secret
    new: str = Secret


class PasswordReset(Shape):
    """Someone else's new password; with ``must_change`` they choose another at their next sign-in."""

    password: str = Secret
    must_change: bool = True


class NewUser(Shape):
    """A person. Without a password they sign in elsewhere (OIDC)."""

    name: str = Name
    title: str = Field(default="", max_length=200)
    password: str | None = Field(default=None, min_length=1, max_length=1024)
    roles: list[Role] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list, max_length=200)
    must_change: bool = True


class UserChange(Shape):
    """What shall be different; what is left out stays."""

    title: str | None = Field(default=None, max_length=200)
    roles: list[Role] | None = None
    groups: list[str] | None = Field(default=None, max_length=200)
    disabled: bool | None = None


class NewToken(Shape):
    """A token of one's own; ``expires_in_days`` 0 for never."""

    name: str = Name
    roles: list[Role] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list, max_length=200)
    expires_in_days: int = Field(default=90, ge=0, le=3650)


def register(app: FastAPI) -> None:
    """Let ``app`` answer what access refuses with the status that says why."""

    @app.exception_handler(NotKnown)
    async def _unknown(request: Request, fault: NotKnown) -> Response:
        return document(404, "NOT_FOUND", words(fault), request.url.path)

    @app.exception_handler(NotAllowed)
    async def _not_allowed(request: Request, fault: NotAllowed) -> Response:
        return document(403, "PERMISSION_DENIED", words(fault), request.url.path)

    @app.exception_handler(AccessConflict)
    async def _conflict(request: Request, fault: AccessConflict) -> Response:
        return document(409, "INVALID_STATE", words(fault), request.url.path)


def words(fault: ZaizaoError) -> str:
    """What is refused, one line a problem."""
    return "\n".join(problem.say(Language.EN) for problem in fault.problems)


def access_of(request: Request) -> Access:
    """The access behind this application."""
    found: Access = request.app.state.access
    return found


# --- one's own session ---


@router.post("/session", tags=["session"], dependencies=[anyone()])
def sign_in(request: Request, response: Response, wanted: SignIn) -> dict[str, Any]:
    """Sign in. The cookie is the session; ``csrfToken`` goes into ``X-CSRF-Token`` of every change."""
    access = access_of(request)
    try:
        signed = access.sessions.sign_in(wanted.name, wanted.password)
    except Waiting as waiting:
        raise HTTPException(429, str(waiting), headers={"Retry-After": str(waiting.seconds)}) from waiting
    finally:
        access.recorded()
    if signed is None:
        raise HTTPException(401, "name and password do not belong together")
    secure = request.url.scheme == "https"
    life = access.sessions.lives.longest // 1_000_000
    response.set_cookie(COOKIE, signed.secret, max_age=life, httponly=True, samesite="strict", secure=secure)
    response.set_cookie(CSRF_COOKIE, signed.csrf, max_age=life, samesite="strict", secure=secure)
    user = signed.user
    roles = frozenset[Role]() if user.must_change else user.roles
    told = _whoami(Principal(user.name, roles, user.groups, person=user.name), user)
    return {**told, "csrfToken": signed.csrf}


@router.get("/session", tags=["session"], dependencies=[known()])
def who_am_i(request: Request, asking: Asking) -> dict[str, Any]:
    """Who asks, with roles, permissions and groups."""
    told = _whoami(asking, access_of(request).registry.user(asking.person) if asking.person else None)
    secret = request.cookies.get(COOKIE)
    return {**told, "csrfToken": csrf_of(secret) if secret else None}


def _whoami(asking: Principal, user: User | None) -> dict[str, Any]:
    return {
        "name": asking.name,
        "title": user.title if user else asking.name,
        "person": asking.person or None,
        "roles": sorted(asking.roles),
        "permissions": sorted(permissions(asking.roles)),
        "groups": sorted(asking.groups),
        "mustChangePassword": user.must_change if user else False,
    }


@router.delete("/session", status_code=204, tags=["session"], dependencies=[known()])
def sign_out(request: Request, response: Response) -> None:
    """End this session."""
    secret = request.cookies.get(COOKIE)
    if secret:
        access_of(request).sessions.sign_out(secret)
        access_of(request).recorded()
    response.delete_cookie(COOKIE)
    response.delete_cookie(CSRF_COOKIE)


@router.put("/session/password", status_code=204, tags=["session"], dependencies=[known()])
def change_password(request: Request, asking: Asking, change: PasswordChange) -> None:
    """Change one's own password; all other sessions of this person end."""
    access = access_of(request)
    kept = access.registry.kept_password(asking.person) if asking.person else None
    if kept is None:
        raise HTTPException(409, f"{asking.name} has no password here")
    if not access.registry.passwords.fits(kept, change.old):
        raise HTTPException(403, "the old password is not right")
    secret = request.cookies.get(COOKIE)
    access.registry.set_password(asking.person, change.new, by=asking.name, keep=digest(secret) if secret else "")
    access.recorded()


# --- users ---


@router.get("/roles", tags=["users"], dependencies=[known()])
def roles() -> dict[str, Any]:
    """Every role and the permissions that it holds."""
    return {"items": [{"role": role.value, "permissions": sorted(held)} for role, held in HOLDS.items()]}


@router.get("/groups", tags=["users"], dependencies=[known()])
def groups(request: Request) -> dict[str, Any]:
    """Every group that somebody belongs to, with its members."""
    members: dict[str, list[str]] = {}
    for user in access_of(request).registry.users():
        for group in user.groups:
            members.setdefault(group, []).append(user.name)
    return {"items": [{"name": name, "members": sorted(members[name])} for name in sorted(members)]}


@router.get("/users", tags=["users"], dependencies=ADMINISTERS)
def users(request: Request) -> dict[str, Any]:
    """Every person."""
    return {"items": [_user(user) for user in access_of(request).registry.users()]}


@router.post("/users", status_code=201, tags=["users"], dependencies=ADMINISTERS)
def add_user(request: Request, asking: Asking, wanted: NewUser) -> dict[str, Any]:
    """Make a person known."""
    settings: Settings = request.app.state.settings
    if settings.flag("roles.second_person") and wanted.roles:
        raise HTTPException(403, "add the person without roles, and propose the roles at POST /api/approvals")
    made = access_of(request).registry.add_user(
        wanted.name,
        wanted.password,
        wanted.roles,
        by=asking.name,
        groups=wanted.groups,
        title=wanted.title,
        must_change=wanted.must_change and wanted.password is not None,
    )
    access_of(request).recorded()
    return _user(made)


@router.get("/users/{name}", tags=["users"], dependencies=ADMINISTERS)
def user(request: Request, name: str) -> dict[str, Any]:
    """One person."""
    found = access_of(request).registry.user(name)
    if found is None:
        raise HTTPException(404, f"no user {name}")
    return _user(found)


@router.patch("/users/{name}", tags=["users"], dependencies=ADMINISTERS)
def change_user(request: Request, asking: Asking, name: str, change: UserChange) -> dict[str, Any]:
    """Change title, roles, groups, or whether they may come in at all."""
    settings: Settings = request.app.state.settings
    if settings.flag("roles.second_person") and (change.roles is not None or change.groups is not None):
        raise HTTPException(403, "a grant needs a second person: propose it at POST /api/approvals with kind roles")
    changed = access_of(request).registry.change_user(
        name,
        by=asking.name,
        title=change.title,
        roles=change.roles,
        groups=change.groups,
        disabled=change.disabled,
    )
    access_of(request).recorded()
    return _user(changed)


@router.put("/users/{name}/password", status_code=204, tags=["users"], dependencies=ADMINISTERS)
def reset_password(request: Request, asking: Asking, name: str, reset: PasswordReset) -> None:
    """Give someone a new password; all their sessions end."""
    access_of(request).registry.set_password(name, reset.password, by=asking.name, must_change=reset.must_change)
    access_of(request).recorded()


def _user(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "title": user.title,
        "roles": sorted(user.roles),
        "groups": sorted(user.groups),
        "disabled": user.disabled,
        "mustChangePassword": user.must_change,
        "hasPassword": user.has_password,
        "created": stamp(user.created),
    }


# --- tokens ---


@router.get("/tokens", tags=["tokens"], dependencies=ADMINISTERS)
def tokens(request: Request) -> dict[str, Any]:
    """Every token, without its secret."""
    return {"items": [_token(token) for token in access_of(request).registry.tokens()]}


@router.post("/tokens", status_code=201, tags=["tokens"], dependencies=ADMINISTERS)
def add_token(request: Request, asking: Asking, wanted: NewToken) -> dict[str, Any]:
    """Make a token. ``secret`` is shown this once."""
    access = access_of(request)
    life = wanted.expires_in_days * 86_400_000_000
    secret = access.registry.add_token(
        wanted.name,
        wanted.roles,
        by=asking.name,
        owner=asking.person or None,
        groups=wanted.groups,
        expires=access.clock.now() + life if life else 0,
    )
    access.recorded()
    made = next(token for token in access.registry.tokens() if token.name == login(wanted.name))
    return {**_token(made), "secret": secret}


@router.delete("/tokens/{name}", status_code=204, tags=["tokens"], dependencies=ADMINISTERS)
def revoke_token(request: Request, asking: Asking, name: str) -> None:
    """Make a token worthless."""
    access_of(request).registry.revoke_token(name, by=asking.name)
    access_of(request).recorded()


def _token(token: Token) -> dict[str, Any]:
    return {
        "name": token.name,
        "owner": token.owner,
        "roles": sorted(token.roles),
        "groups": sorted(token.groups),
        "created": stamp(token.created),
        "expires": stamp(token.expires),
    }
