"""Commands on scenario packs: ``zaizao pack list | check | install | rehearse | new``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zaizao import scenarios
from zaizao.engine import Engine, SqliteStore, SystemClock
from zaizao.problems import Problem, Severity, Text
from zaizao.server.databases import shared, without_password
from zaizao.server.terminal import REFUSED, Json, problem_document, terminal

Place = Annotated[str, typer.Argument(help="a pack's folder or bundled name. 场景包目录或名称。", show_default=False)]
Name = Annotated[str, typer.Argument(help="the new pack's name. 新场景包的名称。", show_default=False)]
Data = Annotated[str, typer.Option("--data", help="the engine's database: a file. 引擎数据库文件。")]
Folder = Annotated[Path, typer.Option("--folder", help="where to write it. 写到哪个目录。")]
Out = Annotated[Path, typer.Option("--out", help="folder for result.html and result.json. 结果目录。")]
Cases = Annotated[int | None, typer.Option("--cases", min=1, help="cases to rehearse. 彩排案数。")]
Full = Annotated[bool, typer.Option("--full", help="all cases of the pack, not its small number. 全量彩排。")]
Seed = Annotated[int | None, typer.Option("--seed", help="where chance begins. 随机种子。")]
MISSED = 1

pack_app = typer.Typer(no_args_is_help=True, help="Check, install and rehearse scenario packs. 场景包。")


@pack_app.command(name="list")
def list_packs(json: Json = False) -> None:
    """The packs that come with the package. 列出随附的场景包。"""
    terminal.json = json
    packs = [scenarios.load(folder) for folder in scenarios.all_bundled().values()]
    terminal.document(
        [
            {
                "id": pack.id,
                "title": {"zh": pack.title.zh, "en": pack.title.en},
                "area": pack.area,
                "stages": ["as_is"] + (["to_be"] if pack.to_be is not None else []),
            }
            for pack in packs
        ]
    )
    for pack in packs:
        terminal.line(Text(f"{pack.id}：{pack.title.zh}", f"{pack.id}: {pack.title.en}"))


@pack_app.command()
def check(place: Place, json: Json = False) -> None:
    """List every problem of a pack with file and line; runs its Python files. 检查场景包。"""
    terminal.json = json
    found = scenarios.check(scenarios.pack_folder(place))
    terminal.document({"problems": [problem_document(problem) for problem in found]})
    if not json:
        terminal.problems(found)
        if not found:
            terminal.line(Text("没有问题", "no problems"))
    if any(problem.severity is Severity.ERROR for problem in found):
        raise typer.Exit(REFUSED)


@pack_app.command()
def install(place: Place, data: Data = "zaizao.db", json: Json = False) -> None:
    """Check a pack and deploy its to-be model, decisions and forms. 安装场景包。"""
    terminal.json = json
    pack, contents = scenarios.open_pack(scenarios.pack_folder(place))
    if shared(data):
        what = Text("PostgreSQL 由服务节点写入", "nodes that serve write to PostgreSQL, nobody else")
        remedy = Text("请通过服务部署（POST /v2/deployments）", "deploy through a node: POST /v2/deployments")
        raise scenarios.PackError(Problem(without_password(data), what, remedy, "deploy.shared"))
    store = SqliteStore(data)
    try:
        rows = scenarios.install(Engine(store, SystemClock()), pack, contents)
    finally:
        store.close()
    terminal.document({"deployed": [{"kind": one.kind, "id": one.name, "version": one.version} for one in rows]})
    for row in rows:
        terminal.line(Text(f"{row.name} 第 {row.version} 版", f"{row.name} version {row.version}"))


@pack_app.command()
def rehearse(
    place: Place,
    out: Out = Path("rehearsal"),
    cases: Cases = None,
    full: Full = False,
    seed: Seed = None,
    json: Json = False,
) -> None:
    """Run both processes of a pack on the engine under a virtual clock and judge its goals. 彩排场景包。"""
    terminal.json = json
    pack, contents = scenarios.open_pack(scenarios.pack_folder(place))
    result = scenarios.rehearse(pack, contents, cases=pack.cases if full else cases, seed=seed)
    scenarios.write_result(result, out)
    terminal.document(scenarios.result_document(result))
    if not json:
        _tell(result)
        terminal.line(Text(f"结果页：{out / 'result.html'}", f"result page: {out / 'result.html'}"))
    if not result.holds:
        raise typer.Exit(MISSED)


def _tell(result: scenarios.Result) -> None:
    table = Table.grid(padding=(0, 3))
    table.add_row("", *(terminal.say(text) for text in (Text("现状", "as is"), Text("再造后", "to be"))))
    for line in result.lines:
        shown = [
            scenarios.shown(None if one is None else one[0], line.figure.unit) for one in (line.before, line.after)
        ]
        table.add_row(terminal.say(line.figure.title), *shown)
    terminal.out.print(table)
    words = {True: Text("达到", "met"), False: Text("未达", "missed"), None: Text("未评", "not judged")}
    for goal in result.goals:
        wanted = scenarios.shown(goal.wanted, goal.figure.unit)
        title, verdict = goal.figure.title, words[goal.met]
        terminal.line(Text(f"目标 {title.zh} {wanted}：{verdict.zh}", f"goal {title.en} {wanted}: {verdict.en}"))
    for one in result.expected:
        if not one.holds:
            title = one.figure.title
            terminal.line(Text(f"与 expected 不符：{title.zh}", f"not as expected: {title.en}"))
    for trace in result.traces:
        if trace.seen != trace.wanted:
            seen = " → ".join(trace.seen)
            terminal.line(
                Text(f"第 {trace.case} 案与 expected 不符：{seen}", f"case {trace.case} is not as expected: {seen}")
            )
    terminal.problems(result.incidents)


@pack_app.command()
def new(name: Name, folder: Folder = Path(), json: Json = False) -> None:
    """Write a small valid pack to change. 新建场景包。"""
    terminal.json = json
    place = scenarios.begin(name, folder)
    terminal.document({"folder": str(place)})
    terminal.line(Text(f"已写入 {place}", f"written: {place}"))
