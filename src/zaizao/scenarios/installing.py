"""Installing a pack: its to-be model, decisions and forms are made known to an engine, all or none.

Rule kept: what is deployed is what was checked; the same pack again is no new version.
"""

from __future__ import annotations

from zaizao.engine import DefinitionRow, Engine
from zaizao.problems import Problem, Text
from zaizao.scenarios.contents import Contents
from zaizao.scenarios.errors import PackError
from zaizao.scenarios.pack import Pack


def install(engine: Engine, pack: Pack, contents: Contents) -> list[DefinitionRow]:
    """Deploy a pack; its processes, decision models and forms."""
    if pack.to_be is None:
        what = Text("没有 to_be.bpmn", "it has no to_be.bpmn")
        raise PackError(Problem(pack.id, what, Text("画出再造后的流程", "draw the process to be"), "pack.no-to-be"))
    with engine.batch():
        decided = engine.deploy(None, contents.decisions).decisions if contents.decisions else ()
        forms = [engine.deploy_text("form", name, text) for name, text in sorted(contents.forms.items())]
        return [*decided, *forms, *engine.deploy(pack.to_be.definitions).processes]
