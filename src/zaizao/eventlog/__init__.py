"""Event logs as integer-encoded columns: read, write, filter, and the record vocabulary that the journal shares."""

from zaizao.eventlog.log import MISSING, MISSING_TIME, EventLog, from_columns

__all__ = ["MISSING", "MISSING_TIME", "EventLog", "from_columns"]
