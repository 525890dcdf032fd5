"""Rules of conduct as a file: what must, may and must not happen in a process, in TOML or JSON.

Rule kept: one ``[[rule]]`` table a rule with ``rule`` (a template), ``first``, ``second``, and optionally ``name``,
``when`` (a FEEL condition) and ``within`` (a FEEL duration; ISO 8601 such as ``P2D`` is taken too). All problems of a
file come in one refusal, each with the number of its rule.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from zaizao.feel import check
from zaizao.mining.errors import MiningError
from zaizao.mining.templates import ORDERED, SINGLE, Constraint, Template
from zaizao.problems import Problem, Severity, Text

_KEYS = ("name", "rule", "first", "second", "when", "within")
_ISO = re.compile(r"-?P[0-9DTHMS.]+")
_LARGEST = 4 * 1024 * 1024


def read_rules(path: str | Path) -> tuple[Constraint, ...]:
    """The rules of a TOML or JSON file. Raises ``MiningError`` with every problem."""
    path = Path(path)
    try:
        data = path.read_bytes()
        if len(data) > _LARGEST:
            raise ValueError("larger than 4 MB")
        document = json.loads(data) if path.suffix.lower() == ".json" else tomllib.loads(data.decode("utf-8-sig"))
    except OSError as fault:
        raise _refused(
            path.name, f"不能读取（{fault.strerror}）", f"it cannot be read ({fault.strerror})", "unreadable"
        ) from fault
    except (ValueError, RecursionError) as fault:
        reason = str(fault).splitlines()[0][:200]
        raise _refused(
            path.name, f"不是合格的规则文件（{reason}）", f"it is no rules file ({reason})", "syntax"
        ) from fault
    tables = document.get("rule") if isinstance(document, dict) else document
    if not isinstance(tables, list) or not tables:
        raise _refused(path.name, "没有规则", "it holds no rule", "empty")
    problems: list[Problem] = []
    found = []
    for number, table in enumerate(tables, start=1):
        where = f"{path.name}: rule {number}"
        mine = _problems(table, where)
        problems += mine
        if not mine:
            found.append(_constraint(table))
    if problems:
        raise MiningError(problems)
    return tuple(found)


def _constraint(table: dict[str, str]) -> Constraint:
    limit = table.get("within", "")
    return Constraint(
        Template(table["rule"]),
        table["first"],
        table.get("second", ""),
        when=table.get("when", ""),
        within=f'duration("{limit}")' if _ISO.fullmatch(limit) else limit,
        name=table.get("name", ""),
    )


def _problems(table: Any, where: str) -> list[Problem]:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        return [_problem(where, "规则的每一项都应是文字", "every entry of a rule is a text", "entry")]
    unknown = [key for key in table if key not in _KEYS]
    if unknown:
        listed = ", ".join(_KEYS)
        return [
            _problem(
                where,
                f"不认识“{unknown[0]}”，可用 {listed}",
                f"{unknown[0]!r} is not known; the keys are {listed}",
                "key",
            )
        ]
    asked = table.get("rule", "")
    if asked not in set(Template):
        listed = ", ".join(Template)
        what = f"没有规则“{asked}”，可用 {listed}", f"there is no rule {asked!r}; use one of {listed}"
        return [_problem(where, *what, "template")]
    template = Template(table["rule"])
    found = []
    needed = ("first",) if template in SINGLE else ("first", "second")
    found += [
        _problem(where, f"缺少 {key}", f"{key} is missing", "missing")
        for key in needed
        if not table.get(key, "").strip()
    ]
    if template in SINGLE and table.get("second"):
        found.append(_problem(where, f"{template} 只涉及一个活动", f"{template} is about one activity only", "second"))
    if table.get("within") and template not in ORDERED:
        found.append(_problem(where, f"{template} 不能带时限", f"{template} takes no time limit", "within"))
    if template == Template.WITHIN and not table.get("within"):
        found.append(_problem(where, "缺少 within", "within is missing", "missing"))
    for key in ("when", "within"):
        text = table.get(key, "")
        if text and not (key == "within" and _ISO.fullmatch(text)):
            found += [
                Problem(f"{where}, {key}: {p.where}", p.what, p.remedy, p.code)
                for p in check(text)
                if p.severity == Severity.ERROR
            ]
    return found


def _problem(where: str, zh: str, en: str, code: str) -> Problem:
    return Problem(where, Text(zh, en), Text("请改正该规则", "correct this rule"), f"rules.{code}")


def _refused(where: str, zh: str, en: str, code: str) -> MiningError:
    remedy = Text("请写成 [[rule]] 表", "write [[rule]] tables; see docs/reference/mining.md")
    return MiningError(Problem(where, Text(zh, en), remedy, f"rules.{code}"))
