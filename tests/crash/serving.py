"""Real servers under real load: ``zaizao serve`` in processes of their own, clients over HTTP that note what was said."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from engine.sketch import after, boundary, catch, model, sub
from zaizao import bpmn

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-for-crashes"
JOBS = ("aa", "bb", "cc")


def definitions() -> bpmn.Definitions:
    """Work, a parallel part, a sub-process with a timer on it, and a timer to wait for."""
    inner = sub("sub", "s -> bb -> t -> e", catch("t", after("PT0.02S")))
    return model(
        "s -> p -> aa -> p2\np -> sub -> p2 -> cc -> e\nb -> late -> e2", inner, boundary("b", "sub", after("PT1H"))
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One ``zaizao serve``; started, killed, stopped, and started again on the same data and port."""

    def __init__(self, data: str | Path, *options: str, largest_file: int | None = None) -> None:
        self.port = free_port()
        self._largest_file = largest_file
        self._command = [sys.executable, "-c", "from zaizao.server import main; main()", "serve"]
        self._command += ["--data", str(data), "--port", str(self.port), "--token", TOKEN, *options]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.Client(base_url=f"{self.url}/v2", headers=headers, timeout=30)

    def start(self, *, wait: bool = True) -> Server:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "ZAIZAO_LANG": "en"}
        command = self._command
        if self._largest_file is not None:  # in KiB: a write beyond it fails as on a full disk
            quoted = " ".join(f"'{word}'" for word in command)
            command = ["bash", "-c", f"trap '' XFSZ; ulimit -f {self._largest_file}; exec {quoted}"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)
        if wait:
            self.wait()
        return self

    def wait(self) -> None:
        for _ in range(600):
            try:
                if httpx.get(f"{self.url}/health").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            assert self._process is not None and self._process.poll() is None, "the server has ended"
            time.sleep(0.05)
        raise AssertionError("the server did not come up in 30 s")

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def deploy(self) -> None:
        with self.client() as client:
            answer = client.post("/deployments", files={"resources": ("p.bpmn", bpmn.write(definitions()))})
            assert answer.status_code == httpx.codes.OK, answer.text


class Load:
    """Clients that create cases and do jobs through ``servers`` until told to end; ``said`` is what was answered."""

    def __init__(self, *servers: Server, creators: int = 2, workers: int = 3, payload: str = "") -> None:
        self.servers = servers
        self.cases: list[int] = []
        self.done: list[int] = []
        self.refusals: list[tuple[int, Any]] = []
        self.asked = 0
        self._payload = payload
        self._over = threading.Event()
        works = [self._create] * creators + [self._work] * workers
        self._threads = [threading.Thread(target=self._run, args=(w, n), daemon=True) for n, w in enumerate(works)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(40)
            assert not thread.is_alive(), "a request hangs"

    def _run(self, work: Any, number: int) -> None:
        client = self.servers[number % len(self.servers)].client()
        while not self._over.is_set():
            try:
                work(client)
            except httpx.TransportError:
                time.sleep(0.05)  # killed in the middle: nobody knows whether it was done
        client.close()

    def _sent(self, client: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
        self.asked += 1
        answer = client.post(path, json=body)
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            self.refusals.append((answer.status_code, answer.headers.get("content-type")))
            time.sleep(0.02)
        return answer

    def _create(self, client: httpx.Client) -> None:
        variables = {"payload": self._payload} if self._payload else {}
        answer = self._sent(client, "/process-instances", {"processDefinitionId": "p", "variables": variables})
        if answer.status_code == httpx.codes.OK:
            self.cases.append(int(answer.json()["processInstanceKey"]))
        time.sleep(0.005)

    def _work(self, client: httpx.Client) -> None:
        for kind in JOBS:
            wanted = {"type": kind, "timeout": 60_000, "maxJobsToActivate": 4, "requestTimeout": 30}
            answer = self._sent(client, "/jobs/activation", wanted)
            if answer.status_code != httpx.codes.OK:
                continue
            for job in answer.json()["jobs"]:
                ended = self._sent(client, f"/jobs/{job['jobKey']}/completion", {})
                if ended.status_code == httpx.codes.NO_CONTENT:
                    self.done.append(int(job["jobKey"]))
