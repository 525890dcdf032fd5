"""``/api/logs``: upload, say what the columns mean, read, look into, export, remove."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from fastapi import APIRouter, HTTPException, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from zaizao import eventlog, mining
from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.server.access import Asking, Permission, requires
from zaizao.server.api.context import Filters, Work
from zaizao.server.api.plain import plain

router = APIRouter(prefix="/logs", tags=["logs"])
DESIGN = requires(Permission.DESIGN)
_PACK = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_TOP_VALUES = 12


class Mapping(BaseModel):
    """What the columns mean: role → column; the zone of times without one; a name for the log."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")
    columns: dict[str, str] = Field(default_factory=dict)
    zone: str | None = None
    name: str = Field(default="", max_length=200)


class Generated(BaseModel):
    """A log that a bundled pack generates."""

    pack: str = Field(max_length=61)


@router.get("")
def every(work: Work) -> dict[str, Any]:
    """All logs, the newest first."""
    return {"items": list(work.logs.shelf)}


@router.post("", dependencies=[DESIGN], status_code=201)
def upload(work: Work, asking: Asking, file: UploadFile) -> dict[str, Any]:
    """Keep an uploaded file and show its columns; the log is ready once its columns are mapped."""
    key = work.logs.upload(file.filename or "log", file.file, asking.name)
    try:
        return {**work.logs.shelf.read(key), "preview": plain(work.logs.look(key))}
    except eventlog.LogError:
        work.logs.remove(key)
        raise


@router.post("/generated", dependencies=[DESIGN], status_code=201)
def generate(work: Work, asking: Asking, wanted: Generated) -> dict[str, Any]:
    """The log that a pack of the library generates: an example to try everything on."""
    if not _PACK.fullmatch(wanted.pack):
        raise HTTPException(404, f"no pack {wanted.pack}")
    return work.logs.shelf.read(work.logs.from_pack(wanted.pack, asking.name))


@router.get("/{key}/preview")
def preview(work: Work, key: str) -> dict[str, Any]:
    """The first rows of the file as it came, and which column is probably what."""
    return {**work.logs.shelf.read(key), "preview": plain(work.logs.look(key))}


@router.put("/{key}/mapping", dependencies=[DESIGN])
def interpret(work: Work, key: str, mapping: Mapping) -> dict[str, Any]:
    """Read the file with these columns."""
    return work.logs.interpret(key, mapping.columns, mapping.zone, mapping.name)


@router.delete("/{key}", dependencies=[DESIGN], status_code=204)
def remove(work: Work, key: str) -> None:
    """Remove a log and its file."""
    work.logs.remove(key)


@router.get("/{key}")
def one(work: Work, key: str, filters: Filters) -> dict[str, Any]:
    """What the log holds and what is wrong with it; the figures under the filters."""
    about = work.logs.shelf.read(key)
    if not about["ready"]:
        return {"about": about}
    log = work.logs.log(key)
    return {
        "about": about,
        "findings": plain(log.findings),
        **work.logs.derived(key, "summary", filters, _summary),
    }


def _summary(log: EventLog) -> dict[str, Any]:
    counts = np.bincount(log.activity, minlength=len(log.activity_names)) if log.events else np.zeros(0, dtype=int)
    order = np.argsort(-counts, kind="stable").tolist()
    return {
        "facts": plain(mining.facts(log)),
        "variants": len(mining.variants(log)),
        "activities": [{"name": log.activity_names[k], "count": int(counts[k])} for k in order],
        "attributes": [_attribute(log.case_table[name]) for name in log.case_table.columns],
        "cycle": _distribution(mining.cycle_times(log) / 1e6),
        "load": _load(log),
    }


def _distribution(seconds: np.typing.NDArray[np.float64]) -> list[float]:
    """101 quantiles of the cycle time in seconds."""
    return plain(np.quantile(seconds, np.linspace(0, 1, 101))) if len(seconds) else []


def _load(log: EventLog) -> list[list[int]]:
    """Cases begun per week: [µs of its Monday, cases]."""
    if not log.events:
        return []
    first = pl.Series(log.end[log.offsets[:-1]]).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(log.zone)
    weeks = first.dt.truncate("1w").value_counts(sort=False).sort(by=pl.nth(0))
    return [[int(week.timestamp() * 1e6), int(count)] for week, count in weeks.iter_rows()]


def _attribute(column: pl.Series) -> dict[str, Any]:
    """A case attribute: its values by frequency, or its range where it is a number."""
    known = column.drop_nulls()
    found: dict[str, Any] = {"name": column.name, "known": len(known), "numeric": column.dtype.is_numeric()}
    if column.dtype.is_numeric():
        return {**found, "low": plain(known.min()), "high": plain(known.max())} if len(known) else found
    if column.dtype in (pl.String, pl.Boolean):
        top = known.value_counts(sort=True).head(_TOP_VALUES)
        found["values"] = [{"value": value, "cases": count} for value, count in top.iter_rows()]
    return found


@router.get("/{key}/cases")
def cases(
    work: Work,
    key: str,
    filters: Filters,
    sort: str = "duration",
    descending: bool = True,
    begin: int = Query(0, ge=0, alias="from"),
    limit: int = Query(50, ge=1, le=500),
    search: str = "",
) -> dict[str, Any]:
    """Cases under the filters, sorted and paged here: each with its period, length, events and variant."""
    table: pl.DataFrame = work.logs.derived(key, "cases", filters, _cases)
    if search:
        table = table.filter(pl.col("case").str.contains(search, literal=True))
    column = sort if sort in table.columns else "duration"
    page = table.sort(column, descending=descending, maintain_order=True).slice(begin, limit)
    return {"total": table.height, "items": page.to_dicts()}


def _cases(log: EventLog) -> pl.DataFrame:
    found = mining.variants(log)
    starts = log.offsets[:-1]
    begin = np.where(log.start == MISSING_TIME, log.end, np.minimum(log.start, log.end))
    some = log.events > 0
    return pl.DataFrame(
        {
            "case": list(log.case_names),
            "start": np.minimum.reduceat(begin, starts) if some else [],
            "end": np.maximum.reduceat(log.end, starts) if some else [],
            "duration": mining.cycle_times(log) / 1e6,
            "events": np.diff(log.offsets),
            "variant": found.of_case if some else [],
        },
        strict=False,
    )


@router.get("/{key}/case")
def case(work: Work, key: str, name: str) -> dict[str, Any]:
    """One case event by event, with its attributes."""
    log = work.logs.executed(key)
    if name not in log.case_names:
        raise HTTPException(404, f"no case {name}")
    number = log.case_names.index(name)
    low, high = int(log.offsets[number]), int(log.offsets[number + 1])
    return {
        "case": name,
        "attributes": _cells(log.case_table, number),
        "events": [
            {
                "activity": log.activity_names[log.activity[row]],
                "start": None if log.start[row] == MISSING_TIME else int(log.start[row]),
                "end": int(log.end[row]),
                "resource": None if log.resource[row] == MISSING else log.resource_names[log.resource[row]],
                "attributes": _cells(log.event_table, row),
            }
            for row in range(low, high)
        ],
    }


def _cells(table: pl.DataFrame, row: int) -> dict[str, Any]:
    if not table.width:
        return {}
    shown = table[row].select(pl.all().cast(pl.String, strict=False)).to_dicts()[0]
    return {name: value for name, value in shown.items() if value is not None}


@router.get("/{key}/export")
def export(work: Work, key: str, filters: Filters, form: str = "csv") -> Response:
    """The log under the filters as ``csv``, ``xes.gz`` or ``parquet``."""
    if form not in ("csv", "xes.gz", "parquet"):
        raise HTTPException(400, "form is csv, xes.gz or parquet")
    log = work.logs.executed(key, filters)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"log.{form}"
        eventlog.write(log, path)
        content = path.read_bytes()
    name = f"{key}.{form}"
    return Response(content, headers={"Content-Disposition": f'attachment; filename="{name}"'},
                    media_type="application/octet-stream")  # fmt: skip
