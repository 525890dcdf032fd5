"""Processes and the inbox in step: both ways, after restarts, and whatever fails in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from inbox.desk import HOUR, MONDAY, at, li, wang, zhao
from inbox.process import Bank
from zaizao.engine import CaseState, Engine
from zaizao.inbox import (
    Claim,
    Complete,
    Confirm,
    ItemId,
    Kind,
    Person,
    Return,
    State,
    Wanted,
    WorkItem,
    WorkRefused,
    page,
)
from zaizao.server.inbox_feed import incident_item, task_item

EVERYTHING = Person("auditor", everything=True)


@pytest.fixture
def bank(tmp_path: Path, url: str) -> Iterator[Bank]:
    bank = Bank(tmp_path, url)
    yield bank
    bank.close()


def only(bank: Bank, **wanted: Any) -> WorkItem:
    (item,) = page(bank.inbox, EVERYTHING, Wanted(**wanted)).items
    return item


def do(bank: Bank, item: WorkItem, command: Any, by: Person = li) -> WorkItem:
    bank.inbox.do(item.id, command, by, now=bank.clock.now())
    bank.run()
    found = bank.inbox.item(item.id)
    assert found is not None
    return found


def test_a_case_goes_through_the_inbox_to_its_end(bank: Bank) -> None:
    case = bank.engine.create("loan", {"amount": 120000}, business_id="L-1")
    bank.run()
    enter = only(bank)
    facts = enter.facts
    assert (facts.kind, facts.subject, facts.groups, facts.priority) == (Kind.TASK, "录入", ("officers",), 70)
    assert facts.due == at("2026-11-23T14:00") and enter.escalates == at("2026-11-23T11:00")
    assert facts.evidence["variables"] == {"amount": 120000} and facts.evidence["businessId"] == "L-1"
    do(bank, enter, Claim())
    assert bank.engine.tasks()[0].assignee == "li"
    done = do(bank, enter, Complete({"income": 9000.5}))
    assert done.state is State.COMPLETED and str(bank.engine.variables(case)["income"]) == "9000.5"
    approve = only(bank)
    with pytest.raises(WorkRefused, match="paired"):
        bank.inbox.skilled("li", {"credit": 9})
        do(bank, approve, Claim())
    do(bank, approve, Claim(), wang)
    waiting = do(bank, approve, Complete({"approved": True}, reason="合格"), wang)
    assert waiting.state is State.SECOND and bank.engine.tasks()[0].assignee == "wang"
    assert do(bank, approve, Confirm(), zhao).state is State.COMPLETED
    (job,) = bank.engine.activate("pay")
    bank.engine.complete(job.key)
    row = bank.engine.row(case)
    assert row is not None and row.state is CaseState.COMPLETED
    bank.run()
    assert page(bank.inbox, EVERYTHING, Wanted()).items == []


def test_what_happens_in_the_engine_changes_the_item(bank: Bank) -> None:
    case = bank.engine.create("loan")
    other = bank.engine.create("loan")
    bank.run()
    tasks = {row.key & ~0xFFFFFF: row.key for row in bank.engine.tasks()}
    mine, theirs = task_item(tasks[case]), task_item(tasks[other])
    bank.engine.assign(tasks[case], "chen")
    bank.engine.update_task(tasks[case], priority=95, groups=("night",))
    bank.run()
    item = bank.inbox.item(mine)
    assert item is not None and (item.owner, item.facts.priority, item.facts.groups) == ("chen", 95, ("night",))
    bank.engine.complete_task(tasks[case], {"income": 1}, by="chen")
    bank.engine.cancel(other, "客户撤回")
    bank.run()
    states = {id: found.state for id in (mine, theirs) if (found := bank.inbox.item(id))}
    assert states == {mine: State.COMPLETED, theirs: State.CANCELLED}
    with pytest.raises(WorkRefused):
        do(bank, page(bank.inbox, EVERYTHING, Wanted(open=False)).items[0], Claim())


def test_an_incident_is_work_and_completing_it_tries_again(bank: Bank) -> None:
    bank.engine.create("loan", before=["pay"])
    (job,) = bank.engine.activate("pay")
    bank.engine.fail(job.key, 0, "核心系统不可用")
    bank.run()
    (incident,) = bank.engine.incidents()
    item = only(bank, kinds=[Kind.INCIDENT])
    assert item.id == incident_item(incident.key) and "核心系统不可用" in item.facts.subject
    do(bank, item, Claim(), Person("ops"))
    assert do(bank, item, Complete(reason="已恢复"), Person("ops")).state is State.COMPLETED
    assert bank.engine.incidents() == [] and len(bank.engine.activate("pay")) == 1


def test_a_feed_that_was_away_catches_up_and_nothing_is_doubled(bank: Bank) -> None:
    for _ in range(250):
        bank.engine.create("loan")
    bank.again()
    bank.run()
    bank.again()
    bank.run()
    items = page(bank.inbox, EVERYTHING, Wanted(), limit=500).items
    assert {item.id for item in items} == {task_item(row.key) for row in bank.engine.tasks()} and len(items) == 250
    assert all(len(bank.inbox.history(item.id)) == 1 for item in items[::50])


def test_quick_changes_of_owner_end_with_the_last_one_on_both_sides(bank: Bank) -> None:
    bank.engine.create("loan")
    bank.run()
    item = only(bank)
    for command, by in ((Claim(), li), (Return(), li), (Claim(), wang), (Return(), wang), (Claim(), li)):
        bank.inbox.do(item.id, command, by, now=MONDAY)
    bank.run()
    assert bank.engine.tasks()[0].assignee == "li"
    found = bank.inbox.item(item.id)
    assert found is not None and found.owner == "li" and found.version == 6


def test_the_ladder_of_a_model_climbs_and_gives_the_task_back(bank: Bank) -> None:
    bank.engine.create("loan")
    bank.run()
    bank.clock.advance(2 * HOUR)
    bank.inbox.tick(now=bank.clock.now())
    assert [notice.to for notice in bank.inbox.notices(["heads"])] == ["heads"]


class Cut(Exception):
    """The power goes here."""


@pytest.mark.parametrize("moment", ["before the engine", "after the engine", "after the errand", "before taking over"])
def test_a_crash_at_any_moment_loses_nothing_and_doubles_nothing(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    case = bank.engine.create("loan")
    bank.run()
    item = only(bank)
    do(bank, item, Claim())
    bank.inbox.do(item.id, Complete({"income": 1}), li, now=MONDAY)

    def cut(*_: Any, **__: Any) -> Any:
        raise Cut

    with monkeypatch.context() as patch:
        if moment == "before the engine":
            patch.setattr(Engine, "complete_task", cut)
        elif moment == "after the engine":
            patch.setattr(type(bank.feed), "_told", cut)
        elif moment == "after the errand":
            patch.setattr(type(bank.feed), "take_over", cut)
        else:
            patch.setattr(type(bank.inbox), "position", cut)
        with suppress(Cut):
            bank.feed.run(MONDAY)
    bank.again()
    bank.run()
    found = bank.inbox.item(item.id)
    assert found is not None and found.state is State.COMPLETED
    assert [line.change.value for line in bank.inbox.history(item.id)] == ["offered", "claimed", "handed-in", "settled"]
    completions = [r for r in bank.engine.journal(case) if type(r.event).__name__ == "TaskCompleted"]
    assert len(completions) == 1
    assert only(bank).facts.subject == "审批" and bank.inbox.errands() == []


def test_a_task_that_ended_while_its_result_was_under_way_is_settled_by_what_the_engine_says(bank: Bank) -> None:
    case = bank.engine.create("loan")
    bank.run()
    item = only(bank)
    do(bank, item, Claim())
    bank.inbox.do(item.id, Complete(), li, now=MONDAY)
    bank.engine.cancel(case)
    bank.run()
    found = bank.inbox.item(ItemId(item.id))
    assert found is not None and found.state is State.CANCELLED and bank.inbox.errands() == []
