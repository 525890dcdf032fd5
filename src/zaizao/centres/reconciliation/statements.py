"""Bank statements: SWIFT MT940 and MT950, ISO 20022 camt.053.

Rule kept: a statement whose opening balance and entries do not make its closing balance is refused; amounts are exact;
hostile files cost nothing (no DOCTYPE, no entities, bounded size). Credits of the account are positive, debits negative;
a reversal of a credit (RC) is a debit. Standards: SWIFT category 9 (fields 60a, 61, 62a, 86), ISO 20022 camt.053.001.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl
from lxml import etree

from zaizao.centres.errors import ReconciliationError
from zaizao.centres.reconciliation.sources import one_line, refusal

_DECIMALS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0} | dict.fromkeys(
    ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3
)
_FIELD = re.compile(r"^:(\d{2}[A-Z]?):", re.MULTILINE)
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d{1,12},\d{0,3})")
_LINE = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4})?(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?(?P<amount>\d{1,12},\d{0,3})"
    r"(?P<type>[A-Z][A-Z0-9]{3})(?P<ref>[^/\n]{0,16}(?:/[^/\n]+)*)(?://(?P<bank>[^\n]{0,34}))?(?:\n(?P<more>[^\n]*))?"
)
_MARKS = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry: minor units (credits positive), its days and references."""

    amount: int
    value: date
    booked: date
    reference: str
    bank_reference: str
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one account; balances in minor units."""

    account: str
    identification: str
    currency: str
    opening: int
    closing: int
    lines: tuple[StatementLine, ...]


def read_mt(content: bytes, where: str = "statement") -> list[Statement]:
    """The MT940 and MT950 statements in a file, with or without their SWIFT envelopes."""
    try:
        text = content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
        return [_mt(fields, where) for fields in _messages(text)]
    except ReconciliationError:
        raise
    except (ValueError, KeyError, ArithmeticError) as error:
        raise refusal(where, f"不是可读的 MT940/950：{error}", f"not a readable MT940/950: {error}", "mt") from error


def _messages(text: str) -> Iterator[list[tuple[str, str]]]:
    found = list(_FIELD.finditer(text))
    if not found:
        raise ValueError("no fields")
    fields: list[tuple[str, str]] = []
    for place, match in enumerate(found):
        if match.group(1) == "20" and fields:
            yield fields
            fields = []
        end = found[place + 1].start() if place + 1 < len(found) else len(text)
        value = re.split(r"^-\}?|^\{", text[match.end() : end], maxsplit=1, flags=re.MULTILINE)[0]
        fields.append((match.group(1), value.strip("\n")))
    yield fields


def _mt(fields: list[tuple[str, str]], where: str) -> Statement:
    told = dict(fields)
    account = told.get("25", told.get("25P", "")).split("\n")[0].strip()
    where = f"{where}: {told['20']}"
    opening, currency = _balance(told.get("60F") or told["60M"])
    closing, closed_in = _balance(told.get("62F") or told["62M"])
    lines: list[StatementLine] = []
    for tag, value in fields:
        if tag == "61":
            lines.append(_mt_line(value, currency))
        elif tag == "86" and lines:
            last = lines[-1]
            said = one_line([last.text, *value.split("\n")])
            lines[-1] = StatementLine(last.amount, last.value, last.booked, last.reference, last.bank_reference, said)
    _add_up(where, opening, closing, lines, currency == closed_in)
    return Statement(account, told.get("28C", told.get("28", "")), currency, opening, closing, tuple(lines))


def _balance(text: str) -> tuple[int, str]:
    match = _BALANCE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"balance {text[:40]!r}")
    sign, _, currency, amount = match.groups()
    return (1 if sign == "C" else -1) * _minor(amount.replace(",", "."), currency), currency


def _mt_line(text: str, currency: str) -> StatementLine:
    match = _LINE.fullmatch(text)
    if match is None:
        raise ValueError(f"line {text[:60]!r}")
    value = _day(match["value"])
    booked = value
    if match["entry"]:
        month, day = int(match["entry"][:2]), int(match["entry"][2:])
        # The entry date has no year: the one that lies nearest to the value date is meant.
        years = [_date(value.year + step, month, day) for step in (-1, 0, 1)]
        booked = min((one for one in years if one is not None), key=lambda one: abs(one - value))
    amount = _MARKS[match["mark"]] * _minor(match["amount"].replace(",", "."), currency)
    return StatementLine(
        amount, value, booked, match["ref"].strip(), (match["bank"] or "").strip(), (match["more"] or "").strip()
    )


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(text: str) -> date:
    year = int(text[:2])
    return date(2000 + year if year < 80 else 1900 + year, int(text[2:4]), int(text[4:6]))


def read_camt053(content: bytes, where: str = "statement") -> list[Statement]:
    """The statements in a camt.053 document of any version. Entries not yet booked are left out."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise refusal(where, "含有 DOCTYPE", "it holds a DOCTYPE", "camt")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
        if root.getroottree().docinfo.internalDTD is not None:
            raise ValueError("a DOCTYPE")
        for element in root.iter():  # any version: names without their namespace
            if isinstance(element.tag, str):
                element.tag = element.tag.rsplit("}", 1)[-1]
        found = [_camt(one, where) for one in root.iter("Stmt")]
    except ReconciliationError:
        raise
    except (etree.XMLSyntaxError, ValueError, ArithmeticError) as error:
        raise refusal(where, f"不是可读的 camt.053：{error}", f"not a readable camt.053: {error}", "camt") from error
    if not found:
        raise refusal(where, "没有对账单", "there is no statement in it", "camt")
    return found


def _camt(statement: etree._Element, where: str) -> Statement:
    account = _said(statement, "Acct/Id/IBAN") or _said(statement, "Acct/Id/Othr/Id")
    balances: dict[str, tuple[int, str]] = {}
    for one in statement.findall("Bal"):
        code = _said(one, "Tp/CdOrPrtry/Cd")
        amount, currency = _camt_amount(one)
        balances.setdefault(code, (amount, currency))
    opening = balances.get("OPBD") or balances.get("PRCD")
    closing = balances.get("CLBD")
    if opening is None or closing is None:
        raise ValueError("no opening or closing booked balance")
    lines = [_camt_line(one) for one in statement.findall("Ntry") if _status(one) == "BOOK"]
    one_currency = all(_camt_amount(one)[1] == opening[1] for one in statement.findall("Ntry"))
    name = f"{where}: {_said(statement, 'Id')}"
    _add_up(name, opening[0], closing[0], lines, one_currency and opening[1] == closing[1])
    return Statement(account, _said(statement, "Id"), opening[1], opening[0], closing[0], tuple(lines))


def _camt_line(entry: etree._Element) -> StatementLine:
    amount, _ = _camt_amount(entry)
    value, booked = _camt_day(entry, "ValDt"), _camt_day(entry, "BookgDt")
    if value is None and booked is None:
        raise ValueError("an entry without a date")
    reference = _said(entry, "NtryDtls/TxDtls/Refs/EndToEndId") or _said(entry, "NtryRef")
    told = one_line(one.text or "" for one in entry.iterfind(".//RmtInf/Ustrd"))
    return StatementLine(
        amount,
        value or booked or date.min,
        booked or value or date.min,
        reference,
        _said(entry, "AcctSvcrRef"),
        told or _said(entry, "AddtlNtryInf"),
    )


def _camt_amount(element: etree._Element) -> tuple[int, str]:
    amount = element.find("Amt")
    mark = _said(element, "CdtDbtInd")
    if amount is None or mark not in ("CRDT", "DBIT"):
        raise ValueError("an amount without its side")
    currency = amount.get("Ccy", "")
    # A reversal's indicator already tells its own side.
    return (1 if mark == "CRDT" else -1) * _minor(amount.text or "", currency), currency


def _camt_day(entry: etree._Element, name: str) -> date | None:
    said = _said(entry, f"{name}/Dt") or _said(entry, f"{name}/DtTm")
    return date.fromisoformat(said[:10]) if said else None


def _status(entry: etree._Element) -> str:
    return _said(entry, "Sts/Cd") or _said(entry, "Sts")


def _said(element: etree._Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _minor(text: str, currency: str) -> int:
    if not re.fullmatch(r"\d{1,15}(\.\d{0,5})?", text.strip()):
        raise ValueError(f"amount {text[:40]!r}")
    minor = Decimal(text.strip()).scaleb(_DECIMALS.get(currency, 2))
    if minor != minor.to_integral_value():
        raise ValueError(f"amount {text[:40]!r} of {currency}")
    return int(minor)


def _add_up(where: str, opening: int, closing: int, lines: list[StatementLine], one_currency: bool) -> None:
    if not one_currency:
        raise refusal(where, "币种不一", "it mixes currencies", "currencies")
    total = opening + sum(line.amount for line in lines)
    if total != closing:
        raise refusal(
            where,
            f"期初加发生额为 {total}，期末为 {closing}",
            f"opening and entries make {total}, the closing balance is {closing}",
            "does-not-add-up",
        )


def statement_frame(statements: list[Statement]) -> pl.DataFrame:
    """All lines as a frame: account, currency, amount (Int64), value, date (booked), reference, bank_reference, text."""
    rows = [
        (
            one.account,
            one.currency,
            line.amount,
            line.value,
            line.booked,
            line.reference,
            line.bank_reference,
            line.text,
        )
        for one in statements
        for line in one.lines
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_SCHEMA = {
    "account": pl.String,
    "currency": pl.String,
    "amount": pl.Int64,
    "value": pl.Date,
    "date": pl.Date,
    "reference": pl.String,
    "bank_reference": pl.String,
    "text": pl.String,
}
