"""``check``: what is wrong with a model, as a list of problems that name their elements.

Rule kept: three classes, told apart by code. Broken notation (``bpmn.…``) is an ERROR always; what only the engine
needs (``bpmn.run.…``) is an ERROR when the model is to be executed; doubts about soundness (``bpmn.sound.…``) are
WARNINGs with a trace that shows them. Standard: BPMN 2.0.2 sections 8 to 10; soundness after van der Aalst.
"""

from __future__ import annotations

from collections.abc import Iterable

from zaizao.bpmn.model import Definitions
from zaizao.bpmn.rules import data, events, flows, pools, references, run
from zaizao.bpmn.rules.expressions import faulty_expressions
from zaizao.bpmn.rules.sheet import Rule, Sheet
from zaizao.bpmn.soundness import unsound
from zaizao.bpmn.write import tree
from zaizao.problems import Problem, Severity

# What makes flows ambiguous; soundness would only confuse.
_CONFUSING = frozenset({"bpmn.id.twice", "bpmn.id.missing", "bpmn.flow.loose-end", "bpmn.flow.crosses-scope"})
_NOTATION: tuple[Rule, ...] = (*references.RULES, *flows.RULES, *events.RULES, *data.RULES, *pools.RULES)


def check(definitions: Definitions, *, executable: bool = True) -> list[Problem]:
    """Everything that is wrong or doubtful. ``executable=False`` leaves out what only running needs (``bpmn.run.…``).

    Findings of reading are part of the answer.
    """
    sheet = Sheet(tree(definitions), definitions.source)
    findings = [item for item in definitions.findings if executable or not item.code.startswith("bpmn.run.")]
    problems = [*findings, *_apply(_NOTATION, sheet)]
    if executable:
        problems += _apply(run.RULES, sheet) + faulty_expressions(definitions)
    if not any(problem.severity is Severity.ERROR for problem in problems if problem.code in _CONFUSING):
        problems += unsound(definitions)
    return list(dict.fromkeys(problems))


def _apply(rules: Iterable[Rule], sheet: Sheet) -> list[Problem]:
    return [sheet.problem(fault, Severity.ERROR) for rule in rules for fault in rule(sheet)]
