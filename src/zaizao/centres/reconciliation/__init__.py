"""Reconciliation: the match ladder over two tables of any shape, breaks classified and aged, nothing ambiguous accepted."""

from zaizao.centres.errors import ReconciliationError
from zaizao.centres.reconciliation.model import Model, Pair, read_model
from zaizao.centres.reconciliation.open_rows import Doubt, Rung, Solution
from zaizao.centres.reconciliation.report import report
from zaizao.centres.reconciliation.run import Class, Run, reconcile
from zaizao.centres.reconciliation.sources import Source, read_file, read_source
from zaizao.centres.reconciliation.statements import (
    Statement,
    StatementLine,
    read_camt053,
    read_mt,
    statement_frame,
)

__all__ = [
    "Class",
    "Doubt",
    "Model",
    "Pair",
    "ReconciliationError",
    "Run",
    "Rung",
    "Solution",
    "Source",
    "Statement",
    "StatementLine",
    "read_camt053",
    "read_file",
    "read_model",
    "read_mt",
    "read_source",
    "reconcile",
    "report",
    "statement_frame",
]
