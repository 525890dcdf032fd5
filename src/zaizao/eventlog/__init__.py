"""Event logs as integer-encoded columns: read, write, filter, and the record vocabulary that the journal shares.

The filters' constructors are under ``filters``: ``select(log).where(filters.having({"审批"}), filters.lasting(...))``;
the aggregates for SQL engines under ``sql``.
"""

from zaizao.eventlog import filters, sql
from zaizao.eventlog.errors import LogError
from zaizao.eventlog.estimation import Guess, StartBand, estimate_starts
from zaizao.eventlog.filters import Filter, Selection, keep, select
from zaizao.eventlog.lifecycle import activities
from zaizao.eventlog.log import MISSING, MISSING_TIME, EventLog, from_columns, subset
from zaizao.eventlog.objects import ObjectLog, flatten
from zaizao.eventlog.ocel import holds_objects, read_objects, write_objects
from zaizao.eventlog.preview import Preview, preview
from zaizao.eventlog.reading import read
from zaizao.eventlog.streaming import parts
from zaizao.eventlog.writing import write

__all__ = [
    "MISSING",
    "MISSING_TIME",
    "EventLog",
    "Filter",
    "Guess",
    "LogError",
    "ObjectLog",
    "Preview",
    "Selection",
    "StartBand",
    "activities",
    "estimate_starts",
    "filters",
    "flatten",
    "from_columns",
    "holds_objects",
    "keep",
    "parts",
    "preview",
    "read",
    "read_objects",
    "select",
    "sql",
    "subset",
    "write",
    "write_objects",
]
