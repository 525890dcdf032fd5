"""What can go wrong in the engine, as one tree.

Rule kept: a command that does not apply is a ``Rejection`` value inside the engine; only the calling face turns it
into ``CommandRejected``. Everything here carries problems with a place, a fact and a remedy.
"""

from __future__ import annotations

from zaizao.problems import Problem, Text, ZaizaoError


class EngineError(ZaizaoError):
    """The engine cannot go on with what it was asked."""


class CommandRejected(EngineError):
    """The command does not apply to the state: a duplicate, an unknown key, a finished case."""

    def __init__(self, code: str, reason: str, key: int = 0) -> None:
        self.code = code
        self.reason = reason
        self.key = key
        super().__init__(
            Problem(
                where=str(key) if key else "engine",
                what=Text(f"命令被拒绝（{reason}）", reason),
                remedy=Text("请刷新状态后再试", "read the current state and try again"),
                code=f"engine.{code}",
            )
        )


class DeploymentRefused(EngineError):
    """A model that cannot run."""


class JournalBroken(EngineError):
    """The journal's chain does not hold: a record was changed, lost or added."""


class StoreUnavailable(EngineError):
    """The database does not answer or cannot write now: nothing is known to be done, and trying again may help."""


class LeaseLost(StoreUnavailable):
    """Another node leads the partition now: this one may not write to it."""


class IllegalTransition(EngineError):
    """A record asks for a change that its lifecycle table does not allow: always a defect, never bad input."""


def problem(where: str, zh: str, en: str, code: str, remedy: Text | None = None) -> Problem:
    """A problem of this room."""
    fix = remedy or Text("请在模型中改正后重新部署", "correct the model and deploy it again")
    return Problem(where=where, what=Text(zh, en), remedy=fix, code=f"engine.{code}")
