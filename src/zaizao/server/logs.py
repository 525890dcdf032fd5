"""Commands on logs: ``zaizao log`` (what is in it, what is wrong with it, convert it) and ``zaizao discover``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zaizao import bpmn, dmn, eventlog, mining
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
Pnml = Annotated[Path | None, typer.Option("--pnml", help="write a Petri net (PNML) too. 同时写出 Petri 网。")]
Tables = Annotated[
    Path | None, typer.Option("--dmn", help="write what the gateways' choices hang on. 写出网关决策表。")
]
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
    of: Annotated[str | None, typer.Option("--type", help="type of object that is the case (OCEL). 对象类型。")] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help="draw the object map (OCEL), .svg. 对象地图。")] = None,
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
    if source.is_file() and eventlog.holds_objects(source):
        objects = eventlog.read_objects(source)
        if of is None:
            _objects(objects, source, to, map_file, json)
            return
        read = eventlog.flatten(objects, of, now=time.time_ns() // 1000)
    else:
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


def _objects(read: eventlog.ObjectLog, source: Path, to: Path | None, map_file: Path | None, json: bool) -> None:
    """What an object-centric log holds, by type of object."""
    if to is not None:
        eventlog.write_objects(read, to)
    drawn = mining.object_map(read)
    if map_file is not None:
        map_file.write_text(mining.object_map_svg(drawn), encoding="utf-8")
    terminal.document(
        {
            "source": source.name,
            "events": len(read.events),
            "objects": len(read.objects),
            "relations": len(read.event_objects),
            "activities": drawn.events,
            "types": [
                {
                    "type": one.type,
                    "objects": one.objects,
                    "edges": [
                        {"source": a, "target": b, "count": count, "waiting_median_s": wait}
                        for a, b, count, wait in one.edges()
                    ],
                }
                for one in drawn.types
            ],
            "findings": [problem_document(finding) for finding in read.findings],
            "written": [str(path) for path in (to, map_file) if path],
        }
    )
    if json:
        return
    table = Table.grid(padding=(0, 3))
    table.add_row(terminal.say(Text("事件", "events")), f"{len(read.events):,}")
    for one in drawn.types:
        table.add_row(one.type, f"{one.objects:,}")
    terminal.out.print(table)
    terminal.problems(read.findings)
    for path in (to, map_file):
        if path is not None:
            terminal.line(Text(f"已写入 {path}", f"written to {path}"))


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
    pnml: Pnml = None,
    dmn_file: Tables = None,
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
    log = eventlog.activities(read)
    tried = mining.discover_all(log, noise=noise) if method == mining.Method.BEST else []
    model = tried[0].model if tried else mining.discover(log, method=method, noise=noise)
    out.write_bytes(bpmn.write(bpmn.layout(model)))
    if pnml is not None:
        pnml.write_bytes(mining.write_pnml(mining.petri_of(model)))
    decided = [] if dmn_file is None else mining.gateway_decisions(log, model)
    if dmn_file is not None:
        dmn_file.write_bytes(dmn.write(mining.decision_model(decided, source.name.split(".")[0])))
    process = model.processes[0]
    tasks = sum(isinstance(node, bpmn.Task) for node in process.nodes)
    gateways = sum(isinstance(node, bpmn.Gateway) for node in process.nodes)
    chosen = tried[0].method if tried else method
    terminal.document(
        {
            "written": str(out),
            "pnml": str(pnml) if pnml else None,
            "method": chosen.value,
            "tasks": tasks,
            "gateways": gateways,
            "tried": [_quality(one) for one in tried],
            "dmn": str(dmn_file) if dmn_file else None,
            "decisions": [_decided(one) for one in decided],
        }
    )
    if tried and not json:
        _tell_tried(tried)
    if dmn_file is not None:
        _tell_decided(decided)
    terminal.line(
        Text(
            f"已写入 {out}：{tasks} 个活动，{gateways} 个网关（{chosen.value}，噪声 {noise}）",
            f"written to {out}: {tasks} activities, {gateways} gateways ({chosen.value}, noise {noise})",
        )
    )


def _decided(one: mining.GatewayDecision) -> dict[str, object]:
    return {
        "gateway": one.gateway,
        "name": one.name,
        "ways": list(one.words),
        "inputs": list(one.inputs),
        "rules": len(one.rules),
        "accuracy": {"value": one.accuracy.value, "low": one.accuracy.low, "high": one.accuracy.high},
        "baseline": one.baseline.value,
        "tested": one.tested,
    }


def _tell_decided(decided: list[mining.GatewayDecision]) -> None:
    """Which gateways are explained, and how well on later choices that the rules were not learnt from."""
    for one in decided:
        inputs = ", ".join(one.inputs)
        figures = f"{one.accuracy.value:.1%} ({one.accuracy.low:.1%} – {one.accuracy.high:.1%})"
        terminal.line(
            Text(
                f"{one.name}：取决于 {inputs}；后期 {one.tested:,} 次选择的准确率 {figures}，总选最常见的为 {one.baseline.value:.1%}",
                f"{one.name}: hangs on {inputs}; right on {figures} of {one.tested:,} later choices, "
                f"always the commonest {one.baseline.value:.1%}",
            )
        )
    if not decided:
        terminal.line(Text("没有网关能由属性解释", "no gateway's choice is explained by an attribute"))


def _quality(one: mining.Discovered) -> dict[str, object]:
    q = one.quality
    return {
        "method": one.method.value,
        "fitness": q.fitness,
        "precision": q.precision,
        "simplicity": q.simplicity,
        "sound": q.sound,
        "score": q.score,
    }


def _tell_tried(tried: list[mining.Discovered]) -> None:
    """The table by which the best method was chosen."""
    table = Table(box=None, padding=(0, 2))
    heads = (
        Text("算法", "method"), Text("拟合度", "fitness"), Text("精确度", "precision"), Text("简洁度", "simplicity"),
        Text("健全", "sound"),
    )  # fmt: skip
    for head in heads:
        table.add_column(terminal.say(head))
    sound = {True: Text("是", "yes"), False: Text("否", "no"), None: Text("不明", "unknown")}
    for one in tried:
        q = one.quality
        figures = ["–" if value is None else f"{value:.3f}" for value in (q.fitness, q.precision, q.simplicity)]
        table.add_row(one.method.value, *figures, terminal.say(sound[q.sound]))
    terminal.out.print(table)
