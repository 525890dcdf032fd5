"""Why an answer is null: noted for whoever asked, at no cost when nobody did.

FEEL notes its own reasons in the list that ``evaluation`` is given; a traced evaluation gives both the same list.
"""

from __future__ import annotations

import threading

from zaizao.problems import Problem, Severity, Text

_MOST = 1000


class _State(threading.local):
    reasons: list[Problem] | None = None


_STATE = _State()


def listen(reasons: list[Problem] | None) -> list[Problem] | None:
    """Notes go to ``reasons`` from here on, in this thread; returns where they went before."""
    before = _STATE.reasons
    _STATE.reasons = reasons
    return before


def null(code: str, zh: str, en: str) -> None:
    """Null, with its reason noted when somebody listens."""
    reasons = _STATE.reasons
    if reasons is not None and len(reasons) < _MOST:
        remedy = Text("请检查模型与输入数据", "check the model and its input")
        reasons.append(Problem("DMN", Text(zh, en), remedy, f"dmn.{code}", Severity.WARNING))
