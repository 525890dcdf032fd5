"""The six ways of thinking by which banks redesign, and with which every move is tagged."""

from __future__ import annotations

from enum import StrEnum

from zaizao.problems import Text


class Thinking(StrEnum):
    """Way of thinking of a move; the values are those of ``scenario.toml``."""

    INTERNET = "internet"
    DATA = "data"
    ECOSYSTEM = "ecosystem"
    INTELLIGENCE = "intelligence"
    CLOSED_LOOP = "closed-loop"
    USER_VIEW = "user-view"

    @property
    def words(self) -> Text:
        """Its name in both languages."""
        return _WORDS[self]


_WORDS = {
    Thinking.INTERNET: Text("互联网思维", "internet"),
    Thinking.DATA: Text("数据思维", "data"),
    Thinking.ECOSYSTEM: Text("生态思维", "ecosystem"),
    Thinking.INTELLIGENCE: Text("智能思维", "intelligence"),
    Thinking.CLOSED_LOOP: Text("闭环思维", "closed loop"),
    Thinking.USER_VIEW: Text("用户视角", "user's view"),
}
