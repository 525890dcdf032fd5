"""The pack format: a folder with ``scenario.toml`` and a process, read into a scenario that can be simulated.

Rule kept: a pack is checked whole; every unknown key, wrong value and dangling name is a problem with file and line.
People write activities, gateways and arrows by their names in the model, never by ids. Money is written in yuan. No code
of a pack runs here: what its Python files hold is read by ``contents``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from zaizao.bpmn import (
    Activity,
    BpmnError,
    Definitions,
    Event,
    FlowNode,
    Gateway,
    Process,
    SubProcess,
    Task,
    check as check_model,
    read,
)
from zaizao.problems import Problem, Severity, Text
from zaizao.scenarios.errors import PackError
from zaizao.scenarios.measuring import Figure, take_measures
from zaizao.simulation import (
    Arrivals,
    Branching,
    CaseAttribute,
    Condition,
    Distribution,
    Origin,
    Resource,
    Role,
    Scenario,
    Sheet,
    SimulationError,
    Work,
    open_book,
    take_calendar,
    take_condition,
    take_distribution,
)

_HOURS = 24


@dataclass(frozen=True, slots=True)
class Noise:
    """What recording does to the truth: shares of human rows, and activities whose performer is never recorded."""

    missing_resource: float = 0.0
    whole_minutes: float = 0.0
    without_resource: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A goal as the pack states it: ``change`` relative to today, or the value to reach."""

    measure: str
    change: float | None
    to: str
    source: str
    before: str = ""
    """Today's value as the pack states it."""


@dataclass(frozen=True, slots=True)
class ToBe:
    """The re-engineered process, deployable, and who does its activities in what time."""

    definitions: Definitions
    process: Process
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Pack:
    """A loaded pack. ``cases`` and ``seed`` are its own defaults."""

    id: str
    title: Text
    area: str
    bottleneck: Text
    thinking: tuple[str, ...]
    folder: Path
    definitions: Definitions
    scenario: Scenario
    noise: Noise
    targets: tuple[Target, ...]
    cases: int
    seed: int
    small: int = 0
    """Cases of a small rehearsal; ``cases`` where the pack says nothing."""
    to_be: ToBe | None = None
    faults: Mapping[str, float] = field(default_factory=dict)
    measures: tuple[Figure, ...] = ()

    @property
    def process(self) -> Process:
        """The process as it is."""
        return self.definitions.processes[0]


def load(path: Path) -> Pack:
    """Read a pack's folder; raises ``PackError`` with every problem found."""
    pack, problems = _read(Path(path))
    if problems or pack is None:
        raise PackError(problems)
    return pack


def check(path: Path) -> list[Problem]:
    """Everything that is wrong with a pack; empty when it can be loaded."""
    return _read(Path(path))[1]


def _read(folder: Path) -> tuple[Pack | None, list[Problem]]:
    try:
        top = open_book(folder / "scenario.toml")
    except SimulationError as error:
        return None, list(error.problems)
    book = top.book
    about = top.sheet("pack")
    definitions, problems = _model(folder, about)
    if definitions is None:
        return None, [*book.problems, *problems]
    names = _Names(definitions.processes[0])
    load_sheet, as_is = top.sheet("load"), top.sheet("as_is")
    scenario = _scenario(about.text("id"), top, load_sheet, as_is, names)
    to_be, found = _to_be(folder, top.sheet("to_be"), scenario)
    measures, faults = take_measures(folder / "measures.toml"), _faults(top.sheet("faults"))
    cases = load_sheet.whole("cases", 1000)
    pack = Pack(
        id=about.text("id"),
        title=_text(about, "title"),
        area=about.text("area", "-"),
        bottleneck=_text(about, "bottleneck"),
        thinking=tuple(about.items("thinking")),
        folder=folder,
        definitions=definitions,
        scenario=scenario,
        noise=_noise(top.sheet("noise"), names),
        targets=tuple(_target(row) for row in top.rows("goal")),
        cases=cases,
        seed=load_sheet.whole("seed", 1),
        small=load_sheet.whole("small", cases),
        to_be=to_be,
        faults=faults,
        measures=measures[0],
    )
    for sheet in (about, load_sheet, as_is, top):
        sheet.close()
    return pack, [*book.problems, *found, *measures[1]]


def _to_be(folder: Path, sheet: Sheet, as_is: Scenario) -> tuple[ToBe | None, list[Problem]]:
    """The stage ``to_be`` of a pack that has one: its model, and the work that its scenario describes."""
    place = folder / "to_be.bpmn"
    if not place.is_file():
        sheet.close()
        return None, []
    try:
        definitions = read(place)
    except BpmnError as error:
        return None, list(error.problems)
    found = [problem for problem in check_model(definitions) if problem.severity is Severity.ERROR]
    process = next((one for one in definitions.processes if one.executable), None)
    if process is None:
        what = Text("没有可执行的流程", "there is no executable process")
        remedy = Text("设 isExecutable 为 true", "set isExecutable to true")
        return None, [*found, Problem(place.name, what, remedy, "pack.no-process")]
    names = _Names(process)
    work = _works(sheet, as_is.roles, as_is.attributes, names)
    for node in process.walk():
        if isinstance(node, Task) and (node.human is not None or node.job is not None) and node.id not in work:
            _not_described(sheet, node.name or node.id)
    sheet.close()
    return ToBe(definitions, process, replace(as_is, work=work, branching={}, timers={})), found


def _faults(sheet: Sheet) -> dict[str, float]:
    shares = {key: sheet.number(key) for key in sheet.keys()}  # noqa: SIM118
    for key, share in shares.items():
        if not 0 <= share <= 1:
            sheet.wrong(key, Text("0 到 1 的比例", "a share from 0 to 1"))
    return shares


def _model(folder: Path, about: Sheet) -> tuple[Definitions | None, list[Problem]]:
    try:
        definitions = read(folder / about.text("process", "as_is.bpmn"))
    except BpmnError as error:
        return None, list(error.problems)
    except OSError as error:
        what = Text(f"无法读取流程模型：{error}", f"the process model cannot be read: {error}")
        return None, [Problem(str(folder), what, Text("检查文件", "check the file"), "pack.no-model")]
    if not definitions.processes:
        what = Text("模型里没有流程", "there is no process in the model")
        return None, [Problem(str(folder), what, Text("画一个流程", "draw one"), "pack.no-process")]
    return definitions, []


class _Names:
    """Activities, gateways, events and arrows of the model by the names that people use."""

    def __init__(self, process: Process) -> None:
        self.process = process
        nodes = list(process.walk())
        self.activities = _by_name(node for node in nodes if isinstance(node, Activity) and not _is_scope(node))
        self.gateways = _by_name(node for node in nodes if isinstance(node, Gateway))
        self.events = _by_name(node for node in nodes if isinstance(node, Event))
        flows = list(process.flows)
        for node in nodes:
            if isinstance(node, SubProcess):
                flows.extend(node.flows)
        target = {node.id: node.name for node in nodes}
        self.arrows: dict[str, dict[str, str]] = {}
        for flow in flows:
            self.arrows.setdefault(flow.source, {})[flow.name or target.get(flow.target) or flow.id] = flow.id


def _is_scope(node: FlowNode) -> bool:
    return isinstance(node, SubProcess)


def _by_name(nodes: object) -> dict[str, str]:
    return {node.name or node.id: node.id for node in nodes}  # type: ignore[attr-defined]


def _text(sheet: Sheet, key: str) -> Text:
    table = sheet.sheet(key)
    text = Text(table.text("zh"), table.text("en"))
    table.close()
    return text


def _scenario(name: str, top: Sheet, load_sheet: Sheet, as_is: Sheet, names: _Names) -> Scenario:
    zone = load_sheet.text("zone", "Asia/Shanghai")
    calendars = {key: take_calendar(key, sheet, zone) for key, sheet in top.named("calendars").items()}
    attributes = tuple(_attribute(row, row.text("name")) for row in top.rows("attribute"))
    roles = {key: _role(key, sheet, calendars) for key, sheet in top.named("roles").items()}
    work = _works(as_is, roles, attributes, names)
    branching = {}
    for key, sheet in as_is.named("gateway").items():
        if _known(as_is, "gateway", key, names.gateways):
            branching[names.gateways[key]] = _branching(sheet, names.arrows.get(names.gateways[key], {}), attributes)
    timers = {}
    timer_sheet = as_is.sheet("timer")
    for key in timer_sheet.keys():  # noqa: SIM118
        distribution = take_distribution(timer_sheet, key)
        if _known(as_is, "timer", key, names.events):
            timers[names.events[key]] = distribution
    _all_described(as_is, names, work, branching)
    calendar = load_sheet.text("calendar", "")
    if calendar and calendar not in calendars:
        load_sheet.wrong("calendar", Text("一个已定义的日历", "a calendar defined here"))
    return Scenario(
        name=name,
        start=load_sheet.instant("start"),
        arrivals=Arrivals(_hourly(load_sheet), calendar if calendar in calendars else None, Origin.PERSON),
        work=work,
        branching=branching,
        timers=timers,
        roles=roles,
        calendars=calendars,
        attributes=attributes,
        zone=zone,
    )


def _works(
    stage: Sheet, roles: Mapping[str, Role], attributes: tuple[CaseAttribute, ...], names: _Names
) -> dict[str, Work]:
    work = {}
    for key, sheet in stage.named("activity").items():
        done = _work(sheet, roles, attributes)
        if _known(stage, "activity", key, names.activities):
            work[names.activities[key]] = done
    return work


def _hourly(sheet: Sheet) -> tuple[float, ...]:
    days = []
    for key in ("weekday", "weekend"):
        rates = sheet.items(key, (int, float))
        if len(rates) != _HOURS or min(rates, default=0) < 0:
            sheet.wrong(key, Text("24 个非负数", "24 numbers not below 0"))
            rates = [0.0] * _HOURS
        days.append([float(rate) for rate in rates])
    return tuple(days[0] * 5 + days[1] * 2)


def _attribute(sheet: Sheet, name: str) -> CaseAttribute:
    number = take_distribution(sheet, "number") if "number" in sheet else None
    values = sheet.weights("values") if "values" in sheet else {}
    if (number is None) == (not values):
        sheet.book.add(sheet.path, Text(f"属性“{name}”须有 values 或 number 之一", f"“{name}” needs values or number"),
                       Text("只写其中一个", "write one of them"), "pack.attribute")  # fmt: skip
    cases = []
    for row in sheet.rows("cases"):
        condition = take_condition(row.sheet("when"))
        cases.append((condition, _attribute(row, name)))
    step = sheet.number("step", 0.0)
    if "name" in sheet:
        sheet.text("name")
    sheet.close()
    return CaseAttribute(name, values, number, tuple(cases), step)


def _role(name: str, sheet: Sheet, calendars: Mapping[str, object]) -> Role:
    people = [str(person) for person in sheet.items("names")]
    count = sheet.whole("people", len(people) or 1)
    people = people or [f"{name}{number:02}" for number in range(1, count + 1)]
    calendar = sheet.text("calendar")
    if calendar not in calendars:
        sheet.wrong("calendar", Text("一个已定义的日历", "a calendar defined here"))
    cost, automatic = round(sheet.number("cost_per_hour", 0.0) * 100), sheet.flag("automatic")
    sheet.close()
    return Role(name, tuple(Resource(person, calendar, cost, automatic) for person in people))


def _work(sheet: Sheet, roles: Mapping[str, Role], attributes: tuple[CaseAttribute, ...]) -> Work:
    role = sheet.text("role", "")
    if role and role not in roles:
        sheet.wrong("role", Text("一个已定义的角色", "a role defined here"))
    cases: list[tuple[Condition, Distribution]] = []
    for row in sheet.rows("cases"):
        cases.append((_condition(row, attributes), take_distribution(row, "time")))
        row.close()
    work = Work(
        duration=take_distribution(sheet, "time"),
        role=role or None,
        cases=tuple(cases),
        delay=take_distribution(sheet, "delay") if "delay" in sheet else None,
        automatic=sheet.flag("automatic", role in roles and all(r.automatic for r in roles[role].resources)),
        cost=round(sheet.number("cost", 0.0) * 100),
        priority=sheet.whole("priority", 0),
        origin=Origin.PERSON,
    )
    sheet.close()
    return work


def _condition(row: Sheet, attributes: tuple[CaseAttribute, ...]) -> Condition:
    when = row.sheet("when")
    condition = take_condition(when)
    if condition.attribute not in {attribute.name for attribute in attributes}:
        when.wrong("attribute", Text("一个已定义的案例属性", "a case attribute defined here"))
    return condition


def _branching(sheet: Sheet, arrows: Mapping[str, str], attributes: tuple[CaseAttribute, ...]) -> Branching:
    weights = _arrows(sheet, "weights", arrows)
    rows = sheet.rows("passes")
    passes = [_arrows(Sheet({"passes": row.data}, row.path[:-1], row.book), "passes", arrows) for row in rows]
    cases = []
    for row in sheet.rows("cases"):
        cases.append((_condition(row, attributes), _arrows(row, "weights", arrows)))
        row.close()
    sheet.close()
    return Branching(weights, tuple(passes), tuple(cases), Origin.PERSON)


def _arrows(sheet: Sheet, key: str, arrows: Mapping[str, str]) -> dict[str, float]:
    weights = sheet.weights(key)
    for name in weights:
        _known(sheet, key, name, arrows)
    if not sum(weights.values()) > 0:
        sheet.wrong(key, Text("至少一个正的权重", "at least one weight above 0"))
    return {arrows[name]: weight for name, weight in weights.items() if name in arrows}


def _known(sheet: Sheet, key: str, name: str, known: Mapping[str, str]) -> bool:
    if name not in known:
        listed = ", ".join(known)
        what = Text(f"模型里没有“{name}”", f"the model has no “{name}”")
        sheet.book.add(
            (*sheet.path, key, name), what, Text(f"可用：{listed}", f"there are: {listed}"), "pack.unknown-name"
        )
    return name in known


def _all_described(as_is: Sheet, names: _Names, work: Mapping[str, Work], branching: Mapping[str, Branching]) -> None:
    """Each activity needs its work and each diverging gateway its weights."""
    missing = [name for name, node in names.activities.items() if node not in work]
    missing += [
        name
        for name, node in names.gateways.items()
        if len(names.arrows.get(node, {})) > 1 and node not in branching and not _forks(names.process, node)
    ]
    for name in missing:
        _not_described(as_is, name)


def _not_described(stage: Sheet, name: str) -> None:
    what = Text(f"“{name}”没有说明", f"“{name}” is not described")
    part = stage.path[0]
    remedy = Text(f"在 {part} 中补上", f"describe it under {part}")
    stage.book.add(stage.path, what, remedy, "pack.not-described")


def _forks(process: Process, node: str) -> bool:
    gateway = next(n for n in process.walk() if n.id == node)
    return isinstance(gateway, Gateway) and gateway.kind in ("parallelGateway", "eventBasedGateway")


def _noise(sheet: Sheet, names: _Names) -> Noise:
    without = sheet.items("without_resource")
    for name in without:
        _known(sheet, "without_resource", name, names.activities)
    noise = Noise(sheet.number("missing_resource", 0.0), sheet.number("whole_minutes", 0.0), tuple(without))
    for key in ("missing_resource", "whole_minutes"):
        if not 0 <= getattr(noise, key) <= 1:
            sheet.wrong(key, Text("0 到 1 的比例", "a share from 0 to 1"))
    sheet.close()
    return noise


def _target(sheet: Sheet) -> Target:
    change = sheet.number("change") if "change" in sheet else None
    value = sheet.get("to", (str, int, float), Text("目标值", "the value to reach"), "")
    before = sheet.get("from", (str, int, float), Text("现状值", "today's value"), "")
    target = Target(sheet.text("measure"), change, str(value), sheet.text("source", "assumed"), str(before))
    sheet.close()
    return target
