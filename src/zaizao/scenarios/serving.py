"""Stand-ins for outside systems: a pack's small web applications, really served over HTTP on loopback, with faults.

Rule kept: whether a fault strikes hangs on seed, fault, what it strikes and how often that was asked before, never on the
order of requests, so a rehearsal meets the same faults every time. Stand-ins listen on 127.0.0.1 only.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from zaizao.problems import Problem, Text
from zaizao.scenarios.errors import PackError

_PATIENCE = 15.0
"""Seconds until a stand-in must answer."""


class Faults:
    """What the sandbox does wrong and how often; ``struck`` counts what happened."""

    def __init__(self, shares: Mapping[str, float], seed: int) -> None:
        self._shares, self._seed = dict(shares), seed
        self._asked: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self.struck: Counter[str] = Counter()

    def strikes(self, fault: str, on: str) -> bool:
        """Whether ``fault`` strikes ``on`` this time; a fault that the scenario does not name never does."""
        share = self._shares.get(fault, 0.0)
        with self._lock:
            turn = self._asked[(fault, on)]
            self._asked[(fault, on)] += 1
            luck = np.random.default_rng((self._seed, crc32(fault.encode()), crc32(on.encode()), turn))
            hit = bool(luck.random() < share)
            self.struck[fault] += hit
        return hit


class Stand:
    """What a stand-in is given: the folder with the cases' files, and the faults."""

    def __init__(self, folder: Path, faults: Faults) -> None:
        self.folder, self.faults = folder, faults


@contextmanager
def served(applications: Mapping[str, Callable[[Stand], Any]], stand: Stand) -> Iterator[dict[str, str]]:
    """Serve each application on a free port of loopback; their addresses by name."""
    import uvicorn

    servers: list[tuple[uvicorn.Server, threading.Thread]] = []
    addresses = {}
    try:
        for name, application in applications.items():
            made = uvicorn.Config(application(stand), host="127.0.0.1", port=0, log_level="critical", lifespan="off")
            server = uvicorn.Server(made)
            thread = threading.Thread(target=server.run, name=f"sandbox-{name}", daemon=True)
            thread.start()
            servers.append((server, thread))
            until = time.monotonic() + _PATIENCE
            while not server.started:
                if time.monotonic() > until or not thread.is_alive():
                    what = Text("替身服务没有启动", "the stand-in did not start")
                    raise PackError(
                        Problem(f"sandbox/{name}.py", what, Text("检查代码", "check its code"), "pack.sandbox")
                    )
                time.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            addresses[name] = f"http://127.0.0.1:{port}"
        yield addresses
    finally:
        for server, _ in servers:
            server.should_exit = True
        for _, thread in servers:
            thread.join(_PATIENCE)
