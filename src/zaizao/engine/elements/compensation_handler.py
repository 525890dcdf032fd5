"""An element that undoes: the throwing event while its handlers run, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.compensation import advance
from zaizao.engine.elements.behaviour import Behaviour, behaviour
from zaizao.engine.throwing import undone

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.state import Element
    from zaizao.engine.step import Step


@behaviour("compensation")
class Compensating(Behaviour):
    """Each time a handler ended the next one starts; after the last one the thrower goes on."""

    def emptied(self, step: Step, element: Element, node: Node) -> None:
        if not advance(step, element):
            undone(step, element, node)
