"""Decision models as typed, immutable objects: DMN 1.5 (OMG formal/24-01-01), chapters 6 to 10 and the drawing of 13.

Rule kept: a model says everything that reading found, in the notation's own words and always in terms of DMN 1.5,
whichever version it came from. Elements refer to each other by *target*: ``"id"`` inside the model, ``"namespace#id"``
for an element of an imported one. Types are FEEL type names (``"number"``, ``"tLoan"``, ``"import.tLoan"``).
Expressions and cells are FEEL text. Nothing here reads, draws or evaluates. ``foreign`` keeps extension elements as
XML text and ``attributes`` the extension attributes as ``{"{namespace}name": value}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MODEL_NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"
FEEL_NAMESPACE = "https://www.omg.org/spec/DMN/20230324/FEEL/"


class HitPolicy(StrEnum):
    """What a table answers when several rules match (DMN 8.2.10)."""

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    ANY = "ANY"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"


class Aggregation(StrEnum):
    """How a COLLECT table folds its hits into one value."""

    SUM = "SUM"
    COUNT = "COUNT"
    MIN = "MIN"
    MAX = "MAX"


class FunctionKind(StrEnum):
    """In which language a function's body is written (DMN 10.2.1.7)."""

    FEEL = "FEEL"
    JAVA = "Java"
    PMML = "PMML"


class RequirementKind(StrEnum):
    """What stands at the far end of a requirement, by XML name."""

    INPUT = "requiredInput"
    DECISION = "requiredDecision"
    KNOWLEDGE = "requiredKnowledge"
    AUTHORITY = "requiredAuthority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What every DMN element may carry (DMN 6.3.1)."""

    id: str | None = None
    label: str | None = None
    description: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()


# --- expressions (DMN 7.3, 8, 10.2) -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ImportedValues(Element):
    """Logic kept outside the model (DMN 7.3.6): kept on reading, refused on evaluation."""

    namespace: str
    import_type: str
    imported_element: str
    name: str = ""
    location: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class LiteralExpression(Element):
    """One FEEL expression; ``language`` is the URI of another language, which evaluation refuses."""

    text: str = ""
    type: str | None = None
    language: str | None = None
    imported: ImportedValues | None = None


@dataclass(frozen=True, slots=True)
class UnaryTests(Element):
    """FEEL tests of one value: a cell, allowed values, a constraint."""

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class InformationItem(Element):
    """A typed name: a variable, a parameter, a relation's column."""

    name: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Input(Element):
    """A table's input column: the tested expression and the values it may take."""

    expression: LiteralExpression
    values: UnaryTests | None = None


@dataclass(frozen=True, slots=True)
class Output(Element):
    """A table's output column. ``values`` are also the priorities, highest first; ``default`` answers without a hit."""

    name: str | None = None
    type: str | None = None
    values: UnaryTests | None = None
    default: LiteralExpression | None = None


@dataclass(frozen=True, slots=True)
class Rule(Element):
    """One row: cells as FEEL text. ``cell_ids`` are the ids of input then output cells, empty when they have none."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    annotations: tuple[str, ...] = ()
    cell_ids: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionTable(Element):
    """Rules over inputs (DMN 8). ``annotations`` names the annotation columns; ``orientation`` is how it is drawn."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...] = ()
    hit_policy: HitPolicy = HitPolicy.UNIQUE
    aggregation: Aggregation | None = None
    annotations: tuple[str, ...] = ()
    output_label: str | None = None
    orientation: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class ContextEntry(Element):
    """A named value of a context; the entry without ``variable`` is the context's result."""

    variable: InformationItem | None
    value: Expression | None


@dataclass(frozen=True, slots=True)
class BoxedContext(Element):
    """Entries evaluated in order, each seeing those before it (DMN 10.2.1.4)."""

    entries: tuple[ContextEntry, ...]
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Relation(Element):
    """A list of contexts written as a grid (DMN 10.2.1.6); ``rows`` hold one expression per column."""

    columns: tuple[InformationItem, ...]
    rows: tuple[tuple[Expression, ...], ...]
    type: str | None = None


@dataclass(frozen=True, slots=True)
class BoxedList(Element):
    """A list of expressions (DMN 10.2.1.5)."""

    items: tuple[Expression, ...]
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """The argument for one parameter of an invocation."""

    parameter: InformationItem
    value: Expression | None


@dataclass(frozen=True, slots=True)
class Invocation(Element):
    """Call of ``function`` with named arguments (DMN 10.2.1.3)."""

    function: Expression | None
    bindings: tuple[Binding, ...] = ()
    type: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Element):
    """A function value: formal parameters and a body (DMN 10.2.1.7)."""

    parameters: tuple[InformationItem, ...]
    body: Expression | None
    kind: FunctionKind = FunctionKind.FEEL
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Conditional(Element):
    """if / then / else (DMN 10.2.1.8)."""

    test: Expression | None
    then: Expression | None
    otherwise: Expression | None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Filter(Element):
    """The items of ``collection`` for which ``match`` holds (DMN 10.2.1.9); ``match`` sees ``item``."""

    collection: Expression | None
    match: Expression | None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class For(Element):
    """``result`` for each item of ``collection``, bound to ``variable`` (DMN 10.2.1.10); sees ``partial``."""

    variable: str
    collection: Expression | None
    result: Expression | None
    type: str | None = None
    collection_type: str | None = None


@dataclass(frozen=True, slots=True)
class Quantified(Element):
    """Whether ``satisfies`` holds for every (``every``) or for some item of ``collection`` (DMN 10.2.1.10)."""

    every: bool
    variable: str
    collection: Expression | None
    satisfies: Expression | None
    type: str | None = None
    collection_type: str | None = None


Expression = (
    LiteralExpression
    | DecisionTable
    | BoxedContext
    | Relation
    | BoxedList
    | Invocation
    | FunctionDefinition
    | Conditional
    | Filter
    | For
    | Quantified
)


# --- types (DMN 7.3.2) --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FunctionItem(Element):
    """The signature of a function type."""

    parameters: tuple[InformationItem, ...] = ()
    result: str | None = None


@dataclass(frozen=True, slots=True)
class ItemDefinition(Element):
    """A named type: an alias of ``type``, a structure of ``components`` or a ``function`` signature.

    ``allowed`` limits each value (each item when ``collection``), ``constraint`` the value as a whole.
    """

    name: str
    type: str | None = None
    components: tuple[ItemDefinition, ...] = ()
    function: FunctionItem | None = None
    allowed: UnaryTests | None = None
    constraint: UnaryTests | None = None
    collection: bool = False
    language: str | None = None


# --- requirements graph (DMN 6) -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Requirement(Element):
    """An arrow into the element that carries it, from ``target``."""

    target: str
    kind: RequirementKind


@dataclass(frozen=True, slots=True)
class InputData(Element):
    """A value that comes from outside."""

    id: str
    name: str
    variable: InformationItem | None = None

    @property
    def type(self) -> str | None:
        """The declared type of the value."""
        return self.variable.type if self.variable else None

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """All arrows into this element."""
        return ()


@dataclass(frozen=True, slots=True)
class Decision(Element):
    """A named choice: its logic and what it needs. ``business`` keeps objectives, owners, processes as XML text."""

    id: str
    name: str
    logic: Expression | None = None
    variable: InformationItem | None = None
    information: tuple[Requirement, ...] = ()
    knowledge: tuple[Requirement, ...] = ()
    authority: tuple[Requirement, ...] = ()
    question: str | None = None
    answers: str | None = None
    business: tuple[str, ...] = ()

    @property
    def type(self) -> str | None:
        """The declared type of the answer."""
        return self.variable.type if self.variable else None

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """All arrows into this element."""
        return (*self.information, *self.knowledge, *self.authority)


@dataclass(frozen=True, slots=True)
class BusinessKnowledgeModel(Element):
    """A function that decisions share."""

    id: str
    name: str
    logic: FunctionDefinition | None = None
    variable: InformationItem | None = None
    knowledge: tuple[Requirement, ...] = ()
    authority: tuple[Requirement, ...] = ()

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """All arrows into this element."""
        return (*self.knowledge, *self.authority)


@dataclass(frozen=True, slots=True)
class DecisionService(Element):
    """Decisions offered together as a function; all fields are targets.

    Called with positional arguments it takes its input data first, then its input decisions.
    """

    id: str
    name: str
    outputs: tuple[str, ...] = ()
    encapsulated: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    input_data: tuple[str, ...] = ()
    variable: InformationItem | None = None

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """All arrows into this element."""
        return ()


@dataclass(frozen=True, slots=True)
class KnowledgeSource(Element):
    """An authority: a law, a person, a document. Never evaluated."""

    id: str
    name: str
    authority: tuple[Requirement, ...] = ()
    type: str | None = None
    owner: str | None = None
    location: str | None = None

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """All arrows into this element."""
        return self.authority


DrgElement = Decision | InputData | BusinessKnowledgeModel | DecisionService | KnowledgeSource


@dataclass(frozen=True, slots=True)
class TextAnnotation(Element):
    """A note on the diagram."""

    id: str
    text: str = ""
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Association(Element):
    """A dotted line between a note and an element."""

    id: str
    source: str
    target: str
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class Group(Element):
    """A visual grouping."""

    id: str
    name: str | None = None


Artifact = TextAnnotation | Association | Group


@dataclass(frozen=True, slots=True)
class Import(Element):
    """Another model whose elements are seen under ``name`` (directly when it is empty)."""

    namespace: str
    name: str = ""
    import_type: str = MODEL_NAMESPACE
    location: str | None = None

    @property
    def is_model(self) -> bool:
        """Whether the imported thing is a decision model (and not, say, PMML)."""
        return self.import_type == MODEL_NAMESPACE


# --- drawing (DMN 13, DMNDI) --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the page, in pixels from the upper left."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle on the page, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """A drawn text of its own place; ``text`` only where it differs from the element's name."""

    bounds: Bounds | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Shape(Element):
    """The drawing of ``element`` (a target). ``divider`` is the line inside an expanded decision service."""

    element: str
    bounds: Bounds
    label_shape: Label | None = None
    collapsed: bool = False
    listed_input: bool = False
    divider: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge(Element):
    """The drawing of a requirement or association; ``element`` is its id."""

    element: str
    waypoints: tuple[Point, ...]
    label_shape: Label | None = None


@dataclass(frozen=True, slots=True)
class Diagram(Element):
    """One page of the requirements diagram."""

    name: str | None = None
    width: float | None = None
    height: float | None = None
    shapes: tuple[Shape, ...] = ()
    edges: tuple[Edge, ...] = ()


# --- the model ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Definitions(Element):
    """A decision model. ``version`` of evaluation answers is its ``namespace``, ``name`` and content; see ``compile``.

    ``prefixes`` are the XML prefixes of extension namespaces, kept for writing; ``business`` is XML text.
    """

    namespace: str
    name: str
    elements: tuple[DrgElement, ...] = ()
    types: tuple[ItemDefinition, ...] = ()
    imports: tuple[Import, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    diagrams: tuple[Diagram, ...] = ()
    expression_language: str | None = None
    type_language: str | None = None
    exporter: str | None = None
    exporter_version: str | None = None
    business: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict, compare=False)

    def element(self, key: str) -> DrgElement | None:
        """The element with this id, else the one with this name, else ``None``."""
        named = None
        for element in self.elements:
            if element.id == key:
                return element
            if named is None and element.name == key:
                named = element
        return named

    @property
    def decisions(self) -> Iterator[Decision]:
        """All decisions in model order."""
        return (element for element in self.elements if isinstance(element, Decision))

    @property
    def services(self) -> Iterator[DecisionService]:
        """All decision services in model order."""
        return (element for element in self.elements if isinstance(element, DecisionService))
