"""The decision service: ask a decision by name; change it while it runs.

Rule kept: a choice is given only when it is on record. What is live is one immutable table that is swapped whole, so a
call sees either the old arrangement or the new one. Who proposed an arrangement never confirms it. A challenger
answers for a fixed share of the keys, the same keys always; a shadow is asked and logged and can break nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from zaizao.decisions.choice import Choice, Chooser, Kind, Reason
from zaizao.decisions.errors import refused
from zaizao.decisions.group import GroupLog
from zaizao.decisions.learned import read_model
from zaizao.decisions.policy import Policy, read_policy
from zaizao.decisions.records import Arrangement, Change, ChangeState, Logged, Part, Route, Version
from zaizao.decisions.scorecard import read_scorecard
from zaizao.decisions.store import DecisionStore
from zaizao.decisions.table import read_table
from zaizao.problems import Text

_SECOND = Text("请由另一人确认", "let a second person confirm it")


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer: its ``id`` in the log, the choice, the version that made it and as what."""

    id: str
    choice: Choice
    version: int
    part: Part


@dataclass(frozen=True, slots=True)
class _Live:
    """An arrangement ready to be asked: who answers below which point of the key's number; the rest is the champion's."""

    revision: int
    champion: tuple[int, Chooser]
    challengers: tuple[tuple[float, int, Chooser], ...]
    shadows: tuple[tuple[int, Chooser], ...]

    def route(self, point: float) -> tuple[Part, int, Chooser]:
        """Who answers at ``point`` (0 to 1)."""
        for below, version, chooser in self.challengers:
            if point < below:
                return Part.CHALLENGER, version, chooser
        return (Part.CHAMPION, *self.champion)


class Decisions:
    """Decisions over ``store``. ``now`` gives µs UTC, ``identity`` a new unique id; both are the caller's."""

    def __init__(self, store: DecisionStore, *, now: Callable[[], int], identity: Callable[[], str]) -> None:
        self.store = store
        self._now = now
        self._identity = identity
        self._log = GroupLog(store)
        self._choosers: dict[tuple[str, int], Chooser] = {}
        self._live: Mapping[str, _Live] = MappingProxyType({})
        self.refresh()

    # --- versions and arrangements ---

    def add(self, name: str, kind: Kind, body: bytes, *, author: str, decision: str = "", note: str = "") -> Version:
        """Keep a new version, once it has been read without a problem; the same bytes are no new version."""
        version = Version.new(name, kind, body, decision=decision, author=author, note=note, at=self._now())
        chooser = self._read(version)
        if isinstance(chooser, Policy):
            self._no_circle(name, chooser)
        return self.store.add_version(version)

    def propose(self, name: str, routes: Sequence[Route], *, by: str, note: str = "") -> Change:
        """Propose who answers for ``name``; it holds when a second person confirms."""
        champions = [route for route in routes if route.part is Part.CHAMPION]
        shares = sum(route.share for route in routes if route.part is Part.CHALLENGER)
        bad_share = any(not 0 < route.share < 1 for route in routes if route.part is Part.CHALLENGER)
        if len(champions) != 1 or bad_share or shares >= 1:
            remedy = Text(
                "须有一个冠军，挑战者份额合计小于 1", "name one champion; challengers' shares stay below 1 together"
            )
            raise refused(name, "安排不可用", "the arrangement cannot be used", remedy, "arrangement")
        for route in routes:
            self.chooser(name, route.version)
        change = Change(0, Arrangement(name, tuple(routes)), by, note, self._now())
        return self.store.propose(change)

    def confirm(self, revision: int, *, by: str) -> Change:
        """The second person's yes: the arrangement is live for the next call."""
        if self._proposed(revision).proposer == by:
            raise refused(
                f"change {revision}", "提出人不能自己确认", "the proposer cannot confirm", _SECOND, "four-eyes"
            )
        change = self._conclude(revision, ChangeState.LIVE, by, "")
        self.refresh()
        return change

    def refuse(self, revision: int, *, by: str, reason: str) -> Change:
        """The second person's no; the proposer's own is a withdrawal."""
        own = self._proposed(revision).proposer == by
        return self._conclude(revision, ChangeState.WITHDRAWN if own else ChangeState.REFUSED, by, reason)

    def _proposed(self, revision: int) -> Change:
        change = self.store.change(revision)
        if change is None or change.state is not ChangeState.PROPOSED:
            remedy = Text("请刷新列表", "look at the list again")
            raise refused(f"change {revision}", "没有待确认的变更", "nothing to confirm here", remedy, "state")
        return change

    def _conclude(self, revision: int, state: ChangeState, by: str, reason: str) -> Change:
        if not self.store.conclude(revision, state, by, reason, self._now()):
            self._proposed(revision)  # someone else was faster: say so
        change = self.store.change(revision)
        assert change is not None, "it was there a moment ago"
        return change

    def refresh(self) -> None:
        """Read what is live anew and swap it in; other processes call this after a change of theirs."""
        fresh = {}
        for name, change in self.store.live().items():
            known = self._live.get(name)
            same = known is not None and known.revision == change.revision
            fresh[name] = known if same and known is not None else self._made_live(change)
        self._live = MappingProxyType(fresh)

    def _made_live(self, change: Change) -> _Live:
        name, routes = change.arrangement.name, change.arrangement.routes
        champion = next(route.version for route in routes if route.part is Part.CHAMPION)
        below, challengers = 0.0, []
        for route in routes:
            if route.part is Part.CHALLENGER:
                below += route.share
                challengers.append((below, route.version, self.chooser(name, route.version)))
        shadows = tuple((r.version, self.chooser(name, r.version)) for r in routes if r.part is Part.SHADOW)
        return _Live(change.revision, (champion, self.chooser(name, champion)), tuple(challengers), shadows)

    def chooser(self, name: str, number: int) -> Chooser:
        """One version, ready to be asked without a record: for back-tests."""
        found = self._choosers.get((name, number))
        if found is None:
            version = self.store.version(name, number)
            if version is None:
                remedy = Text("请先添加该版本", "add that version first")
                raise refused(name, f"没有第 {number} 版", f"there is no version {number}", remedy, "unknown-version")
            found = self._choosers[name, number] = self._read(version)
        return found

    def _read(self, version: Version) -> Chooser:
        where = f"{version.name} v{version.number}" if version.number else version.name
        if version.kind == Kind.DMN:
            return read_table(version.body, version.decision)
        if version.kind == Kind.SCORECARD:
            return read_scorecard(version.body, where)
        if version.kind == Kind.MODEL:
            return read_model(version.body, where)
        return read_policy(version.body, self._champion, where)

    def _champion(self, name: str) -> Chooser:
        return self._found(name).champion[1]

    def _no_circle(self, name: str, policy: Policy) -> None:
        """A policy asks the champions of its steps; none of them may ask ``name`` in turn."""
        waiting, met = [step.decision for step in policy.steps], set[str]()
        while waiting:
            asked = waiting.pop()
            if asked == name:
                remedy = Text("请去掉其中一步", "take out one of the steps")
                raise refused(name, "策略绕了一圈又问自己", "the policy asks itself in a circle", remedy, "circle")
            if asked not in met:
                met.add(asked)
                chooser = self._champion(asked)
                waiting += [step.decision for step in chooser.steps] if isinstance(chooser, Policy) else []

    # --- asking ---

    def _found(self, name: str) -> _Live:
        live = self._live.get(name)
        if live is None:
            remedy = Text("请先发布该决策", "publish the decision first")
            raise refused(name, "没有已发布的决策", "no decision of this name is live", remedy, "unknown")
        return live

    def decide(self, name: str, inputs: Mapping[str, Any], *, key: str = "") -> Decided:
        """Ask ``name``. ``key`` (a customer, a case) says which version answers when several do; kept in the log."""
        decided, entries = self._asked(name, inputs, key)
        self._log.add(entries)
        return decided

    def decide_all(self, name: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Decided]:
        """Ask ``name`` for many (key, inputs); all of them go on record together."""
        asked = [self._asked(name, inputs, key) for key, inputs in rows]
        self._log.add([entry for _, entries in asked for entry in entries])
        return [decided for decided, _ in asked]

    def _asked(self, name: str, inputs: Mapping[str, Any], key: str) -> tuple[Decided, list[Logged]]:
        live, at, identity = self._found(name), self._now(), self._identity()
        part, version, chooser = live.route(point(name, key or identity))
        begin = time.perf_counter_ns()
        choice = chooser.choose(inputs)
        took = (time.perf_counter_ns() - begin) // 1000
        entries = [Logged(identity, at, name, version, part, key, inputs, choice, took)]
        for number, shadow in live.shadows:
            begin = time.perf_counter_ns()
            thought = _guarded(shadow, inputs)
            took = (time.perf_counter_ns() - begin) // 1000
            entries.append(Logged(f"{identity}/{number}", at, name, number, Part.SHADOW, key, inputs, thought, took))
        return Decided(identity, choice, version, part), entries

    def feed_back(self, identity: str, outcome: Any) -> None:
        """Tell what became of the case behind a choice."""
        if not self.store.feed_back(identity, outcome, self._now()):
            remedy = Text("请核对编号", "check the id")
            raise refused(identity, "没有这个决策记录", "no such choice is on record", remedy, "unknown-choice")

    def replay(self, logged: Logged) -> Choice:
        """The choice again, by the version that made it: equal to the one on record."""
        return self.chooser(logged.name, logged.version).choose(logged.inputs)


def _guarded(shadow: Chooser, inputs: Mapping[str, Any]) -> Choice:
    """A shadow's choice; its failure is only noted, for it must never harm the answer."""
    try:
        return shadow.choose(inputs)
    except Exception as fault:
        return Choice(None, (Reason(f"failed: {type(fault).__name__}"),))


def point(name: str, key: str) -> float:
    """Where ``key`` stands between 0 and 1 for decision ``name``: fixed, even, and unlike other decisions' points."""
    digest = hashlib.sha256(f"{name}\n{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2.0**64
