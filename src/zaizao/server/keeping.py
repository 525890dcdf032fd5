"""Keeping what happened: ``zaizao journal verify|export``, ``zaizao backup`` and ``zaizao restore``.

Rule kept: all of it may run beside a serving process: verification looks at what is committed when it begins, a
back-up is a partition at one moment. A SQLite file is backed up whole, into one file. PostgreSQL is backed up into a
folder: a file a partition, and one for people, tokens, approvals and the audit trail. What was harmed is neither
written nor read back, and nothing is restored over something else.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from zaizao import eventlog
from zaizao.engine import JournalBroken, Leases, PostgresStore, Record, SqliteStore, restore as fill, to_log
from zaizao.problems import Problem, Text, ZaizaoError
from zaizao.server.access import Database, carry
from zaizao.server.databases import shared, without_password
from zaizao.server.running import DATABASE, Data
from zaizao.server.terminal import Json, problem_document, terminal

Target = Annotated[
    Path, typer.Option("--to", help="the file (PostgreSQL: folder) to write. 写出位置。", show_default=False)
]
LogFile = Annotated[Path, typer.Argument(help=".xes .xes.gz .csv .parquet", show_default=False)]
Source = Annotated[Path, typer.Argument(help="a back-up. 备份。", show_default=False)]
ANSWERED_NO = 1
PEOPLE = "access.db"
"""Where a folder keeps people, tokens, approvals and the audit trail."""

journal_app = typer.Typer(no_args_is_help=True, help="What happened, record by record. 日志。")


class KeepingError(ZaizaoError):
    """A file that is not there, or is in the way."""


@contextmanager
def _stores(data: str) -> Iterator[list[SqliteStore | PostgresStore]]:
    """The partitions of a database, for reading."""
    opened: list[SqliteStore | PostgresStore] = []
    try:
        if shared(data):
            count = Leases(data, "reader", "").prepare(None)
            opened += [PostgresStore(data, partition=number, read_only=True) for number in range(1, count + 1)]
        else:
            opened.append(SqliteStore(_there(Path(data)), read_only=True))
        yield opened
    finally:
        for store in opened:
            store.close()


def _there(file: Path) -> Path:
    if not file.is_file():
        remedy = Text("请指明数据库文件", "name the database's file")
        raise KeepingError(Problem(str(file), Text("没有这个文件", "there is no such file"), remedy, "data.absent"))
    return file


def _free(place: Path) -> Path:
    if place.exists():
        remedy = Text("请另选位置", "choose another place")
        raise KeepingError(Problem(str(place), Text("已有内容", "something is there already"), remedy, "data.present"))
    return place


@journal_app.command("verify")
def verify(data: Data = DATABASE, json: Json = False) -> None:
    """Check the journal's chain. Exit code 1, and the place, where a record was changed, lost or added. 校验日志。"""
    terminal.json = json
    try:
        with _stores(data) as stores:
            records = sum(store.verify() for store in stores)
    except JournalBroken as broken:
        terminal.document({"whole": False, "problems": [problem_document(problem) for problem in broken.problems]})
        terminal.problems(broken.problems)
        raise typer.Exit(ANSWERED_NO) from broken
    terminal.document({"whole": True, "records": records})
    terminal.line(Text(f"{records:,} 条记录，链条完整", f"{records:,} records, the chain is whole"))


@journal_app.command("export")
def export(out: LogFile, data: Data = DATABASE, json: Json = False) -> None:
    """Write the journal as an event log, by the file's suffix. 导出事件日志。"""
    terminal.json = json
    with _stores(data) as stores:
        log = to_log(
            Record(entry.position + place, entry.at, entry.case, event)
            for store in stores
            for entry in store.journal()
            for place, event in enumerate(entry.events)
        )
    eventlog.write(log, out)
    cases, events = len(log.case_table), len(log.event_table)
    terminal.document({"written": str(out), "cases": cases, "events": events})
    terminal.line(
        Text(f"已写入 {out}：{cases:,} 案例，{events:,} 事件", f"written to {out}: {cases:,} cases, {events:,} events")
    )


def backup(to: Target, data: Data = DATABASE, json: Json = False) -> None:
    """Back up while the server runs; what is written is checked before it gets its name. 备份。"""
    terminal.json = json
    with _stores(data) as stores:
        if not shared(data):
            records = stores[0].backup(to)
        else:
            partial = _free(to).with_name(f"{to.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            records = sum(store.backup(partial / f"partition-{n}.db") for n, store in enumerate(stores, 1))
            _carry(data, str(partial / PEOPLE))
            partial.rename(to)
    terminal.document({"written": str(to), "records": records})
    terminal.line(
        Text(
            f"已备份到 {to}：{records:,} 条记录，链条完整",
            f"backed up to {to}: {records:,} records, the chain is whole",
        )
    )


def _carry(source: str, target: str) -> None:
    with closing(Database(source)) as taken, closing(Database(target)) as given:
        carry(taken, given)


def restore(source: Source, data: Data = DATABASE, json: Json = False) -> None:
    """Read a back-up into a new database; refused where one is there, or the back-up was harmed. 恢复。"""
    terminal.json = json
    records = _restored_shared(source, data) if shared(data) else _restored_file(source, _free(Path(data)))
    shown = without_password(data)
    terminal.document({"restored": shown, "records": records})
    terminal.line(Text(f"已恢复到 {shown}：{records:,} 条记录", f"restored to {shown}: {records:,} records"))


def _restored_file(source: Path, place: Path) -> int:
    partial = place.with_name(f"{place.name}.restoring")
    try:
        shutil.copyfile(_there(source), partial)
        with closing(SqliteStore(partial, read_only=True)) as store:
            records = store.verify()  # what was read back, not what was there to be read
        partial.rename(place)
    finally:
        partial.unlink(missing_ok=True)
    return records


def _restored_shared(source: Path, data: str) -> int:
    files = sorted(source.glob("partition-*.db"), key=lambda file: int(file.stem.rpartition("-")[2]))
    people = _there(source / PEOPLE)
    for file in files:
        with closing(SqliteStore(file, read_only=True)) as store:
            store.verify()  # all of it, before any of it is written
    Leases(data, "restorer", "").prepare(len(files))
    records = 0
    for number, file in enumerate(files, 1):
        with closing(PostgresStore(data, partition=number)) as store:
            records += fill(file, store)
    _carry(str(people), data)
    return records
