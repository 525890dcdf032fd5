"""Decisions at the door: definitions, asking one, and what was answered before."""

from __future__ import annotations

import json as json_module
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from zaizao.engine import DECISIONS as FIRST_DECISION, DecisionRow, DefinitionRow, Engine, Op, Test, inside
from zaizao.server.access import Permission, requires
from zaizao.server.door.definitions import latest
from zaizao.server.door.deployments import decision, definition, requirements
from zaizao.server.door.finding import (
    Asked,
    Catalogue,
    Filter,
    choice,
    date,
    find,
    key,
    number,
    of_case,
    of_definition,
    tenant,
    tests,
    text,
)
from zaizao.server.door.processes import root_key
from zaizao.server.door.requests import TENANT, answer, caught_up, json, key_of, key_or_none, partitions_of
from zaizao.server.door.shapes import DecisionWanted, stamp

router = APIRouter()
DEFINITIONS_TAG, INSTANCES_TAG = "decision definitions", "decision instances"

_decision_filters: dict[str, Filter] = {
    "decisionDefinitionId": text("name"),
    "name": text("title"),
    "version": number("version"),
    "decisionRequirementsId": of_definition(text, "name", "model"),
    "decisionRequirementsName": of_definition(text, "title", "model"),
    "decisionRequirementsVersion": of_definition(number, "version", "model"),
    "tenantId": tenant,
    "decisionDefinitionKey": key("key"),
    "decisionRequirementsKey": key("model"),
}
DECISIONS = Catalogue(
    DefinitionRow,
    _decision_filters,
    {
        "decisionDefinitionId": "name",
        "decisionDefinitionKey": "key",
        "decisionRequirementsId": "model",
        "decisionRequirementsKey": "model",
        "decisionRequirementsName": "model",
        "decisionRequirementsVersion": "model",
        "name": "title",
        "tenantId": "kind",
        "version": "version",
    },
    (Test("kind", Op.EQ, "decision"),),
)
REQUIREMENTS = Catalogue(
    DefinitionRow,
    {
        "decisionRequirementsName": text("title"),
        "decisionRequirementsId": text("name"),
        "decisionRequirementsKey": key("key"),
        "version": number("version"),
        "tenantId": tenant,
        "resourceName": text("file"),
    },
    {
        "decisionRequirementsId": "name",
        "decisionRequirementsKey": "key",
        "decisionRequirementsName": "title",
        "tenantId": "kind",
        "version": "version",
    },
    (Test("kind", Op.EQ, "decisions"),),
)


@router.post("/decision-definitions/search", tags=[DEFINITIONS_TAG])
def search(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Deployed decisions, every version; ``isLatestVersion`` narrows to the latest."""
    asked, newest = latest(request, asked, "decision")
    return find(partitions_of(request), DECISIONS, asked, decision, *newest)


@router.get("/decision-definitions/{key}", tags=[DEFINITIONS_TAG])
def get(request: Request, key: str) -> dict[str, Any]:
    """One version of a decision."""
    row = definition(request, key, "decision")
    return partitions_of(request).of(row.key).ask(lambda engine: decision(engine, row))


@router.get("/decision-definitions/{key}/xml", tags=[DEFINITIONS_TAG])
def xml(request: Request, key: str) -> Response:
    """The DMN of the model that has this decision."""
    row = definition(request, key, "decision")
    return Response(definition(request, str(row.model), "decisions").source, media_type="text/xml")


@router.post("/decision-requirements/search", tags=[DEFINITIONS_TAG])
def search_requirements(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Deployed decision models."""
    return find(partitions_of(request), REQUIREMENTS, asked, requirements)


@router.get("/decision-requirements/{key}", tags=[DEFINITIONS_TAG])
def get_requirements(request: Request, key: str) -> dict[str, Any]:
    """One version of a decision model."""
    row = definition(request, key, "decisions")
    return partitions_of(request).of(row.key).ask(lambda engine: requirements(engine, row))


@router.get("/decision-requirements/{key}/xml", tags=[DEFINITIONS_TAG])
def requirements_xml(request: Request, key: str) -> Response:
    """The DMN of a decision model."""
    return Response(definition(request, key, "decisions").source, media_type="text/xml")


# --- asking ---------------------------------------------------------------------------------------------------------

_KINDS = {
    "DECISION_TABLE": ("table",),
    "LITERAL_EXPRESSION": ("literal",),
    "UNKNOWN": ("unknown",),
    "UNSPECIFIED": (),
}
_KIND_OF = {kind: name for name, kinds in _KINDS.items() for kind in kinds}


def _inputs(inputs: list[Any]) -> list[dict[str, str]]:
    return [{"inputId": one[0], "inputName": one[1], "inputValue": json(one[2])} for one in inputs]


def _rules(rules: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "ruleId": identity,
            "ruleIndex": index,
            "evaluatedOutputs": [
                {
                    "outputId": output,
                    "outputName": name,
                    "outputValue": json(value),
                    "ruleId": identity,
                    "ruleIndex": index,
                }
                for output, name, value in outputs
            ],
        }
        for index, identity, outputs in rules
    ]


@router.post("/decision-definitions/evaluation", tags=[DEFINITIONS_TAG], dependencies=[requires(Permission.OPERATE)])
def evaluate(request: Request, wanted: DecisionWanted) -> Response:
    """Ask a decision; the answer is on record with inputs, matched rules and outputs of every decision involved."""

    def ask(engine: Engine) -> dict[str, Any]:
        name, model = wanted.decision_definition_id, 0
        if wanted.decision_definition_key is not None:
            row = engine.definition(key_of(wanted.decision_definition_key))
            if row is None or row.kind != "decision":
                raise HTTPException(404, f"no decision definition {wanted.decision_definition_key}")
            name, model = row.name, row.model
        if name is None:
            raise HTTPException(400, "give decisionDefinitionId or decisionDefinitionKey")
        asked = engine.evaluate(name, wanted.variables, key=model)
        root, drawn = engine.definition(asked.root), engine.definition(asked.requirements)
        if root is None or drawn is None:
            raise HTTPException(404, f"no decision {name!r}")
        first = inside(asked.key, FIRST_DECISION)
        return {
            "decisionDefinitionId": root.name,
            "decisionDefinitionKey": str(root.key),
            "decisionDefinitionName": root.title or root.name,
            "decisionDefinitionVersion": root.version,
            "decisionEvaluationKey": str(first),
            "decisionInstanceKey": str(first),
            "decisionRequirementsId": drawn.name,
            "decisionRequirementsKey": str(drawn.key),
            "evaluatedDecisions": [
                {
                    "decisionDefinitionId": step.id,
                    "decisionDefinitionKey": str(step.key),
                    "decisionDefinitionName": step.name,
                    "decisionDefinitionVersion": step.version,
                    "decisionDefinitionType": _KIND_OF[step.kind],
                    "decisionEvaluationInstanceKey": f"{first}-{place}",
                    "output": json(step.output),
                    "matchedRules": _rules(step.rules),
                    "evaluatedInputs": _inputs(step.inputs),
                    "tenantId": TENANT,
                }
                for place, step in enumerate(asked.steps, 1)
            ],
            "failedDecisionDefinitionId": root.name if asked.failure else None,
            "failureMessage": asked.failure or None,
            "output": json(asked.output),
            "tenantId": TENANT,
        }

    return answer(partitions_of(request).fresh().do(ask))


# --- what was answered ----------------------------------------------------------------------------------------------


def shown(engine: Engine, row: DecisionRow) -> dict[str, Any]:
    """An evaluated decision as clients see it."""
    in_case = row.element > 0
    return {
        "decisionDefinitionId": row.decision_id,
        "decisionDefinitionKey": str(row.decision),
        "decisionDefinitionName": row.name,
        "decisionDefinitionType": _KIND_OF[row.kind],
        "decisionDefinitionVersion": row.version,
        "decisionEvaluationInstanceKey": f"{row.evaluation}-{row.place}",
        "decisionEvaluationKey": str(row.evaluation),
        "elementInstanceKey": key_or_none(row.element),
        "evaluationDate": stamp(row.at),
        "evaluationFailure": row.failure or None,
        "processDefinitionKey": key_or_none(row.process),
        "processInstanceKey": str(row.element & ~0xFFFFFF) if in_case else None,
        "result": row.output or "null",
        "rootDecisionDefinitionKey": str(row.root),
        "rootProcessInstanceKey": root_key(engine, row.element) if in_case else None,
        "state": "FAILED" if row.failure else "EVALUATED",
        "tenantId": TENANT,
    }


def _instance_key(text_given: Any) -> int:
    """The row behind ``<evaluation>-<place>``."""
    evaluation, _, place = str(text_given).partition("-")
    if not place.isdigit() or len(place) > 6:
        raise HTTPException(400, f"{text_given!r} is not the key of a decision instance")
    return key_of(evaluation) + int(place) - 1


def _state(value: Any) -> list[Any]:
    names = choice("failure", {"EVALUATED": ("EVALUATED",), "FAILED": ("FAILED",)})(value)
    chosen = {name for condition in names if isinstance(condition, Test) for name in condition.value or ()}
    if chosen == {"EVALUATED", "FAILED"}:
        return []
    return [Test("failure", Op.ABSENT if chosen == {"EVALUATED"} else Op.PRESENT)]


INSTANCES = Catalogue(
    DecisionRow,
    {
        "decisionEvaluationInstanceKey": lambda value: [
            Test("key", op, wanted) for op, wanted in tests(value, _instance_key)
        ],
        "state": _state,
        "evaluationFailure": text("failure"),
        "evaluationDate": date("at"),
        "decisionDefinitionId": text("decision_id"),
        "decisionDefinitionName": text("name"),
        "decisionDefinitionVersion": number("version"),
        "decisionDefinitionType": choice("kind", _KINDS),
        "tenantId": tenant,
        "decisionEvaluationKey": key("evaluation"),
        "processDefinitionKey": key("process"),
        "processInstanceKey": of_case("element"),
        "decisionDefinitionKey": key("decision"),
        "elementInstanceKey": key("element"),
        "rootDecisionDefinitionKey": key("root"),
        "decisionRequirementsKey": key("requirements"),
    },
    {
        "decisionDefinitionId": "decision_id",
        "decisionDefinitionKey": "decision",
        "decisionDefinitionName": "name",
        "decisionDefinitionType": "kind",
        "decisionDefinitionVersion": "version",
        "decisionEvaluationInstanceKey": "key",
        "decisionEvaluationKey": "evaluation",
        "elementInstanceKey": "element",
        "evaluationDate": "at",
        "evaluationFailure": "failure",
        "processDefinitionKey": "process",
        "processInstanceKey": "element",
        "rootDecisionDefinitionKey": "root",
        "state": "failure",
        "tenantId": "kind",
    },
)


@router.post("/decision-instances/search", tags=[INSTANCES_TAG])
def search_instances(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Evaluated decisions: of business rule tasks, and of those who asked at the door."""
    return find(partitions_of(request), INSTANCES, asked, shown)


@router.get("/decision-instances/{key}", tags=[INSTANCES_TAG])
def get_instance(request: Request, key: str) -> dict[str, Any]:
    """One evaluated decision with its inputs, matched rules and outputs."""
    number_asked = _instance_key(key)
    caught_up(request)

    def ask(engine: Engine) -> dict[str, Any] | None:
        row = engine.store.get(DecisionRow, number_asked)
        if row is None:
            return None
        told = {
            "evaluatedInputs": _inputs(json_module.loads(row.inputs)),
            "matchedRules": _rules(json_module.loads(row.rules)),
        }
        return {**shown(engine, row), **told}

    found = partitions_of(request).of(number_asked).ask(ask)
    if found is None:
        raise HTTPException(404, f"no decision instance {key}")
    return found
