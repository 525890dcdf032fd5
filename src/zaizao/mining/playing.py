"""Any process model as its token game: BPMN or Petri net."""

from __future__ import annotations

from collections.abc import Collection

from zaizao.bpmn import Definitions, Process
from zaizao.mining.net import TokenGame, net_of
from zaizao.mining.petri import PetriNet, game

Model = Definitions | Process | PetriNet
"""What conformance is checked against."""


def played(model: Model, events: Collection[str] = ()) -> TokenGame:
    """The token game of ``model``; events of BPMN that are named in ``events`` are labelled."""
    return game(model) if isinstance(model, PetriNet) else net_of(model, events)
