"""The whole workspace of a server: its logs, its initiatives, its drawn models."""

from __future__ import annotations

from pathlib import Path

from zaizao.server.workspace import Shelf
from zaizao.server.workspace_initiatives import Initiatives
from zaizao.server.workspace_logs import Logs


class Workspace:
    """Everything under one folder, made where it is missing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.logs = Logs(root / "logs")
        self.initiatives = Initiatives(root / "initiatives")
        self.models = Shelf(root / "models")

    def stop(self) -> None:
        """End the runs that still go on."""
        self.initiatives.stop()
