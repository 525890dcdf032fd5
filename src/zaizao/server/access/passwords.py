"""Passwords: how they are kept and which are refused.

Rule kept: a password is kept as an Argon2id hash (RFC 9106) with its parameters in it, and hashed anew at sign-in when
the parameters have grown. Strength is length and variety (NIST SP 800-63B), not a recipe of character classes.
"""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from zaizao.problems import Problem, Text
from zaizao.server.access.errors import problem

SHORTEST = 12
LONGEST = 256
FEWEST_DIFFERENT = 6
"""Characters of which a password consists at least; refuses ``aaaaaaaaaaaa`` and ``121212121212``."""
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_WALKS = tuple(row for line in ROWS for row in (line, line[::-1]))
_AT_ONCE = threading.BoundedSemaphore(4)
"""Each hash takes 64 MiB: sign-ins beyond four at once wait rather than exhaust the machine."""


def normalised(password: str) -> str:
    """The same characters typed on any keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)


def weaknesses(password: str, *, name: str, shortest: int = SHORTEST) -> list[Problem]:
    """Why ``password`` is refused for the person ``name``; empty where it is good."""
    text = normalised(password).casefold()
    remedy = Text("请换一个更长、更难猜的密码，例如四个不相关的词", "choose a longer one, such as four unrelated words")
    found = []
    if not shortest <= len(text) <= LONGEST:
        found.append((f"密码须为 {shortest} 到 {LONGEST} 个字符", f"a password has {shortest} to {LONGEST} characters"))
    if len(set(text)) < FEWEST_DIFFERENT:
        found.append(("密码中不同的字符太少", "the password has too few different characters"))
    if name and len(name) > 2 and name.casefold() in text:
        found.append(("密码包含登录名", "the password contains the login name"))
    if any(text[at : at + 6] in walk for walk in _WALKS for at in range(max(0, len(text) - 5))):
        found.append(("密码含有连续的字母、数字或键位", "the password contains a row of the alphabet, digits or keys"))
    return [problem("password", zh, en, "weak-password", remedy) for zh, en in found]


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash("nobody's password")

    def hash(self, password: str) -> str:
        """The Argon2id hash to keep."""
        with _AT_ONCE:
            return self._hasher.hash(normalised(password))

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether ``password`` is the one behind ``kept``; takes as long where nobody is known (``None``)."""
        with _AT_ONCE:
            try:
                return self._hasher.verify(kept or self._nobody, normalised(password)) and kept is not None
            except (VerificationError, InvalidHashError):
                return False

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(kept)
