"""The browser of a robot: Debian's or any installed Chromium, driven by Playwright, with evidence of a failure.

Rule kept: a robot starts with an empty profile and talks to nothing but the pages it opens; on failure its screenshot
and trace lie in the attempt's folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from zaizao.problems import Text
from zaizao.robots.errors import refused

CLOSED = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
"""Arguments under which Chromium talks to nobody by itself."""
PATIENCE = 10_000
"""Milliseconds that a step waits for its element."""


def chromium() -> str | None:
    """The installed browser, or ``None``."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


class Browser:
    """One Chromium for a robot's whole life; each attempt gets a context of its own."""

    def __init__(self, *, trace: bool = True) -> None:
        from playwright.sync_api import sync_playwright

        place = chromium()
        if place is None:
            remedy = Text("请安装 chromium", "install chromium")
            raise refused("browser", "没有找到浏览器", "no browser was found", remedy, "browser")
        self._trace = trace
        self._driver = sync_playwright().start()
        self._chromium = self._driver.chromium.launch(executable_path=place, headless=True, args=list(CLOSED))

    @contextmanager
    def page(self, folder: Path) -> Iterator[Any]:
        """A fresh page; what goes wrong inside leaves ``failure.png`` and ``trace.zip`` in ``folder``."""
        context = self._chromium.new_context(accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        if self._trace:
            context.tracing.start(screenshots=False, snapshots=True)
        page = context.new_page()
        try:
            yield page
        except BaseException:
            with suppress(Exception):  # the evidence must not hide the failure
                page.screenshot(path=folder / "failure.png")
            if self._trace:
                with suppress(Exception):
                    context.tracing.stop(path=folder / "trace.zip")
            raise
        finally:
            context.close()

    def close(self) -> None:
        """Let go of the browser."""
        self._chromium.close()
        self._driver.stop()
