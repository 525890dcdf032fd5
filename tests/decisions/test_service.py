"""The service: versions, two persons, champion and challengers, shadows, the log, hot change."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from decisions.loans import CARD, GOOD, POLICY, Service, knock_outs
from zaizao.decisions import (
    ChangeState,
    DecisionError,
    Kind,
    Numeric,
    Part,
    Route,
    Scorecard,
    back_test,
    read_table,
    write_scorecard,
)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path / "decisions.db")


def with_policy(service: Service) -> Service:
    service.publish("knock-outs", Kind.DMN, knock_outs())
    service.publish("score", Kind.SCORECARD, write_scorecard(CARD))
    service.publish("loan", Kind.POLICY, POLICY)
    return service


def test_a_policy_knocks_out_before_it_scores(service: Service) -> None:
    with_policy(service)
    minor = service.decide("loan", {**GOOD, "age": 17})
    assert minor.choice.value == "refuse"
    assert [reason.code for reason in minor.choice.reasons] == ["minor"]
    assert "score" not in minor.choice.details
    good = service.decide("loan", GOOD)
    assert (good.choice.value, good.choice.details["score"]["value"]) == ("approve", 630)


def test_the_proposer_never_confirms(service: Service) -> None:
    version = service.add("knock-outs", Kind.DMN, knock_outs(), author="wang")
    change = service.propose("knock-outs", [Route(version.number)], by="wang")
    with pytest.raises(DecisionError, match="proposer cannot confirm"):
        service.confirm(change.revision, by="wang")
    with pytest.raises(DecisionError, match="no decision of this name is live"):
        service.decide("knock-outs", GOOD)
    assert service.confirm(change.revision, by="li").state is ChangeState.LIVE
    with pytest.raises(DecisionError, match="nothing to confirm"):
        service.confirm(change.revision, by="zhao")


def test_a_withdrawn_or_refused_change_never_goes_live(service: Service) -> None:
    version = service.add("knock-outs", Kind.DMN, knock_outs(), author="wang")
    own, other = (service.propose("knock-outs", [Route(version.number)], by="wang") for _ in range(2))
    assert service.refuse(own.revision, by="wang", reason="typo").state is ChangeState.WITHDRAWN
    assert service.refuse(other.revision, by="li", reason="too strict").state is ChangeState.REFUSED
    assert service.store.live() == {}


def test_the_same_bytes_are_no_new_version(service: Service) -> None:
    first = service.add("knock-outs", Kind.DMN, knock_outs(), author="wang")
    assert service.add("knock-outs", Kind.DMN, knock_outs(), author="li") == first
    assert service.add("knock-outs", Kind.DMN, knock_outs(21), author="li").number == 2


def test_a_challenger_answers_for_its_share_and_always_for_the_same_keys(service: Service) -> None:
    first = service.publish("knock-outs", Kind.DMN, knock_outs())
    second = service.add("knock-outs", Kind.DMN, knock_outs(21), author="wang").number
    change = service.propose("knock-outs", [Route(first), Route(second, Part.CHALLENGER, 0.2)], by="wang")
    service.confirm(change.revision, by="li")
    rows = [(f"customer-{n}", GOOD) for n in range(5_000)]
    once = service.decide_all("knock-outs", rows)
    share = Counter(one.part for one in once)[Part.CHALLENGER] / len(rows)
    assert 0.18 < share < 0.22
    again = service.decide_all("knock-outs", rows)
    assert [one.version for one in once] == [one.version for one in again]


def test_a_shadow_is_logged_and_can_break_nothing(service: Service) -> None:
    first = service.publish("score", Kind.SCORECARD, write_scorecard(CARD))
    broken = Scorecard((Numeric("income", (), (1,), 0),))
    shadow = service.add("score", Kind.SCORECARD, write_scorecard(broken), author="wang").number
    change = service.propose("score", [Route(first), Route(shadow, Part.SHADOW)], by="wang")
    service.confirm(change.revision, by="li")
    service._choosers["score", shadow] = _Failing()
    service._live = {}
    service.refresh()
    assert service.decide("score", GOOD, key="c1").choice.value == 630
    logged = {entry.part: entry for entry, _ in service.store.logged("score")}
    assert logged[Part.CHAMPION].choice.value == 630
    assert [reason.code for reason in logged[Part.SHADOW].choice.reasons] == ["failed: ZeroDivisionError"]


class _Failing:
    def choose(self, inputs: object) -> object:
        raise ZeroDivisionError


def test_every_choice_replays_from_the_log(service: Service) -> None:
    with_policy(service)
    for age in range(15, 60):
        service.decide("loan", {**GOOD, "age": age, "income": age * 200})
    for name in ("loan",):
        for entry, _ in service.store.logged(name):
            assert service.replay(entry).value == entry.choice.value


def test_a_change_holds_from_the_next_call_on_and_no_call_is_lost_meanwhile(service: Service) -> None:
    first = service.publish("knock-outs", Kind.DMN, knock_outs())
    stop, seen = threading.Event(), []

    def asking() -> None:
        while not stop.is_set():
            seen.append(service.decide("knock-outs", {**GOOD, "age": 20}))

    askers = [threading.Thread(target=asking) for _ in range(4)]
    for asker in askers:
        asker.start()
    second = service.publish("knock-outs", Kind.DMN, knock_outs(21))
    after = service.decide("knock-outs", {**GOOD, "age": 20})
    stop.set()
    for asker in askers:
        asker.join()
    assert (after.version, after.choice.value) == (second, "minor")
    assert {one.version: one.choice.value for one in seen}.items() <= {first: None, second: "minor"}.items()
    assert len(service.store.logged("knock-outs")) == len(seen) + 1


def test_a_back_test_shows_what_would_change_and_what_became_of_those(service: Service) -> None:
    service.publish("knock-outs", Kind.DMN, knock_outs())
    for age in (17, 19, 20, 30):
        decided = service.decide("knock-outs", {**GOOD, "age": age})
        if age > 18:
            service.feed_back(decided.id, "repaid" if age != 20 else "default")
    found = back_test(read_table(knock_outs(21), ""), service.store.logged("knock-outs"))
    assert (found.cases, found.changed, found.failed) == (4, 2, 0)
    moved = next(cell for cell in found.cells if cell.old != cell.new)
    assert (moved.old, moved.new, moved.outcomes) == ("None", "minor", {"default": 1, "repaid": 1})


def test_a_policy_that_asks_itself_is_refused(service: Service) -> None:
    with_policy(service)
    circle = POLICY.replace(b'decision = "score"', b'decision = "loan"')
    with pytest.raises(DecisionError, match="circle"):
        service.add("loan", Kind.POLICY, circle, author="wang")


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ([], "arrangement cannot be used"),
        ([Route(1), Route(1, Part.CHALLENGER, 1.0)], "arrangement cannot be used"),
        ([Route(7)], "there is no version 7"),
    ],
)
def test_an_arrangement_that_cannot_answer_is_refused(service: Service, routes: list[Route], words: str) -> None:
    service.publish("knock-outs", Kind.DMN, knock_outs())
    with pytest.raises(DecisionError, match=words):
        service.propose("knock-outs", routes, by="wang")


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'{"characteristics": [{"name": "a"}]}', b"[[step]]\nname=1"])
def test_what_is_no_decision_is_refused_with_words(service: Service, body: bytes) -> None:
    for kind in (Kind.SCORECARD, Kind.MODEL, Kind.POLICY):
        with pytest.raises(DecisionError):
            service.add("bad", kind, body, author="wang")


def test_feedback_to_nothing_is_refused(service: Service) -> None:
    with pytest.raises(DecisionError, match="no such choice"):
        service.feed_back("d999999", "repaid")
