"""Working calendars with holidays: the one place that knows working from idle time."""

from zaizao.calendars.calendar import Holidays, WorkCalendar, always, office
from zaizao.calendars.discovery import discover
from zaizao.calendars.errors import CalendarError
from zaizao.calendars.working import advance, intervals, is_open, next_open, working

__all__ = [
    "CalendarError",
    "Holidays",
    "WorkCalendar",
    "advance",
    "always",
    "discover",
    "intervals",
    "is_open",
    "next_open",
    "office",
    "working",
]
