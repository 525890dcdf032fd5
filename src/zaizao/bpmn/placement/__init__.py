"""Layered placement of any directed graph, left to right (private to this room but for ``layered``)."""

from zaizao.bpmn.placement.detour import detour
from zaizao.bpmn.placement.grid import Box
from zaizao.bpmn.placement.layered import Placement, layered

__all__ = ["Box", "Placement", "detour", "layered"]
