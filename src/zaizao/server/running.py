"""Commands on the engine: ``zaizao deploy`` (check models and make them known) and ``zaizao serve`` (the HTTP door)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from zaizao import bpmn, dmn
from zaizao.engine import Engine, SqliteStore, SystemClock
from zaizao.problems import Problem, Severity, Text, ZaizaoError
from zaizao.server.door import deploy_all
from zaizao.server.settings import read_settings
from zaizao.server.terminal import Json, problem_document, terminal

Models = Annotated[list[Path], typer.Argument(help="BPMN and DMN files. 模型文件。", show_default=False)]
Data = Annotated[Path, typer.Option("--data", help="the engine's database file. 引擎数据库文件。")]
Host = Annotated[str, typer.Option("--host", help="address to listen on. 监听地址。")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="port to listen on. 端口。")]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="ZAIZAO_TOKEN", help="an administrator token for this run. 本次运行的管理员令牌。"),
]
DATABASE = Path("zaizao.db")


SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", help="the settings file (default zaizao.toml, where there is one). 设置文件。"),
]
Chosen = TypeVar("Chosen")


def chosen(context: typer.Context, option: str, given: Chosen, setting: Chosen) -> Chosen:
    """What the command line says, else what the settings say."""
    source = context.get_parameter_source(option)
    return given if source is not None and source.name in ("COMMANDLINE", "ENVIRONMENT") else setting


class ServeError(ZaizaoError):
    """The door cannot be opened."""


def deploy(models: Models, data: Data = DATABASE, json: Json = False) -> None:
    """Check models and deploy them, all or none. 检查并部署模型。"""
    terminal.json = json
    drawn = [bpmn.read(path) for path in models if path.suffix != ".dmn"]
    decisions = [dmn.read(path) for path in models if path.suffix == ".dmn"]
    found = [problem for model in drawn for problem in bpmn.check(model)]
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if errors:
        raise bpmn.BpmnError(errors)
    warnings = [problem for problem in found if problem.severity is not Severity.ERROR]
    store = SqliteStore(data)
    try:
        rows = deploy_all(Engine(store, SystemClock()), drawn, decisions)
    finally:
        store.close()
    deployed = [{"kind": row.kind, "name": row.name, "version": row.version, "key": str(row.key)} for row in rows]
    terminal.document({"deployed": deployed, "warnings": [problem_document(problem) for problem in warnings]})
    for row in rows:
        kind = Text("流程", "process") if row.kind == "process" else Text("决策", "decisions")
        terminal.line(
            Text(
                f"已部署{kind.zh} {row.name} 第 {row.version} 版（键 {row.key}）",
                f"deployed {kind.en} {row.name}, version {row.version} (key {row.key})",
            )
        )
    if not json:
        terminal.problems(warnings)


def serve(
    context: typer.Context,
    data: Data = DATABASE,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    token: Token = None,
    file: SettingsFile = None,
    json: Json = False,
) -> None:
    """Serve the engine over HTTP until interrupted. 启动服务。"""
    import uvicorn

    from zaizao.server.access import TokenGate
    from zaizao.server.console import furnish
    from zaizao.server.door import Partitions, Writer, create_app
    from zaizao.server.opening import access_from
    from zaizao.server.operating import configure_logging
    from zaizao.server.workspaces import Workspace

    terminal.json = json
    settings = read_settings(file)
    data = Path(chosen(context, "data", str(data), settings.text("data")))
    host = chosen(context, "host", host, settings.text("host"))
    port = chosen(context, "port", port, settings.number("port"))
    token = token or settings.text("token") or None
    store = SqliteStore(data)
    configure_logging(settings)
    access = access_from(settings, data)
    first = None if token else access.first_token()
    gate = TokenGate(token) if token else None
    app = create_app(Partitions([Writer(Engine(store, SystemClock()))]), gate=gate, access=access, settings=settings)
    workspace = Workspace(data.with_suffix(".files"))
    furnish(app, workspace)
    terminal.document({"url": f"http://{host}:{port}", "data": str(data), "token": first})
    terminal.line(
        Text(f"服务地址 http://{host}:{port}，数据 {data}", f"listening on http://{host}:{port}, data {data}")
    )
    if first is not None:
        words = Text(
            f"管理员令牌（只显示这一次）：{first}",
            f"administrator token (shown this once): {first}",
        )
        terminal.line(words)
    try:
        uvicorn.run(app, host=host, port=port, log_config=None, access_log=False)
    except SystemExit as fault:
        raise ServeError(
            Problem(
                where=f"{host}:{port}",
                what=Text("无法监听该地址", "cannot listen on this address"),
                remedy=Text("请用 --port 换一个端口", "name another port with --port"),
                code="serve.address",
            )
        ) from fault
    finally:
        workspace.stop()
        access.close()
        store.close()
