"""What cannot be simulated."""

from __future__ import annotations

from zaizao.problems import ZaizaoError


class SimulationError(ZaizaoError):
    """A model, scenario or log that cannot be simulated, calibrated or read."""
