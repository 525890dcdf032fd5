"""Who may do what: permissions, and the roles that hold them.

Rule kept: deny by default. A route names the one permission that it needs; a role is a fixed set of permissions; a
person or token may hold several roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    """One thing that a route may ask for."""

    SEE = "see"
    """Read processes, cases, logs, findings, options, work items of one's queues."""
    WORK = "work"
    """Claim and complete work items."""
    OPERATE = "operate"
    """Start, cancel, migrate and repair cases; serve jobs; publish messages; run robots."""
    DESIGN = "design"
    """Import logs, run initiatives, draw and check models, propose a deployment."""
    APPROVE = "approve"
    """Confirm as the second person what someone else proposed."""
    ADMINISTER = "administer"
    """Users, roles, tokens, settings, the clock, back-ups."""
    AUDIT = "audit"
    """Read the audit trail and verify the journal."""


class Role(StrEnum):
    """What a person or token is to the bank."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    DESIGNER = "designer"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


HOLDS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.SEE}),
    Role.OPERATOR: frozenset({Permission.SEE, Permission.WORK, Permission.OPERATE}),
    Role.DESIGNER: frozenset({Permission.SEE, Permission.WORK, Permission.DESIGN}),
    Role.APPROVER: frozenset({Permission.SEE, Permission.WORK, Permission.APPROVE}),
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.AUDITOR: frozenset({Permission.SEE, Permission.AUDIT}),
}


def permissions(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that ``roles`` allow together."""
    return frozenset[Permission]().union(*(HOLDS[role] for role in roles))
