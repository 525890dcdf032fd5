"""Process mining: what a log shows of flow, time, people and causes, and the models it supports."""

from zaizao.mining.discovery import Method, discover
from zaizao.mining.enablement import Enablement, concurrent, enablement
from zaizao.mining.errors import MiningError
from zaizao.mining.flow import DirectlyFollows, EdgeTimes, directly_follows, edge_times
from zaizao.mining.organisation import HandOvers, hand_overs
from zaizao.mining.overview import Facts, cycle_times, facts
from zaizao.mining.performance import ActivityTimes, Rework, activity_times, rework
from zaizao.mining.performers import Machine, Performers, performers
from zaizao.mining.process_map import BORDER, MapEdge, MapNode, ProcessMap, process_map
from zaizao.mining.spread import Spread
from zaizao.mining.variants import Variants, variants

__all__ = [
    "BORDER",
    "ActivityTimes",
    "DirectlyFollows",
    "EdgeTimes",
    "Enablement",
    "Facts",
    "HandOvers",
    "Machine",
    "MapEdge",
    "MapNode",
    "Method",
    "MiningError",
    "Performers",
    "ProcessMap",
    "Rework",
    "Spread",
    "Variants",
    "activity_times",
    "concurrent",
    "cycle_times",
    "directly_follows",
    "discover",
    "edge_times",
    "enablement",
    "facts",
    "hand_overs",
    "performers",
    "process_map",
    "rework",
    "variants",
]
