"""The ledger: append-only double entry in integers, with holds, reversals, balances as of any time, posting rules."""

from zaizao.centres.errors import LedgerError
from zaizao.centres.ledger.book import Book, Outcome
from zaizao.centres.ledger.entries import (
    Account,
    Balance,
    Entry,
    Guard,
    Kind,
    Line,
    credit,
    debit,
    pending,
    posted,
    reverse,
    settle,
    void,
)
from zaizao.centres.ledger.rules import PostingRules, Split, read_rules, split_tax
from zaizao.centres.ledger.store import Booked, Ledger

__all__ = [
    "Account",
    "Balance",
    "Book",
    "Booked",
    "Entry",
    "Guard",
    "Kind",
    "Ledger",
    "LedgerError",
    "Line",
    "Outcome",
    "PostingRules",
    "Split",
    "credit",
    "debit",
    "pending",
    "posted",
    "read_rules",
    "reverse",
    "settle",
    "split_tax",
    "void",
]
