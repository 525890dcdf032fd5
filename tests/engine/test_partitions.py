"""Partitions that work together: definitions, messages and signals reach whom they should, once, whoever dies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from engine.driving import SECOND, T0
from engine.sketch import catch, declared, end, model, start, throw
from zaizao.bpmn import Definitions, Message, MessageDefinition, SignalDefinition
from zaizao.engine import CaseRow, CommandRejected, Engine, JobRow, MemoryStore, VirtualClock, inside
from zaizao.engine.carrying import home_of
from zaizao.engine.keys import partition_of
from zaizao.engine.rebuilding import rebuild
from zaizao.engine.records import WaitTriggered
from zaizao.engine.stores import DefinitionRow, MessageRow, ParcelRow, SubscriptionRow
from zaizao.engine.stores.rows import ROWS

MESSAGES = (Message(id="m", name="m", correlation_key="k"), Message(id="begin", name="begin"))
SIGNALS = (declared("sig"),)


class Partitions:
    """Three partitions in memory; parcels move when ``carry`` says so, in an order that luck chooses."""

    def __init__(self, definitions: Definitions, luck: Random | None = None) -> None:
        self.clock = VirtualClock(T0)
        self.engines = {n: Engine(MemoryStore(), self.clock, partition=n, partitions=3) for n in (1, 2, 3)}
        self.luck = luck or Random(1)
        self.engines[1].deploy(definitions)
        self.carry()

    def parcels(self, sender: int, receiver: int) -> list[ParcelRow]:
        after = self.engines[receiver].received(sender)
        return self.engines[sender].store.find(ParcelRow, {"receiver": receiver}, after=after)

    def carry_one(self) -> bool:
        """Some parcels of one partition reach another, and then some of them a second time."""
        ways = [(s, r) for s in (1, 2, 3) for r in (1, 2, 3) if s != r and self.parcels(s, r)]
        if not ways:
            return False
        sender, receiver = self.luck.choice(ways)
        parcels = self.parcels(sender, receiver)[: self.luck.randint(1, 3)]
        assert self.engines[receiver].receive(sender, parcels) == len(parcels)
        assert self.engines[receiver].receive(sender, parcels) == 0
        return True

    def carry(self) -> None:
        while self.carry_one():
            pass

    def publish(self, name: str, key: str, **named: int) -> None:
        self.engines[home_of(key, 3)].publish(name, key, {"from": name}, **named)

    def jobs(self) -> Counter[str]:
        return Counter(row.job_type for engine in self.engines.values() for row in engine.store.find(JobRow))


def test_definitions_are_the_same_everywhere_and_begin_in_the_first() -> None:
    town = Partitions(model("s -> aa -> e"))
    town.engines[1].deploy(model("s -> bb -> e"))
    with pytest.raises(CommandRejected, match="partition 1"):
        town.engines[2].deploy(model("s -> cc -> e"))
    town.carry()
    first, *others = ([row._replace(deployed=0) for row in e.store.find(DefinitionRow)] for e in town.engines.values())
    assert others == [first, first] and [row.version for row in first] == [1, 2]
    for number, engine in town.engines.items():
        case = engine.create("p")
        assert partition_of(case) == number and engine.row(case).version == 2  # type: ignore[union-attr]
    assert town.jobs() == {"bb": 3}


@pytest.mark.parametrize("early", [True, False])
def test_a_message_finds_the_case_in_whichever_partition_it_waits(early: bool) -> None:
    town = Partitions(model("s -> c -> aa -> e", catch("c", MessageDefinition("m")), messages=MESSAGES))
    keys = [f"k{n}" for n in range(12)]
    if early:
        for key in keys:
            town.publish("m", key, life_us=60 * SECOND)
    cases = {key: town.engines[n % 3 + 1].create("p", {"k": key}) for n, key in enumerate(keys)}
    town.carry()
    if not early:
        for key in keys:
            town.publish("m", key)
        town.carry()
    assert town.jobs() == {"aa": 12}
    for case in cases.values():
        assert town.engines[partition_of(case)].variables(case)["from"] == "m"
    assert all(engine.store.find(SubscriptionRow) == [] for engine in town.engines.values())


def test_a_message_whose_taker_had_stopped_waiting_goes_to_the_next() -> None:
    waiting = model("s -> aa -> c -> bb -> e", catch("c", MessageDefinition("m")), messages=MESSAGES)
    town = Partitions(waiting)
    home = home_of("k", 3)
    away = [n for n in (1, 2, 3) if n != home]
    cases = [town.engines[n].create("p", {"k": "k"}) for n in away]
    for n in away:
        (job,) = town.engines[n].activate("aa")
        town.engines[n].complete(job.key)
    town.carry()
    first = min(cases)
    town.publish("m", "k", life_us=60 * SECOND)
    town.engines[partition_of(first)].cancel(first)  # before the message, on its way, has reached it
    town.carry()
    other = town.engines[partition_of(max(cases))]
    assert town.jobs() == {"bb": 1} and other.variables(max(cases))["from"] == "m"


def test_a_signal_is_heard_in_every_partition_and_starts_one_case() -> None:
    heard = catch("c", SignalDefinition("sig"))
    thrown = model("s -> t -> e", throw("t", SignalDefinition("sig")), name="thrower", signals=SIGNALS).processes
    begun = model("s -> begun -> e", start("s", SignalDefinition("sig")), name="begun", signals=SIGNALS).processes
    town = Partitions(model("s -> c -> aa -> e", heard, others=(*thrown, *begun), signals=SIGNALS))
    for engine in town.engines.values():
        engine.create("p")
    town.engines[3].create("thrower")
    town.carry()
    assert town.jobs() == {"aa": 3, "begun": 1}


def test_a_message_starts_one_case_a_key_in_its_home() -> None:
    begun = model("s -> aa -> e", start("s", MessageDefinition("begin")), messages=MESSAGES)
    town = Partitions(begun)
    for key in ("x", "y", "z", "x", "y"):
        town.publish("begin", key)
    assert sum(engine.store.count(CaseRow) for engine in town.engines.values()) == 3


def test_a_message_that_a_case_throws_reaches_a_case_in_another_partition() -> None:
    sender = model("s -> e", end("e", MessageDefinition("m")), name="sender", messages=MESSAGES).processes
    town = Partitions(model("s -> c -> aa -> e", catch("c", MessageDefinition("m")), others=sender, messages=MESSAGES))
    for n, engine in town.engines.items():
        engine.create("p", {"k": f"key{n}"})
        town.engines[n % 3 + 1].create("sender", {"k": f"key{n}"})
    town.carry()
    assert town.jobs() == {"aa": 3}


@pytest.mark.parametrize("seed", range(12))
def test_in_any_order_each_message_is_taken_at_most_once_a_process_and_the_journals_tell_it_all(seed: int) -> None:
    luck = Random(seed)
    looping = model(
        "s -> x -> c -> x2 -[again]-> x\nx2 -[else]-> aa -> e", catch("c", MessageDefinition("m")), messages=MESSAGES
    )
    town = Partitions(looping, luck)
    cases: list[int] = []
    sent = 0
    acts: list[Callable[[], object]] = [
        lambda: cases.append(
            town.engines[luck.randint(1, 3)].create("p", {"k": luck.choice("ab"), "again": luck.random() < 0.5})
        ),
        lambda: town.publish("m", luck.choice("ab"), life_us=luck.choice([0, 5, 60]) * SECOND),
        lambda: town.clock.advance(SECOND),
        lambda: [engine.tick() for engine in town.engines.values()],
        town.carry_one,
        town.carry_one,
    ]
    for _ in range(120):
        act = luck.choice(acts)
        sent += act is acts[1]
        act()
        if cases and luck.random() < 0.05:
            case = luck.choice(cases)
            if town.engines[partition_of(case)].case(case) is not None:
                town.engines[partition_of(case)].cancel(case)
    town.carry()
    received = 0
    for n, engine in town.engines.items():
        received += sum(isinstance(record.event, WaitTriggered) for record in engine.journal())
        again = MemoryStore()
        rebuild(engine.store.journal(), again, partition=n)
        assert all(again.find(table) == engine.store.find(table) for table in ROWS)
        assert again.last_number() == engine.store.last_number()
        live = {
            inside(case, wait)
            for case in cases
            if partition_of(case) == n and (state := engine.case(case)) is not None
            for element in state.elements.values()
            for wait in element.waits or ()
        }
        own = {row.key for row in engine.store.find(SubscriptionRow) if partition_of(row.key) == n}
        far = {
            row.key
            for e in town.engines.values()
            for row in e.store.find(SubscriptionRow)
            if partition_of(row.key) == n
        }
        assert live == own == far  # nobody waits whom the home does not know, and the other way round
        for receiver in town.engines:
            engine.forget_parcels(receiver, town.engines[receiver].received(n))
        assert engine.store.find(ParcelRow) == []
    assert 0 < received <= sent
    buffered = [row for e in town.engines.values() for row in e.store.find(MessageRow)]
    assert received + len([row for row in buffered if row.taken == "[]"]) <= sent
