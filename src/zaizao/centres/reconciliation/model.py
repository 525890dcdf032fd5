"""A reconciliation model: which columns make two rows the same matter, how far they may differ, what may be concluded.

Rule kept: a model is data (TOML), read whole or refused::

    name = "card-settlement"
    partition = [{ left = "account", right = "acct" }]   # nothing matches across it
    key = [{ left = "ref", right = "reference" }]
    amount = { left = "amount", right = "amount" }        # whole minor units, signed alike on both sides
    date = { left = "booked", right = "value" }
    tolerance = 0          # minor units a key may differ
    dates = 3              # days that rows of one key may lie apart
    window = 2             # days within which rows without a common key are sought
    runs = 200             # rows in a window up to which runs of consecutive rows are tried
    items = 16             # rows in a window up to which subsets are tried
    hits = 0.01            # accidental hits to expect in a partition, below which a match without a key is accepted
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zaizao.centres.errors import ReconciliationError, problem

MOST_ITEMS = 22
"""Subsets are counted one by one: 2²² of them is what a decision may cost."""
MOST_RUNS = 1_000


@dataclass(frozen=True, slots=True)
class Pair:
    """The names of one column on both sides."""

    left: str
    right: str

    def of(self, side: int) -> str:
        """The name on the left (0) or right (1)."""
        return self.right if side else self.left


@dataclass(frozen=True, slots=True)
class Model:
    """See the module. Without ``date`` only keys are matched; without ``key`` only amounts in a window."""

    name: str
    amount: Pair
    key: tuple[Pair, ...] = ()
    partition: tuple[Pair, ...] = ()
    date: Pair | None = None
    tolerance: int = 0
    dates: int | None = None
    window: int = 0
    runs: int = 200
    items: int = 16
    hits: float = 0.01

    def __post_init__(self) -> None:
        fault = ""
        if not self.key and self.date is None:
            fault = "neither key nor date"
        elif self.dates is not None and self.date is None:
            fault = "dates without date"
        elif self.tolerance < 0 or self.window < 0 or (self.dates or 0) < 0:
            fault = "a negative limit"
        elif not 0 <= self.items <= MOST_ITEMS or not 0 <= self.runs <= MOST_RUNS or not 0 < self.hits <= 1:
            fault = f"items up to {MOST_ITEMS}, runs up to {MOST_RUNS}, hits in (0, 1]"
        if fault:
            raise _wrong(self.name, fault)


def read_model(body: bytes, where: str = "model") -> Model:
    """The model in ``body`` (TOML); ``ReconciliationError`` names what is wrong with it."""
    try:
        document: dict[str, Any] = tomllib.loads(body.decode())
        for name in ("key", "partition"):
            document[name] = tuple(_pair(one) for one in document.get(name, ()))
        document["amount"] = _pair(document["amount"])
        if "date" in document:
            document["date"] = _pair(document["date"])
        return Model(**document)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise _wrong(where, str(error)) from error


def _pair(one: str | Mapping[str, str]) -> Pair:
    return Pair(one, one) if isinstance(one, str) else Pair(one["left"], one["right"])


def _wrong(where: str, fault: str) -> ReconciliationError:
    return ReconciliationError(
        problem(
            where,
            (f"对账模型有误：{fault}", f"the model is wrong: {fault}"),
            ("请对照文档中的对账模型", "compare it with the model in the docs"),
            "reconciliation.model",
        )
    )
