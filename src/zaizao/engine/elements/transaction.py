"""Transaction: a sub-process that can be canceled (BPMN 2.0.2 sections 10.3.5 and 13.3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import behaviour
from zaizao.engine.elements.sub_process import SubProcess

if TYPE_CHECKING:
    pass


@behaviour("transaction")
class Transaction(SubProcess):
    """Runs like an embedded sub-process; its cancel end event is what differs (``end_event.cancel``)."""
