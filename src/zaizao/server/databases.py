"""Which database ``--data`` names: one SQLite file, or PostgreSQL that several nodes share."""

from __future__ import annotations

import re

import sqlalchemy as sa


def shared(data: str) -> bool:
    """Whether ``data`` is a database that several nodes may share."""
    return data.startswith(("postgresql://", "postgres://"))


def without_password(data: str) -> str:
    """``data`` as it may be shown."""
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1@", data)


def url_of(data: str) -> str:
    """``data`` as SQLAlchemy names databases."""
    return "postgresql+psycopg://" + data.split("://", 1)[1] if shared(data) else f"sqlite:///{data}"


def sql_engine(data: str) -> sa.Engine:
    """``data`` for plain tables; several writers of one SQLite file wait for each other, and what is committed stays."""
    if shared(data):
        return sa.create_engine(url_of(data), pool_pre_ping=True)
    engine = sa.create_engine(url_of(data), connect_args={"timeout": 30})

    def durable(raw: sa.PoolProxiedConnection, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            raw.cursor().execute(f"PRAGMA {pragma}")

    sa.event.listen(engine, "connect", durable)
    return engine
