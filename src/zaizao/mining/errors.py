"""What mining refuses: the root of this room's error tree."""

from __future__ import annotations

from zaizao.problems import ZaizaoError


class MiningError(ZaizaoError):
    """A log or model that the asked analysis cannot be made of."""
