"""Small choices that callers make: where replications run, and what a log holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Backend:
    """Where replications run: a joblib back end by name (``loky``, ``threading``, or one that was registered, such as
    ``ray``, ``dask`` or ``spark``) and how many at once (-1: as many as there are processors)."""

    name: str = "loky"
    jobs: int = -1


class Holds(StrEnum):
    """What a log holds, as whoever exported it knows: the cases that ended in its time (late beginners only if they were
    quick), or the cases that began in its time, each to its end."""

    ENDED = "ended"
    BEGUN = "begun"
