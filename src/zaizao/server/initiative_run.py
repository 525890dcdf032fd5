"""One run of the loop for the console: ``python -m zaizao.server.initiative_run FOLDER``.

Rule kept: reads ``request.json`` and ``log.parquet``, writes every result beside them, and the document that the
console shows last, by one rename: where it stands, all the rest stands too. What goes wrong is ``fault.json``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

from zaizao import bpmn, eventlog, redesign, simulation
from zaizao.problems import Language, Text, ZaizaoError
from zaizao.redesign import Progress
from zaizao.server.api.plain import plain
from zaizao.server.assumptions import WantedRun, edited
from zaizao.server.initiative_document import document
from zaizao.server.loop import versions, write_initiative
from zaizao.server.workspace import microseconds, write_json
from zaizao.server.workspace_initiatives import DOCUMENT, FAULT, GIVEN_MODEL, GIVEN_SCENARIO, LOG, PROGRESS, REQUEST


def main(folder: Path) -> int:
    """Run the initiative in ``folder``; 0 where it is whole."""
    try:
        _run(folder)
    except ZaizaoError as refused:
        write_json(folder / FAULT, {"problems": [plain(problem) for problem in refused.problems]})
        return 2
    return 0


def _run(folder: Path) -> None:
    request = json.loads((folder / REQUEST).read_bytes())
    wanted = WantedRun.model_validate(request["run"])
    title = Text(request["title"]["zh"], request["title"]["en"])
    log = replace(eventlog.read(folder / LOG), source=request["source"])
    with (folder / LOG).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    model = bpmn.read(folder / GIVEN_MODEL) if (folder / GIVEN_MODEL).is_file() else None
    scenario = simulation.read_scenario(folder / GIVEN_SCENARIO) if (folder / GIVEN_SCENARIO).is_file() else None
    if scenario is not None:
        scenario = edited(scenario, wanted)
    with (folder / PROGRESS).open("a", encoding="utf-8", buffering=1) as lines:

        def told(progress: Progress) -> None:
            lines.write(json.dumps({**plain(progress), "at": microseconds()}, ensure_ascii=False) + "\n")

        initiative = redesign.run(
            log,
            settings=wanted.settings(),
            source=request["source"],
            digest=digest,
            versions=versions(),
            scenario=scenario,
            model=model,
            listen=told,
        )
    write_initiative(initiative, folder, title)
    (folder / "report.html").unlink()
    for language in Language:
        page = redesign.render_report(initiative, title=title, language=language)
        (folder / f"report.{language.value}.html").write_text(page, encoding="utf-8", newline="")
    write_json(folder / DOCUMENT, document(initiative))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
