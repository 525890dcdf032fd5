"""Learned models: gradient-boosted trees on named columns, kept as text.

Rule kept: a version is data, never pickled code: LightGBM's own text and the levels of each name. Training is seeded
and single-threaded, so that the same rows give the same text. Reasons are the contributions of columns (TreeSHAP).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.decisions.choice import Choice, Reason
from zaizao.decisions.errors import refused
from zaizao.decisions.scorecard import REASONS
from zaizao.problems import Text

if TYPE_CHECKING:
    from lightgbm import Booster


@dataclass(frozen=True)
class Learned:
    """A booster over ``columns``; a column with ``levels`` is a name, any other a number."""

    columns: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    text: str

    @cached_property
    def _booster(self) -> Booster:
        from lightgbm import Booster

        return Booster(model_str=self.text)

    @cached_property
    def _codes(self) -> dict[str, dict[str, int]]:
        return {name: {level: code for code, level in enumerate(levels)} for name, levels in self.levels.items()}

    def probabilities(self, rows: pl.DataFrame) -> NDArray[np.float64]:
        """The chance of bad, row by row."""
        return np.asarray(self._booster.predict(self._matrix(rows), num_threads=1), np.float64)

    def _matrix(self, rows: pl.DataFrame) -> NDArray[np.float64]:
        return np.column_stack([self._column(rows[name]) for name in self.columns])

    def _column(self, column: pl.Series) -> NDArray[np.float64]:
        codes = self._codes.get(column.name)
        if codes is None:
            return column.cast(pl.Float64).to_numpy()
        return np.array([codes.get(level, math.nan) for level in column.cast(pl.String).to_list()], np.float64)

    def choose(self, inputs: Mapping[str, Any]) -> Choice:
        """The chance of bad, and the columns that raised it most."""
        row = np.array([[self._number(name, inputs.get(name)) for name in self.columns]], np.float64)
        parts = np.asarray(self._booster.predict(row, pred_contrib=True, num_threads=1))[0]
        risk = 1.0 / (1.0 + math.exp(-float(parts.sum())))
        order = sorted(range(len(self.columns)), key=lambda place: (-parts[place], place))
        reasons = tuple(
            Reason(self.columns[place], float(parts[place])) for place in order[:REASONS] if parts[place] > 0
        )
        return Choice(risk, reasons)

    def _number(self, name: str, value: Any) -> float:
        codes = self._codes.get(name)
        if codes is not None:
            return codes.get(str(value), math.nan)
        return float(value) if isinstance(value, int | float) else math.nan


def fit_model(
    rows: pl.DataFrame,
    bad: NDArray[np.bool_],
    *,
    columns: Sequence[str] | None = None,
    rounds: int = 300,
    leaves: int | None = None,
    rate: float = 0.03,
    seed: int = 0,
) -> Learned:
    """Boosted trees that tell bad from good; small data get smaller trees (8 ``leaves`` below 5,000 rows, else 15)."""
    import lightgbm

    names = tuple(columns or rows.columns)
    levels = {
        name: tuple(sorted(rows[name].cast(pl.String).drop_nulls().unique().to_list()))
        for name in names
        if not rows[name].dtype.is_numeric()
    }
    shape = Learned(names, levels, "")
    settings: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": rate,
        "num_leaves": leaves or (8 if rows.height < 5_000 else 15),
        "min_data_in_leaf": max(20, min(100, rows.height // 500)),
        "feature_fraction": 0.4,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    named = [names.index(name) for name in levels]
    data = lightgbm.Dataset(shape._matrix(rows), bad.astype(np.int8), categorical_feature=named, free_raw_data=True)
    return Learned(names, levels, lightgbm.train(settings, data, rounds).model_to_string())


def write_model(model: Learned) -> bytes:
    """The model as JSON around LightGBM's text."""
    document = {"columns": model.columns, "levels": model.levels, "lightgbm": model.text}
    return json.dumps(document, ensure_ascii=False).encode()


def read_model(body: bytes, where: str = "model") -> Learned:
    """The model in ``body``; ``DecisionError`` where it is none."""
    try:
        document = json.loads(body)
        levels = {str(name): tuple(map(str, one)) for name, one in document["levels"].items()}
        return Learned(tuple(map(str, document["columns"])), levels, str(document["lightgbm"]))
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        remedy = Text("请用 write_model 写出的文件", "use a file that write_model wrote")
        raise refused(where, f"不是模型文件：{fault}", f"this is no model: {fault}", remedy, "model") from fault
