"""Laws of the inbox over random histories of many people at once.

Replay: the history of an item makes the item. The second person is never the first; nobody has a hand in two tasks of a
pair; what is closed stays closed; who is refused changes nothing; lists show exactly what a person may see.
"""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from inbox.desk import HOUR, MONDAY, work
from zaizao.calendars import office
from zaizao.inbox import (
    Assign,
    Bounce,
    Cancel,
    Claim,
    Clerk,
    Command,
    Complete,
    Confirm,
    Delegate,
    Escalate,
    Follow,
    FourEyes,
    Inbox,
    ItemId,
    Person,
    Recall,
    Refuse,
    Resume,
    Return,
    Settle,
    Skill,
    State,
    Suspend,
    Tick,
    Update,
    Wanted,
    WorkItem,
    WorkRefused,
    may_see,
    page,
    read_ladder,
)
from zaizao.inbox.applying import replay
from zaizao.inbox.item import decode, encode

PEOPLE = [
    Person("a", frozenset({"g"})),
    Person("b", frozenset({"g"})),
    Person("B ", frozenset({"h"})),
    Person("c", frozenset({"g", "h"}), supervisor=True),
    Person("d", frozenset({"h"}), everything=True),
]
people = st.sampled_from(PEOPLE)
ids = st.sampled_from([ItemId("x"), ItemId("y"), ItemId("z")])
of_people: st.SearchStrategy[Command] = st.one_of(
    st.builds(Claim),
    st.builds(Assign, people),
    st.builds(Delegate, people),
    st.builds(Return),
    st.builds(Suspend, st.sampled_from([0, MONDAY + 30 * HOUR])),
    st.builds(Resume),
    st.builds(Complete, st.just({"n": 1})),
    st.builds(Confirm),
    st.builds(Refuse, st.just("why")),
    st.builds(Recall),
    st.builds(Escalate),
)
of_asker: st.SearchStrategy[Command] = st.one_of(
    st.builds(Follow, st.sampled_from([None, "a", "c"])),
    st.builds(Update, st.sampled_from([None, 10, 90]), st.sampled_from([None, 0, MONDAY + HOUR])),
    st.builds(Settle, st.sampled_from(["", "a"])),
    st.builds(Bounce, st.just("no")),
    st.builds(Cancel),
    st.builds(Tick),
)
steps = st.lists(
    st.tuples(
        ids,
        st.one_of(st.tuples(of_people, people), st.tuples(of_people, people), st.tuples(of_asker, st.just(Clerk))),
        st.integers(0, 5),
    ),
    max_size=30,
)
LADDER = read_ladder("PT2H notify h; PT4H priority 99; PT6H reassign h")


@settings(max_examples=60, deadline=None)
@given(steps)
def test_no_history_breaks_the_rules(history: list[tuple[ItemId, tuple[Command, Person], int]]) -> None:
    inbox = Inbox("sqlite://", {"office": office()})
    inbox.skilled("a", {"s": 2})
    inbox.skilled("b", {"s": 1})
    inbox.skilled("c", {"s": 2})
    now = MONDAY
    more = {"pair": "p", "case": "1", "calendar": "office", "ladder": LADDER, "groups": ("g",)}
    inbox.offer(ItemId("x"), work(**more, four_eyes=FourEyes(), settles=True), now=now)
    inbox.offer(ItemId("y"), work(**more, skills=(Skill("s", 2),), four_eyes=FourEyes(("h",))), now=now)
    inbox.offer(ItemId("z"), work(groups=("h",), users=("b",), due=now + HOUR), now=now)
    elsewhere: set[str] = set()
    for id, (command, by), hours in history:
        now += hours * HOUR
        before = inbox.item(id)
        try:
            after = inbox.do(id, command, by, now=now)
        except WorkRefused:
            assert inbox.item(id) == before
            continue
        assert before is not None
        if before.ended:
            assert after.state is before.state
        if isinstance(command, Follow | Settle) and after != before:
            elsewhere.add(id)
        check(inbox, after, elsewhere)
    lists_agree(inbox)
    inbox.close()


def check(inbox: Inbox, item: WorkItem, elsewhere: set[str]) -> None:
    assert replay(item.id, [line.event for line in inbox.history(item.id)]) == item == decode(encode(item))
    if item.first is not None and item.second is not None:
        assert item.first.strip().lower() != item.second.strip().lower()
    if item.facts.four_eyes and item.state is State.COMPLETED and item.id not in elsewhere:
        assert item.second is not None
    if not elsewhere:
        hands = [hands_of(inbox.item(ItemId(id))) for id in "xy"]
        assert hands[0].isdisjoint(hands[1])


def hands_of(item: WorkItem | None) -> set[str]:
    assert item is not None
    if item.state is State.CANCELLED:
        return set()
    return {name.strip().lower() for name in (item.owner, item.first, item.second) if name}


def lists_agree(inbox: Inbox) -> None:
    everything = [item for id in "xyz" if (item := inbox.item(ItemId(id)))]
    for person in PEOPLE:
        for is_open in (True, False):
            found = page(inbox, person, Wanted(open=is_open)).items
            assert {item.id for item in found} == {
                item.id for item in everything if item.open is is_open and may_see(person, item)
            }
            order = [(item.facts.due or 1 << 62, -item.facts.priority, item.id) for item in found]
            assert order == sorted(order)
