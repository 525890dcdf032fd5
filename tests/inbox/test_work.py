"""Human work from offer to close, on SQLite and PostgreSQL: the truths of one item and of many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from inbox.desk import HOUR, MONDAY, Desk, at, auditor, li, wang, zhao
from zaizao.inbox import (
    Assign,
    Cancel,
    Claim,
    Clerk,
    Comment,
    Complete,
    Confirm,
    Delegate,
    Escalate,
    FourEyes,
    Inbox,
    ItemId,
    Kind,
    Person,
    Recall,
    Refuse,
    Resume,
    Return,
    Skill,
    State,
    Suspend,
    Wanted,
    WorkItem,
    WorkRefused,
    may_see,
    page,
    queues,
    read_ladder,
)


def test_an_item_is_claimed_returned_delegated_and_completed_with_full_history(desk: Desk) -> None:
    desk.offer("a", evidence={"variables": {"amount": 120000}, "links": ["https://bank.example/loan/1"]})
    desk.do("a", Claim())
    desk.now += HOUR
    desk.do("a", Return("休假"))
    desk.do("a", Claim(), wang)
    desk.do("a", Delegate(Person("chen"), "专长"), wang)
    assert desk.do("a", Complete(), wang) == "not-owner"
    done = desk.do("a", Complete({"ok": True}, reason="材料齐全"), Person("chen"))
    assert isinstance(done, WorkItem)
    assert (done.state, done.owner, done.why, done.ended) == (State.COMPLETED, "chen", "材料齐全", desk.now)
    assert done.result is not None and done.result.answers == {"ok": True}
    assert desk.told("a") == [
        "system: - -> offered (offered)",
        "li: offered -> claimed (claimed)",
        "li: claimed -> offered (returned)",
        "wang: offered -> claimed (claimed)",
        "wang: claimed -> claimed (delegated)",
        "chen: claimed -> handed-in (handed-in)",
        "system: handed-in -> completed (settled)",
    ]
    assert [line.why for line in desk.inbox.history(ItemId("a"))][2] == "休假"
    assert desk.item("a") == done


def test_offering_again_is_the_same_item(desk: Desk) -> None:
    first = desk.offer("a")
    desk.do("a", Claim())
    desk.now += 1
    again = desk.offer("a", subject="别的")
    assert again.facts == first.facts and again.owner == "li" and len(desk.told("a")) == 2


def test_only_candidates_with_the_skills_claim(desk: Desk) -> None:
    desk.offer("a", skills=(Skill("credit", 3),))
    assert desk.do("a", Claim(), Person("out", frozenset({"tellers"}))) == "not-candidate"
    assert desk.do("a", Claim()) == "skills-missing"
    desk.inbox.skilled("li", {"credit": 2})
    assert desk.do("a", Claim()) == "skills-missing"
    desk.inbox.skilled("Li", {"credit": 3, "english": 1})
    claimed = desk.do("a", Claim())
    assert isinstance(claimed, WorkItem) and claimed.owner == "li"
    assert desk.do("a", Claim(), wang) == "taken"
    assert desk.do("a", Assign(wang), wang) == "not-owner"
    assert desk.do("a", Assign(wang), zhao) == "skills-missing"
    assert desk.do("b", Claim()) == "not-found"


def test_the_second_person_is_never_the_first(desk: Desk) -> None:
    desk.offer("a", four_eyes=FourEyes())
    desk.do("a", Claim())
    proposed = desk.do("a", Complete({"ok": True}))
    assert isinstance(proposed, WorkItem) and proposed.state is State.SECOND
    assert desk.do("a", Confirm(), li) == "same-person"
    assert desk.do("a", Confirm(), Person(" LI ", frozenset({"officers"}), supervisor=True)) == "same-person"
    assert desk.do("a", Confirm(), Person("ｌｉ", frozenset({"officers"}))) == "same-person"
    assert desk.do("a", Refuse(""), wang) == "reason-missing"
    refused = desk.do("a", Refuse("利率不对"), wang)
    assert isinstance(refused, WorkItem) and (refused.state, refused.owner) == (State.CLAIMED, "li")
    desk.do("a", Complete({"ok": False}))
    desk.do("a", Recall())
    desk.do("a", Complete({"ok": True}))
    done = desk.do("a", Confirm(), wang)
    assert isinstance(done, WorkItem)
    assert (done.state, done.first, done.second, done.owner) == (State.COMPLETED, "li", "wang", "li")


def test_who_delegated_the_work_does_not_confirm_it(desk: Desk) -> None:
    desk.offer("a", four_eyes=FourEyes(("officers",)))
    desk.do("a", Claim())
    desk.do("a", Delegate(wang))
    desk.do("a", Complete(), wang)
    assert desk.do("a", Confirm(), li) == "same-person"
    assert desk.do("a", Confirm(), zhao) == "not-candidate"


def test_two_tasks_of_a_pair_never_come_into_one_hand(desk: Desk) -> None:
    for name, case in (("enter", "1"), ("release", "1"), ("other", "2")):
        desk.offer(name, case=case, pair="payment")
    desk.do("enter", Claim())
    assert desk.do("release", Claim()) == "pair"
    assert isinstance(desk.do("other", Claim()), WorkItem)
    desk.do("enter", Return())
    assert isinstance(desk.do("release", Claim()), WorkItem)
    desk.do("release", Complete())
    assert desk.do("enter", Claim()) == "pair"
    assert desk.do("enter", Assign(li), zhao) == "pair"
    assert isinstance(desk.do("enter", Claim(), wang), WorkItem)


def together(*works: Callable[[], object]) -> list[object]:
    """Run at the same time; what each returned or raised."""
    gate = threading.Barrier(len(works))
    answers: list[object] = [None] * len(works)

    def run(number: int, work: Callable[[], object]) -> None:
        gate.wait()
        try:
            answers[number] = work()
        except WorkRefused as refused:
            answers[number] = refused.code

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_of_two_claims_at_once_exactly_one_wins(desk: Desk, url: str) -> None:
    other = Inbox(url)
    for number in range(15):
        id = ItemId(f"i{number}")
        desk.offer(id)
        answers = together(
            lambda id=id: desk.inbox.do(id, Claim(), li, now=1), lambda id=id: other.do(id, Claim(), wang, now=1)
        )
        winners = [answer for answer in answers if isinstance(answer, WorkItem)]
        assert len(winners) == 1 and "taken" in answers, answers
        assert desk.item(id).owner == winners[0].owner and len(desk.told(id)) == 2
    other.close()


def test_of_two_claims_of_a_pair_by_one_person_at_once_exactly_one_wins(desk: Desk, url: str) -> None:
    other = Inbox(url)
    for number in range(10):
        a, b = ItemId(f"a{number}"), ItemId(f"b{number}")
        desk.offer(a, case=str(number), pair="p")
        desk.offer(b, case=str(number), pair="p")
        answers = together(
            lambda a=a: desk.inbox.do(a, Claim(), li, now=1), lambda b=b: other.do(b, Claim(), li, now=1)
        )
        assert sorted(isinstance(answer, WorkItem) for answer in answers) == [False, True], answers
        assert "pair" in answers
    other.close()


def test_many_who_ask_for_the_next_item_get_different_ones(desk: Desk, url: str) -> None:
    for number in range(12):
        desk.offer(f"i{number:02}", priority=50 + number % 3, due=MONDAY + number * HOUR)
    inboxes = [Inbox(url) for _ in range(3)]
    people = [Person(f"p{number}", frozenset({"officers"})) for number in range(6)]
    answers = together(
        *(lambda n=n, p=p: inboxes[n % 3].next(p, now=MONDAY) for n, p in enumerate(people))  # type: ignore[misc]
    )
    got = [answer.id for answer in answers if isinstance(answer, WorkItem)]
    assert len(set(got)) == 6
    assert {desk.item(id).facts.priority for id in got} == {51, 52}
    for inbox in inboxes:
        inbox.close()


def test_next_heeds_skills_priority_due_follow_up_and_pairs(desk: Desk) -> None:
    desk.offer("hard", priority=90, skills=(Skill("fx", 2),))
    desk.offer("later", priority=80, follow_up=MONDAY + HOUR)
    desk.offer("paired", priority=70, case="1", pair="p")
    desk.offer("held", priority=10, case="1", pair="p")
    desk.offer("due2", priority=60, due=MONDAY + 2 * HOUR)
    desk.offer("due1", priority=60, due=MONDAY + HOUR)
    desk.do("held", Claim())
    assert [next_id(desk) for _ in range(3)] == ["due1", "due2", None]
    desk.now += HOUR
    assert next_id(desk) == "later"
    desk.inbox.skilled("li", {"fx": 2})
    assert next_id(desk) == "hard"


def next_id(desk: Desk) -> str | None:
    found = desk.inbox.next(li, now=desk.now)
    return found.id if found else None


def test_the_ladder_climbs_on_the_business_calendar(desk: Desk) -> None:
    ladder = read_ladder("PT2H notify heads; PT4H priority 90; PT8H reassign heads")
    desk.now = at("2026-11-20T16:30")  # a Friday: one hour of office time is left
    desk.offer("a", calendar="office", ladder=ladder, four_eyes=FourEyes(("heads",)))
    desk.do("a", Claim())
    desk.now = at("2026-11-23T09:59")
    assert desk.inbox.tick(now=desk.now) == 0
    assert desk.inbox.next_wake() == at("2026-11-23T10:00")
    desk.now = at("2026-11-23T10:00")
    assert desk.inbox.tick(now=desk.now) == 1
    (notice,) = desk.inbox.notices(["heads"])
    assert (notice.item, notice.at) == ("a", desk.now)
    assert desk.item("a").owner == "li" and desk.item("a").rung == 1
    desk.now = at("2026-11-24T18:00")  # both other rungs passed meanwhile
    desk.inbox.tick(now=desk.now)
    late = desk.item("a")
    assert (late.state, late.owner, late.facts.priority, late.facts.groups) == (State.OFFERED, None, 90, ("heads",))
    assert desk.inbox.next_wake() is None and desk.do("a", Escalate(), zhao) == "ladder-done"
    assert desk.do("a", Claim()) == "not-candidate" and isinstance(desk.do("a", Claim(), zhao), WorkItem)


def test_the_clock_stands_still_while_an_item_rests(desk: Desk) -> None:
    due = at("2026-11-23T17:00")
    desk.offer("a", calendar="office", due=due, ladder=read_ladder("PT4H notify heads"))
    desk.do("a", Claim())
    desk.now = at("2026-11-23T11:00")
    assert desk.do("a", Suspend(until=desk.now), li) == "invalid"
    desk.do("a", Suspend(until=at("2026-11-24T10:00"), why="等客户"))
    desk.now = at("2026-11-23T16:00")
    assert desk.inbox.tick(now=desk.now) == 0
    desk.now = at("2026-11-24T10:00")
    assert desk.inbox.tick(now=desk.now) == 1
    woken = desk.item("a")
    # It rested 11:00-12:00, 13:00-17:30 and 09:00-10:00: six and a half hours of office time.
    assert woken.state is State.CLAIMED and woken.facts.due == at("2026-11-24T16:00")
    assert desk.inbox.next_wake() == woken.escalates == at("2026-11-24T12:00")


def test_bulk_assignment_answers_item_by_item_and_commands_of_others_are_refused(desk: Desk) -> None:
    for name in "abc":
        desk.offer(name)
    desk.do("b", Cancel("撤单"), Clerk)
    answers = desk.inbox.do_all([ItemId(n) for n in ("c", "a", "b", "x")], Assign(wang), zhao, now=desk.now)
    codes = {id: answer.code if isinstance(answer, WorkRefused) else answer.owner for id, answer in answers.items()}
    assert codes == {"a": "wang", "b": "invalid-state", "c": "wang", "x": "not-found"}
    assert desk.do("a", Return(), li) == "not-owner"
    assert isinstance(desk.do("a", Return(), zhao), WorkItem)


def test_lists_show_what_a_person_may_see_sorted_by_due_then_priority(desk: Desk) -> None:
    desk.offer("late", due=MONDAY - HOUR, subject="逾期的贷款 50%")
    desk.offer("low", due=MONDAY + HOUR, priority=10)
    desk.offer("high", due=MONDAY + HOUR, priority=90, skills=(Skill("fx"),))
    desk.offer("none")
    desk.offer("heads", groups=("heads",))
    desk.offer("named", groups=(), users=("Wang",))
    desk.offer("all", groups=())
    desk.inbox.skilled("wang", {"fx": 1})
    desk.do("high", Claim(), wang)

    def seen(person: Person, wanted: Wanted | None = None) -> list[str]:
        return [item.id for item in page(desk.inbox, person, wanted or Wanted()).items]

    assert seen(li) == ["late", "high", "low", "all", "none"]
    assert seen(wang) == ["late", "high", "low", "all", "named", "none"]
    assert seen(Person("guest")) == ["all"]
    assert seen(auditor) == ["late", "high", "low", "all", "heads", "named", "none"]
    assert seen(wang, Wanted(owner="wang")) == ["high"]
    assert seen(li, Wanted(skill="fx")) == ["high"]
    assert seen(li, Wanted(text="50%")) == ["late"]
    assert seen(li, Wanted(due_until=MONDAY)) == ["late"]
    assert seen(li, Wanted(due_from=MONDAY)) == ["high", "low"]
    assert seen(li, Wanted(kinds=[Kind.INCIDENT])) == []
    assert seen(li, Wanted(group="heads")) == [] and seen(auditor, Wanted(group="heads")) == ["heads"]
    assert all(may_see(li, desk.item(id)) == (id in seen(li)) for id in seen(auditor))
    first = page(desk.inbox, li, Wanted(), limit=2)
    rest = page(desk.inbox, li, Wanted(), limit=3, cursor=first.cursor)
    assert [item.id for item in (*first.items, *rest.items)] == seen(li) and rest.cursor is None
    counts = {
        queue.group: (queue.offered, queue.claimed, queue.overdue) for queue in queues(desk.inbox, li, now=MONDAY)
    }
    assert counts == {"officers": (3, 1, 1), "": (1, 0, 0)}
    assert {queue.group for queue in queues(desk.inbox, auditor, now=MONDAY)} == {"officers", "heads", ""}


def test_closed_items_are_found_when_asked_for_and_may_be_commented(desk: Desk) -> None:
    desk.offer("a", reason_wanted=True)
    desk.do("a", Claim())
    assert desk.do("a", Complete()) == "reason-missing"
    desk.do("a", Complete(reason="已核实"))
    assert page(desk.inbox, li, Wanted()).items == []
    assert [item.id for item in page(desk.inbox, li, Wanted(open=False)).items] == ["a"]
    assert isinstance(desk.do("a", Comment("归档"), wang), WorkItem)
    assert desk.do("a", Claim()) == "invalid-state" or desk.do("a", Claim()) == "taken"
    assert desk.do("a", Resume()) == "invalid-state"


def test_every_refusal_is_on_record(desk: Desk) -> None:
    from zaizao.inbox.tables import refusals

    desk.offer("a", four_eyes=FourEyes())
    desk.do("a", Claim())
    desk.do("a", Complete())
    desk.do("a", Confirm())
    with desk.inbox.reading() as connection:
        rows = connection.execute(refusals.select()).all()
    assert [(row.by, row.command, row.code) for row in rows] == [("li", "Confirm", "same-person")]


@pytest.mark.slow
def test_a_page_of_a_hundred_thousand_items_takes_less_than_50_ms(desk: Desk) -> None:
    import time

    from inbox.filling import fill

    fill(desk.inbox, 100_000)
    clerk = Person("clerk", frozenset({"g1", "g2", "g3", "rare"}))
    times = []
    for person, wanted in (
        (clerk, Wanted()),
        (clerk, Wanted(group="rare")),
        (auditor, Wanted()),
        (clerk, Wanted(kinds=[Kind.INCIDENT])),
    ):
        best = 1.0
        for _ in range(5):
            begun = time.perf_counter()
            assert page(desk.inbox, person, wanted).items
            best = min(best, time.perf_counter() - begun)
        times.append(best)
    begun = time.perf_counter()
    assert len(queues(desk.inbox, clerk, now=MONDAY)) == 4
    times.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    assert desk.inbox.next(clerk, now=MONDAY) is not None
    times.append(time.perf_counter() - begun)
    assert max(times) < 0.05, [round(one * 1000, 1) for one in times]
