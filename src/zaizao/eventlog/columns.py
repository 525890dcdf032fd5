"""Which column is what: by the names people give (Chinese, English, XES), then by content; the caller's word wins."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace

import polars as pl

from zaizao.eventlog.errors import LogError, refuse
from zaizao.eventlog.times import looks_like_times


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the columns that carry a log's meaning; None where a log has none."""

    case: str | None = None
    activity: str | None = None
    start: str | None = None
    end: str | None = None
    resource: str | None = None
    lifecycle: str | None = None
    enabled: str | None = None

    def named(self) -> dict[str, str]:
        """Role → column, for the roles that have one."""
        columns: dict[str, str | None] = {role.name: getattr(self, role.name) for role in fields(self)}
        return {role: column for role, column in columns.items() if column is not None}


XES = Roles(
    "case:concept:name",
    "concept:name",
    "start_timestamp",
    "time:timestamp",
    "org:resource",
    "lifecycle:transition",
    "enabled",
)
"""The names of IEEE 1849-2016 and, for a start, the name that has become usual."""

# Best first; compared without case, blanks and punctuation.
_NAMES: dict[str, tuple[str, ...]] = {
    "case": (
        "case:concept:name", "case id", "case", "case key", "case number", "case no", "trace id", "trace",
        "process instance id", "process instance", "instance id", "loan id", "application id", "application number",
        "案例编号", "案例id", "案例号", "案例", "流程实例编号", "流程实例号", "流程实例id", "流程实例", "实例编号",
        "实例号", "实例id", "案件编号", "案件号", "业务编号", "业务流水号", "业务号", "申请编号", "申请书编号",
        "申请号", "工单编号", "工单号", "单号", "贷款编号", "合同编号", "process",
    ),
    "activity": (
        "concept:name", "activity", "activity name", "activity id", "task", "task name", "event name", "event",
        "step", "step name", "operation", "action", "活动名称", "活动", "环节名称", "环节", "任务名称", "任务",
        "步骤名称", "步骤", "节点名称", "节点", "操作名称", "操作", "事件名称", "事件",
    ),
    "start": (
        "start_timestamp", "start time", "start timestamp", "start", "start date", "started at", "begin time",
        "begin", "开始时间", "起始时间", "受理时间", "开始", "开始日期", "接收时间",
    ),
    "end": (
        "time:timestamp", "end time", "end timestamp", "end", "end date", "ended at", "complete timestamp",
        "complete time", "completion time", "completed at", "completed", "finish time", "finished at", "timestamp",
        "event time", "datetime", "time", "date", "结束时间", "完成时间", "办结时间", "处理时间", "办理时间",
        "操作时间", "发生时间", "时间戳", "时间", "结束", "完成日期", "结束日期", "日期",
    ),
    "resource": (
        "org:resource", "resource", "resource id", "resource name", "user", "user id", "user name", "performer",
        "employee", "operator", "originator", "worker", "agent", "staff", "资源", "经办人", "办理人", "处理人",
        "执行人", "操作员", "操作人", "柜员号", "柜员", "员工号", "员工", "用户", "人员",
    ),
    "lifecycle": (
        "lifecycle:transition", "lifecycle", "lifecycle transition", "transition", "生命周期", "生命周期状态",
    ),
    "enabled": (
        "enabled", "enabled time", "enable time", "enabled timestamp", "schedule time", "到达时间", "可办时间",
    ),
}  # fmt: skip
_HINTS = {
    "case": ("case", "trace", "instance", "案", "实例", "编号", "单号", "流水", "id"),
    "activity": ("activity", "task", "event", "step", "活动", "环节", "任务", "步骤", "节点", "事件"),
}
_TIMES = ("start", "end", "enabled")


def _bare(name: str) -> str:
    return re.sub(r"[\s_\-:.@/()（）\[\]]+", "", name).lower()


def recognise(frame: pl.DataFrame, given: Roles, name: str) -> Roles:
    """The roles of ``frame``'s columns; ``given`` wins. Raises ``LogError`` naming what is missing."""
    for role, column in given.named().items():
        if column not in frame.columns:
            raise refuse(
                f"{name}: column {column}",
                "csv.no-such-column",
                (f"没有这一列（要作 {role}）", f"there is no such column (wanted as {role})"),
                (f"可选的列：{_listed(frame)}", f"the columns are {_listed(frame)}"),
            )
    taken = set(given.named().values())
    found: dict[str, str] = {}
    for role, names in _NAMES.items():
        if getattr(given, role) is not None:
            continue
        match = next((c for bare in map(_bare, names) for c in frame.columns if _bare(c) == bare), None)
        if match and match not in taken and _fits(frame[match], role):
            found[role] = match
            taken.add(match)
    roles = _times(frame, replace(given, **found), taken)
    for role in ("case", "activity"):
        if getattr(roles, role) is None:
            column = _by_content(frame, role, taken, name)
            taken.add(column)
            roles = replace(roles, **{role: column})
    if roles.end is None:
        raise _missing(frame, "end", name)
    return roles


def _fits(column: pl.Series, role: str) -> bool:
    """A time column must hold something that can be a time; any filled column can be the rest."""
    if column.null_count() == len(column):
        return False
    if role not in _TIMES or column.dtype != pl.String:
        return True
    sample = column.drop_nulls().head(100)
    return bool(sample.str.contains(r"\d{4}|\d+[.:]\d+").any())


def _times(frame: pl.DataFrame, roles: Roles, taken: set[str]) -> Roles:
    """Fill the end (and the start) from columns that hold times, the later one being the end."""
    if roles.end is not None:
        return roles
    free = [c for c in frame.columns if c not in taken and _is_time(frame[c])]
    if len(free) == 1:
        taken.update(free)
        return replace(roles, end=free[0])
    if len(free) == 2 and roles.start is None:
        taken.update(free)
        first, second = (frame[c].drop_nulls().head(100).cast(pl.String).sort() for c in free)
        middle = min(len(first), len(second)) // 2
        swapped = first[middle] > second[middle]
        return replace(roles, start=free[int(swapped)], end=free[int(not swapped)])
    return roles


def _is_time(column: pl.Series) -> bool:
    return column.dtype.is_temporal() or (column.dtype == pl.String and looks_like_times(column))


def _by_content(frame: pl.DataFrame, role: str, taken: set[str], name: str) -> str:
    """The one column whose name hints at the role and whose values repeat as such a column's do."""
    candidates = []
    for column in frame.columns:
        values = frame[column]
        bare = _bare(column)
        if column in taken or values.null_count() or not any(hint in bare for hint in _HINTS[role]):
            continue
        distinct = values.n_unique()
        repeats = 1 < distinct < len(values) if role == "case" else distinct <= max(2, len(values) // 2)
        if repeats and not (role == "activity" and values.dtype.is_float()):
            candidates.append(column)
    if len(candidates) != 1:
        raise _missing(frame, role, name)
    return candidates[0]


_WORDS = {
    "case": ("案例列", "case column", "--case"),
    "activity": ("活动列", "activity column", "--activity"),
    "end": ("时间列", "time column", "--end"),
}


def _missing(frame: pl.DataFrame, role: str, name: str) -> LogError:
    zh, en, option = _WORDS[role]
    return refuse(
        f"{name}: line 1",
        f"csv.no-{role}-column",
        (f"认不出{zh}", f"no {en} can be recognised"),
        (f"请用 {option} 指定；现有列：{_listed(frame)}", f"name it with {option}; the columns are {_listed(frame)}"),
    )


def _listed(frame: pl.DataFrame, most: int = 12) -> str:
    shown = ", ".join(column[:40] for column in frame.columns[:most])
    return shown + (", …" if len(frame.columns) > most else "")
