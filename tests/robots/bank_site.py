"""A small stand-in for a filing site: a real HTTP server with a form, slow or broken on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

FIELDS = ("name", "code", "person", "phone", "address", "bank", "account", "opened", "kind", "note")


class Site(ThreadingHTTPServer):
    """Keeps what was filed, by code; ``faults`` answers that many requests with 500 first."""

    def __init__(self, faults: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.filed: dict[str, dict[str, str]] = {}
        self.doubles = 0
        self.faults = faults
        self.delay = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        time.sleep(self.server.delay)
        if self.server.faults > 0:
            self.server.faults -= 1
            self._answer(500, "<h1>系统繁忙</h1>")
            return
        inputs = "".join(f'<label>{name}<input name="{name}"></label>' for name in FIELDS)
        self._answer(200, f'<form method="post">{inputs}<button>提交</button></form>')

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        values = {name: found[0] for name, found in parse_qs(body).items()}
        self.server.doubles += values["code"] in self.server.filed
        self.server.filed[values["code"]] = values
        self._answer(200, f'<p id="receipt">R-{values["code"]}</p>')

    def _answer(self, status: int, body: str) -> None:
        data = f"<!doctype html><meta charset=utf-8>{body}".encode()
        self.send_response(status)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def site(faults: int = 0) -> Iterator[Site]:
    served = Site(faults)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    try:
        yield served
    finally:
        served.shutdown()
        served.server_close()
