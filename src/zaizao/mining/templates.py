"""The declarative rules that this package knows: DECLARE's templates, four eyes and the time limit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Template(StrEnum):
    """What a rule says of activities ``a`` (first) and ``b`` (second)."""

    EXISTENCE = "existence"  # a happens
    ABSENCE = "absence"  # a does not happen
    ONCE = "once"  # a happens exactly once
    AT_MOST_ONCE = "at most once"  # a happens no more than once
    FIRST = "first"  # a begins the case
    LAST = "last"  # a ends the case
    RESPONDED_EXISTENCE = "responded existence"  # if a happens, b happens too
    COEXISTENCE = "coexistence"  # a and b happen both or neither
    RESPONSE = "response"  # every a is followed by a b
    PRECEDENCE = "precedence"  # every b is preceded by an a
    SUCCESSION = "succession"  # both of them
    ALTERNATE_RESPONSE = "alternate response"  # every a is followed by a b before the next a
    ALTERNATE_PRECEDENCE = "alternate precedence"  # every b is preceded by an a since the last b
    CHAIN_RESPONSE = "chain response"  # every a is directly followed by b
    CHAIN_PRECEDENCE = "chain precedence"  # every b is directly preceded by a
    NOT_COEXISTENCE = "not coexistence"  # a and b do not happen both
    NOT_SUCCESSION = "not succession"  # no b comes after an a
    FOUR_EYES = "four eyes"  # a and b are done by different people
    WITHIN = "within"  # b begins no later than a time limit after each a ends


SINGLE = frozenset(
    {Template.EXISTENCE, Template.ABSENCE, Template.ONCE, Template.AT_MOST_ONCE, Template.FIRST, Template.LAST}
)
ORDERED = frozenset(
    {
        Template.RESPONSE, Template.PRECEDENCE, Template.SUCCESSION, Template.ALTERNATE_RESPONSE,
        Template.ALTERNATE_PRECEDENCE, Template.CHAIN_RESPONSE, Template.CHAIN_PRECEDENCE, Template.NOT_SUCCESSION,
        Template.WITHIN,
    }
)  # fmt: skip
"""Rules of order: each activating execution can be judged for itself."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """``template`` of activity ``first`` (and ``second``); ``seconds`` is the limit of WITHIN.

    ``when`` is a FEEL condition: of the activating execution for rules of order, of the case for all others; where it
    is not true the rule does not hold the case. ``within`` is a FEEL duration in which a rule of order must be kept (of
    WITHIN too, in place of ``seconds``). ``name`` is what people call the rule.
    """

    template: Template
    first: str
    second: str = ""
    seconds: float = 0.0
    when: str = ""
    within: str = ""
    name: str = ""

    def __str__(self) -> str:
        limit = f", {self.within or f'{self.seconds:g} s'}" if self.within or self.template == Template.WITHIN else ""
        condition = f" when {self.when}" if self.when else ""
        return f"{self.template}({self.first}{', ' + self.second if self.second else ''}{limit}){condition}"
