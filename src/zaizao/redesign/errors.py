"""The room's error: a redesign that cannot go on."""

from zaizao.problems import ZaizaoError


class RedesignError(ZaizaoError):
    """A plan, an option or an initiative that cannot be worked on; carries the problems."""
