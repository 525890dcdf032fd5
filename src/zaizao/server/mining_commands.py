"""Commands that judge and explain: ``zaizao conform``, ``zaizao causes``, ``zaizao compare``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from zaizao import bpmn, eventlog, mining
from zaizao.eventlog import EventLog
from zaizao.problems import Problem, Text
from zaizao.redesign import duration, money, number, share
from zaizao.server.logs import Activity, Case, Columns, End, Resource, Source, Start, Zone, read_log
from zaizao.server.terminal import Json, problem_document, terminal

Against = Annotated[
    list[Path],
    typer.Argument(help="models (.bpmn, .pnml) and rules (.toml, .json). 模型与规则文件。", show_default=False),
]
Rank = Annotated[mining.By, typer.Option("--rank", help="what deviations are ranked by. 偏差排序依据。")]
Amount = Annotated[str | None, typer.Option("--amount", help="attribute of cases that holds money. 金额属性。")]
Listed = Annotated[
    int, typer.Option("--cases", min=0, help="case ids to list of each deviation. 每个偏差列出的案例数。")
]
Nodes = Annotated[int, typer.Option("--nodes", min=1, help="search nodes a variant may take. 每个变体的搜索上限。")]
Top = Annotated[int, typer.Option("--top", min=1, help="rows to show. 显示行数。")]
Other = Annotated[Path, typer.Argument(help="the log to compare with. 对照日志。", show_default=False)]

CAUSES = {
    mining.Cause.BATCHING: Text("攒批", "batching"),
    mining.Cause.CONTENTION: Text("争用", "contention"),
    mining.Cause.PRIORITISATION: Text("让位", "prioritisation"),
    mining.Cause.UNAVAILABILITY: Text("不在岗", "unavailability"),
    mining.Cause.OUTSIDE: Text("外部", "outside"),
    mining.Cause.UNKNOWN: Text("不明", "unknown"),
}
KINDS = {
    mining.Kind.EXTRA: Text("多做", "extra"),
    mining.Kind.MISSING: Text("漏做", "missing"),
    mining.Kind.RULE: Text("违规", "rule"),
}
ASPECTS = {
    mining.Aspect.CYCLE_TIME: Text("全程时间", "cycle time"),
    mining.Aspect.PROCESSING: Text("处理时间", "processing time"),
    mining.Aspect.OCCURRENCE: Text("含该活动的案例", "cases with it"),
    mining.Aspect.REPEAT: Text("重复该活动的案例", "cases that repeat it"),
    mining.Aspect.PATH: Text("走这条路的占比", "share that goes there"),
}
TIMES = (mining.Aspect.CYCLE_TIME, mining.Aspect.PROCESSING)


def conform(
    source: Source,
    against: Against,
    rank: Rank = mining.By.FREQUENCY,
    amount: Amount = None,
    cases: Listed = 5,
    nodes: Nodes = 2_000_000,
    case: Case = None,
    activity: Activity = None,
    start: Start = None,
    end: End = None,
    resource: Resource = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Check a log against a model and rules: how much fits, what deviates, in which cases. 一致性检查。"""
    terminal.json = json
    models = [path for path in against if path.suffix.lower() not in (".toml", ".json")]
    if len(models) > 1:
        raise mining.MiningError(
            Problem(
                str(models[1]),
                Text("一次只能对照一个模型", "one model at a time"),
                Text("请去掉多余的模型", "leave out the others"),
                "conform.models",
            )
        )
    rules = [rule for path in against if path not in models for rule in mining.read_rules(path)]
    log = eventlog.activities(read_log(source, Columns(case, activity, start, end, resource, zone)))
    model = _model(models[0]) if models else None
    aligned = mining.align(log, model, nodes=nodes) if model is not None else None
    precise = (
        mining.precision(log, model, generator=np.random.default_rng(1))
        if model is not None and aligned is not None
        else None
    )
    verdicts = mining.judge(log, rules)
    found = mining.breaches(log, aligned=aligned, verdicts=verdicts, amount=amount, by=rank)
    terminal.document(
        {
            "log": source.name,
            "cases": log.cases,
            "model": models[0].name if models else None,
            "alignment": None if aligned is None else _alignment(aligned),
            "precision": None if precise is None else _interval(precise),
            "rules": [_verdict(verdict) for verdict in verdicts],
            "ranked_by": rank.value,
            "deviations": [_breach(log, breach, cases) for breach in found],
            "findings": [problem_document(finding) for finding in log.findings],
        }
    )
    if json:
        return
    if aligned is not None and precise is not None:
        _tell_alignment(aligned, precise)
    _tell_rules(verdicts)
    _tell_breaches(log, found, cases)


def _model(path: Path) -> mining.Model:
    return mining.read_pnml(path) if path.suffix.lower() == ".pnml" else bpmn.read(path)


def _alignment(aligned: mining.Alignments) -> dict[str, object]:
    low, high = aligned.fitness()
    return {
        "exact": aligned.exact,
        "fitness": {"low": low, "high": high},
        "fitting_cases": aligned.fitting(),
        "variants": len(aligned.variants),
    }


def _verdict(verdict: mining.Verdict) -> dict[str, object]:
    rule = verdict.constraint
    return {
        "name": rule.name,
        "rule": str(rule),
        "activated_cases": verdict.activated,
        "broken_cases": len(verdict.broken),
        "broken_times": verdict.times,
        "kept": _interval(verdict.kept),
    }


def _breach(log: EventLog, breach: mining.Breach, most: int) -> dict[str, object]:
    return {
        "kind": breach.kind.value,
        "what": breach.what,
        "cases": len(breach.cases),
        "times": breach.times,
        "share": breach.share,
        "longer_s": None if breach.longer is None else _interval(breach.longer),
        "time_s": breach.time,
        "cost_fen": breach.cost,
        "at_stake": breach.at_stake,
        "case_ids": [log.case_names[k] for k in breach.cases[:most].tolist()],
    }


def _interval(interval: mining.Interval) -> dict[str, float | None]:
    return {
        name: None if math.isnan(value) else value
        for name, value in (("value", interval.value), ("low", interval.low), ("high", interval.high))
    }


def _tell_alignment(aligned: mining.Alignments, precise: mining.Interval) -> None:
    low, high = aligned.fitness()
    fitness = f"{low:.4f}" if aligned.exact else f"{low:.4f} – {high:.4f}"
    fitting = f"{aligned.fitting():.1%}"
    exact = Text("精确", "exact") if aligned.exact else Text("未精确，给出上下界", "not exact: bounds")
    terminal.line(
        Text(
            f"拟合度 {fitness}（{exact.zh}）；{fitting} 的案例完全符合；精确度 {precise.value:.3f}"
            f"（{precise.low:.3f} – {precise.high:.3f}）；{len(aligned.variants):,} 个变体",
            f"fitness {fitness} ({exact.en}); {fitting} of the cases fit; precision {precise.value:.3f} "
            f"({precise.low:.3f} – {precise.high:.3f}); {len(aligned.variants):,} variants",
        )
    )


def _tell_rules(verdicts: Sequence[mining.Verdict]) -> None:
    if not verdicts:
        return
    heads = Text("规则", "rule"), Text("适用案例", "cases it holds"), Text("违反", "broken"), Text("遵守", "kept")
    table = _table(heads)
    for verdict in verdicts:
        kept = verdict.kept
        known = "–" if math.isnan(kept.value) else f"{kept.value:.1%} ({kept.low:.1%} – {kept.high:.1%})"
        name = verdict.constraint.name or str(verdict.constraint)
        table.add_row(name, f"{verdict.activated:,}", f"{len(verdict.broken):,}", known)
    terminal.out.print(table)


def _tell_breaches(log: EventLog, found: Sequence[mining.Breach], most: int) -> None:
    if not found:
        terminal.line(Text("没有偏差", "no deviation"))
        return
    with_cost = any(breach.cost is not None for breach in found)
    with_stake = any(breach.at_stake is not None for breach in found)
    heads = [
        Text("偏差", "deviation"),
        Text("案例", "cases"),
        Text("次数", "times"),
        Text("每案例多花", "longer a case"),
    ]
    heads += [Text("多花成本", "extra cost")] * with_cost + [Text("涉及金额", "at stake")] * with_stake
    table = _table((*heads, Text("案例编号", "case ids")))
    for breach in found:
        cells = [
            f"{terminal.say(KINDS[breach.kind])}: {breach.what}",
            f"{len(breach.cases):,} ({breach.share:.1%})",
            f"{breach.times:,}",
            _spell(breach.longer),
        ]
        cells += [terminal.say(money(breach.cost or 0))] * with_cost
        cells += [f"{breach.at_stake or 0:,.0f}"] * with_stake
        ids = ", ".join(log.case_names[k] for k in breach.cases[:most].tolist())
        table.add_row(*cells, ids + (" …" if len(breach.cases) > most else ""))
    terminal.out.print(table)


def _spell(longer: mining.Interval | None) -> str:
    """Seconds with their interval, in words; a dash where nothing is known."""
    if longer is None or math.isnan(longer.value):
        return "–"
    if math.isnan(longer.low):
        return _signed(longer.value)
    value, low, high = (_signed(seconds) for seconds in (longer.value, longer.low, longer.high))
    return f"{value} ({low} – {high})"


def _signed(seconds: float) -> str:
    return ("-" if seconds < 0 else "") + terminal.say(duration(abs(seconds)))


def _table(heads: Sequence[Text]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for place, head in enumerate(heads):
        table.add_column(
            terminal.say(head), justify="left" if place in (0, len(heads) - 1) else "right", overflow="fold"
        )
    return table


def causes(
    source: Source,
    top: Top = 15,
    case: Case = None,
    activity: Activity = None,
    start: Start = None,
    end: End = None,
    resource: Resource = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Why work waits, per hand-over, and what removing each cause would gain. 等待原因。"""
    terminal.json = json
    log = eventlog.activities(read_log(source, Columns(case, activity, start, end, resource, zone)))
    hours = mining.working_hours(log)
    found = mining.waiting_causes(log, calendars=hours.calendars)
    rows = range(min(top, len(found.count)))
    terminal.document(
        {
            "log": source.name,
            "processing_s": found.processing,
            "efficiency": found.efficiency,
            "waiting_s": {cause.name.lower(): float(found.total[cause]) for cause in mining.Cause},
            "holidays": {"official": hours.official.value, "days": [day.isoformat() for day in hours.holidays]},
            "hand_overs": [
                {
                    "source": found.activities[found.source[k]],
                    "target": found.activities[found.target[k]],
                    "count": int(found.count[k]),
                    "waiting_s": {cause.name.lower(): float(found.seconds[k, cause]) for cause in mining.Cause},
                    "gain": {cause.name.lower(): found.gain(k, cause) for cause in mining.Cause},
                }
                for k in rows
            ],
        }
    )
    if not json:
        _tell_causes(found, rows)


def _tell_causes(found: mining.WaitingCauses, rows: range) -> None:
    if not found.total.sum():
        terminal.line(
            Text(
                "没有可解释的等待：日志没有开始时间或没有资源",
                "no waiting to explain: the log records no starts or no resources",
            )
        )
        return
    whole = found.total.sum()
    parts = [
        f"{terminal.say(CAUSES[cause])} {found.total[cause] / whole:.1%}"
        for cause in mining.Cause
        if found.total[cause] > 0
    ]
    spent, waited = duration(found.processing), duration(float(whole))
    terminal.line(
        Text(
            f"处理 {spent.zh}，等待 {waited.zh}（效率 {found.efficiency:.1%}）：{'，'.join(parts)}",
            f"processing {spent.en}, waiting {waited.en} (efficiency {found.efficiency:.1%}): {', '.join(parts)}",
        )
    )
    shown = [cause for cause in mining.Cause if found.total[cause] > 0]
    heads = [
        Text("交接", "hand-over"),
        Text("次数", "times"),
        *(CAUSES[cause] for cause in shown),
        Text("最大收益", "largest gain"),
    ]
    table = _table(heads)
    for k in rows:
        best = max(shown, key=lambda cause: found.seconds[k, cause])
        table.add_row(
            f"{found.activities[found.source[k]]} → {found.activities[found.target[k]]}",
            f"{found.count[k]:,}",
            *(
                terminal.say(duration(float(found.seconds[k, cause]))) if found.seconds[k, cause] else "–"
                for cause in shown
            ),
            f"+{100 * found.gain(k, best):.2f} pp ({terminal.say(CAUSES[best])})",
        )
    terminal.out.print(table)


def compare(
    source: Source,
    other: Other,
    top: Top = 20,
    case: Case = None,
    activity: Activity = None,
    start: Start = None,
    end: End = None,
    resource: Resource = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Compare two logs with significance: before and after, branch A and B. 两份日志对比。"""
    terminal.json = json
    columns = Columns(case, activity, start, end, resource, zone)
    a, b = (eventlog.activities(read_log(path, columns)) for path in (source, other))
    found = mining.compare(a, b)
    terminal.document(
        {
            "a": {"log": source.name, "cases": found.cases_a},
            "b": {"log": other.name, "cases": found.cases_b},
            "differences": [
                {
                    "aspect": one.aspect.value,
                    "what": one.what,
                    "a": one.a,
                    "b": one.b,
                    "difference": _interval(one.difference),
                    "delta": None if one.delta is None else _interval(one.delta),
                    "p": one.p,
                    "significant": one.significant,
                }
                for one in found.differences
            ],
        }
    )
    if json:
        return
    significant = [one for one in found.differences if one.significant]
    counted = f"{len(significant)} / {len(found.differences)}"
    terminal.line(
        Text(
            f"甲 {found.cases_a:,} 案例，乙 {found.cases_b:,} 案例；显著差异 {counted}（5%，已作多重校正）",
            f"a {found.cases_a:,} cases, b {found.cases_b:,} cases; significant differences {counted} (5 %, corrected)",
        )
    )
    table = _table(
        (
            Text("方面", "aspect"),
            Text("甲", "a"),
            Text("乙", "b"),
            Text("乙 − 甲（95%）", "b − a (95 %)"),
            Text("p", "p"),
        )
    )
    first = [one for one in found.differences if one.aspect == mining.Aspect.CYCLE_TIME and not one.significant]
    for one in [*first, *significant][:top]:
        what = f"{terminal.say(ASPECTS[one.aspect])}{': ' + one.what if one.what else ''}"
        if one.aspect in TIMES:
            cells = [_signed(one.a), _signed(one.b), _spell(one.difference)]
        else:
            low, high = (f"{100 * bound:+.1f}" for bound in (one.difference.low, one.difference.high))
            cells = [
                terminal.say(share(one.a)),
                terminal.say(share(one.b)),
                f"{100 * one.difference.value:+.1f} pp ({low} – {high})",
            ]
        table.add_row(what, *cells, f"{number(one.p)}" if one.p >= 0.001 else "< 0.001")
    terminal.out.print(table)
