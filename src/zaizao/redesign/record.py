"""The record of an initiative: every input, choice, seed and version, as TOML that people read and machines compare.

Rule kept: the same initiative gives the same bytes. No time of writing, no path of a machine: the log is named and
fingerprinted. Numbers that were computed are rounded to six significant digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields

from zaizao.measures import Goal
from zaizao.redesign.evidence import Figure
from zaizao.redesign.initiative import Initiative, Settings
from zaizao.redesign.options import Option
from zaizao.redesign.plan import Rules
from zaizao.redesign.prove import GoalResult

Value = str | int | float | bool | list[str] | list[float]


def initiative_toml(initiative: Initiative) -> str:
    """The initiative as a TOML document; UTF-8 text, LF."""
    settings = initiative.settings
    lines = ["# 再造项目记录：同样的日志、设置与版本得到同样的结果。"]
    lines += ["# The record of an initiative: same log, settings and versions, same results.", ""]
    reading, calibration = initiative.reading, initiative.calibration
    lines += _table("log", {"source": reading.source, "sha256": reading.digest, "cases": reading.log.cases})
    lines[-1:] = [f"events = {reading.log.events}", f"findings = {len(reading.findings)}", ""]
    lines += _table("versions", dict(sorted(initiative.versions.items())))
    lines += _table("settings", _settings(settings))
    lines += _table(
        "settings.weights", {field.name: getattr(settings.weights, field.name) for field in fields(settings.weights)}
    )
    lines += _rules("rules.given", settings.rules)
    lines += _rules("rules.inferred", initiative.as_is.inferred)
    for goal in settings.goals:
        lines += _goal(goal)
    lines += _table(
        "calibration",
        {
            "discovery": "given model" if calibration.discovery is None else str(calibration.discovery),
            "tried": [str(one) for one, _ in calibration.tried],
            "tried_misfit": [_six(score) for _, score in calibration.tried],
            "distances": [_six(one) for one in astuple(calibration.apart)],
            "floor": [_six(one) for one in astuple(calibration.floor)],
        },
    )
    lines += _search(initiative)
    for option in (initiative.options.as_is, *initiative.options.front):
        lines += _option(option, option is initiative.options.chosen)
    for result in initiative.proof.results:
        lines += _result(result)
    for assumption in initiative.proof.assumed:
        shown: dict[str, Value] = {
            "key": assumption.key,
            "value": _six(assumption.value),
            "unit": assumption.unit.value,
        }
        lines += _table("assumption", {**shown, "zh": assumption.words.zh, "en": assumption.words.en}, many=True)
    return "\n".join(lines).rstrip() + "\n"


def _settings(settings: Settings) -> dict[str, Value]:
    return {
        "seed": settings.seed,
        "discoveries": [str(one) for one in settings.discoveries],
        "simulated_cases": settings.simulated_cases,
        "evaluations": settings.evaluations,
        "replications": settings.replications,
        "rehearsed_cases": settings.rehearsed_cases,
        "front": settings.front,
    }


def _rules(name: str, rules: Rules) -> list[str]:
    return _table(
        name,
        {
            "four_eyes": sorted(" | ".join(sorted(pair)) for pair in rules.four_eyes),
            "order": sorted(" > ".join(pair) for pair in rules.order),
            "kept": sorted(rules.kept),
            "independent": sorted(" | ".join(sorted(pair)) for pair in rules.independent),
        },
    )


def _goal(goal: Goal) -> list[str]:
    shown: dict[str, Value] = {"measure": goal.measure.value}
    if goal.target is not None:
        shown["target"] = goal.target
    if goal.change is not None:
        shown["change"] = goal.change
    if goal.by is not None:
        shown["by"] = goal.by.isoformat()
    return _table("goal", shown, many=True)


def _search(initiative: Initiative) -> list[str]:
    options = initiative.options
    return _table(
        "search",
        {
            "seed": options.seed,
            "cases": options.cases,
            "evaluations": options.evaluations,
            "replications": options.replications,
            "hypervolume": _six(options.baseline.search),
            "hypervolume_random": _six(options.baseline.random),
            "proposals": [one.key for one in options.proposals],
        },
    )


def _option(option: Option, chosen: bool) -> list[str]:
    shown: dict[str, Value] = {"key": option.key, "chosen": chosen, "moves": [one.key for one in option.proposals]}
    for objective, figure in option.figures.items():
        shown[objective.value.replace(".", "_")] = _interval(figure)
    return _table("option", {**shown, "effort": _six(option.effort), "risk": _six(option.risk)}, many=True)


def _result(result: GoalResult) -> list[str]:
    return _table(
        "result",
        {
            "goal": result.goal.en,
            "stage": result.stage.value,
            "target": _six(result.target),
            "reached": _interval(result.reached),
            "outcome": result.outcome.value,
        },
        many=True,
    )


def _interval(figure: Figure) -> list[float]:
    return [_six(figure.value), _six(figure.low), _six(figure.high)]


def _six(value: float) -> float:
    return float(f"{value:.6g}")


def _table(name: str, values: Mapping[str, Value], *, many: bool = False) -> list[str]:
    head = f"[[{name}]]" if many else f"[{name}]"
    return [head, *(f"{key} = {_toml(value)}" for key, value in _named(values)), ""]


def _named(values: Mapping[str, Value]) -> Iterable[tuple[str, Value]]:
    for key, value in values.items():
        yield (key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _text(key)), value


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for raw, code in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        escaped = escaped.replace(raw, code)
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
