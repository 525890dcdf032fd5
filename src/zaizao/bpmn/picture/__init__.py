"""Drawings of models as SVG (private to this room but for ``svg``)."""

from zaizao.bpmn.picture.svg import svg

__all__ = ["svg"]
