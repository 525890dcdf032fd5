"""Models linked: a decision model with its imports, elements found by target, order of evaluation, cycles.

Elements are known by (namespace, id). What an element may see by name: the variables of what it requires; those of
an imported model under the import's name (DMN 6.3.3, 6.3.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from zaizao.dmn.item_types import ItemTypes
from zaizao.dmn.model import BusinessKnowledgeModel, Decision, DecisionService, Definitions, DrgElement, InputData

Graph = Decision | BusinessKnowledgeModel | InputData | DecisionService


class Key(NamedTuple):
    """An element anywhere in a program."""

    namespace: str
    id: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A requirement resolved: the element, and the name under which the requiring expression sees it.

    ``through`` is the import's name for an element of another model, ``None`` for one of the same.
    """

    key: Key
    name: str
    through: str | None


class Program:
    """A main model and the models it imports, directly or not."""

    def __init__(self, main: Definitions, imports: Iterable[Definitions] = ()) -> None:
        self.main = main
        self.models: dict[str, Definitions] = {}
        for model in (main, *imports):
            self.models.setdefault(model.namespace, model)
        self.elements: dict[Key, DrgElement] = {}
        for model in self.models.values():
            for element in model.elements:
                self.elements.setdefault(Key(model.namespace, element.id), element)
        self._types: dict[str, ItemTypes] = {}

    def types(self, namespace: str) -> ItemTypes:
        """The types that the model ``namespace`` can name."""
        if namespace not in self._types:
            model = self.models[namespace]
            self._types[namespace] = ItemTypes(model, {})  # ends a circle of imports
            imported = {
                use.name: self.types(use.namespace)
                for use in model.imports
                if use.is_model and use.namespace in self.models
            }
            self._types[namespace] = ItemTypes(model, imported)
        return self._types[namespace]

    def resolve(self, namespace: str, target: str) -> Key | None:
        """The element that a target of the model ``namespace`` means; ``None`` when there is none."""
        other, hash_sign, local = target.rpartition("#")
        key = Key(other if hash_sign else namespace, local)
        return key if key in self.elements else None

    def import_name(self, namespace: str, other: str) -> str | None:
        """The name under which the model ``namespace`` imports ``other``."""
        if namespace == other:
            return None
        return next((use.name for use in self.models[namespace].imports if use.namespace == other), "")

    def seen(self, key: Key) -> Iterator[Seen]:
        """What the element requires for its logic, in model order, each once."""
        element = self.elements[key]
        targets: list[str] = []
        if isinstance(element, Decision):
            targets = [requirement.target for requirement in (*element.information, *element.knowledge)]
        elif isinstance(element, BusinessKnowledgeModel):
            targets = [requirement.target for requirement in element.knowledge]
        met: set[Key] = set()
        for target in targets:
            found = self.resolve(key.namespace, target)
            if found is None or found in met:
                continue
            met.add(found)
            through = self.import_name(key.namespace, found.namespace) or None
            yield Seen(found, variable_name(self.elements[found]), through)

    def needs(self, key: Key) -> Iterator[Key]:
        """What must be known before the element can be evaluated."""
        element = self.elements[key]
        if isinstance(element, DecisionService):
            for target in element.outputs:
                found = self.resolve(key.namespace, target)
                if found is not None:
                    yield found
        else:
            for seen in self.seen(key):
                yield seen.key

    def cycles(self) -> list[tuple[Key, ...]]:
        """The circles among requirements, each once, beginning at its first element in model order."""
        done: set[Key] = set()
        found: list[tuple[Key, ...]] = []
        for start in self.elements:
            path: list[Key] = []
            stack: list[tuple[Key, Iterator[Key]]] = []
            if start not in done:
                stack.append((start, self.needs(start)))
                path.append(start)
            while stack:
                here, following = stack[-1]
                need = next(following, None)
                if need is None:
                    stack.pop()
                    path.pop()
                    done.add(here)
                elif need in path:
                    found.append(tuple(path[path.index(need) :]))
                elif need not in done:
                    stack.append((need, self.needs(need)))
                    path.append(need)
        return found

    def find(self, name: str, kinds: type | tuple[type, ...]) -> Key | None:
        """The element with this name or id in the main model, else in a model it imports.

        ``{namespace}name`` and ``import.name`` say in which model to look.
        """
        for model, wanted in self._candidates(name):
            for element in model.elements:
                if wanted in (element.name, element.id) and isinstance(element, kinds):
                    return Key(model.namespace, element.id)
        return None

    def _candidates(self, name: str) -> Iterator[tuple[Definitions, str]]:
        if name.startswith("{"):
            namespace, _, local = name[1:].partition("}")
            if namespace in self.models:
                yield self.models[namespace], local
            return
        yield self.main, name
        for use in self.main.imports:
            if use.namespace in self.models:
                model = self.models[use.namespace]
                if use.name and name.startswith(f"{use.name}."):
                    yield model, name[len(use.name) + 1 :]
                yield model, name


def variable_name(element: DrgElement) -> str:
    """The name under which other elements see this one."""
    variable = getattr(element, "variable", None)
    return variable.name if variable is not None and variable.name else element.name
