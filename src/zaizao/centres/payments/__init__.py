"""Payments: rails as dated data, routing with reasons, a hub that pays nothing twice, merging, positions."""

from zaizao.centres.errors import PaymentError
from zaizao.centres.payments.hub import Answer, Attempt, Hub, Sent, Standing
from zaizao.centres.payments.lifecycle import TABLE, Change, State, after, diagram
from zaizao.centres.payments.merging import Merged, MergeRule, merge
from zaizao.centres.payments.positions import Level, Positions
from zaizao.centres.payments.rails import Rail, Tariff, read_rails, read_tariffs
from zaizao.centres.payments.routing import WINDOW, Payment, Ranked, Refusal, Route, Router

__all__ = [
    "TABLE",
    "WINDOW",
    "Answer",
    "Attempt",
    "Change",
    "Hub",
    "Level",
    "MergeRule",
    "Merged",
    "Payment",
    "PaymentError",
    "Positions",
    "Rail",
    "Ranked",
    "Refusal",
    "Route",
    "Router",
    "Sent",
    "Standing",
    "State",
    "Tariff",
    "after",
    "diagram",
    "merge",
    "read_rails",
    "read_tariffs",
]
