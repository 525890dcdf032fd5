"""The payment hub: accepts, routes, sends, learns answers, across restarts; every door may be knocked on twice.

Rule kept: no payment is carried out twice. What leaves the house is written down before it leaves; an attempt without a
definite answer is queried, never replaced; only a definite *not carried out* frees the payment for another rail. Each
attempt has a reference of its own, under which its position is held in the ledger. The caller transmits what ``send``
returns, exactly when it returns it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import sqlalchemy as sa

from zaizao.centres.errors import PaymentError, problem
from zaizao.centres.payments.lifecycle import Change, State, after
from zaizao.centres.payments.merging import Merged, MergeRule, merge
from zaizao.centres.payments.positions import Positions
from zaizao.centres.payments.routing import Payment, Route, Router
from zaizao.problems import Problem

_tables = sa.MetaData()

PAYMENTS = sa.Table(
    "hub_payments",
    _tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("body", sa.String, nullable=False, comment="what was asked, as JSON; never changed"),
    sa.Column("accepted", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("attempt", sa.Integer, nullable=False, comment="the number of the latest attempt, 0 for none"),
    sa.Column("rail", sa.String, nullable=False, comment="the latest attempt's"),
    sa.Column("parent", sa.String, nullable=False, index=True, comment="the merged payment that carries it, or empty"),
    comment="Payments; state changes only by the table in lifecycle.py, from the state that was read.",
)
STEPS = sa.Table(
    "hub_steps",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("payment", sa.String, nullable=False, index=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("rail", sa.String, nullable=False),
    sa.Column("change", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    comment="The history of every payment; only added to.",
)


MOST_ATTEMPTS = 5
"""Up to so many attempts a rail that did not carry a payment out may be tried again, where no other one can."""


class Answer(StrEnum):
    """What a rail says of an attempt."""

    DONE = "done"
    NOT_DONE = "not done"  # definitely, and never will be
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is to be transmitted now, or to be asked about."""

    reference: str
    payment: Payment
    rail: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a payment stands."""

    payment: Payment
    state: State
    attempt: int
    rail: str
    parent: str = ""

    @property
    def reference(self) -> str:
        """The latest attempt's."""
        return f"{self.payment.id}/{self.attempt}"


@dataclass(frozen=True, slots=True)
class Sent:
    """The answer of ``send``: the attempt to transmit, or why there is none now."""

    attempt: Attempt | None
    route: Route | None = None
    standing: State | None = None


class Hub:
    """Payments in a database by SQLAlchemy's ``engine``; routing and positions as given."""

    def __init__(self, engine: sa.Engine, router: Router, positions: Positions) -> None:
        self._engine, self._router, self._positions = engine, router, positions
        _tables.create_all(engine)

    # --- doors ---

    def accept(self, payment: Payment, at: int) -> State:
        """Take a payment in; the same again tells where it stands. Raises ``PaymentError`` for another one of its id."""
        if payment.amount <= 0 or not payment.id:
            raise _refused(payment.id, "金额或编号无效", "the amount or id is not valid", "malformed")
        body = _body(payment)
        row = {"id": payment.id, "body": body, "accepted": at, "state": State.ACCEPTED.value}
        row |= {"attempt": 0, "rail": "", "parent": ""}
        try:
            with self._engine.begin() as write:
                write.execute(sa.insert(PAYMENTS).values(**row))
                write.execute(sa.insert(STEPS).values(payment=payment.id, attempt=0, rail="", change="accept", at=at))
        except sa.exc.IntegrityError:
            found = self.standing(payment.id)
            if found is None or _body(found.payment) != body:
                words = ("同一编号已有另一笔支付", "another payment has this id", "id-reused")
                raise _refused(payment.id, *words) from None
            return found.state
        return State.ACCEPTED

    def send(self, payment_id: str, at: int, luck: float = 1.0) -> Sent:
        """Choose a rail, reserve its position, write the attempt down and hand it out, once.

        Nothing is handed out while an attempt is under way or unknown; where no rail can take the payment now, the
        route tells why, and it may be asked again later.
        """
        standing = self._known(payment_id)
        if standing.state is State.PREPARED:  # a restart lies between: nothing left the house yet
            return self._hand_out(standing, None, at)
        if after(standing.state, Change.PREPARE) is None:
            return Sent(None, standing=standing.state)
        tried = self._tried(payment_id)
        free = {rail: level.available for rail, level in self._positions.levels().items()}
        route = self._router.route(standing.payment, at, luck, free, tried)
        if not route.chosen and tried and standing.attempt < MOST_ATTEMPTS:
            route = self._router.route(standing.payment, at, luck, free)  # better the same rail again than none
        if not route.chosen:
            return Sent(None, route, standing.state)
        prepared = self._change(standing, Change.PREPARE, at, attempt=standing.attempt + 1, rail=route.chosen)
        if prepared is None:
            return Sent(None, route, self._known(payment_id).state)
        return self._hand_out(prepared, route, at)

    def _hand_out(self, standing: Standing, route: Route | None, at: int) -> Sent:
        if not self._positions.reserve(standing.reference, standing.rail, standing.payment.amount, at):
            self._change(standing, Change.WITHDRAW, at)  # others took the position first
            return Sent(None, route, State.REFUSED)
        sent = self._change(standing, Change.SEND, at)
        if sent is None:  # another node hands it out
            return Sent(None, route, self._known(standing.payment.id).state)
        return Sent(Attempt(sent.reference, sent.payment, sent.rail), route, State.SENT)

    def answer(self, reference: str, answer: Answer, at: int) -> Problem | None:
        """Learn what became of an attempt, from its answer, a time-out (``UNKNOWN``) or a query.

        The same again changes nothing. An answer that contradicts what is known is a problem for a person.
        """
        payment_id, _, number = reference.rpartition("/")
        standing = self._known(payment_id)
        if number != str(standing.attempt):
            return None if answer is not Answer.DONE else self._contradiction(standing, reference)
        if answer is Answer.UNKNOWN:
            if self._change(standing, Change.TIME_OUT, at) is not None:
                self._router.outcome(standing.rail, succeeded=False)
            return None
        change = Change.CONFIRM if answer is Answer.DONE else Change.REJECT
        if after(standing.state, change) is None:
            settled = standing.state in (State.SETTLED, State.RETURNED)
            agrees = settled if answer is Answer.DONE else standing.state in (State.REFUSED, State.FAILED)
            return None if agrees else self._contradiction(standing, reference)
        # The position first: a restart in between finds the attempt open, asks again and comes back here.
        if answer is Answer.DONE:
            self._positions.settle(reference, at)
        else:
            self._positions.release(reference, at)
        if self._change(standing, change, at) is not None and standing.state is State.SENT:
            self._router.outcome(standing.rail, succeeded=answer is Answer.DONE)
        return None

    def give_up(self, payment_id: str, at: int) -> State:
        """End a payment that was not carried out; the children of a merged one wait again on their own."""
        standing = self._known(payment_id)
        ended = self._change(standing, Change.GIVE_UP, at)
        return (ended or self._known(payment_id)).state

    def returned(self, payment_id: str, at: int) -> State:
        """The payee's bank sent a settled payment back."""
        standing = self._known(payment_id)
        if after(standing.state, Change.RETURN) is not None:
            self._positions.take_back(standing.reference, at)
            self._change(standing, Change.RETURN, at)
        return self._known(payment_id).state

    def merge(self, at: int, rule: MergeRule) -> list[str]:
        """Merge what waits; the ids of the payments that carry it."""
        waiting = [one.payment for one in self._in(State.ACCEPTED) if one.payment.payer != "merged"]
        return [
            one.payment.id
            for one in merge(waiting, at, rule)
            if self.standing(one.payment.id) is None and self._keep_merged(one, at)
        ]

    def _keep_merged(self, one: Merged, at: int) -> bool:
        """Write a merged payment and its children's change down at once, or nothing where one of them moved on."""
        with self._engine.begin() as write:
            taken = write.execute(
                sa.update(PAYMENTS)
                .where(PAYMENTS.c.id.in_(one.children), PAYMENTS.c.state == State.ACCEPTED.value)
                .values(state=State.MERGED.value, parent=one.payment.id)
            )
            if taken.rowcount != len(one.children):
                write.rollback()
                return False
            row = {"id": one.payment.id, "body": _body(one.payment), "accepted": at, "parent": ""}
            row |= {"state": State.ACCEPTED.value, "attempt": 0, "rail": ""}
            write.execute(sa.insert(PAYMENTS).values(**row))
            steps = [{"payment": child, "change": Change.MERGE.value} for child in one.children]
            steps.append({"payment": one.payment.id, "change": "accept"})
            write.execute(sa.insert(STEPS), [{"attempt": 0, "rail": "", "at": at, **step} for step in steps])
        return True

    # --- questions ---

    def standing(self, payment_id: str) -> Standing | None:
        """Where a payment stands."""
        with self._engine.connect() as read:
            row = read.execute(sa.select(PAYMENTS).where(PAYMENTS.c.id == payment_id)).first()
        return None if row is None else _standing(row)

    def to_ask(self) -> list[Attempt]:
        """The attempts whose result is not known: to be queried. After a restart these are all that were sent."""
        return [Attempt(one.reference, one.payment, one.rail) for one in self._in(State.SENT, State.UNKNOWN)]

    def to_send(self) -> list[str]:
        """The payments that wait to be sent, anew or for the first time."""
        return [one.payment.id for one in self._in(State.ACCEPTED, State.PREPARED, State.REFUSED)]

    def children(self, payment_id: str) -> list[Standing]:
        """The payments that a merged one carries."""
        with self._engine.connect() as read:
            asked = sa.select(PAYMENTS).where(PAYMENTS.c.parent == payment_id).order_by(PAYMENTS.c.id)
            return [_standing(row) for row in read.execute(asked)]

    def _in(self, *states: State) -> list[Standing]:
        asked = sa.select(PAYMENTS).where(PAYMENTS.c.state.in_([one.value for one in states])).order_by(PAYMENTS.c.id)
        with self._engine.connect() as read:
            return [_standing(row) for row in read.execute(asked)]

    def _known(self, payment_id: str) -> Standing:
        standing = self.standing(payment_id)
        if standing is None:
            raise _refused(payment_id, "没有这笔支付", "there is no such payment", "unknown")
        return standing

    def _tried(self, payment_id: str) -> frozenset[str]:
        asked = sa.select(STEPS.c.rail).where(STEPS.c.payment == payment_id, STEPS.c.change == Change.REJECT.value)
        with self._engine.connect() as read:
            return frozenset(read.scalars(asked))

    # --- changes ---

    def _change(
        self, standing: Standing, change: Change, at: int, *, attempt: int | None = None, rail: str | None = None
    ) -> Standing | None:
        """Carry a change out if the payment still stands as it was read; None where it does not."""
        following = after(standing.state, change)
        if following is None:
            return None
        attempt = standing.attempt if attempt is None else attempt
        rail = standing.rail if rail is None else rail
        as_read = sa.and_(
            PAYMENTS.c.id == standing.payment.id,
            PAYMENTS.c.state == standing.state.value,
            PAYMENTS.c.attempt == standing.attempt,
        )
        with self._engine.begin() as write:
            values = {"state": following.value, "attempt": attempt, "rail": rail}
            if write.execute(sa.update(PAYMENTS).where(as_read).values(**values)).rowcount != 1:
                return None
            step = {"payment": standing.payment.id, "attempt": attempt, "rail": rail, "change": change.value, "at": at}
            write.execute(sa.insert(STEPS).values(**step))
            if following in (State.SETTLED, State.FAILED):
                carried = Change.CONFIRM if following is State.SETTLED else Change.RELEASE
                _carry(write, standing.payment.id, carried, at)
        return Standing(standing.payment, following, attempt, rail, standing.parent)

    def _contradiction(self, standing: Standing, reference: str) -> Problem:
        return problem(
            f"payment {standing.payment.id}",
            (
                f"通道对 {reference} 的应答与已知结果矛盾",
                f"the rail's answer for {reference} contradicts what is known",
            ),
            ("请人工与通道核实", "have a person clear it with the rail"),
            "payments.contradiction",
        )


def _carry(write: sa.Connection, parent: str, change: Change, at: int) -> None:
    """The children of a merged payment follow it."""
    following = after(State.MERGED, change)
    assert following is not None
    asked = sa.select(PAYMENTS.c.id).where(PAYMENTS.c.parent == parent, PAYMENTS.c.state == State.MERGED.value)
    children: Sequence[str] = list(write.scalars(asked))
    if not children:
        return
    values = {"state": following.value, **({"parent": ""} if change is Change.RELEASE else {})}
    write.execute(sa.update(PAYMENTS).where(PAYMENTS.c.parent == parent).values(**values))
    rows = [{"payment": one, "attempt": 0, "rail": "", "change": change.value, "at": at} for one in children]
    write.execute(sa.insert(STEPS), rows)


def _body(payment: Payment) -> str:
    return json.dumps({**asdict(payment), "named": sorted(payment.named)}, ensure_ascii=False, sort_keys=True)


def _standing(row: sa.Row[tuple[object, ...]]) -> Standing:
    told = row._mapping
    body = json.loads(str(told["body"]))
    payment = Payment(**{**body, "named": frozenset(body["named"])})
    return Standing(payment, State(told["state"]), int(told["attempt"]), str(told["rail"]), str(told["parent"]))


def _refused(where: str, zh: str, en: str, code: str) -> PaymentError:
    remedy = ("请核对支付指令", "check the instruction")
    return PaymentError(problem(f"payment {where}", (zh, en), remedy, f"payments.{code}"))
