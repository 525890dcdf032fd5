"""Credentials of robots: encrypted at rest, given to the robot that is named and to no other.

Rule kept: the database holds only what Fernet (AES-128-CBC with HMAC-SHA-256) made of a secret; the key is the
operator's and never stored beside it. Who was given what, when, is on record.
"""

from __future__ import annotations

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from zaizao.problems import Text
from zaizao.robots.errors import refused

_tables = sa.MetaData()
CREDENTIALS = sa.Table(
    "robot_credentials",
    _tables,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("robot", sa.String, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
)
USES = sa.Table(
    "robot_credential_uses",
    _tables,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("robot", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)


class Credentials:
    """Secrets in a database under ``key`` (``Fernet.generate_key()``)."""

    def __init__(self, engine: sa.Engine, key: bytes) -> None:
        self._engine = engine
        try:
            self._cipher = Fernet(key)
        except ValueError as fault:
            remedy = Text("请用 Fernet.generate_key() 生成", "make one with Fernet.generate_key()")
            raise refused("key", "密钥不可用", "the key cannot be used", remedy, "key") from fault
        _tables.create_all(engine)

    def keep(self, name: str, robot: str, secret: str, now: int) -> None:
        """Keep or replace a secret for ``robot``."""
        sealed = self._cipher.encrypt(secret.encode())
        mine = CREDENTIALS.c.name == name, CREDENTIALS.c.robot == robot
        with self._engine.begin() as write:
            write.execute(sa.delete(CREDENTIALS).where(*mine))
            write.execute(sa.insert(CREDENTIALS).values(name=name, robot=robot, sealed=sealed, changed=now))

    def give(self, name: str, robot: str, now: int) -> str:
        """The secret, to the robot that it is kept for; the use goes on record."""
        mine = CREDENTIALS.c.name == name, CREDENTIALS.c.robot == robot
        with self._engine.begin() as write:
            sealed = write.scalar(sa.select(CREDENTIALS.c.sealed).where(*mine))
            if sealed is None:
                remedy = Text("请在机器人管理中授予该凭据", "grant the credential to this robot")
                raise refused(robot, f"没有凭据 {name}", f"has no credential {name}", remedy, "credential")
            write.execute(sa.insert(USES).values(name=name, robot=robot, at=now))
        try:
            return self._cipher.decrypt(bytes(sealed)).decode()
        except InvalidToken as fault:
            remedy = Text("请使用保存时的密钥", "use the key that it was kept under")
            raise refused(robot, f"凭据 {name} 打不开", f"credential {name} does not open", remedy, "key") from fault

    def uses(self, name: str) -> list[tuple[str, int]]:
        """Who was given the secret, when."""
        with self._engine.connect() as read:
            asked = sa.select(USES.c.robot, USES.c.at).where(USES.c.name == name).order_by(USES.c.id)
            return [(str(robot), int(at)) for robot, at in read.execute(asked)]
