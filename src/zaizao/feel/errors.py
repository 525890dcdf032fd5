"""The error of the FEEL room: text that is no FEEL expression. Evaluation itself never raises; it yields null."""

from __future__ import annotations

from zaizao.problems import ZaizaoError


class FeelError(ZaizaoError):
    """A text cannot be compiled: it does not parse, or it is too long or too deep. Carries the problems."""
