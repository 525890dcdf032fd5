"""Posting rules: which lines an event of business books, as configuration.

Rule kept: a rule names accounts and amounts only; the entry that it gives must balance like any other. Prices that hold
a tax are split so that nothing is lost to rounding: net = round(gross / (1 + rate)), tax = gross − net. Amounts are FEEL
expressions over the event's fields and the split's ``net`` and ``tax``; what is not whole minor units is refused. A
rule file is TOML::

    [[account]]
    code = "deposits.{customer}"    # a pattern: opened when first used
    guard = "no-debit"

    [[account]]
    code = "fee-income"

    [[account]]
    code = "output-tax"

    [[rule]]
    event = "fee-charged"
    split = { gross = "fee", rate = "0.06" }
    lines = [
        { account = "deposits.{customer}", debit = "fee" },
        { account = "fee-income", credit = "net" },
        { account = "output-tax", credit = "tax" },
    ]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from zaizao import feel
from zaizao.centres.errors import LedgerError, problem
from zaizao.centres.ledger.entries import LARGEST, Account, Entry, Guard, Kind, Line

_FIELD = re.compile(r"\{(\w+)\}")
_FILLING = re.compile(r"[\w.@:-]{1,80}")


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a price that holds a tax, in minor units."""

    net: int
    tax: int


def split_tax(gross: int, rate: Decimal) -> Split:
    """Split ``gross`` at a tax ``rate`` (``Decimal("0.06")``): the net rounded half away from zero, the tax the rest."""
    if rate < 0 or not rate.is_finite():
        raise _wrong("tax rate", ("税率不能为负", "a tax rate is not negative"))
    digits = max(0, -int(rate.as_tuple().exponent))
    scale = 10**digits
    whole = scale + int(rate * scale)
    sign = -1 if gross < 0 else 1
    net = sign * ((2 * abs(gross) * scale + whole) // (2 * whole))
    return Split(net, gross - net)


@dataclass(frozen=True, slots=True)
class _Template:
    account: str
    sign: int
    amount: feel.Expression


@dataclass(frozen=True, slots=True)
class _Rule:
    event: str
    lines: tuple[_Template, ...]
    gross: feel.Expression | None
    rate: feel.Expression | None


class PostingRules:
    """Rules by event, and the accounts that they may use; made by ``read_rules``."""

    def __init__(self, rules: Mapping[str, _Rule], accounts: tuple[Account, ...]) -> None:
        self._rules = rules
        self._patterns = accounts

    @property
    def events(self) -> tuple[str, ...]:
        """The events that have a rule."""
        return tuple(self._rules)

    def entry(
        self,
        event: str,
        fields: Mapping[str, Any],
        *,
        key: str,
        at: int,
        kind: Kind = Kind.POSTED,
        value: date | None = None,
    ) -> Entry:
        """The entry that ``event`` books; raises ``LedgerError`` where the rule or an amount is missing."""
        rule = self._rules.get(event)
        if rule is None:
            raise _wrong(event, ("没有这个事件的记账规则", "no posting rule for this event"))
        known: dict[str, feel.Value] = {name: feel.to_feel(one) for name, one in fields.items()}
        if rule.gross is not None and rule.rate is not None:
            rate = rule.rate.evaluate(known)
            if not isinstance(rate, Decimal):
                raise _wrong(event, ("税率不是数", "the tax rate is not a number"))
            parts = split_tax(_amount(event, rule.gross.evaluate(known)), rate)
            known |= {"net": Decimal(parts.net), "tax": Decimal(parts.tax)}
        lines = []
        for line in rule.lines:
            amount = line.sign * _amount(event, line.amount.evaluate(known))
            if amount:  # a line of zero books nothing: the tax of a price too small to hold one
                lines.append(Line(_filled(event, line.account, fields), amount))
        return Entry(key, at, tuple(lines), kind, value=value, memo=event)

    def accounts(self, entry: Entry) -> list[Account]:
        """The accounts of ``entry`` as the rule file describes them, to be opened before it is booked."""
        found = []
        for code in dict.fromkeys(line.account for line in entry.lines):
            described = next((one for one in self._patterns if _matches(one.code, code)), None)
            if described is None:
                raise _wrong(code, ("规则文件中没有这个账户", "the rule file does not describe this account"))
            found.append(Account(code, described.currency, described.guard, described.name))
        return found


def read_rules(body: bytes, where: str = "posting rules") -> PostingRules:
    """The posting rules in ``body`` (TOML); ``LedgerError`` names what is wrong with them."""
    try:
        document = tomllib.loads(body.decode())
        accounts = tuple(
            Account(one["code"], one.get("currency", "CNY"), Guard(one.get("guard", "none")), one.get("name", ""))
            for one in document["account"]
        )
        rules = {one["event"]: _rule(one) for one in document["rule"]}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _wrong(where, (f"规则文件有误：{error}", f"the rule file is wrong: {error}")) from error
    described = {one.code for one in accounts}
    for rule in rules.values():
        for line in rule.lines:
            if line.account not in described:
                raise _wrong(where, (f"账户 {line.account} 未说明", f"account {line.account} is not described"))
    return PostingRules(rules, accounts)


def _rule(one: Mapping[str, Any]) -> _Rule:
    lines = []
    for line in one["lines"]:
        side = "debit" if "debit" in line else "credit"
        lines.append(_Template(line["account"], 1 if side == "debit" else -1, feel.compile(str(line[side]))))
    split = one.get("split")
    if split is None:
        return _Rule(one["event"], tuple(lines), None, None)
    return _Rule(one["event"], tuple(lines), feel.compile(str(split["gross"])), feel.compile(str(split["rate"])))


def _amount(event: str, value: feel.Value) -> int:
    if isinstance(value, Decimal) and value.is_finite() and value % 1 == 0 and abs(value) < LARGEST:
        return int(value)
    raise _wrong(event, (f"金额 {value} 不是整数最小货币单位", f"the amount {value} is not whole minor units"))


def _filled(event: str, pattern: str, fields: Mapping[str, Any]) -> str:
    def fill(match: re.Match[str]) -> str:
        text = str(fields.get(match.group(1), ""))
        if not _FILLING.fullmatch(text):
            raise _wrong(
                event, (f"字段 {match.group(1)} 不能作账户名", f"field {match.group(1)} cannot name an account")
            )
        return text

    return _FIELD.sub(fill, pattern)


def _matches(pattern: str, code: str) -> bool:
    parts = [re.escape(part) for part in _FIELD.split(pattern)[::2]]
    return re.fullmatch(r"[\w.@:-]{1,80}".join(parts), code) is not None


def _wrong(where: str, what: tuple[str, str]) -> LedgerError:
    return LedgerError(
        problem(where, what, ("请对照文档中的记账规则", "compare it with the posting rules in the docs"), "ledger.rule")
    )
