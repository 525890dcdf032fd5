"""The composition root: the command line today, REST and console files next. Only here are rooms wired together."""

from zaizao.server.cli import main

__all__ = ["main"]
