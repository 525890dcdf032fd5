"""``zaizao settings``: every setting, its value here, and where that comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zaizao.server.settings import TABLE, read_settings
from zaizao.server.terminal import Json, terminal

File = Annotated[Path | None, typer.Option("--settings", help="the settings file. 设置文件。")]


def settings(file: File = None, json: Json = False) -> None:
    """Print every setting with its value here. 查看设置。"""
    terminal.json = json
    read = read_settings(file)
    rows = [
        (
            setting,
            "***" if setting.secret and read[setting.name] else read[setting.name],
            read.sources.get(setting.name),
        )
        for setting in TABLE
    ]
    terminal.document(
        {
            "settings": [
                {
                    "name": setting.name,
                    "kind": setting.kind.value,
                    "default": setting.default,
                    "value": value,
                    "source": source,
                    "variable": setting.variable,
                    "words": {"zh": setting.words.zh, "en": setting.words.en},
                }
                for setting, value, source in rows
            ]
        }
    )
    if not json:
        table = Table.grid(padding=(0, 3))
        for setting, value, source in rows:
            table.add_row(setting.name, repr(value), source or "", terminal.say(setting.words))
        terminal.out.print(table, highlight=False)
