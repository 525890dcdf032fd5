"""Access: who asks, what they may do, and what they did."""

from zaizao.server.access.acting import Acting, attributed, describe, request_id, template, unattributed
from zaizao.server.access.approvals import Approval, Approvals, Handler, State
from zaizao.server.access.bearers import BearerGate
from zaizao.server.access.entry import Access
from zaizao.server.access.errors import AccessConflict, AccessError, NotAllowed, NotKnown, problem
from zaizao.server.access.gate import (
    Asking,
    Gate,
    Gates,
    Principal,
    TokenGate,
    anyone,
    known,
    principal,
    requires,
    routes_of,
    unguarded,
)
from zaizao.server.access.oidc import OidcGate, Provider
from zaizao.server.access.passwords import Passwords
from zaizao.server.access.registry import SYSTEM, Registry, Token, User, digest, login
from zaizao.server.access.roles import HOLDS, Permission, Role, permissions
from zaizao.server.access.sessions import COOKIE, CSRF_COOKIE, Lives, Sessions, Waiting, csrf_of
from zaizao.server.access.tables import Database, carry
from zaizao.server.access.trail import Recorded, Trail, Wanted

__all__ = [
    "COOKIE",
    "CSRF_COOKIE",
    "HOLDS",
    "SYSTEM",
    "Access",
    "AccessConflict",
    "AccessError",
    "Acting",
    "Approval",
    "Approvals",
    "Asking",
    "BearerGate",
    "Database",
    "Gate",
    "Gates",
    "Handler",
    "Lives",
    "NotAllowed",
    "NotKnown",
    "OidcGate",
    "Passwords",
    "Permission",
    "Principal",
    "Provider",
    "Recorded",
    "Registry",
    "Role",
    "Sessions",
    "State",
    "Token",
    "TokenGate",
    "Trail",
    "User",
    "Waiting",
    "Wanted",
    "anyone",
    "attributed",
    "carry",
    "csrf_of",
    "describe",
    "digest",
    "known",
    "login",
    "permissions",
    "principal",
    "problem",
    "request_id",
    "requires",
    "routes_of",
    "template",
    "unattributed",
    "unguarded",
]
