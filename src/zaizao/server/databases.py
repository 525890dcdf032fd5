"""Which database ``--data`` names: one SQLite file, or PostgreSQL that several nodes share."""

from __future__ import annotations

import re


def shared(data: str) -> bool:
    """Whether ``data`` is a database that several nodes may share."""
    return data.startswith(("postgresql://", "postgres://"))


def without_password(data: str) -> str:
    """``data`` as it may be shown."""
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1@", data)


def url_of(data: str) -> str:
    """``data`` as SQLAlchemy names databases."""
    return "postgresql+psycopg://" + data.split("://", 1)[1] if shared(data) else f"sqlite:///{data}"
