"""The models that a file imports, found among the ``.dmn`` files beside it, by namespace.

Rule kept: only files of the model's own folder are opened, and only when something is imported.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from zaizao.dmn.errors import DmnError
from zaizao.dmn.model import Definitions
from zaizao.dmn.reader import read

_MOST_FILES = 500


def imported_models(path: Path | str, definitions: Definitions) -> tuple[Definitions, ...]:
    """The imports of the model in ``path``, and theirs, as far as the folder has them; a file that is no model is
    passed over, and what is not found is for ``check`` and ``compile`` to complain about."""
    wanted = [use.namespace for use in definitions.imports if use.is_model]
    if not wanted:
        return ()
    source = Path(path)
    beside: dict[str, Definitions] = {}
    for file in islice(sorted(source.parent.glob("*.dmn")), _MOST_FILES):
        if file.name != source.name:
            try:
                model = read(file)
            except DmnError:
                continue
            beside.setdefault(model.namespace, model)
    found: dict[str, Definitions] = {}
    while wanted:
        namespace = wanted.pop()
        if namespace in beside and namespace not in found and namespace != definitions.namespace:
            found[namespace] = beside[namespace]
            wanted.extend(use.namespace for use in found[namespace].imports if use.is_model)
    return tuple(found.values())
