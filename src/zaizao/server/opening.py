"""What ``zaizao serve`` puts together from the settings: access, with OIDC where it is named."""

from __future__ import annotations

from pathlib import Path

from zaizao.problems import Text
from zaizao.server.access import Access, AccessError, Lives, OidcGate, Provider, Role, problem
from zaizao.server.settings import Settings

MINUTE = 60_000_000


def access_from(settings: Settings, place: str | Path | None) -> Access:
    """Access over the database at ``place``. Raises ``AccessError`` for settings that would not be safe."""
    minutes, hours = settings.number("session.idle_minutes"), settings.number("session.longest_hours")
    access = Access(
        place,
        lives=Lives(minutes * MINUTE, hours * 60 * MINUTE),
        shortest=settings.number("password.shortest"),
    )
    if settings.text("oidc.issuer"):
        access.add_gate(OidcGate(provider_from(settings), access.registry))
    return access


def provider_from(settings: Settings) -> Provider:
    """The OIDC provider that the settings name."""
    given = settings.table("oidc.roles")
    unknown = sorted(set(given.values()) - set(Role))
    if unknown:
        remedy = Text(f"可用：{'、'.join(Role)}", f"one of: {', '.join(Role)}")
        words = (f"没有角色 {unknown[0]}", f"there is no role {unknown[0]}")
        raise AccessError(problem("oidc.roles", *words, "role", remedy))
    return Provider(
        issuer=settings.text("oidc.issuer"),
        audience=settings.text("oidc.audience"),
        algorithms=tuple(settings.words("oidc.algorithms")),
        skew_seconds=settings.number("oidc.skew_seconds"),
        name_claim=settings.text("oidc.name_claim"),
        roles_claim=settings.text("oidc.roles_claim"),
        groups_claim=settings.text("oidc.groups_claim"),
        roles={value: Role(role) for value, role in given.items()},
    )
