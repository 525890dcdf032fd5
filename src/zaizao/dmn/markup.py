"""XML out: indented text built in order, so that the same model always gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zaizao.dmn.errors import DmnError
from zaizao.dmn.model import MODEL_NAMESPACE
from zaizao.dmn.xmlsource import DC, DI, DMNDI
from zaizao.problems import Problem, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIRST_TAG = re.compile(r"<[^\s/>]+(?P<rest>[^>]*)")

Attributes = Mapping[str, str | None]


XML = "http://www.w3.org/XML/1998/namespace"
_RESERVED = (XML, "http://www.w3.org/2000/xmlns/")


class Markup:
    """A growing document; ``prefixes`` are the namespace prefixes used so far beside the standard ones."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._lines: list[str] = []
        self._depth = 1
        self.prefixes = {prefix: uri for prefix, uri in known.items() if uri and uri not in _RESERVED}
        self._preferred = {uri: prefix for prefix, uri in self.prefixes.items()} | {XML: "xml"}

    @contextmanager
    def element(self, tag: str, attributes: Attributes) -> Iterator[None]:
        """An element with children; one without is written empty."""
        start = len(self._lines)
        self._lines.append("")
        self._depth += 1
        yield
        self._depth -= 1
        empty = len(self._lines) == start + 1
        self._lines[start] = f"{self._pad()}<{tag}{self._written(attributes)}{'/>' if empty else '>'}"
        if not empty:
            self._lines.append(f"{self._pad()}</{tag}>")

    def leaf(self, tag: str, attributes: Attributes, text: str | None = None) -> None:
        """An element without child elements."""
        body = "/>" if text is None else f">{text.translate(_TEXT)}</{tag}>"
        self._lines.append(f"{self._pad()}<{tag}{self._written(attributes)}{body}")

    def raw(self, xml: str) -> None:
        """XML text from reading, in the namespaces that it had."""
        first = _FIRST_TAG.match(xml)
        if first is not None and ' xmlns="' not in first["rest"]:
            cut = first.start("rest")
            xml = f'{xml[:cut]} xmlns=""{xml[cut:]}'
        self._lines.append(f"{self._pad()}{xml}")

    def prefix(self, uri: str) -> str:
        """The prefix of a namespace, declared at the root."""
        if uri not in self._preferred:
            number = 1
            while f"ns{number}" in self.prefixes:
                number += 1
            self.prefixes[f"ns{number}"] = uri
            self._preferred[uri] = f"ns{number}"
        return self._preferred[uri]

    def document(self, root: str, attributes: Attributes, where: str) -> bytes:
        """The whole as UTF-8; raises ``DmnError`` for a character that XML cannot hold."""
        written = self._written(attributes)
        own = {"dmndi": DMNDI, "dc": DC, "di": DI}
        spaces = "".join(
            f' xmlns:{prefix}="{uri.translate(_VALUE)}"' for prefix, uri in sorted((self.prefixes | own).items())
        )
        head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{MODEL_NAMESPACE}"{spaces}{written}>'
        text = "\n".join([head, *self._lines, f"</{root}>", ""])
        bad = _FORBIDDEN.search(text)
        if bad:
            code = f"U+{ord(bad[0]):04X}"
            raise DmnError(
                Problem(
                    where,
                    Text(f"字符 {code} 不能写入 XML", f"XML cannot hold the character {code}"),
                    Text("请从模型文字中删除该字符", "remove it from the model's texts"),
                    "dmn.write.character",
                )
            )
        return text.encode()

    def _pad(self) -> str:
        return "  " * self._depth

    def _written(self, attributes: Attributes) -> str:
        return "".join(
            f' {self._name(name)}="{value.translate(_VALUE)}"'
            for name, value in attributes.items()
            if value is not None
        )

    def _name(self, name: str) -> str:
        if name[0] != "{":
            return name
        uri, _, local = name[1:].partition("}")
        return f"{self.prefix(uri)}:{local}"
