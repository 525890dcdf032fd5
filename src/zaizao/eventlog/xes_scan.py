"""One pass over the bytes of an XES file before a parser sees it: is it safe, and is it regular?

Rule kept: DOCTYPE is refused, so no entity can be defined (no billion laughs, no external entity); no element may be
longer than ``CHUNK``; the end of the document must be there. What the scan counts tells whether the fast parser will
carry everything over exactly (IEEE 1849-2016, section 5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from zaizao.eventlog.errors import refuse
from zaizao.eventlog.source import CHUNK

_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.S)
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_EVENT = re.compile(rb"<event[\s>/]")
_TRACE = re.compile(rb"<trace[\s>/]")
_DATE = re.compile(rb"<date\s")
_ZONED = re.compile(rb"""<date\s[^>]*?value=["']\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)["']""")
_UNZONED = re.compile(rb"""<date\s[^>]*?value=["']\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?["']""")
_KEYLESS = re.compile(rb"""<(?:string|date|int|float|boolean|id)\s+value\s*=\s*(?:"[^"]*"|'[^']*')\s*/?>""")
_STAMP = re.compile(rb"""key="time:timestamp"\s+value="(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)\"""")
_ZONE = re.compile(rb'<string key="zaizao:zone" value="([A-Za-z0-9_+/-]+)"')
_SAMPLE = 200


@dataclass(slots=True)
class Scan:
    """Counts over the whole file; ``stamps`` is a sample of (local time, offset) as written.

    ``zone`` is what this package's own writer noted.
    """

    encoding: str = "utf-8"
    root: str = ""
    traces: int = 0
    events: int = 0
    dates: int = 0
    zoned: int = 0
    unzoned: int = 0
    keyless: int = 0
    case_keys: int = 0
    stamps: tuple[tuple[str, str], ...] = ()
    zone: str | None = None

    @property
    def regular(self) -> bool:
        """Whether the fast parser carries every event over unchanged, as far as bytes can tell."""
        one_clock = self.dates in (self.zoned, self.unzoned)
        plain_text = self.encoding in ("utf-8", "us-ascii", "ascii") and self.root == "log"
        return one_clock and plain_text and not self.keyless and not self.case_keys


def scan(path: Path, name: str) -> Scan:
    """Check and count. Raises ``LogError`` for what is unsafe, cut off, or not XES."""
    found = Scan()
    stamps: list[tuple[str, str]] = []
    rest = b""
    with path.open("rb") as file:
        block = file.read(CHUNK)
        _prolog(block, found, name)
        while block:
            _count(rest, block, found, stamps, name)
            rest = _tail(rest, block)
            block = file.read(CHUNK)
    found.stamps = tuple(stamps)
    if found.encoding.startswith("utf-16"):
        return found
    close = re.compile(rb"</" + found.root.encode() + rb"\s*>\s*(?:<!--.*?-->\s*)*$", re.S)
    if not close.search(rest[-65536:]) and (found.traces or not rest.rstrip().endswith(b"/>")):
        raise refuse(
            name,
            "xes.cut-off",
            ("文件在中途断开，缺少结尾的 </log>", "the file ends in the middle, without the closing </log>"),
            ("请重新下载或导出完整文件", "fetch or export the whole file again"),
        )
    return found


def _tail(rest: bytes, block: bytes) -> bytes:
    """From the last element's beginning on: what the next block continues."""
    start = block.rfind(b"<")
    return rest + block if start < 0 else block[start:]


def _count(rest: bytes, block: bytes, found: Scan, stamps: list[tuple[str, str]], name: str) -> None:
    """Count in whole elements: up to the last ``<``, whose element the next block completes."""
    if len(rest) > CHUNK:
        raise refuse(
            name,
            "xes.huge-field",
            (f"有一个字段超过 {CHUNK >> 20} MB", f"one field is longer than {CHUNK >> 20} MB"),
            ("请确认文件确实是 XES 日志", "make sure the file really is an XES log"),
        )
    last = len(block) < CHUNK
    text = rest + (block if last else block[: max(block.rfind(b"<"), 0)])
    if not found.traces:  # what stands before the first trace describes the log, not its events
        body = _TRACE.search(text)
        noted = _ZONE.search(text, 0, body.start() if body else len(text))
        found.zone = noted[1].decode() if noted else found.zone
        text = text[body.start() :] if body else b""
    found.traces += len(_TRACE.findall(text))
    found.events += len(_EVENT.findall(text))
    found.dates += len(_DATE.findall(text))
    found.zoned += len(_ZONED.findall(text))
    if found.zoned < found.dates:
        found.unzoned += len(_UNZONED.findall(text))
    found.keyless += len(_KEYLESS.findall(text))
    found.case_keys += text.count(b'key="case:')
    for number, stamp in enumerate(_STAMP.finditer(text)):
        if number == _SAMPLE:
            break
        stamps.append((stamp[1].decode(), stamp[2].decode()))


def _prolog(block: bytes, found: Scan, name: str) -> None:
    if block[:2] in (b"\xff\xfe", b"\xfe\xff"):
        block = block.decode("utf-16", "ignore").encode()
        found.encoding = "utf-16"
    prolog = _PROLOG.match(block)
    end = prolog.end() if prolog else 0
    if block[end:].lstrip().upper().startswith(b"<!DOCTYPE"):
        raise refuse(
            name,
            "xes.doctype",
            (
                "文件带有 DOCTYPE，可以夹带实体炸弹或外部实体",
                "it carries a DOCTYPE, which can smuggle entity bombs or external entities",
            ),
            ("请删去 DOCTYPE；XES 不需要它", "remove the DOCTYPE; XES needs none"),
        )
    declared = _ENCODING.search(block[:end])
    if declared and found.encoding != "utf-16":
        found.encoding = declared[1].decode().lower()
    root = _ROOT.match(block, end)
    found.root = root[1].decode() if root else ""
    if found.root.split(":")[-1] != "log":
        raise refuse(
            name,
            "xes.not-xes",
            (f"XML 的根元素是 <{found.root}>，不是 XES 的 <log>", f"the XML root is <{found.root}>, not XES's <log>"),
            ("请确认导出格式是 XES", "make sure it was exported as XES"),
        )
