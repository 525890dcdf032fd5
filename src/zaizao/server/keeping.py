"""Keeping what happened: ``zaizao journal verify|export``, ``zaizao backup`` and ``zaizao restore``.

Rule kept: all of it may run beside a serving process: verification and export read one snapshot, a back-up is the
partition at one moment. A back-up holds people, tokens, approvals and the audit trail too; a file that was harmed is
neither written nor read back.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from zaizao import eventlog
from zaizao.engine import JournalBroken, Record, SqliteStore, to_log
from zaizao.problems import Problem, Text, ZaizaoError
from zaizao.server.databases import shared
from zaizao.server.running import DATABASE, Data
from zaizao.server.terminal import Json, problem_document, terminal

Target = Annotated[Path, typer.Option("--to", help="the file to write. 写出的文件。", show_default=False)]
LogFile = Annotated[Path, typer.Argument(help=".xes .xes.gz .csv .parquet", show_default=False)]
BackupFile = Annotated[Path, typer.Argument(help="a back-up. 备份文件。", show_default=False)]
ANSWERED_NO = 1

journal_app = typer.Typer(no_args_is_help=True, help="What happened, record by record. 日志。")


class KeepingError(ZaizaoError):
    """A file that is not there, or is in the way."""


def _file(data: str) -> Path:
    """The database's file; several nodes' database is kept partition by partition, by its own stores."""
    if shared(data):
        remedy = Text("请指明 SQLite 文件", "name a SQLite file")
        words = Text("此命令用于 SQLite 文件", "this command is for a SQLite file")
        raise KeepingError(Problem("--data", words, remedy, "data.shared"))
    return Path(data)


def _checked(file: Path) -> Path:
    if not file.is_file():
        remedy = Text("请指明数据库文件", "name the database's file")
        raise KeepingError(Problem(str(file), Text("没有这个文件", "there is no such file"), remedy, "data.absent"))
    return file


def _opened(data: str) -> SqliteStore:
    return SqliteStore(_checked(_file(data)), read_only=True)


@journal_app.command("verify")
def verify(data: Data = DATABASE, json: Json = False) -> None:
    """Check the journal's chain. Exit code 1, and the place, where a record was changed, lost or added. 校验日志。"""
    terminal.json = json
    store = _opened(data)
    try:
        records = store.verify()
    except JournalBroken as broken:
        terminal.document({"whole": False, "problems": [problem_document(problem) for problem in broken.problems]})
        terminal.problems(broken.problems)
        raise typer.Exit(ANSWERED_NO) from broken
    finally:
        store.close()
    terminal.document({"whole": True, "records": records})
    terminal.line(Text(f"{records:,} 条记录，链条完整", f"{records:,} records, the chain is whole"))


@journal_app.command("export")
def export(out: LogFile, data: Data = DATABASE, json: Json = False) -> None:
    """Write the journal as an event log, by the file's suffix. 导出事件日志。"""
    terminal.json = json
    store = _opened(data)
    try:
        entries = store.journal()
        log = to_log(
            Record(entry.position + place, entry.at, entry.case, event)
            for entry in entries
            for place, event in enumerate(entry.events)
        )
    finally:
        store.close()
    eventlog.write(log, out)
    cases, events = len(log.case_table), len(log.event_table)
    terminal.document({"written": str(out), "cases": cases, "events": events})
    terminal.line(
        Text(f"已写入 {out}：{cases:,} 案例，{events:,} 事件", f"written to {out}: {cases:,} cases, {events:,} events")
    )


def backup(to: Target, data: Data = DATABASE, json: Json = False) -> None:
    """Back up while the server runs; the file is checked before it gets its name. 备份。"""
    terminal.json = json
    store = _opened(data)
    try:
        records = store.backup(to)
    finally:
        store.close()
    terminal.document({"written": str(to), "records": records})
    terminal.line(
        Text(
            f"已备份到 {to}：{records:,} 条记录，链条完整",
            f"backed up to {to}: {records:,} records, the chain is whole",
        )
    )


def restore(source: BackupFile, data: Data = DATABASE, json: Json = False) -> None:
    """Read a back-up into a new database; refused where one is there, or the back-up was harmed. 恢复。"""
    terminal.json = json
    place = _file(data)
    if place.exists():
        remedy = Text("请恢复到新的文件", "restore into a new file")
        words = Text("已有数据库", "there is a database already")
        raise KeepingError(Problem(str(data), words, remedy, "data.present"))
    partial = place.with_name(place.name + ".restoring")
    try:
        shutil.copyfile(_checked(source), partial)
        store = SqliteStore(partial, read_only=True)
        try:
            records = store.verify()  # what was read back, not what was there to be read
        finally:
            store.close()
        partial.rename(place)
    finally:
        partial.unlink(missing_ok=True)
    terminal.document({"restored": str(data), "records": records})
    terminal.line(Text(f"已恢复到 {data}：{records:,} 条记录", f"restored to {data}: {records:,} records"))
