"""A throw-away PostgreSQL for tests: started once a test run, a fresh database each time it is asked for one.

The server's binaries refuse root; run as root, the cluster belongs to the user ``postgres``. Where there are no
binaries (or no such user) the test is skipped with the reason.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import psycopg
import pytest


class Cluster:
    """One server in a folder of its own, on a free port of 127.0.0.1; ``stop`` and ``start`` as often as wanted."""

    def __init__(self, *settings: str) -> None:
        self._numbers = itertools.count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="zaizao-pg-"))
        self._as: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = ["runuser", "-u", "postgres", "--"]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "zaizao", "--no-sync", "-E", "UTF8")
        more = "".join(f" -c {setting}" for setting in settings)
        self._options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1{more}"
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, shutil.which(program) or program, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}\n{done.stdout}")

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = f"{self.folder}/log"
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-o", self._options, "-l", log, "-w", "start")

    def stop(self) -> None:
        """Stop it at once, as a crash does: nothing is flushed."""
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")

    def url(self, database: str = "postgres") -> str:
        """Where a database is."""
        return f"postgresql://zaizao@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"fresh{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def remove(self) -> None:
        """Stop it and delete its files."""
        with contextlib.suppress(RuntimeError):  # it was stopped already
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def able() -> str:
    """Why there can be no cluster here; empty where there can."""
    if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
        return "PostgreSQL's initdb and pg_ctl are not on the path"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return "run as root, and there is no user postgres to run the database"
    return ""


@lru_cache(maxsize=1)
def _shared() -> Cluster:
    made = Cluster("fsync=off", "shared_buffers=64MB", "max_connections=60")
    atexit.register(made.remove)
    return made


def cluster() -> Cluster:
    """The run's cluster; skips the test that asks where there can be none."""
    reason = able()
    if reason:
        pytest.skip(reason)
    return _shared()
