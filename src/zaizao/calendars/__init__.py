"""Working calendars with holidays: the one place that knows working from idle time."""

from zaizao.calendars.calendar import Holidays, WorkCalendar, always, office

__all__ = ["Holidays", "WorkCalendar", "always", "office"]
