"""Commands on robots: ``zaizao robot run`` (work a queue) and ``zaizao robot list`` (robots, queues and their load)."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from zaizao import robots
from zaizao.problems import Text
from zaizao.server.databases import sql_engine
from zaizao.server.terminal import Json, terminal

Place = Annotated[
    str, typer.Argument(help="a module or a .py file with robots. 机器人模块或文件。", show_default=False)
]
Database = Annotated[str, typer.Option("--data", help="database: a file or a URL. 数据库。")]
Name = Annotated[str, typer.Option("--robot", help="which robot, where there are several. 机器人名。")]
UntilEmpty = Annotated[bool, typer.Option("--until-empty", help="stop when nothing waits. 队列空了就停。")]
Evidence = Annotated[Path, typer.Option("--evidence", help="where failed attempts leave files. 失败证据目录。")]
Trace = Annotated[bool, typer.Option("--trace/--no-trace", help="keep a browser trace of failures. 保留轨迹。")]
KEY = "ZAIZAO_ROBOT_KEY"
"""The environment variable with the key of the credentials."""

robot_app = typer.Typer(no_args_is_help=True, help="Run robots and see their queues. 运行机器人、查看队列。")


def _chosen(place: str, name: str) -> robots.Robot:
    found = robots.load(place)
    if name and name in found:
        return found[name]
    if not name and len(found) == 1:
        return next(iter(found.values()))
    names = ", ".join(sorted(found))
    remedy = Text(f"请用 --robot 指定其一：{names}", f"name one with --robot: {names}")
    raise robots.refused(place, "没有指明哪个机器人", "no robot was named", remedy, "name")


@robot_app.command()
def run(
    place: Place,
    robot: Name = "",
    data: Database = "zaizao.db",
    evidence: Evidence = Path("robot-evidence"),
    until_empty: UntilEmpty = False,
    trace: Trace = True,
    json: Json = False,
) -> None:
    """Work the items of a robot's queue until stopped. 让机器人处理队列。"""
    terminal.json = json
    chosen = _chosen(place, robot)
    engine = sql_engine(data)
    key = os.environ.get(KEY)
    worker = robots.Worker(
        robots.RobotStore(engine),
        chosen,
        name=f"{chosen.name}@{os.uname().nodename}:{os.getpid()}",
        now=lambda: time.time_ns() // 1000,
        evidence=evidence,
        credentials=robots.Credentials(engine, key.encode()) if key else None,
        trace=trace,
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    tally = worker.run(until_empty=until_empty)
    terminal.document({"done": tally.done, "refused": tally.refused, "failed": tally.failed})
    words = f"{tally.done} 完成，{tally.refused} 转人工，{tally.failed} 次失败"
    terminal.line(Text(words, f"{tally.done} done, {tally.refused} for people, {tally.failed} attempts failed"))


@robot_app.command(name="list")
def list_queues(data: Database = "zaizao.db", json: Json = False) -> None:
    """Queues of robots and their load. 机器人队列与负载。"""
    terminal.json = json
    queues = robots.RobotStore(sql_engine(data)).queues(time.time_ns() // 1000)
    terminal.document(
        [
            {
                "queue": queue.name,
                "paused": queue.paused,
                "draining": queue.draining,
                "late": queue.late,
                **{state.value: queue.counts.get(state, 0) for state in robots.ItemState},
            }
            for queue in queues
        ]
    )
    for queue in queues:
        load = ", ".join(f"{state.value} {count}" for state, count in sorted(queue.counts.items()))
        terminal.line(Text.both(f"{queue.name}: {load or '-'}"))
    if not queues:
        terminal.line(Text("还没有队列", "there are no queues yet"))
