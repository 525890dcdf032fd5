"""The report: one self-contained page in two languages, and the figures as people read them."""

from zaizao.redesign.report.figures import change, day, duration, money, number, share

__all__ = ["change", "day", "duration", "money", "number", "share"]
