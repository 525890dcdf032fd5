"""The decision service: DMN, scorecards, models and policies behind one call, changed while they run."""

from zaizao.decisions.backtest import BackTest, Cell, back_test, drift
from zaizao.decisions.binning import fit_scorecard
from zaizao.decisions.choice import Choice, Chooser, Kind, Reason
from zaizao.decisions.errors import DecisionError
from zaizao.decisions.learned import Learned, fit_model, read_model, write_model
from zaizao.decisions.policy import Policy, read_policy
from zaizao.decisions.records import Arrangement, Change, ChangeState, Logged, Part, Route, Version
from zaizao.decisions.scorecard import Categorical, Numeric, Scorecard, read_scorecard, write_scorecard
from zaizao.decisions.service import Decided, Decisions
from zaizao.decisions.store import DecisionStore
from zaizao.decisions.table import Table, read_table
from zaizao.decisions.validation import (
    Calibration,
    CrossValidation,
    Validation,
    auc,
    cross_validate,
    ks,
    psi,
    validate,
    wilson,
)

__all__ = [
    "Arrangement",
    "BackTest",
    "Calibration",
    "Categorical",
    "Cell",
    "Change",
    "ChangeState",
    "Choice",
    "Chooser",
    "CrossValidation",
    "Decided",
    "DecisionError",
    "DecisionStore",
    "Decisions",
    "Kind",
    "Learned",
    "Logged",
    "Numeric",
    "Part",
    "Policy",
    "Reason",
    "Route",
    "Scorecard",
    "Table",
    "Validation",
    "Version",
    "auc",
    "back_test",
    "cross_validate",
    "drift",
    "fit_model",
    "fit_scorecard",
    "ks",
    "psi",
    "read_model",
    "read_policy",
    "read_scorecard",
    "read_table",
    "validate",
    "wilson",
    "write_model",
    "write_scorecard",
]
