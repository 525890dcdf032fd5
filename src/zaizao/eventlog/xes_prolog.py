"""What stands before the first trace of an XES file, checked before any parser sees the file.

Rule kept: a DOCTYPE is refused, so no entity can be defined: no billion laughs, no external entity. The root must be
XES's ``log`` (IEEE 1849-2016, section 5).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from zaizao.eventlog.errors import refuse
from zaizao.eventlog.source import CHUNK

_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.S)
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_TRACE = re.compile(rb"<(?:[\w.-]+:)?trace[\s>/]")
_ZONE = re.compile(rb'<string key="zaizao:zone" value="([A-Za-z0-9_+/-]+)"')
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


@dataclass(frozen=True, slots=True)
class Prolog:
    """``plain``: UTF-8 with an unprefixed root. ``zone`` is what this package's own writer noted."""

    plain: bool
    zone: str | None


def check_prolog(path: Path, name: str) -> Prolog:
    """Read the prolog. Raises ``LogError`` for a DOCTYPE or another root than ``log``."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
    wide = head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if wide:
        head = head.decode("utf-16", "ignore").encode()
    prolog = _PROLOG.match(head)
    end = prolog.end() if prolog else 0
    if head[end : end + 9].upper() == b"<!DOCTYPE":
        raise refuse(
            name,
            "xes.doctype",
            (
                "文件带有 DOCTYPE，可以夹带实体炸弹或外部实体",
                "it carries a DOCTYPE, which can smuggle entity bombs or external entities",
            ),
            ("请删去 DOCTYPE；XES 不需要它", "remove the DOCTYPE; XES needs none"),
        )
    root = _ROOT.match(head, end)
    tag = root[1].decode() if root else ""
    if tag.split(":")[-1] != "log":
        raise refuse(
            name,
            "xes.not-xes",
            (f"XML 的根元素是 <{tag}>，不是 XES 的 <log>", f"the XML root is <{tag}>, not XES's <log>"),
            ("请确认导出格式是 XES", "make sure it was exported as XES"),
        )
    declared = _ENCODING.search(head[:end])
    body = _TRACE.search(head)
    noted = _ZONE.search(head, end, body.start() if body else len(head))
    return Prolog(
        plain=not wide and tag == "log" and (declared is None or declared[1].decode().lower() in _UTF8),
        zone=noted[1].decode() if noted else None,
    )
