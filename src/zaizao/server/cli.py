"""The command line ``zaizao``: one command a verb, thin over the rooms."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from zaizao import __version__, simulation
from zaizao.problems import Language, Text, ZaizaoError
from zaizao.server import (
    deciding,
    keeping,
    logs,
    loop,
    mining_commands,
    pack_commands,
    people,
    robot_commands,
    running,
    showing,
    simulating,
    worker_commands,
)
from zaizao.server.terminal import INTERRUPTED, REFUSED, Json, problem_document, terminal

app = typer.Typer(
    name="zaizao",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="再造: digital process re-engineering for banks. 银行流程数字化再造。",
)
app.command()(loop.reengineer)
app.command()(logs.log)
app.command()(logs.discover)
app.command()(mining_commands.conform)
app.command()(mining_commands.causes)
app.command()(mining_commands.compare)
app.add_typer(simulating.simulate_app, name="simulate")
app.command()(deciding.decide)
app.add_typer(deciding.dmn_app, name="dmn")
app.command()(running.deploy)
app.command()(running.serve)
app.command()(keeping.backup)
app.command()(keeping.restore)
app.add_typer(keeping.journal_app, name="journal")
app.command()(worker_commands.worker)
app.command()(showing.settings)
app.add_typer(robot_commands.robot_app, name="robot")
app.add_typer(pack_commands.pack_app, name="pack")
app.add_typer(people.user_app, name="user")
app.add_typer(people.token_app, name="token")


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
