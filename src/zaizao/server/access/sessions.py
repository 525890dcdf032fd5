"""Signing in with name and password: sessions, their cookies, and the brake on guessing.

Rule kept: the cookie is a random secret (HttpOnly, SameSite=Strict) kept as a hash; unsafe methods also need the header
``X-CSRF-Token``, which follows from the secret and which no other site can read. After five failures in a row a name,
known or not, waits: 30 s, doubled each time, a quarter of an hour at most. Sessions end after idleness and after a day's work.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import HTTPException, Request

from zaizao.server.access.acting import SAFE
from zaizao.server.access.gate import Principal, bearer
from zaizao.server.access.registry import Registry, User, digest, login
from zaizao.server.access.tables import ATTEMPTS, SESSIONS

COOKIE = "zaizao_session"
CSRF_COOKIE = "zaizao_csrf"
CSRF_HEADER = "x-csrf-token"
FREE_FAILURES = 5
FIRST_WAIT = 30_000_000
LONGEST_WAIT = 900_000_000
FORGOTTEN = 86_400_000_000
"""µs after which a name's failures no longer count."""
SEEN_EVERY = 60_000_000
"""µs between writes of when a session was last used."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: the secret for the cookie, the token for the header."""

    user: User
    secret: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Lives:
    """How long sessions last, µs: without use, and at most."""

    idle: int = 1_800_000_000
    longest: int = 43_200_000_000


class Waiting(Exception):
    """Too many failures: not before ``seconds`` have passed."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many failed attempts; wait {seconds} s")


def csrf_of(secret: str) -> str:
    """The header's token that belongs to a session."""
    return hmac.new(secret.encode(), b"zaizao csrf", hashlib.sha256).hexdigest()


class Sessions:
    """Signing in and out."""

    def __init__(self, registry: Registry, lives: Lives | None = None) -> None:
        self.registry = registry
        self.lives = lives or Lives()

    def sign_in(self, name: str, password: str) -> SignedIn | None:
        """A session, or ``None`` where name and password do not belong together. Raises ``Waiting``."""
        key = login(name)[:64]
        self._held_back(key)
        kept = self.registry.kept_password(key)
        if not self.registry.passwords.fits(kept, password):
            self._failed(key)
            return None
        assert kept is not None
        if self.registry.passwords.outdated(kept):
            self.registry.rehash(key, password)
        user = self.registry.user(key)
        assert user is not None
        return self._begin(user)

    def _begin(self, user: User) -> SignedIn:
        secret = secrets.token_urlsafe(32)
        now = self.registry.clock.now()
        oldest = now - self.lives.longest
        with self.registry.database.engine.begin() as connection:
            connection.execute(sa.delete(ATTEMPTS).where(ATTEMPTS.c.name == user.name))
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.created < oldest))
            row = {"hash": digest(secret), "user": user.name, "created": now, "seen": now}
            connection.execute(sa.insert(SESSIONS).values(row))
            self.registry.note(connection, user.name, "session.begin", user.name, {})
        return SignedIn(user, secret, csrf_of(secret))

    def sign_out(self, secret: str) -> None:
        """End a session; one that is already over is no fault."""
        with self.registry.database.engine.begin() as connection:
            query = sa.select(SESSIONS.c.user).where(SESSIONS.c.hash == digest(secret))
            name = connection.execute(query).scalar()
            if name is not None:
                connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.hash == digest(secret)))
                self.registry.note(connection, name, "session.end", name, {})

    def of(self, secret: str) -> User | None:
        """The enabled person behind a live session."""
        now = self.registry.clock.now()
        key = digest(secret)
        with self.registry.database.reader.connect() as connection:
            row = connection.execute(sa.select(SESSIONS).where(SESSIONS.c.hash == key)).first()
        if row is None or now > row.created + self.lives.longest or now > row.seen + self.lives.idle:
            return None
        if now > row.seen + SEEN_EVERY:
            with self.registry.database.engine.begin() as connection:
                connection.execute(sa.update(SESSIONS).where(SESSIONS.c.hash == key).values(seen=now))
        user = self.registry.user(row.user)
        return None if user is None or user.disabled else user

    # --- the brake ---

    def _held_back(self, key: str) -> None:
        with self.registry.database.reader.connect() as connection:
            until = connection.execute(sa.select(ATTEMPTS.c.until).where(ATTEMPTS.c.name == key)).scalar() or 0
        left = until - self.registry.clock.now()
        if left > 0:
            raise Waiting(-(-left // 1_000_000))

    def _failed(self, key: str) -> None:
        now = self.registry.clock.now()
        with self.registry.database.engine.begin() as connection:
            connection.execute(sa.delete(ATTEMPTS).where(ATTEMPTS.c.until < now - FORGOTTEN))
            row = connection.execute(sa.select(ATTEMPTS.c.failures).where(ATTEMPTS.c.name == key)).first()
            failures = 1 + (row.failures if row else 0)
            over = failures - FREE_FAILURES
            until = now if over < 0 else now + min(LONGEST_WAIT, FIRST_WAIT << min(over, 10))
            values = {"failures": failures, "until": until}
            if row:
                connection.execute(sa.update(ATTEMPTS).where(ATTEMPTS.c.name == key).values(values))
            else:
                connection.execute(sa.insert(ATTEMPTS).values(name=key, **values))
            self.registry.note(connection, key, "session.refused", key, {"failures": failures})


class SessionGate:
    """Knows people by their session's cookie."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def identify(self, request: Request) -> Principal | None:
        """The person behind the cookie; 403 where an unsafe request lacks the header that belongs to it."""
        secret = request.cookies.get(COOKIE)
        if not secret or bearer(request):
            return None
        user = self._sessions.of(secret)
        if user is None:
            return None
        given = request.headers.get(CSRF_HEADER, "")
        if request.method not in SAFE and not hmac.compare_digest(given.encode(), csrf_of(secret).encode()):
            raise HTTPException(403, "send the session's X-CSRF-Token with every change")
        roles = frozenset() if user.must_change else user.roles
        return Principal(user.name, roles, user.groups, person=user.name)
