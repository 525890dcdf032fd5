"""Process mining: what a log shows of flow, time, people and causes, and the models it supports."""

from zaizao.mining.alignment import Alignments, Deviation, Move, Side, align, deviations
from zaizao.mining.attributes import case_attributes
from zaizao.mining.automation import Candidate, automation
from zaizao.mining.batching import Batch, BatchKind, batches
from zaizao.mining.bpmn_of_petri import bpmn_of
from zaizao.mining.choices import Choices, choices
from zaizao.mining.comparison import Aspect, Comparison, Difference, compare
from zaizao.mining.decisions import GatewayDecision, decision_model, gateway_decisions
from zaizao.mining.declare import Verdict, discover_constraints, judge
from zaizao.mining.delays import Delay, delays
from zaizao.mining.discovery import Discovered, Method, discover, discover_all
from zaizao.mining.drift import Drift, drift
from zaizao.mining.effects import Effect, effects
from zaizao.mining.enablement import Enablement, concurrent, enablement
from zaizao.mining.errors import MiningError
from zaizao.mining.flow import DirectlyFollows, EdgeTimes, directly_follows, edge_times
from zaizao.mining.hours import WorkingHours, working_hours
from zaizao.mining.independence import Neighbours, Order, neighbours
from zaizao.mining.knock_outs import KnockOut, KnockOuts, expected_effort, knock_outs, rejection_activities
from zaizao.mining.map_svg import map_svg
from zaizao.mining.object_map import ObjectMap, TypeMap, object_map, object_map_svg
from zaizao.mining.organisation import HandOvers, hand_overs
from zaizao.mining.over_time import Bottleneck, Queues, bottlenecks, queues
from zaizao.mining.overview import Facts, cycle_times, facts
from zaizao.mining.people import Pair, People, Role, Specialist, people
from zaizao.mining.performance import (
    ActivityTimes,
    ProcessingTimes,
    Rework,
    activity_times,
    processing_times,
    rework,
)
from zaizao.mining.performers import Machine, Performers, performers
from zaizao.mining.petri import Arc, PetriNet, PetriTransition
from zaizao.mining.petri_of_bpmn import petri_of
from zaizao.mining.playing import Model
from zaizao.mining.pnml import read_pnml, write_pnml
from zaizao.mining.precision import precision
from zaizao.mining.prediction import Outcome, OutcomeTest, RemainingTime, TimeTest, outcome, remaining_time
from zaizao.mining.process_map import BORDER, MapEdge, MapNode, ProcessMap, process_map
from zaizao.mining.quality import Quality, quality
from zaizao.mining.ranking import Breach, By, Kind, breaches
from zaizao.mining.rules import Condition, Relation, Rule, rules
from zaizao.mining.rules_file import read_rules
from zaizao.mining.selection import only_cases
from zaizao.mining.spectrum import Segment, spectrum, spectrum_svg
from zaizao.mining.spread import Spread
from zaizao.mining.statistics import Interval
from zaizao.mining.templates import Constraint, Template
from zaizao.mining.variants import Variants, variants
from zaizao.mining.waiting_causes import Cause, WaitingCauses, waiting_causes

__all__ = [
    "BORDER",
    "ActivityTimes",
    "Alignments",
    "Arc",
    "Aspect",
    "Batch",
    "BatchKind",
    "Bottleneck",
    "Breach",
    "By",
    "Candidate",
    "Cause",
    "Choices",
    "Comparison",
    "Condition",
    "Constraint",
    "Delay",
    "Deviation",
    "Difference",
    "DirectlyFollows",
    "Discovered",
    "Drift",
    "EdgeTimes",
    "Effect",
    "Enablement",
    "Facts",
    "GatewayDecision",
    "HandOvers",
    "Interval",
    "Kind",
    "KnockOut",
    "KnockOuts",
    "Machine",
    "MapEdge",
    "MapNode",
    "Method",
    "MiningError",
    "Model",
    "Move",
    "Neighbours",
    "ObjectMap",
    "Order",
    "Outcome",
    "OutcomeTest",
    "Pair",
    "People",
    "Performers",
    "PetriNet",
    "PetriTransition",
    "ProcessMap",
    "ProcessingTimes",
    "Quality",
    "Queues",
    "Relation",
    "RemainingTime",
    "Rework",
    "Role",
    "Rule",
    "Segment",
    "Side",
    "Specialist",
    "Spread",
    "Template",
    "TimeTest",
    "TypeMap",
    "Variants",
    "Verdict",
    "WaitingCauses",
    "WorkingHours",
    "activity_times",
    "align",
    "automation",
    "batches",
    "bottlenecks",
    "bpmn_of",
    "breaches",
    "case_attributes",
    "choices",
    "compare",
    "concurrent",
    "cycle_times",
    "decision_model",
    "delays",
    "deviations",
    "directly_follows",
    "discover",
    "discover_all",
    "discover_constraints",
    "drift",
    "edge_times",
    "effects",
    "enablement",
    "expected_effort",
    "facts",
    "gateway_decisions",
    "hand_overs",
    "judge",
    "knock_outs",
    "map_svg",
    "neighbours",
    "object_map",
    "object_map_svg",
    "only_cases",
    "outcome",
    "people",
    "performers",
    "petri_of",
    "precision",
    "process_map",
    "processing_times",
    "quality",
    "queues",
    "read_pnml",
    "read_rules",
    "rejection_activities",
    "remaining_time",
    "rework",
    "rules",
    "spectrum",
    "spectrum_svg",
    "variants",
    "waiting_causes",
    "working_hours",
    "write_pnml",
]
