"""Process definitions at the door, and figures of their instances."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from zaizao.engine import (
    Among,
    CaseRow,
    CaseState,
    DefinitionRow,
    ElementRow,
    Engine,
    Op,
    Search,
    SubscriptionRow,
    Test,
    case_of,
)
from zaizao.server.door.deployments import definition, file_of
from zaizao.server.door.finding import Asked, Catalogue, constant, find, key, number, tenant, text, whole, within
from zaizao.server.door.processes import INSTANCES, existing
from zaizao.server.door.requests import TENANT, caught_up, partitions_of

router = APIRouter(tags=["process definitions"])
ACTIVE = Test("state", Op.EQ, CaseState.ACTIVE)


def shown(_engine: Engine, row: DefinitionRow) -> dict[str, Any]:
    """A process definition as clients see it."""
    return {
        "name": row.title or None,
        "resourceName": file_of(row),
        "version": row.version,
        "versionTag": row.version_tag,
        "processDefinitionId": row.name,
        "tenantId": TENANT,
        "processDefinitionKey": str(row.key),
        "hasStartForm": False,
    }


DEFINITIONS = Catalogue(
    DefinitionRow,
    {
        "name": text("title"),
        "resourceName": text("file"),
        "version": number("version"),
        "versionTag": text("version_tag"),
        "processDefinitionId": text("name"),
        "processDefinitionKey": key("key"),
        "hasStartForm": constant(False),
        "tenantId": tenant,
    },
    {
        "name": "title",
        "processDefinitionId": "name",
        "processDefinitionKey": "key",
        "resourceName": "file",
        "tenantId": "kind",
        "version": "version",
        "versionTag": "version_tag",
    },
    (Test("kind", Op.EQ, "process"),),
)


def latest(request: Request, asked: Asked | None, kind: str) -> tuple[Asked, tuple[Test, ...]]:
    """``isLatestVersion`` taken out of a filter, as a condition on the keys of definitions of ``kind``."""
    asked = asked or Asked()
    wanted = dict(asked.filter or {})
    only = wanted.pop("isLatestVersion", None)
    asked = asked.model_copy(update={"filter": wanted})
    if only is None:
        return asked, ()

    def keys(engine: Engine) -> list[int]:
        rows = engine.search(Search(DefinitionRow, (Test("kind", Op.EQ, kind),), (("version", False),)))
        return list({row.name: row.key for row in rows}.values())

    found = tuple(partitions_of(request).first().ask(keys))
    return asked, (Test("key", Op.IN if only else Op.NOT_IN, found),)


@router.post("/process-definitions/search")
def search(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Deployed processes, every version; ``isLatestVersion`` narrows to the latest."""
    asked, newest = latest(request, asked, "process")
    return find(partitions_of(request), DEFINITIONS, asked, shown, *newest)


@router.get("/process-definitions/{key}")
def get(request: Request, key: str) -> dict[str, Any]:
    """One version of a process."""
    row = definition(request, key, "process")
    return partitions_of(request).of(row.key).ask(lambda engine: shown(engine, row))


@router.get("/process-definitions/{key}/xml")
def xml(request: Request, key: str) -> Response:
    """The BPMN of a process."""
    return Response(definition(request, key, "process").source, media_type="text/xml")


@router.get("/process-definitions/{key}/form", status_code=204)
def start_form(request: Request, key: str) -> None:
    """204: no process has a start form."""
    definition(request, key, "process")


# --- figures --------------------------------------------------------------------------------------------------------


@router.post("/process-definitions/{key}/statistics/element-instances")
def element_statistics(request: Request, key: str, asked: Asked | None = None) -> dict[str, Any]:
    """How many instances of each element are active, completed, canceled, or have an incident."""
    row = definition(request, key, "process")
    cases = INSTANCES.conditions(asked.filter if asked else None)
    among = (Among("case", CaseRow, "key", cases),) if cases else ()
    where = (Test("process", Op.EQ, row.key), *among)
    caught_up(request)
    pieces = partitions_of(request).ask_each(lambda engine: counted(engine, *where))
    totals: dict[str, Counter[str]] = {}
    for piece in pieces:
        for node, counts in piece.items():
            totals.setdefault(node, Counter()).update(counts)
    return statistics(totals)


@router.get("/process-instances/{key}/statistics/element-instances", tags=["process instances"])
def case_statistics(request: Request, key: str) -> dict[str, Any]:
    """How many instances of each element of one case are active, completed, canceled, or have an incident."""
    row = existing(request, key)
    caught_up(request)
    return statistics(partitions_of(request).of(row.key).ask(lambda engine: counted(engine, *within(row.key))))


def counted(engine: Engine, *where: Any) -> dict[str, Counter[str]]:
    """Element instances by model id and state; ``incidents`` are those with an open one."""
    found: dict[str, Counter[str]] = {}
    inner = (*where, Test("kind", Op.NE, "process"))
    for node, state, count in engine.tally(ElementRow, inner, ("node", "state")):
        found.setdefault(node, Counter())[state] += count
    for node, count in engine.tally(ElementRow, (*inner, Test("incident", Op.PRESENT)), ("node",)):
        found[node]["incidents"] += count
    return found


def statistics(totals: dict[str, Counter[str]]) -> dict[str, Any]:
    """The answer with one item an element."""
    return {
        "items": [
            {
                "elementId": node,
                "active": counts["active"],
                "canceled": counts["terminated"],
                "incidents": counts["incidents"],
                "completed": counts["completed"],
            }
            for node, counts in sorted(totals.items())
        ]
    }


def _cases(request: Request, columns: tuple[str, ...], *where: Test) -> tuple[Counter[Any], Counter[Any]]:
    """Active cases by ``columns``, without and with incidents."""
    clear: Counter[Any] = Counter()
    stuck: Counter[Any] = Counter()
    for counts, incident in ((clear, Op.ABSENT), (stuck, Op.PRESENT)):
        among = (ACTIVE, Test("incidents", incident), *where)
        for found in partitions_of(request).ask_each(lambda engine, a=among: engine.tally(CaseRow, a, columns)):  # type: ignore[misc]
            for *values, count in found:
                counts[tuple(values)] += count
    return clear, stuck


def _rows(request: Request, *where: Test) -> list[DefinitionRow]:
    asked = Search(DefinitionRow, (Test("kind", Op.EQ, "process"), *where), (("version", False),))
    found: list[DefinitionRow] = partitions_of(request).first().ask(lambda engine: engine.search(asked))
    return found


@router.post("/process-definitions/statistics/process-instances")
def instance_statistics(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Running instances of each process, all versions together."""
    clear, stuck = _cases(request, ("process_id",))
    versions: dict[str, list[DefinitionRow]] = {}
    for row in _rows(request):
        versions.setdefault(row.name, []).append(row)
    items = [
        {
            "processDefinitionId": name,
            "tenantId": TENANT,
            "latestProcessDefinitionName": rows[-1].title or None,
            "hasMultipleVersions": len(rows) > 1,
            "activeInstancesWithoutIncidentCount": clear[(name,)],
            "activeInstancesWithIncidentCount": stuck[(name,)],
        }
        for name, rows in sorted(versions.items())
    ]
    return whole(items, asked.page if asked else None)


@router.post("/process-definitions/statistics/process-instances-by-version")
def version_statistics(request: Request, asked: Asked) -> dict[str, Any]:
    """Running instances of each version of one process (``filter.processDefinitionId``)."""
    name = (asked.filter or {}).get("processDefinitionId")
    if not isinstance(name, str):
        raise HTTPException(400, "filter.processDefinitionId says which process")
    clear, stuck = _cases(request, ("process",), Test("process_id", Op.EQ, name))
    items = [
        {
            "processDefinitionId": name,
            "processDefinitionKey": str(row.key),
            "processDefinitionName": row.title or None,
            "tenantId": TENANT,
            "processDefinitionVersion": row.version,
            "activeInstancesWithIncidentCount": stuck[(row.key,)],
            "activeInstancesWithoutIncidentCount": clear[(row.key,)],
        }
        for row in _rows(request, Test("name", Op.EQ, name))
    ]
    return whole(items, asked.page)


@router.post("/process-definitions/statistics/message-subscriptions")
def subscription_statistics(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Elements that wait for messages, by definition."""
    where = Test("kind", Op.EQ, "message")

    def ask(engine: Engine) -> list[tuple[int, str, int]]:
        rows = engine.search(Search(SubscriptionRow, (where,)))
        return [(row.process, row.process_id, case_of(row.key)) for row in rows]

    waiting = [one for found in partitions_of(request).ask_each(ask) for one in found]
    open_ones = Counter((process, name) for process, name, _ in waiting)
    cases = Counter((process, name) for process, name, _ in set(waiting))
    items = [
        {
            "processDefinitionId": name,
            "tenantId": TENANT,
            "processDefinitionKey": str(process),
            "processInstancesWithActiveSubscriptions": cases[process, name],
            "activeSubscriptions": count,
        }
        for (process, name), count in sorted(open_ones.items())
    ]
    return whole(items, asked.page if asked else None)
