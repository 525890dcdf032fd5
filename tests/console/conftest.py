"""A real server over an empty folder, with the built console, and a browser that asserts its own silence."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.serving import CHROMIUM, PASSWORD, PEOPLE, ROOT, STATIC, Served, SignIn


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server of this session, with people in it."""
    if not STATIC.is_file():
        pytest.skip("the console is not built: run `make console`")
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", "from zaizao.server.cli import main; main()", "serve",
               "--data", str(folder / "bank.db"), "--port", str(port), "--token", "test-token"]  # fmt: skip
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}
        )
    client = httpx.Client(base_url=url, headers={"Authorization": "Bearer test-token"}, timeout=120)
    try:
        _await(client, process, folder / "said.txt")
        found = Served(url, client)
        for name, (title, roles, groups) in PEOPLE.items():
            person = {"name": name, "title": title, "password": PASSWORD, "roles": roles, "groups": groups}
            found.post("/api/users", json={**person, "mustChange": False})
        yield found
    finally:
        client.close()
        process.terminate()
        process.wait(timeout=30)


def _await(client: httpx.Client, process: "subprocess.Popen[bytes]", said: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, said.read_text()
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the server did not come up")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium through Playwright."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def sign_in(browser: Any, served: Served) -> Iterator[SignIn]:
    """``sign_in("li")`` gives a page on which that person is signed in; at the end no page has said an error."""
    contexts: list[Any] = []
    said: list[str] = []

    def enter(name: str, *, language: str = "zh", **view: int) -> Any:
        size = {"width": view.get("width", 1440), "height": view.get("height", 900)}
        context = browser.new_context(viewport=size, locale="zh-CN", accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.add_init_script(
            "if (window === window.top && !localStorage.getItem('zaizao.settings')) localStorage.setItem('zaizao.settings', "
            f'\'{{"language":"{language}","dark":false}}\')'
        )
        page.goto(served.url)
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("nav.rail")
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda fault: said.append(str(fault)))
        return page

    yield enter
    for context in contexts:
        context.close()
    expected = ("status of 403", "status of 409", "status of 404")
    assert [text for text in said if not any(one in text for one in expected)] == [], "the browser said errors"
