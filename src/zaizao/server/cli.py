"""The command line ``zaizao``: one command a verb, thin over the rooms."""

from __future__ import annotations

import signal
import sys
from functools import cache
from importlib import import_module
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from zaizao import __version__
from zaizao.problems import Language, Text, ZaizaoError
from zaizao.server.terminal import INTERRUPTED, REFUSED, Json, problem_document, terminal

PLACES = {
    "reengineer": ("loop", "reengineer"),
    "log": ("logs", "log"),
    "discover": ("logs", "discover"),
    "conform": ("mining_commands", "conform"),
    "causes": ("mining_commands", "causes"),
    "compare": ("mining_commands", "compare"),
    "simulate": ("simulating", "simulate_app"),
    "decide": ("deciding", "decide"),
    "dmn": ("deciding", "dmn_app"),
    "deploy": ("running", "deploy"),
    "serve": ("running", "serve"),
    "backup": ("keeping", "backup"),
    "restore": ("keeping", "restore"),
    "journal": ("keeping", "journal_app"),
    "worker": ("worker_commands", "worker"),
    "settings": ("showing", "settings"),
    "robot": ("robot_commands", "robot_app"),
    "pack": ("pack_commands", "pack_app"),
    "user": ("people", "user_app"),
    "token": ("people", "token_app"),
}
"""Where each command stands: the module under ``server`` and the function or group in it."""


@cache
def _made(name: str) -> Any:
    """The command ``name``: its module is imported when it is asked for, so that no command pays for another's rooms."""
    module, attribute = PLACES[name]
    found = getattr(import_module(f"zaizao.server.{module}"), attribute)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False)
        alone.command()(found)
        found = alone
    command = typer.main.get_command(found)
    command.name = name
    return command


class OnDemand(TyperGroup):
    """The commands of ``PLACES``, and those that this module has itself."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, the loop first."""
        return [*PLACES, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, or ``None``."""
        return _made(cmd_name) if cmd_name in PLACES else super().get_command(ctx, cmd_name)


app = typer.Typer(
    cls=OnDemand,
    name="zaizao",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="再造: digital process re-engineering for banks. 银行流程数字化再造。",
)


@app.callback()
def settings(
    lang: Annotated[Language | None, typer.Option("--lang", help="zh | en (default: the locale's)")] = None,
) -> None:
    """Settings that hold for every command."""
    if lang is not None:
        terminal.language = lang


@app.command()
def version(json: Json = False) -> None:
    """Print the version. 显示版本。"""
    terminal.json = json
    terminal.document({"version": __version__})
    terminal.line(Text.both(f"zaizao {__version__}"))


class Interrupted(BaseException):
    """The user pressed Ctrl-C. Not ``KeyboardInterrupt``, which the command framework swallows without a word."""


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


@app.command()
def prepare(json: Json = False) -> None:
    """Compile the kernels now, once per installation. 预编译内核。"""
    from zaizao import simulation

    terminal.json = json
    simulation.prepare()
    terminal.document({"prepared": True})
    terminal.line(Text("内核已就绪", "kernels are ready"))


def main() -> None:
    """Run the command line; refused input is one sentence and exit code 2, an interruption is said and exits with 130."""
    signal.signal(signal.SIGINT, _interrupted)
    try:
        app()
    except ZaizaoError as refused:
        if terminal.json:
            terminal.document({"problems": [problem_document(problem) for problem in refused.problems]})
        terminal.problems(refused.problems)
        sys.exit(REFUSED)
    except Interrupted:
        terminal.err.print(terminal.say(Text("已中断，未留下半成品。", "Interrupted; nothing half-written was left.")))
        sys.exit(INTERRUPTED)
