"""Law: on random sound models, every simulated trace is one that the token game allows, and every case ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings, strategies as st

from simulation.small import exponential, fixed, process, scenario, staff
from zaizao.bpmn import Gateway, Process
from zaizao.simulation import Branching, Work, simulate
from zaizao.simulation.calibration.graph import build
from zaizao.simulation.calibration.replay import Replay

BLOCKS = st.recursive(
    st.just("task"),
    lambda inner: st.tuples(st.sampled_from(["seq", "x", "+", "o", "loop"]), st.lists(inner, min_size=2, max_size=3)),
    max_leaves=7,
)


@dataclass
class Drawing:
    """A block structure drawn as paths of words for ``process``."""

    paths: list[str] = field(default_factory=list)
    count: int = 0

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def draw(self, block: object, entry: str) -> str:
        """Draw a block behind ``entry`` and return its last node."""
        if block == "task":
            task = self.name("T")
            self.paths.append(f"{entry} {task}")
            return task
        kind, children = block  # type: ignore[misc]
        if kind == "seq":
            for child in children:
                entry = self.draw(child, entry)
            return entry
        symbol = "x" if kind == "loop" else kind
        opening, closing = self.name(symbol), self.name(symbol)
        self.paths.append(f"{entry} {opening}")
        if kind == "loop":
            self.paths.append(f"{self.draw(children[0], opening)} {closing}")
            self.paths.append(f"{self.draw(children[1], closing)} {opening}")
        else:
            self.paths.extend(f"{self.draw(child, opening)} {closing}" for child in children)
        return closing


def model_of(block: object) -> Process:
    drawing = Drawing()
    drawing.paths.append(f"{drawing.draw(block, 's')} e")
    return process(*drawing.paths)


@settings(max_examples=60, deadline=None)
@given(BLOCKS, st.integers(0, 2**32))
def test_simulated_traces_are_those_that_the_token_game_allows(block: object, seed: int) -> None:
    model = model_of(block)
    tasks = [node for node in model.nodes if node.id.startswith("T")]
    work = {task.id: Work(exponential(600), role="r" if at % 2 else None) for at, task in enumerate(tasks)}
    work = work or {"T": Work(fixed(1))}
    splits = [node.id for node in model.nodes if isinstance(node, Gateway) and node.id[0] in "xo"]
    outs = {split: [flow.id for flow in model.flows if flow.source == split] for split in splits}
    weights = {split: Branching(dict.fromkeys(flows, 0.5)) for split, flows in outs.items() if len(flows) > 1}
    run = scenario(work, 4.0, roles={"r": staff("r", 2)}, branching=weights)
    log = simulate(model, run, cases=30, seed=seed)
    assert not log.findings
    replay = Replay(build(model), beam=200)
    names = [log.activity_names[code] for code in log.activity]
    for case in range(log.cases):
        trace = names[log.offsets[case] : log.offsets[case + 1]]
        assert replay.passage(trace).cost == 0, trace
