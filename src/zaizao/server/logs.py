"""Commands on logs: ``zaizao log`` (what is in it, what is wrong with it, convert it) and ``zaizao discover``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zaizao import bpmn, eventlog, mining
from zaizao.eventlog import EventLog
from zaizao.problems import Text
from zaizao.redesign import day, duration, number, share
from zaizao.server.terminal import Json, problem_document, terminal

Source = Annotated[Path, typer.Argument(help="XES, CSV or Parquet, .gz too. 日志文件。", show_default=False)]
Case = Annotated[str | None, typer.Option("--case", help="column of the case id. 案例列。")]
Activity = Annotated[str | None, typer.Option("--activity", help="column of the activity. 活动列。")]
Start = Annotated[str | None, typer.Option("--start", help="column of the start time. 开始时间列。")]
End = Annotated[str | None, typer.Option("--end", help="column of the end time. 结束时间列。")]
Resource = Annotated[str | None, typer.Option("--resource", help="column of the resource. 资源列。")]
Zone = Annotated[str | None, typer.Option("--zone", help="time zone of times without one. 时区。")]
Model = Annotated[Path, typer.Option("--out", help="the BPMN file to write. 输出的 BPMN 文件。")]
Miner = Annotated[mining.Method, typer.Option("--method", help="how to discover. 发现算法。")]
Noise = Annotated[float, typer.Option("--noise", min=0, max=0.99, help="share of behaviour left out. 噪声阈值。")]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns a person named; ``None`` where reading shall recognise them."""

    case: str | None
    activity: str | None
    start: str | None
    end: str | None
    resource: str | None
    zone: str | None


def read_log(path: Path, columns: Columns, *, cache: Path | None = None) -> EventLog:
    """The log in a file, with "in the future" measured by this machine's clock; ``cache`` is a Parquet file to reuse."""
    if cache is not None and path.is_file():
        cache.parent.mkdir(parents=True, exist_ok=True)
    return eventlog.read(
        path,
        case=columns.case,
        activity=columns.activity,
        start=columns.start,
        end=columns.end,
        resource=columns.resource,
        zone=columns.zone,
        cache=cache,
        now=time.time_ns() // 1000,
    )


def log(
    source: Source,
    to: Annotated[Path | None, typer.Option("--to", help="convert: .xes .xes.gz .csv .parquet. 转换。")] = None,
    case: Case = None,
    activity: Activity = None,
    start: Start = None,
    end: End = None,
    resource: Resource = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Say what a log holds and what is wrong with it. 查看日志与数据质量。"""
    terminal.json = json
    read = read_log(source, Columns(case, activity, start, end, resource, zone))
    if to is not None:
        eventlog.write(read, to)
    facts = mining.facts(read)
    top = mining.variants(read)
    terminal.document(
        {
            "source": source.name,
            "cases": facts.cases,
            "events": facts.events,
            "activities": facts.activities,
            "resources": facts.resources,
            "variants": len(top.count),
            "since_us": facts.since,
            "until_us": facts.until,
            "cycle_time_s": {"median": facts.cycle_median, "p90": facts.cycle_p90, "mean": facts.cycle_mean},
            "resource_known": facts.resource_known,
            "start_known": facts.start_known,
            "findings": [problem_document(finding) for finding in read.findings],
            "written": str(to) if to else None,
        }
    )
    if not json:
        _tell(read, facts, len(top.count))
        terminal.problems(read.findings)
        if to is not None:
            terminal.line(Text(f"已写入 {to}", f"written to {to}"))


def _tell(read: EventLog, facts: mining.Facts, variants: int) -> None:
    table = Table.grid(padding=(0, 3))
    rows = (
        (Text("案例", "cases"), Text.both(f"{facts.cases:,}")),
        (Text("事件", "events"), Text.both(f"{facts.events:,}")),
        (Text("活动", "activities"), Text.both(f"{facts.activities:,}")),
        (Text("变体", "variants"), Text.both(f"{variants:,}")),
        (Text("资源", "resources"), Text.both(f"{facts.resources:,}")),
        (
            Text("期间", "period"),
            Text.both(f"{day(facts.since, read.zone).en} – {day(facts.until, read.zone).en} ({read.zone})"),
        ),
        (Text("每案例事件", "events a case"), Text.both(number(facts.events_per_case))),
        (Text("全程时间中位数", "cycle time, median"), duration(facts.cycle_median)),
        (Text("全程时间九成位", "cycle time, 90th percentile"), duration(facts.cycle_p90)),
        (Text("已知开始时间", "start known"), share(facts.start_known)),
        (Text("已知资源", "resource known"), share(facts.resource_known)),
    )
    for name, value in rows:
        table.add_row(terminal.say(name), terminal.say(value))
    terminal.out.print(table)


def discover(
    source: Source,
    out: Model = Path("discovered.bpmn"),
    method: Miner = mining.Method.INDUCTIVE,
    noise: Noise = 0.2,
    case: Case = None,
    activity: Activity = None,
    start: Start = None,
    end: End = None,
    resource: Resource = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Discover a BPMN model from a log. 从日志发现流程模型。"""
    terminal.json = json
    read = read_log(source, Columns(case, activity, start, end, resource, zone))
    model = bpmn.layout(mining.discover(eventlog.activities(read), method=method, noise=noise))
    out.write_bytes(bpmn.write(model))
    process = model.processes[0]
    tasks = sum(isinstance(node, bpmn.Task) for node in process.nodes)
    gateways = sum(isinstance(node, bpmn.Gateway) for node in process.nodes)
    terminal.document({"written": str(out), "method": method.value, "tasks": tasks, "gateways": gateways})
    terminal.line(
        Text(
            f"已写入 {out}：{tasks} 个活动，{gateways} 个网关（{method.value}，噪声 {noise}）",
            f"written to {out}: {tasks} activities, {gateways} gateways ({method.value}, noise {noise})",
        )
    )
