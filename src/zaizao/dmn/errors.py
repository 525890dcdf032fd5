"""What can stop the work of this room: a model that cannot be read or compiled, an unknown decision."""

from zaizao.problems import ZaizaoError


class DmnError(ZaizaoError):
    """A decision model cannot be read, compiled or asked. Carries the problems."""
