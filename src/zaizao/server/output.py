"""Output folders that are whole or not there.

Rule kept: results are written into a hidden sibling folder and take the final name in one rename; an interruption or
an error removes the sibling and leaves what was there before. A folder that is not ours is never replaced.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zaizao.problems import Problem, Text, ZaizaoError

MARK = "initiative.toml"


class OutputError(ZaizaoError):
    """The output folder cannot be written."""


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes ``out`` when the block ends well, and vanishes otherwise.

    Raises ``OutputError`` when ``out`` exists and holds something other than an earlier result.
    """
    if out.exists() and not _replaceable(out):
        raise OutputError(
            Problem(
                where=str(out),
                what=Text("输出位置已有其他内容", "the output place already holds something else"),
                remedy=Text("请用 --out 换一个文件夹", "name another folder with --out"),
                code="output.taken",
            )
        )
    draft = out.parent / f".{out.name}.draft"
    old = out.parent / f".{out.name}.old"
    try:
        for leftover in (draft, old):
            shutil.rmtree(leftover, ignore_errors=True)
        draft.mkdir(parents=True)
    except OSError as fault:
        raise OutputError(
            Problem(
                where=str(out),
                what=Text(f"不能在此写入（{fault.strerror}）", f"cannot write here ({fault.strerror})"),
                remedy=Text("请用 --out 指定可写的文件夹", "name a writable folder with --out"),
                code="output.unwritable",
            )
        ) from fault
    try:
        yield draft
        if out.exists():
            out.rename(old)
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if old.exists() and not out.exists():
            old.rename(out)
        shutil.rmtree(old, ignore_errors=True)


def _replaceable(out: Path) -> bool:
    return out.is_dir() and ((out / MARK).exists() or not any(out.iterdir()))
