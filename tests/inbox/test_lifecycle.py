"""The lifecycle's table: every row is taken by a command, everything else is refused; the guide shows the table."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from inbox.desk import MONDAY, li, wang, work
from zaizao.inbox import (
    ROWS,
    Assign,
    Bounce,
    Cancel,
    Change,
    Claim,
    Clerk,
    Command,
    Comment,
    Complete,
    Confirm,
    Delegate,
    Escalate,
    FourEyes,
    InboxError,
    ItemId,
    Offer,
    Person,
    Recall,
    Refuse,
    Rejection,
    Resume,
    Return,
    Settle,
    State,
    Surroundings,
    Suspend,
    Update,
    WorkItem,
    decide,
    diagram,
    read_ladder,
)
from zaizao.inbox.applying import apply
from zaizao.inbox.events import AnyEvent, change_of

ID = ItemId("a")
AROUND = Surroundings(MONDAY, {})
LADDER = read_ladder("PT1H notify heads; PT2H notify heads")
WAYS: dict[State, list[tuple[Command, Person]]] = {
    State.OFFERED: [],
    State.CLAIMED: [(Claim(), li)],
    State.SUSPENDED: [(Claim(), li), (Suspend(), li)],
    State.SECOND: [(Claim(), li), (Complete(), li)],
    State.HANDED_IN: [(Claim(), li), (Complete(), li), (Confirm(), wang)],
    State.COMPLETED: [(Settle("li"), Clerk)],
    State.CANCELLED: [(Cancel(), Clerk)],
}
COMMANDS: dict[Change, tuple[Command, Person]] = {
    Change.CLAIMED: (Claim(), wang),
    Change.ASSIGNED: (Assign(wang), Clerk),
    Change.DELEGATED: (Delegate(wang), li),
    Change.RETURNED: (Return(), li),
    Change.SUSPENDED: (Suspend(), li),
    Change.RESUMED: (Resume(), li),
    Change.REOPENED: (Resume(), li),
    Change.PROPOSED: (Complete(), li),
    Change.CONFIRMED: (Confirm(), wang),
    Change.REFUSED: (Refuse("why"), wang),
    Change.RECALLED: (Recall(), li),
    Change.HANDED_IN: (Complete(), li),
    Change.BOUNCED: (Bounce("why"), Clerk),
    Change.SETTLED: (Settle(), Clerk),
    Change.CANCELLED: (Cancel(), Clerk),
    Change.ESCALATED: (Escalate(), Clerk),
    Change.UPDATED: (Update(priority=99), Clerk),
    Change.COMMENTED: (Comment("text"), li),
}


def taken(item: WorkItem | None, *steps: tuple[Command, Person]) -> WorkItem:
    for command, by in steps:
        events = decide(ID, item, command, by, AROUND)
        assert isinstance(events, list), events
        for event in events:
            item = apply(ID, item, event)
    assert item is not None
    return item


def standing(state: State, change: Change) -> WorkItem:
    """An item in ``state``, of the kind that knows ``change``."""
    four_eyes = FourEyes() if state in (State.SECOND, State.HANDED_IN) or change is Change.PROPOSED else None
    facts = work(four_eyes=four_eyes, ladder=LADDER, settles=True)
    steps = WAYS[state]
    if change is Change.REOPENED and state is State.SUSPENDED:
        steps = [(Suspend(), Clerk)]
    item = taken(None, (Offer(facts), Clerk), *steps)
    assert item.state is state
    return item


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("change", list(COMMANDS))
def test_a_command_takes_its_row_of_the_table_or_is_refused(state: State, change: Change) -> None:
    command, by = COMMANDS[change]
    item = standing(state, change)
    found = decide(ID, item, command, by, AROUND)
    if (state, change) in ROWS:
        assert isinstance(found, list) and change_of(found[0]) is change
        assert apply(ID, item, found[0]).state is ROWS[state, change]
    elif not isinstance(found, Rejection):
        resumes = change in (Change.RESUMED, Change.REOPENED) and state is State.SUSPENDED
        assert resumes or found == [], "whoever asked for the work may repeat what is so already"
    else:
        assert found.code in {"invalid-state", "taken"} and found.problems


def test_an_event_without_a_row_is_a_defect() -> None:
    item = standing(State.COMPLETED, Change.CLAIMED)
    event = next(one for one in AnyEvent.__args__ if one.__name__ == "Claimed")
    with pytest.raises(InboxError, match="no claimed from completed"):
        apply(ID, item, event(by="li", at=1))


def test_every_change_has_its_event_and_its_row() -> None:
    assert {kind.__struct_config__.tag for kind in AnyEvent.__args__} == set(Change)
    assert {change for _, change in ROWS} == set(Change)
    assert all(issubclass(kind, msgspec.Struct) for kind in AnyEvent.__args__)


def test_the_guide_shows_the_table_as_it_is() -> None:
    guide = Path(__file__).parents[2] / "docs" / "guides" / "inbox.md"
    assert diagram() in guide.read_text(encoding="utf-8")
