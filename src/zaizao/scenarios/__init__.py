"""Scenario packs: load, check and run the folders that bring a bank's processes to life."""

from zaizao.scenarios.beginning import begin
from zaizao.scenarios.checking import check, open_pack
from zaizao.scenarios.contents import Contents, read_contents
from zaizao.scenarios.errors import PackError
from zaizao.scenarios.finding import all_bundled, bundled, pack_folder
from zaizao.scenarios.generation import generate
from zaizao.scenarios.installing import install
from zaizao.scenarios.measuring import CaseEnd, Figure, shown
from zaizao.scenarios.pack import Noise, Pack, Target, ToBe, load
from zaizao.scenarios.rehearsal import Result, given_cases, rehearse
from zaizao.scenarios.result import result_document, result_page, write_result
from zaizao.scenarios.serving import Faults, Stand, served
from zaizao.scenarios.stage import Given, Performance, ToBeStage

__all__ = [
    "CaseEnd",
    "Contents",
    "Faults",
    "Figure",
    "Given",
    "Noise",
    "Pack",
    "PackError",
    "Performance",
    "Result",
    "Stand",
    "Target",
    "ToBe",
    "ToBeStage",
    "all_bundled",
    "begin",
    "bundled",
    "check",
    "generate",
    "given_cases",
    "install",
    "load",
    "open_pack",
    "pack_folder",
    "read_contents",
    "rehearse",
    "result_document",
    "result_page",
    "served",
    "shown",
    "write_result",
]
