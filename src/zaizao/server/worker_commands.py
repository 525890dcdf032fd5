"""``zaizao worker``: run the capabilities of a module against a server, or list what they do."""

from __future__ import annotations

import importlib
import importlib.util
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from zaizao.engine import Capability, EngineError, capability_of
from zaizao.problems import Problem, Text, ZaizaoError
from zaizao.server.terminal import Json, terminal
from zaizao.server.working import DoorSource, EngineSource, Worker

if TYPE_CHECKING:
    from zaizao.server.door import Partitions

Place = Annotated[str, typer.Argument(help="module:function,… or file.py:function,… 能力所在。", show_default=False)]
Url = Annotated[str, typer.Option("--url", help="the server. 服务地址。")]
Token = Annotated[str, typer.Option("--token", envvar="ZAIZAO_TOKEN", help="a token with the role operator. 令牌。")]
Types = Annotated[list[str] | None, typer.Option("--types", help="only these job types, repeated. 仅这些作业类型。")]
Parallel = Annotated[int, typer.Option("--parallel", min=1, max=256, help="jobs at once. 并行数。")]
Listed = Annotated[bool, typer.Option("--list", help="print the manifests and end. 列出能力。")]
Name = Annotated[str | None, typer.Option("--name", help="this worker's name (default: the machine's). 名称。")]


class CapabilityError(ZaizaoError):
    """Capabilities that cannot be found or loaded."""


def load(place: str) -> list[Capability]:
    """The capabilities at ``module:function,…`` (a file's path is a module too); all of the module where none is named."""
    source, _, names = place.rpartition(":") if ":" in place else (place, "", "")
    module = _module(source)
    if names in ("", "*"):
        found = [value for value in vars(module).values() if callable(value) and _is_capability(value)]
        if not found:
            raise _absent(place, "模块中没有能力函数", "the module has no capability")
        return [capability_of(function) for function in found]
    functions = []
    for name in names.split(","):
        function = getattr(module, name.strip(), None)
        if function is None:
            raise _absent(place, f"没有函数 {name}", f"there is no function {name}")
        functions.append(capability_of(function))
    return functions


def _is_capability(value: object) -> bool:
    try:
        capability_of(value)  # type: ignore[arg-type]
    except EngineError:
        return False
    return True


def _module(source: str) -> ModuleType:
    try:
        if source.endswith(".py"):
            path = Path(source)
            spec = importlib.util.spec_from_file_location(path.stem, path)
            if spec is None or spec.loader is None or not path.is_file():
                raise _absent(source, "没有这个文件", "there is no such file")
            module = importlib.util.module_from_spec(spec)
            sys.modules[path.stem] = module
            spec.loader.exec_module(module)
            return module
        if "" not in sys.path and str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))
        return importlib.import_module(source)
    except ImportError as fault:
        raise _absent(source, f"不能导入（{fault}）", f"cannot be imported ({fault})") from fault


def _absent(place: str, zh: str, en: str) -> CapabilityError:
    remedy = Text("请写成 模块:函数", "write module:function")
    return CapabilityError(Problem(place, Text(zh, en), remedy, "worker.module"))


def worker(
    place: Place,
    url: Url = "http://127.0.0.1:8080",
    token: Token = "",
    types: Types = None,
    parallel: Parallel = 4,
    name: Name = None,
    listed: Listed = False,
    json: Json = False,
) -> None:
    """Run capabilities on jobs until interrupted. 运行能力。"""
    terminal.json = json
    found = [each for each in load(place) if not types or each.manifest.type in types]
    if listed:
        _list(found)
        return
    if not found:
        raise _absent(place, "没有所选类型的能力", "no capability has one of these types")
    source = DoorSource(url, token)
    running = Worker(source, found, name=name or socket.gethostname(), parallel=parallel)
    kinds = ", ".join(each.manifest.type for each in found)
    terminal.document({"url": url, "types": [each.manifest.type for each in found], "parallel": parallel})
    terminal.line(Text(f"开始处理 {kinds}（{url}）", f"working on {kinds} at {url}"))
    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    running.start()
    over.wait()
    running.stop()
    source.close()
    terminal.line(Text(f"已停止，完成 {running.finished} 个作业", f"stopped after {running.finished} jobs"))


def _list(found: Sequence[Capability]) -> None:
    terminal.document({"capabilities": [msgspec.to_builtins(each.manifest) for each in found]})
    for each in found:
        manifest = each.manifest
        errors = ", ".join(manifest.errors) or "-"
        terminal.line(Text(f"{manifest.type}  {manifest.title_zh}", f"{manifest.type}  {manifest.title_en}"))
        terminal.line(Text(f"  输入 {_fields(manifest.input)}", f"  input {_fields(manifest.input)}"))
        terminal.line(Text(f"  输出 {_fields(manifest.output)}", f"  output {_fields(manifest.output)}"))
        terminal.line(
            Text(
                f"  错误 {errors}  每次 {manifest.cost} 分  期限 {manifest.timeout_seconds} 秒",
                f"  errors {errors}  cost {manifest.cost} fen  deadline {manifest.timeout_seconds} s",
            )
        )


def _fields(schema: dict[str, Any]) -> str:
    """Names and types of a schema's fields, those that must be there marked by ``*``."""
    name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    inner = schema.get("$defs", {}).get(name, schema)
    properties, required = inner.get("properties", {}), inner.get("required", [])
    shown = [f"{key}{'*' if key in required else ''}: {_kind(value)}" for key, value in properties.items()]
    return ", ".join(shown) or "-"


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " | ".join(_kind(option) for option in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    return str(schema.get("format") or schema.get("type") or "any")


@contextmanager
def inside(place: str | None, partitions: Partitions, parallel: int) -> Iterator[None]:
    """Run the capabilities at ``place`` in this process while the block lasts; nothing where ``None``."""
    if place is None:
        yield
        return
    running = Worker(EngineSource(partitions), load(place), name="inside", parallel=parallel)
    running.start()
    try:
        yield
    finally:
        running.stop()
