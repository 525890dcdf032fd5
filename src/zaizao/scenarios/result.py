"""A rehearsal's result as ``result.json`` and ``result.html``: goals against figures, in both languages.

Rule kept: the same result gives the same bytes; what real parts took stands apart under ``real``. The page is one file
that fetches nothing.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from zaizao import __version__
from zaizao.bpmn import svg
from zaizao.measures import Unit
from zaizao.scenarios.measuring import Figure, shown
from zaizao.scenarios.rehearsal import Measured, Result


def write_result(result: Result, folder: Path) -> None:
    """``result.json`` and ``result.html`` in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result_document(result), ensure_ascii=False, indent=2) + "\n"
    (folder / "result.json").write_text(text, encoding="utf-8")
    (folder / "result.html").write_text(result_page(result), encoding="utf-8")


def _value(figure: Figure, measured: Measured) -> dict[str, Any] | None:
    if measured is None:
        return None
    scale = 1e6 if figure.unit is Unit.TIME else 100.0 if figure.unit is Unit.MONEY else 1.0
    return {"value": round(measured[0] / scale, 6), "cases": measured[1]}


def _unit(figure: Figure) -> str:
    return {Unit.TIME: "s", Unit.MONEY: "yuan"}.get(figure.unit, figure.unit.value)


def result_document(result: Result) -> dict[str, Any]:
    """The result as plain data; only ``real`` differs between two runs with one seed."""
    pack = result.pack
    return {
        "pack": pack.id,
        "title": {"zh": pack.title.zh, "en": pack.title.en},
        "cases": result.cases,
        "seed": result.seed,
        "holds": result.holds,
        "goals": [
            {
                "measure": one.target.measure,
                "from": one.target.before,
                "wanted": _value(one.figure, (one.wanted, 0)),
                "reached": _value(one.figure, one.reached),
                "unit": _unit(one.figure),
                "met": one.met,
                "source": one.target.source,
            }
            for one in result.goals
        ],
        "figures": [
            {
                "measure": one.figure.name,
                "title": {"zh": one.figure.title.zh, "en": one.figure.title.en},
                "unit": _unit(one.figure),
                "as_is": _value(one.figure, one.before),
                "to_be": _value(one.figure, one.after),
            }
            for one in result.lines
        ],
        "expected": [{"measure": one.figure.name, "holds": one.holds} for one in result.expected],
        "traces": [{"case": one.case, "wanted": list(one.wanted), "seen": list(one.seen)} for one in result.traces],
        "robots": [
            {
                "queue": one.queue,
                "items": one.items,
                "attempts": one.attempts,
                "refused": one.refused,
                "failures": one.failures,
            }
            for one in result.queues
        ],
        "faults": dict(result.struck),
        "virtual_seconds": {name: round(seconds, 3) for name, seconds in sorted(result.declared.items())},
        "incidents": [{"where": one.where, "zh": one.what.zh, "en": one.what.en} for one in result.incidents],
        "real": {
            name: {"runs": len(taken), "median": round(median(taken), 4), "longest": round(max(taken), 4)}
            for name, taken in result.real.items()
        },
    }


def result_page(result: Result) -> str:
    """The result as one HTML page."""
    source = resources.files("zaizao.scenarios").joinpath("result.html.j2").read_text(encoding="utf-8")
    environment = Environment(loader=DictLoader({"result": source}), autoescape=True, undefined=StrictUndefined)
    drawn = {"as_is": Markup(svg(result.pack.definitions))}  # noqa: S704 - our own drawing, its texts escaped
    if result.pack.to_be is not None:
        drawn["to_be"] = Markup(svg(result.pack.to_be.definitions))  # noqa: S704
    page = environment.get_template("result").render(
        result=result, document=result_document(result), shown=_shown, drawn=drawn, version=__version__
    )
    return page + "\n"


def _shown(figure: Figure, measured: Measured) -> str:
    return shown(None if measured is None else measured[0], figure.unit)
