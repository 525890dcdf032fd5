"""Logs as JSON, one object a line on standard error, each with the id of the request that it belongs to."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from zaizao.server.access import request_id
from zaizao.server.settings import Settings

USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, words, request, and what was given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "words": record.getMessage(),
        }
        request = request_id()
        if request:
            told["request"] = request
        told.update({name: value for name, value in vars(record).items() if name not in USUAL})
        if record.exc_info:
            told["fault"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


def configure_logging(settings: Settings) -> None:
    """Send every log of this process to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=settings.text("log.level").upper(), handlers=[handler], force=True)
    logging.getLogger("zaizao.requests").setLevel(logging.INFO if settings.flag("log.requests") else logging.WARNING)
