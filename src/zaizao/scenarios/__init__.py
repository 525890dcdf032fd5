"""Scenario packs: load, check and run the folders that bring a bank's processes to life."""

from zaizao.scenarios.errors import PackError
from zaizao.scenarios.finding import bundled
from zaizao.scenarios.generation import generate
from zaizao.scenarios.pack import Noise, Pack, Target, check, load

__all__ = ["Noise", "Pack", "PackError", "Target", "bundled", "check", "generate", "load"]
