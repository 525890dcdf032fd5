"""What is wrong with a pack."""

from __future__ import annotations

from zaizao.problems import ZaizaoError


class PackError(ZaizaoError):
    """A pack that cannot be loaded or run."""
