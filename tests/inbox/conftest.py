"""Databases for the inbox's tests: an SQLite file, and a throw-away PostgreSQL cluster where its binaries are."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from inbox.desk import Desk, desk_over


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command: list[str], home: Path) -> None:
    """As ``postgres`` where we are root, which the server refuses."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    if not all(shutil.which(name) for name in ("initdb", "pg_ctl", "postgres")):
        pytest.skip("PostgreSQL's server binaries (initdb, pg_ctl, postgres) are not on the path")
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    home = Path(tempfile.mkdtemp(prefix="zaizao-pg-"))
    if os.geteuid() == 0:
        if shutil.which("runuser") is None or subprocess.run(["id", "postgres"], capture_output=True).returncode:
            pytest.skip("running as root without a user named postgres, as whom the server could run")
        shutil.chown(home, user)
    port = free_port()
    run(["initdb", "-D", str(home / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"], home)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
    run(["pg_ctl", "-D", str(home / "data"), "-o", options, "-l", str(home / "log"), "-w", "start"], home)
    yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    run(["pg_ctl", "-D", str(home / "data"), "-m", "immediate", "-w", "stop"], home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bank.db'}"
    import sqlalchemy as sa

    base = request.getfixturevalue("cluster")
    name = f"t{abs(hash(request.node.nodeid)):x}"
    maker = sa.create_engine(f"{base}/postgres", isolation_level="AUTOCOMMIT")
    with maker.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    maker.dispose()
    return f"{base}/{name}"


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    desk = desk_over(url)
    yield desk
    desk.inbox.close()
