"""Files as they come: told by content, unpacked within bounds, in UTF-8, before any parser sees them.

Rule kept: nothing is trusted. The form is told by the first bytes, not by the name; a compressed file is unpacked once
into a private folder, its end and checksum verified, its expansion bounded; text that is not UTF-8 is recoded.
"""

from __future__ import annotations

import codecs
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from zaizao.eventlog.errors import LogError, refuse

CHUNK = 4 << 20
EXPANSION = 250
"""Largest accepted ratio of plain to packed size (event logs reach 20 to 60) ..."""
EXPANSION_FROM = 64 << 20
"""... once more than this many bytes came out."""


class Form(StrEnum):
    """How a file is written, whatever its name says."""

    XES = "xes"
    DELIMITED = "delimited"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Plain:
    """An unpacked file: ``path`` to its bytes, ``name`` to speak of it (``"logs.zip: loan.csv"``).

    ``scratch`` is a private folder that lives as long.
    """

    path: Path
    name: str
    form: Form
    scratch: Path


@contextmanager
def plain(path: Path) -> Iterator[Plain]:
    """The unpacked file behind ``path`` for as long as the block lasts.

    Raises ``LogError`` for a missing or empty file, a broken or bombing archive, an archive without exactly one table.
    """
    head = _head(path)
    with TemporaryDirectory(prefix="zaizao-log-") as folder:
        target = Path(folder) / "plain"
        name = path.name
        if head.startswith(b"\x1f\x8b"):
            _gunzip(path, target)
        elif head.startswith(b"PK\x03\x04"):
            name = f"{name}: {_unzip(path, target)}"
        else:
            target = path
        yield Plain(target, name, _form(target, name), Path(folder))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError:
        raise refuse(
            str(path),
            "log.missing-file",
            ("文件不存在", "there is no such file"),
            ("请检查路径", "check the path"),
        ) from None
    except OSError as error:
        raise refuse(
            str(path),
            "log.unreadable-file",
            (f"文件无法读取（{error.strerror}）", f"the file cannot be read ({error.strerror})"),
            ("请检查权限，并确认它是文件而不是文件夹", "check its permissions and that it is a file, not a folder"),
        ) from None
    if not head:
        raise refuse(
            path.name, "log.empty-file", ("文件是空的", "the file is empty"), ("请重新导出", "export it again")
        )
    return head


def _gunzip(path: Path, target: Path) -> None:
    try:
        with gzip.open(path, "rb") as packed:
            _copy(packed, target, path.stat().st_size, path.name)
    except EOFError:
        raise _damaged(path.name, "压缩文件在中途断开", "the gzip file ends in the middle") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(path.name, f"压缩文件已损坏（{error}）", f"the gzip file is damaged ({error})") from None


def _unzip(path: Path, target: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            tables = [
                member
                for member in archive.infolist()
                if not member.is_dir() and not member.filename.startswith("__MACOSX/")
            ]
            if len(tables) != 1:
                raise refuse(
                    path.name,
                    "log.archive-members",
                    (f"压缩包里有 {len(tables)} 个文件", f"the archive holds {len(tables)} files"),
                    ("请只保留一个日志文件", "leave exactly one log file in it"),
                )
            with archive.open(tables[0]) as packed:
                _copy(packed, target, tables[0].compress_size, path.name)
            return tables[0].filename
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path.name, f"压缩包无法解开（{error}）", f"the archive cannot be unpacked ({error})") from None


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, packed_size: int, name: str) -> None:
    bound = max(EXPANSION_FROM, EXPANSION * packed_size)
    size = 0
    with target.open("wb") as out:
        while block := packed.read(CHUNK):
            size += len(block)
            if size > bound:
                raise refuse(
                    name,
                    "log.archive-bomb",
                    (
                        f"解压后超过原大小的 {EXPANSION} 倍，像是压缩炸弹",
                        f"it unpacks to more than {EXPANSION} times its size, like a decompression bomb",
                    ),
                    ("若确实可信，请先自行解压", "if you trust it, unpack it yourself first"),
                )
            out.write(block)


def _damaged(name: str, zh: str, en: str) -> LogError:
    return refuse(
        name, "log.damaged-archive", (zh, en), ("请重新下载或导出完整文件", "fetch or export the whole file again")
    )


def _form(path: Path, name: str) -> Form:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PAR1"):
        return Form.PARQUET
    text = head.decode("utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "latin-1", "ignore")
    start = text.removeprefix("ï»¿").lstrip()
    if start.startswith("<"):
        return Form.XES
    if Path(name).suffix.lower() == ".xes" or name.lower().endswith(".xes.gz"):
        raise refuse(
            name,
            "xes.not-xml",
            ("内容不是 XML", "its content is not XML"),
            ("请确认导出格式是 XES", "make sure it was exported as XES"),
        )
    return Form.DELIMITED


def encoding_of(path: Path, name: str) -> str:
    """The text encoding of a file without its own declaration: UTF-16 by its mark, UTF-8, or GB18030.

    Raises ``LogError`` where none fits.
    """
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    for encoding in ("utf-8", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise refuse(
        name,
        "log.encoding",
        ("文本既不是 UTF-8 也不是 GB18030", "the text is neither UTF-8 nor GB18030"),
        ("请另存为 UTF-8", "save it as UTF-8"),
    )


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(CHUNK):
                decoder.decode(block)
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def recode(path: Path, encoding: str, target: Path) -> Path:
    """Write ``path`` to ``target`` in UTF-8 without a byte-order mark, block by block; returns ``target``."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file, target.open("wb") as out:
        while block := file.read(CHUNK):
            out.write(decoder.decode(block).encode())
        out.write(decoder.decode(b"", True).encode())
    return target
