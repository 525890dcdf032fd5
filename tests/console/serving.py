"""What the console's tests share: where things stand, who the people are, the running server as a test sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "zaizao" / "server" / "static" / "index.html"
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
PASSWORD = "Zaizao-2026-console"
PEOPLE = {
    "wang": ("王敏", ["administrator"], ["受理", "审批"]),
    "li": ("李设计", ["designer"], []),
    "chen": ("陈运行", ["operator"], ["受理", "审批"]),
    "zhao": ("赵复核", ["approver"], ["受理", "审批"]),
    "sun": ("孙查看", ["viewer"], []),
}


@dataclass(frozen=True)
class Served:
    """A running server and a client with the administrator's rights."""

    url: str
    api: httpx.Client

    def post(self, path: str, **body: Any) -> Any:
        answer = self.api.post(path, **body)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


SignIn = Callable[..., Any]
"""``sign_in(name)``: a page on which that person is signed in."""
