"""FEEL over a log: conditions and time limits on cases and events.

Rule kept: a condition sees the case's attributes and, for an event, the event's own attributes (which come first),
``activity`` and ``resource``; a missing value is null. Equal inputs are evaluated once. What has no value counts as
not true, as FEEL's three-valued logic asks; a limit that is no duration is a problem, never zero.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from zaizao.eventlog import MISSING, EventLog
from zaizao.feel import DaysTime, Expression, FeelError, Value, compile, to_feel
from zaizao.mining.attributes import case_values
from zaizao.mining.errors import MiningError
from zaizao.mining.spread import Bool, Int64
from zaizao.problems import Problem, Text

ACTIVITY, RESOURCE = "activity", "resource"
_MICRO = 1_000


def names(log: EventLog) -> frozenset[str]:
    """The names that an expression on an event of ``log`` may use."""
    return frozenset((*log.case_table.columns, *log.event_table.columns, ACTIVITY, RESOURCE))


def expression(text: str, known: Collection[str], where: str) -> Expression:
    """``text`` compiled. Raises ``MiningError`` for what does not parse or names what the log does not have."""
    try:
        found = compile(text, names=known)
    except FeelError as error:
        raise MiningError([_at(where, problem) for problem in error.problems]) from error
    strange = sorted(found.names - set(known))
    if strange:
        listed = ", ".join(sorted(known)[:20])
        raise MiningError(
            Problem(
                where,
                Text(f"日志没有属性“{strange[0]}”", f'the log has no attribute "{strange[0]}"'),
                Text(f"可用：{listed}", f"it has {listed}"),
                "mining.unknown-attribute",
            )
        )
    return found


def cases_where(log: EventLog, text: str, where: str) -> Bool:
    """Marks the cases on which the condition is true."""
    table = case_values(log)
    found = expression(text, table.columns, where)
    return _true(_answers(found, table))


def rows_where(log: EventLog, text: str, rows: Int64, where: str) -> Bool:
    """Marks those of ``rows`` on which the condition is true."""
    found = expression(text, names(log), where)
    return _true(_answers(found, _events(log, rows, found.names)))


def limits(log: EventLog, text: str, rows: Int64, where: str) -> Int64:
    """The time limit of every one of ``rows`` in µs. Raises ``MiningError`` where it is no days and time duration."""
    found = expression(text, names(log), where)
    answers = _answers(found, _events(log, rows, found.names))
    wrong = next((answer for answer in answers.tolist() if not isinstance(answer, DaysTime)), None)
    if len(answers) and not all(isinstance(answer, DaysTime) for answer in answers.tolist()):
        raise MiningError(
            Problem(
                where,
                Text(f"时限不是时长，而是 {wrong}", f"the limit is no duration of days and time but {wrong}"),
                Text('请写如 duration("P2D")', 'write for example duration("P2D")'),
                "mining.no-duration",
            )
        )
    return np.array([answer.nanoseconds // _MICRO for answer in answers.tolist()], dtype=np.int64)


def _events(log: EventLog, rows: Int64, wanted: Collection[str]) -> pl.DataFrame:
    """The named attributes of ``rows``; a case's own value stands where its event has none."""
    columns: dict[str, pl.Series] = {}
    case = log.case[rows]
    for name in sorted(wanted):
        if name in (ACTIVITY, RESOURCE):
            codes = log.activity[rows] if name == ACTIVITY else log.resource[rows]
            texts = pl.Series(log.activity_names if name == ACTIVITY else log.resource_names, dtype=pl.String)
            columns[name] = texts.gather(pl.Series(codes).set(pl.Series(codes) == MISSING, None))
            continue
        own = log.event_table[name][rows] if name in log.event_table.columns else None
        of_case = log.case_table[name][case] if name in log.case_table.columns else None
        if own is not None and of_case is not None and own.dtype == of_case.dtype:
            own = own.zip_with(own.is_not_null(), of_case)
        columns[name] = own if own is not None else of_case if of_case is not None else pl.Series([None] * len(rows))
    return pl.DataFrame(columns) if columns else pl.DataFrame({"": np.zeros(len(rows), dtype=np.int8)})


def _answers(found: Expression, table: pl.DataFrame) -> np.typing.NDArray[np.object_]:
    """One value a row; each distinct row is evaluated once."""
    used = [name for name in table.columns if name in found.names]
    result = np.empty(len(table), dtype=np.object_)
    if not used:
        value = found.evaluate({})
        for row in range(len(result)):
            result[row] = value
        return result
    seen: dict[tuple[object, ...], Value] = {}
    for row, values in enumerate(table.select(used).iter_rows()):
        if values not in seen:
            seen[values] = found.evaluate({name: to_feel(value) for name, value in zip(used, values, strict=True)})
        result[row] = seen[values]
    return result


def _true(answers: np.typing.NDArray[np.object_]) -> Bool:
    return np.fromiter((answer is True for answer in answers.tolist()), dtype=np.bool_, count=len(answers))


def _at(where: str, problem: Problem) -> Problem:
    return Problem(f"{where}: {problem.where}", problem.what, problem.remedy, problem.code, problem.severity)
