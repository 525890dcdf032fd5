"""What this room raises."""

from __future__ import annotations

from zaizao.problems import ZaizaoError


class BpmnError(ZaizaoError):
    """A model that cannot be read, drawn or changed as asked."""
