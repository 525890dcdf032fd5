"""The ledger's arithmetic: whether an entry may be booked, and what it moves. Pure; the store and tests share it.

Rule kept: what is refused moves nothing; what is accepted moves debits and credits of each currency by the same amount,
so that the trial balance is zero after every entry. The book's clock never goes back: an entry that comes with an
earlier time than the last one is booked at the last one's, so a balance as of a past time never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from zaizao.centres.errors import problem
from zaizao.centres.ledger.entries import LARGEST, REFERS, Account, Balance, Entry, Guard, Kind, Line
from zaizao.problems import Problem

Movement = tuple[str, int, int, int]
"""Account, change of posted, change of held debits, change of held credits."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a later entry must know of an earlier one; ``taken``: another entry refers to it already."""

    number: int
    kind: Kind
    lines: tuple[Line, ...]
    taken: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry: its number, whether it was there before, or why it was refused (``number`` 0)."""

    key: str
    number: int
    repeated: bool = False
    problem: Problem | None = None


def moves(kind: Kind, lines: Iterable[Line]) -> list[Movement]:
    """What an entry of ``kind`` over ``lines`` changes; the lines are those of the entry it refers to, if it does."""
    if kind is Kind.POSTED:
        return [(line.account, line.amount, 0, 0) for line in lines]
    if kind is Kind.REVERSED:
        return [(line.account, -line.amount, 0, 0) for line in lines]
    sign = 1 if kind is Kind.PENDING else -1
    settled = 1 if kind is Kind.SETTLED else 0
    return [
        (
            line.account,
            settled * line.amount,
            sign * line.amount if line.amount > 0 else 0,
            -sign * line.amount if line.amount < 0 else 0,
        )
        for line in lines
    ]


def judge(
    entry: Entry, referred: Known | None, accounts: Mapping[str, Account], balances: Mapping[str, list[int]]
) -> list[Movement] | Problem:
    """The movements of ``entry``, or why it may not be booked. ``balances`` holds posted, held debits, held credits."""
    lines = entry.lines
    allowed = REFERS.get(entry.kind)
    if allowed is not None:
        if referred is None or referred.kind not in allowed:
            return _refusal(entry, "nothing-to-refer-to")
        if referred.taken:
            return _refusal(entry, "already-concluded")
        if lines:
            return _refusal(entry, "lines-of-its-own")
        lines = referred.lines
    elif entry.of or not entry.key or len(lines) < 2:
        return _refusal(entry, "malformed")
    else:
        fault = _balanced(lines, accounts)
        if fault:
            return _refusal(entry, fault)
    movements = moves(entry.kind, lines)
    fault = _guarded(movements, accounts, balances)
    return _refusal(entry, fault) if fault else movements


def _balanced(lines: tuple[Line, ...], accounts: Mapping[str, Account]) -> str:
    sums: dict[str, int] = {}
    for line in lines:
        account = accounts.get(line.account)
        if account is None:
            return "unknown-account"
        amount = line.amount
        if not amount or not -LARGEST < amount < LARGEST:
            return "amount-out-of-range"
        sums[account.currency] = sums.get(account.currency, 0) + amount
    return "unbalanced" if any(sums.values()) else ""


def _guarded(movements: list[Movement], accounts: Mapping[str, Account], balances: Mapping[str, list[int]]) -> str:
    after: dict[str, list[int]] = {}
    for account, posted, debits, credits in movements:
        state = after.get(account)
        if state is None:
            state = after[account] = list(balances.get(account, (0, 0, 0)))
        state[0] += posted
        state[1] += debits
        state[2] += credits
    for account, (posted, debits, credits) in after.items():
        if not -LARGEST < posted < LARGEST or debits >= LARGEST or credits >= LARGEST:
            return "amount-out-of-range"
        guard = accounts[account].guard
        if guard is Guard.NONE:
            continue
        # Only what makes it worse is refused: a void or a deposit is welcome whatever the balance is.
        before = balances.get(account, (0, 0, 0))
        if guard is Guard.NO_DEBIT and posted + debits > max(0, before[0] + before[1]):
            return "overdrawn"
        if guard is Guard.NO_CREDIT and posted - credits < min(0, before[0] - before[2]):
            return "overdrawn"
    return ""


_REASONS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "nothing-to-refer-to": (
        ("没有可以据此处理的原分录", "there is no entry of a fitting kind to refer to"),
        (
            "请给出冻结分录（结清、撤销）或已记账分录（冲正）的键",
            "name a held entry to settle or void, a booked one to reverse",
        ),
    ),
    "already-concluded": (
        ("原分录已被结清、撤销或冲正", "the entry was settled, voided or reversed already"),
        ("请先查询原分录", "look the entry up first"),
    ),
    "lines-of-its-own": (
        ("引用原分录时不能自带明细", "an entry that refers to another brings no lines of its own"),
        ("请去掉明细", "leave the lines out"),
    ),
    "malformed": (
        ("分录需要键和至少两条明细，且不引用其他分录", "an entry needs a key, at least two lines and no reference"),
        ("请补全分录", "complete the entry"),
    ),
    "unknown-account": (
        ("账户未开立", "an account is not open"),
        ("请先开立账户", "open it first"),
    ),
    "amount-out-of-range": (
        ("金额为零或超出范围", "an amount or balance is zero or out of range"),
        ("请检查金额", "check the amounts"),
    ),
    "unbalanced": (
        ("借贷不平", "debits and credits differ"),
        ("请按币种配平", "balance it in each currency"),
    ),
    "overdrawn": (
        ("账户余额不足", "the account would be overdrawn"),
        ("请减少金额或先补足余额", "lower the amount or fund the account"),
    ),
    "key-reused": (
        ("同一个键已用于另一笔内容不同的分录", "the key was used for an entry of different content"),
        ("请换一个键", "use another key"),
    ),
}


def _refusal(entry: Entry, reason: str) -> Problem:
    what, remedy = _REASONS[reason]
    return problem(f"entry {entry.key}", what, remedy, f"ledger.{reason}")


class Batch:
    """Entries booked one after another over what is known so far: numbers, times, movements and running balances.

    ``balances`` is changed in place. ``known`` finds earlier entries by key: number and digest, and for referred ones
    all of ``Known``.
    """

    def __init__(
        self,
        accounts: Mapping[str, Account],
        balances: dict[str, list[int]],
        keys: dict[str, tuple[int, bytes]],
        known: dict[str, Known],
        last: int,
        clock: int,
    ) -> None:
        self.accounts, self.balances, self.keys, self.known = accounts, balances, keys, known
        self.last, self.clock = last, clock

    def book(self, entry: Entry, keep: Callable[[Entry, int, bytes, list[Movement]], None]) -> Outcome:
        """Book ``entry``; ``keep`` is told of what was accepted, before the balances change."""
        digest = entry.digest()
        before = self.keys.get(entry.key)
        if before is not None:
            if before[1] == digest:
                return Outcome(entry.key, before[0], repeated=True)
            return Outcome(entry.key, 0, problem=_refusal(entry, "key-reused"))
        referred = self.known.get(entry.of) if entry.of else None
        movements = judge(entry, referred, self.accounts, self.balances)
        if isinstance(movements, Problem):
            return Outcome(entry.key, 0, problem=movements)
        self.last += 1
        self.clock = max(self.clock, entry.at)
        self.keys[entry.key] = (self.last, digest)
        lines = entry.lines
        if referred is not None:
            lines = referred.lines
            self.known[entry.of] = Known(referred.number, referred.kind, lines, taken=True)
        self.known[entry.key] = Known(self.last, entry.kind, lines, taken=False)
        keep(entry, self.last, digest, movements)
        return Outcome(entry.key, self.last)


class Book:
    """A ledger in memory, from the same arithmetic: what replay gives."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self.accounts = {account.code: account for account in accounts}
        self.entries: list[Entry] = []
        self._balances: dict[str, list[int]] = {}
        self._batch = Batch(self.accounts, self._balances, {}, {}, 0, 0)

    def open(self, account: Account) -> None:
        """Open an account; the same again changes nothing."""
        self.accounts.setdefault(account.code, account)

    def post(self, entry: Entry) -> Outcome:
        """Book one entry."""
        return self._batch.book(entry, self._keep)

    def _keep(self, entry: Entry, _number: int, _digest: bytes, movements: list[Movement]) -> None:
        self.entries.append(entry)
        for movement in movements:
            move(self._balances, movement)

    def balance(self, account: str) -> Balance:
        """The state of an account now."""
        return Balance(*self._balances.get(account, (0, 0, 0)))

    def trial(self) -> dict[str, int]:
        """The sum of all balances per currency: always zero."""
        sums: dict[str, int] = {}
        for code, state in self._balances.items():
            currency = self.accounts[code].currency
            sums[currency] = sums.get(currency, 0) + state[0]
        return sums


def move(balances: dict[str, list[int]], movement: Movement) -> list[int]:
    """Carry out a movement; the account's state after it."""
    account, posted, debits, credits = movement
    state = balances.get(account)
    if state is None:
        state = balances[account] = [0, 0, 0]
    state[0] += posted
    state[1] += debits
    state[2] += credits
    return state
