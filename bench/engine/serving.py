"""A real ``zaizao serve`` in a process of its own, for benchmarks through the HTTP door."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

TOKEN = "bench"


@contextmanager
def serving(data: str) -> Iterator[tuple[str, int]]:
    """The address and process number of a server on ``data`` that answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-c", "from zaizao.server import main; main()", "serve"]
    command += ["--data", data, "--port", str(port), "--token", TOKEN]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL) as server:
        try:
            while True:
                try:
                    if httpx.get(f"{url}/health").is_success:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield url, server.pid
        finally:
            server.terminate()


def client(url: str) -> httpx.Client:
    """A client of one thread."""
    return httpx.Client(base_url=f"{url}/v2", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)


def cpu_of(process: int) -> float:
    """CPU seconds that a process has used (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
