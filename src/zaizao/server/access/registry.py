"""Users, their groups, and tokens: asked and changed.

Rule kept: somebody can always administer: the last enabled administrator is neither disabled nor stripped. Each change
is written with who made it, in one transaction (``tables.CHANGES``). Names are compared as NFKC, lower case.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from zaizao.engine import Clock
from zaizao.problems import Text
from zaizao.server.access.errors import AccessConflict, AccessError, NotKnown, problem
from zaizao.server.access.passwords import SHORTEST, Passwords, weaknesses
from zaizao.server.access.roles import Role
from zaizao.server.access.tables import CHANGES, SESSIONS, TOKENS, USERS, Database

SYSTEM = "command line"
"""Who acts where a person sits at the machine itself."""
_NAME = re.compile(r"[\w.@-]{1,64}")
_GROUP = re.compile(r"[^,\x00-\x1f]{1,64}")


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in. Times are µs UTC."""

    name: str
    title: str
    roles: frozenset[Role]
    groups: frozenset[str]
    disabled: bool
    must_change: bool
    created: int
    has_password: bool = True


@dataclass(frozen=True, slots=True)
class Token:
    """A service's way in; ``expires`` is 0 for never."""

    name: str
    owner: str | None
    roles: frozenset[Role]
    groups: frozenset[str]
    created: int
    expires: int


def digest(secret: str) -> str:
    """The hash under which a random secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def login(name: str) -> str:
    """A name as it is kept and compared."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


class Registry:
    """Everyone who may come in."""

    def __init__(
        self, database: Database, clock: Clock, *, passwords: Passwords | None = None, shortest: int = SHORTEST
    ) -> None:
        self.database = database
        self.clock = clock
        self.passwords = passwords or Passwords()
        self.shortest = shortest
        self.version = 0
        """Counts changes made here, so that what is remembered elsewhere in this process can be forgotten."""

    # --- users ---

    def users(self) -> list[User]:
        """Everyone, by name."""
        with self.database.reader.connect() as connection:
            return [_user(row) for row in connection.execute(sa.select(USERS).order_by(USERS.c.name))]

    def user(self, name: str) -> User | None:
        """The person with that login name."""
        with self.database.reader.connect() as connection:
            row = connection.execute(sa.select(USERS).where(USERS.c.name == login(name))).first()
            return _user(row) if row else None

    def add_user(
        self,
        name: str,
        password: str | None,
        roles: Iterable[Role],
        *,
        by: str,
        groups: Iterable[str] = (),
        title: str = "",
        must_change: bool = False,
    ) -> User:
        """Make a person known. ``password`` is ``None`` for one who signs in elsewhere. Raises ``AccessError``."""
        key = _checked_name(name)
        if password is not None:
            self._strong(password, key)
        values = {
            "name": key,
            "title": title or name,
            "password": None if password is None else self.passwords.hash(password),
            "must_change": must_change,
            "roles": sorted(set(roles)),
            "groups": _checked_groups(groups),
            "disabled": False,
            "created": self.clock.now(),
            "changed": self.clock.now(),
        }
        with self.database.engine.begin() as connection:
            if connection.execute(sa.select(USERS.c.name).where(USERS.c.name == key)).first():
                raise AccessConflict(_taken(key))
            connection.execute(sa.insert(USERS).values(values))
            told = {"roles": values["roles"], "groups": values["groups"]}
            self.note(connection, by, "user.add", key, told)
        return self._known(key)

    def change_user(
        self,
        name: str,
        *,
        by: str,
        roles: Iterable[Role] | None = None,
        groups: Iterable[str] | None = None,
        title: str | None = None,
        disabled: bool | None = None,
    ) -> User:
        """Change what is given. Raises ``NotKnown``, and ``AccessConflict`` where nobody could administer any more."""
        key = login(name)
        changes: dict[str, Any] = {"changed": self.clock.now()}
        if roles is not None:
            changes["roles"] = sorted(set(roles))
        if groups is not None:
            changes["groups"] = _checked_groups(groups)
        if title is not None:
            changes["title"] = title[:200]
        if disabled is not None:
            changes["disabled"] = disabled
        with self.database.engine.begin() as connection:
            administered = _administered(connection)
            done = connection.execute(sa.update(USERS).where(USERS.c.name == key).values(changes))
            if not done.rowcount:
                raise NotKnown(_unknown("user", key))
            if administered and not _administered(connection):
                remedy = Text("请先让另一人成为管理员", "make someone else an administrator first")
                words = ("此后将无人能够管理", "nobody could administer any more")
                raise AccessConflict(problem(key, *words, "last-administrator", remedy))
            if disabled:
                connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.user == key))
            self.note(connection, by, "user.change", key, {k: v for k, v in changes.items() if k != "changed"})
        return self._known(key)

    def set_password(self, name: str, password: str, *, by: str, must_change: bool = False, keep: str = "") -> None:
        """Give a person a new password; their sessions end, but for the one whose hash is ``keep``."""
        key = self._known(name).name
        self._strong(password, key)
        values = {
            "password": self.passwords.hash(password),
            "must_change": must_change,
            "changed": self.clock.now(),
        }
        with self.database.engine.begin() as connection:
            connection.execute(sa.update(USERS).where(USERS.c.name == key).values(values))
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.user == key, SESSIONS.c.hash != keep))
            self.note(connection, by, "user.password", key, {"mustChange": must_change})

    def kept_password(self, name: str) -> str | None:
        """The hash of a person's password."""
        with self.database.reader.connect() as connection:
            query = sa.select(USERS.c.password).where(USERS.c.name == login(name), USERS.c.disabled.is_(False))
            found: str | None = connection.execute(query).scalar()
            return found

    def rehash(self, name: str, password: str) -> None:
        """Keep the same password under today's parameters."""
        with self.database.engine.begin() as connection:
            values = {"password": self.passwords.hash(password)}
            connection.execute(sa.update(USERS).where(USERS.c.name == login(name)).values(values))

    def _strong(self, password: str, name: str) -> None:
        found = weaknesses(password, name=name, shortest=self.shortest)
        if found:
            raise AccessError(found)

    def _known(self, name: str) -> User:
        found = self.user(name)
        if found is None:
            raise NotKnown(_unknown("user", login(name)))
        return found

    # --- tokens ---

    def tokens(self) -> list[Token]:
        """Every token, by name; never its secret."""
        with self.database.reader.connect() as connection:
            return [_token(row) for row in connection.execute(sa.select(TOKENS).order_by(TOKENS.c.name))]

    def add_token(
        self,
        name: str,
        roles: Iterable[Role],
        *,
        by: str,
        owner: str | None = None,
        groups: Iterable[str] = (),
        expires: int = 0,
    ) -> str:
        """Make a token; the secret, which is shown this once and kept as a hash. ``expires`` is µs UTC, 0 for never."""
        key = _checked_name(name)
        if owner is not None:
            owner = self._known(owner).name
        secret = "zz_" + secrets.token_urlsafe(32)
        values = {
            "name": key,
            "hash": digest(secret),
            "owner": owner,
            "roles": sorted(set(roles)),
            "groups": _checked_groups(groups),
            "created": self.clock.now(),
            "expires": expires,
        }
        with self.database.engine.begin() as connection:
            if connection.execute(sa.select(TOKENS.c.name).where(TOKENS.c.name == key)).first():
                raise AccessConflict(_taken(key))
            connection.execute(sa.insert(TOKENS).values(values))
            told = {name: values[name] for name in ("owner", "roles", "groups", "expires")}
            self.note(connection, by, "token.add", key, told)
        return secret

    def revoke_token(self, name: str, *, by: str) -> None:
        """Make a token worthless from now on. Raises ``NotKnown``."""
        key = login(name)
        with self.database.engine.begin() as connection:
            if not connection.execute(sa.delete(TOKENS).where(TOKENS.c.name == key)).rowcount:
                raise NotKnown(_unknown("token", key))
            self.note(connection, by, "token.revoke", key, {})

    def token_of(self, secret: str) -> tuple[Token, User | None] | None:
        """The live token behind a secret and its owner; ``None`` where unknown, over, or the owner is disabled."""
        with self.database.reader.connect() as connection:
            row = connection.execute(sa.select(TOKENS).where(TOKENS.c.hash == digest(secret))).first()
            if row is None:
                return None
            token = _token(row)
            if token.expires and token.expires <= self.clock.now():
                return None
            if token.owner is None:
                return token, None
            owner = connection.execute(sa.select(USERS).where(USERS.c.name == token.owner)).first()
            if owner is None or owner.disabled:
                return None
            return token, _user(owner)

    def empty(self) -> bool:
        """Whether nobody at all is known yet."""
        with self.database.reader.connect() as connection:
            counts = [connection.execute(sa.select(sa.func.count()).select_from(t)).scalar() for t in (USERS, TOKENS)]
            return not any(counts)

    # --- what was changed ---

    def note(self, connection: sa.Connection, by: str, action: str, target: str, detail: Mapping[str, Any]) -> None:
        """Write down a change, in the transaction that makes it."""
        values = {"at": self.clock.now(), "by": by, "action": action, "target": target, "detail": dict(detail)}
        connection.execute(sa.insert(CHANGES).values(values))
        self.version += 1

    def note_alone(self, by: str, action: str, target: str, detail: Mapping[str, Any]) -> None:
        """Write down something that changed no table of ours."""
        with self.database.engine.begin() as connection:
            self.note(connection, by, action, target, detail)


def _administered(connection: sa.Connection) -> bool:
    """Whether a person, or a token that nobody owns, could administer."""
    people = connection.execute(sa.select(USERS.c.roles).where(USERS.c.disabled.is_(False)).with_for_update()).all()
    tokens = connection.execute(sa.select(TOKENS.c.roles).where(TOKENS.c.owner.is_(None))).all()
    return any(Role.ADMINISTRATOR in row.roles for row in (*people, *tokens))


def _checked_name(name: str) -> str:
    key = login(name)
    if not _NAME.fullmatch(key):
        remedy = Text(
            "请用 1 到 64 个字母、数字、点、@、下划线或连字符", "use 1 to 64 letters, digits, dots, @, _ or -"
        )
        raise AccessError(problem(repr(name)[:80], "不是可用的名称", "this name cannot be used", "name", remedy))
    return key


def _checked_groups(groups: Iterable[str]) -> list[str]:
    listed = sorted({group.strip() for group in groups})
    bad = [group for group in listed if not _GROUP.fullmatch(group)]
    if bad:
        remedy = Text("组名 1 到 64 个字符，不含逗号", "a group has 1 to 64 characters and no comma")
        raise AccessError(problem(repr(bad[0])[:80], "不是可用的组名", "this group cannot be used", "group", remedy))
    return listed


def _taken(key: str) -> Any:
    remedy = Text("请换一个名称", "choose another name")
    return problem(key, "该名称已被使用", "this name is taken", "taken", remedy)


def _unknown(kind: str, key: str) -> Any:
    remedy = Text("请查看列表", "look at the list")
    return problem(key, "没有这个用户或令牌", f"there is no such {kind}", f"no-{kind}", remedy)


def _user(row: Any) -> User:
    roles = frozenset(Role(name) for name in row.roles)
    return User(
        row.name,
        row.title,
        roles,
        frozenset(row.groups),
        row.disabled,
        row.must_change,
        row.created,
        row.password is not None,
    )


def _token(row: Any) -> Token:
    roles = frozenset(Role(name) for name in row.roles)
    return Token(row.name, row.owner, roles, frozenset(row.groups), row.created, row.expires)
