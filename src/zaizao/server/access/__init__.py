"""Access: who asks, what they may do, and what they did."""

from zaizao.server.access.acting import Acting, attributed, describe, template
from zaizao.server.access.bearers import BearerGate
from zaizao.server.access.entry import Access
from zaizao.server.access.errors import AccessConflict, AccessError, NotKnown
from zaizao.server.access.gate import (
    Asking,
    Gate,
    Gates,
    Principal,
    TokenGate,
    anyone,
    known,
    requires,
    routes_of,
    unguarded,
)
from zaizao.server.access.passwords import Passwords
from zaizao.server.access.registry import SYSTEM, Registry, Token, User, digest, login
from zaizao.server.access.roles import HOLDS, Permission, Role, permissions
from zaizao.server.access.sessions import COOKIE, CSRF_COOKIE, Lives, Sessions, Waiting, csrf_of
from zaizao.server.access.tables import Database

__all__ = [
    "COOKIE",
    "CSRF_COOKIE",
    "HOLDS",
    "SYSTEM",
    "Access",
    "AccessConflict",
    "AccessError",
    "Acting",
    "Asking",
    "BearerGate",
    "Database",
    "Gate",
    "Gates",
    "Lives",
    "NotKnown",
    "Passwords",
    "Permission",
    "Principal",
    "Registry",
    "Role",
    "Sessions",
    "Token",
    "TokenGate",
    "User",
    "Waiting",
    "anyone",
    "attributed",
    "csrf_of",
    "describe",
    "digest",
    "known",
    "login",
    "permissions",
    "requires",
    "routes_of",
    "template",
    "unguarded",
]
