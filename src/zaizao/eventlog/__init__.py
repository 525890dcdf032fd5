"""Event logs as integer-encoded columns: read, write, filter, and the record vocabulary that the journal shares."""

from zaizao.eventlog.errors import LogError
from zaizao.eventlog.lifecycle import activities
from zaizao.eventlog.log import MISSING, MISSING_TIME, EventLog, from_columns
from zaizao.eventlog.reading import read
from zaizao.eventlog.writing import write

__all__ = ["MISSING", "MISSING_TIME", "EventLog", "LogError", "activities", "from_columns", "read", "write"]
