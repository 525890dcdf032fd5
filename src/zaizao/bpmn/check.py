"""``check``: what is wrong with a model, as a list of problems that name their elements.

Rule kept: three classes, told apart by code. Broken notation (``bpmn.…``) is an ERROR always; what only the engine
needs (``bpmn.run.…``) is an ERROR in a process that is executable and a WARNING in one that is only drawn; doubts
about soundness (``bpmn.sound.…``) are WARNINGs with a trace that shows them. Standard: BPMN 2.0.2 sections 8 to 10; soundness after van der Aalst.
"""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from zaizao.bpmn.model import Definitions
from zaizao.bpmn.rules import data, events, flows, pools, references, run
from zaizao.bpmn.rules.expressions import faulty_expressions
from zaizao.bpmn.rules.sheet import Rule, Sheet, is_true
from zaizao.bpmn.soundness import unsound
from zaizao.bpmn.write import tree
from zaizao.bpmn.xml import local
from zaizao.problems import Problem, Severity

# What makes flows ambiguous; soundness would only confuse.
_CONFUSING = frozenset({"bpmn.id.twice", "bpmn.id.missing", "bpmn.flow.loose-end", "bpmn.flow.crosses-scope"})
_NOTATION: tuple[Rule, ...] = (*references.RULES, *flows.RULES, *events.RULES, *data.RULES, *pools.RULES)


def check(definitions: Definitions, *, executable: bool = True) -> list[Problem]:
    """Everything that is wrong or doubtful. ``executable=False`` leaves out what only running needs (``bpmn.run.…``).

    Findings of reading are part of the answer.
    """
    problems = _findings(definitions, executable)
    if not any(problem.severity is Severity.ERROR for problem in problems if problem.code in _CONFUSING):
        problems += unsound(definitions)
    return list(dict.fromkeys(problems))


def errors_of(definitions: Definitions) -> list[Problem]:
    """What keeps a model from being deployed: the ERRORs of ``check``, without the search for unsoundness."""
    return [item for item in dict.fromkeys(_findings(definitions, True)) if item.severity is Severity.ERROR]


def _findings(definitions: Definitions, executable: bool) -> list[Problem]:
    sheet = Sheet(tree(definitions), definitions.source)
    drawn = not any(process.executable for process in definitions.processes)
    problems = [_weighed(item, drawn) for item in definitions.findings if executable or not _is_of_running(item)]
    problems += [sheet.problem(fault) for rule in _NOTATION for fault in rule(sheet)]
    if executable:
        problems += [
            sheet.problem((element, code), _severity(element, code, drawn))
            for rule in run.RULES
            for element, code in rule(sheet)
        ]
        problems += faulty_expressions(definitions)
    return problems


def _is_of_running(problem: Problem) -> bool:
    return problem.code.startswith("bpmn.run.")


def _weighed(finding: Problem, drawn: bool) -> Problem:
    """A finding of reading; what only running needs is no ERROR in a file where nothing runs."""
    lighter = drawn and _is_of_running(finding) and finding.severity is Severity.ERROR
    return replace(finding, severity=Severity.WARNING) if lighter else finding


def _severity(element: etree._Element, code: str, drawn: bool) -> Severity:
    if code in run.DOUBTS:
        return Severity.WARNING
    process = next((around for around in (element, *element.iterancestors()) if local(around) == "process"), None)
    only_drawn = drawn if process is None else not is_true(process, "isExecutable")
    return Severity.WARNING if only_drawn else Severity.ERROR
