"""Drawings of models as SVG (private to this room but for ``svg``)."""

from zaizao.bpmn.picture.svg import Change, svg

__all__ = ["Change", "svg"]
