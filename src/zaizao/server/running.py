"""Commands on the engine: ``zaizao deploy`` (check models and make them known) and ``zaizao serve`` (the HTTP door)."""

from __future__ import annotations

import gc
import platform
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar
from uuid import uuid4

import typer

from zaizao import bpmn, dmn
from zaizao.engine import Engine, Leases, SqliteStore, SystemClock
from zaizao.problems import Problem, Severity, Text, ZaizaoError
from zaizao.server.databases import shared, sql_engine, url_of, without_password
from zaizao.server.door import Node, Partitions, Writer, deploy_all
from zaizao.server.settings import Settings, read_settings
from zaizao.server.terminal import Json, problem_document, terminal

if TYPE_CHECKING:
    from fastapi import FastAPI

Models = Annotated[list[Path], typer.Argument(help="BPMN and DMN files. 模型文件。", show_default=False)]
Data = Annotated[
    str,
    typer.Option(
        "--data", help="the engine's database: a file, or postgresql://… 引擎数据库：文件或 postgresql:// 地址。"
    ),
]
PartitionCount = Annotated[
    int | None,
    typer.Option("--partitions", min=1, max=127, help="partitions of a new PostgreSQL database. 新库的分区数。"),
]
NodeName = Annotated[str | None, typer.Option("--node-name", help="this node's name among others. 节点名。")]
Address = Annotated[
    str | None,
    typer.Option(
        "--address", help="where other nodes reach this one (default http://HOST:PORT). 供其他节点访问的地址。"
    ),
]
Host = Annotated[str, typer.Option("--host", help="address to listen on. 监听地址。")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="port to listen on. 端口。")]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="ZAIZAO_TOKEN", help="an administrator token for this run. 本次运行的管理员令牌。"),
]
DATABASE = "zaizao.db"


SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", help="the settings file (default zaizao.toml, where there is one). 设置文件。"),
]
WorkerPlace = Annotated[
    str | None, typer.Option("--worker", help="module:function,… to run inside the server. 服务内运行的能力。")
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
    if shared(data):
        raise ServeError(
            Problem(
                where=without_password(data),
                what=Text("PostgreSQL 由服务节点写入", "nodes that serve write to PostgreSQL, nobody else"),
                remedy=Text("请通过服务部署（POST /v2/deployments）", "deploy through a node: POST /v2/deployments"),
                code="deploy.shared",
            )
        )
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
    partitions: PartitionCount = None,
    node_name: NodeName = None,
    address: Address = None,
    worker: WorkerPlace = None,
    json: Json = False,
) -> None:
    """Serve the engine over HTTP until interrupted. 启动服务。"""
    import uvicorn

    terminal.json = json
    settings = read_settings(file)
    data = chosen(context, "data", data, settings.text("data"))
    host = chosen(context, "host", host, settings.text("host"))
    port = chosen(context, "port", port, settings.number("port"))
    here = Here(node_name or platform.node() or "node", address or f"http://{host}:{port}")
    with ExitStack() as closing:
        led, close = partitions_of(data, here, partitions)
        closing.callback(close)
        app, first = _application(led, data, settings, token or settings.text("token") or None, worker, closing)
        _announce(f"http://{host}:{port}", without_password(data), first)
        gc.collect()
        gc.freeze()  # what is loaded stays: it is not looked at again and again
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


def _application(
    led: Partitions, data: str, settings: Settings, token: str | None, worker: str | None, closing: ExitStack
) -> tuple[FastAPI, str | None]:
    """All rooms behind one door; the second is the administrator token that was made just now, if one was."""
    from zaizao.decisions import Decisions, DecisionStore
    from zaizao.inbox import Inbox
    from zaizao.server.access import TokenGate
    from zaizao.server.console import furnish
    from zaizao.server.door import Passing, create_app
    from zaizao.server.inbox_feed import Desk
    from zaizao.server.opening import access_from
    from zaizao.server.operating import configure_logging
    from zaizao.server.worker_commands import inside

    configure_logging(settings)
    access = access_from(settings, data)
    closing.callback(access.close)
    first = None if token else access.first_token()
    clock = SystemClock()
    app = create_app(
        led,
        gate=TokenGate(token) if token else None,
        access=access,
        settings=settings,
        desk=Desk(Inbox(url_of(data)), led, clock.now),
        decisions=Decisions(DecisionStore(sql_engine(data)), now=clock.now, identity=lambda: uuid4().hex),
        alongside=inside(worker, led, parallel=4),
    )
    workspace = furnish(app, Path("zaizao.files") if shared(data) else Path(data).with_suffix(".files"))
    closing.callback(workspace.stop)
    if shared(data):
        app.add_middleware(Passing)
    return app, first


def _announce(url: str, data: str, first: str | None) -> None:
    """Where the door is, and the token that is shown once."""
    terminal.document({"url": url, "data": data, "token": first})
    terminal.line(Text(f"服务地址 {url}，数据 {data}", f"listening on {url}, data {data}"))
    if first is not None:
        terminal.line(Text(f"管理员令牌（只显示这一次）：{first}", f"administrator token (shown this once): {first}"))


class Here(NamedTuple):
    """This node among others: its name, and where they reach it."""

    name: str
    address: str


def partitions_of(data: str, here: Here, partitions: int | None) -> tuple[Partitions, Callable[[], None]]:
    """The partitions of the database ``data``, and what closes it."""
    if shared(data):
        owner = f"{here.name}-{secrets.token_hex(4)}"  # a node that is started again is another one
        return Node(data, Leases(data, owner, here.address), SystemClock(), partitions=partitions), lambda: None
    if partitions not in (None, 1):
        raise ServeError(
            Problem(
                where="--partitions",
                what=Text("SQLite 文件只有一个分区", "a SQLite file is one partition"),
                remedy=Text("多个分区请用 PostgreSQL", "use PostgreSQL for several"),
                code="serve.partitions",
            )
        )
    store = SqliteStore(data)
    return Partitions([Writer(Engine(store, SystemClock()))]), store.close
