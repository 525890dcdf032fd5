"""An initiative as the console shows it: every step's evidence as JSON, each figure with its interval and basis."""

from __future__ import annotations

from typing import Any

from zaizao import bpmn, measures
from zaizao.redesign import Initiative, Objective, Option, Proposal, joined, label
from zaizao.server.api.plain import plain
from zaizao.simulation import Scenario

_VARIANTS = 12
_SEGMENTS = 40


def document(initiative: Initiative) -> dict[str, Any]:
    """The document of a finished initiative."""
    return {
        "settings": _settings(initiative),
        "versions": dict(initiative.versions),
        "read": {
            "source": initiative.reading.source,
            "digest": initiative.reading.digest,
            "cases": initiative.reading.log.cases,
            "events": initiative.reading.log.events,
            "zone": initiative.reading.log.zone,
            "findings": plain(initiative.reading.findings),
        },
        "map": _as_is(initiative),
        "value": {
            "segments": plain(initiative.valuation.segments[:_SEGMENTS]),
            "weights": plain(initiative.valuation.weights),
        },
        "calibrate": _calibration(initiative),
        "redesign": _options(initiative),
        "build": _built(initiative),
        "rehearse": {
            "cases": initiative.rehearsal.cases,
            "finished": initiative.rehearsal.finished,
            "seed": initiative.rehearsal.seed,
            "incidents": plain(initiative.rehearsal.incidents),
        },
        "prove": plain(initiative.proof),
    }


def _settings(initiative: Initiative) -> dict[str, Any]:
    settings = initiative.settings
    return {
        "seed": settings.seed,
        "goals": [{**plain(goal), "words": plain(measures.describe(goal))} for goal in settings.goals],
        "simulatedCases": settings.simulated_cases,
        "evaluations": settings.evaluations,
        "replications": settings.replications,
        "rehearsedCases": settings.rehearsed_cases,
        "weights": plain(settings.weights),
        "rules": _rules(settings.rules),
        "inferred": _rules(initiative.as_is.inferred),
        "roles": _roles(initiative.calibration.scenario),
        "activities": list(initiative.as_is.log.activity_names),
    }


def _rules(rules: Any) -> dict[str, Any]:
    return {
        "fourEyes": sorted(sorted(pair) for pair in rules.four_eyes),
        "order": sorted(list(pair) for pair in rules.order),
        "kept": sorted(rules.kept),
        "independent": sorted(sorted(pair) for pair in rules.independent),
    }


def _roles(scenario: Scenario) -> list[dict[str, Any]]:
    return [
        {
            "name": role.name,
            "people": len(role.resources),
            "automatic": all(one.automatic for one in role.resources),
            "costPerHour": round(sum(one.cost_per_hour for one in role.resources) / max(len(role.resources), 1)),
        }
        for role in scenario.roles.values()
    ]


def _as_is(initiative: Initiative) -> dict[str, Any]:
    as_is = initiative.as_is
    ways = as_is.variants
    return {
        "figures": plain(as_is.figures),
        "tasks": sum(isinstance(node, bpmn.Task) for node in as_is.model.processes[0].nodes),
        "variants": {
            "total": len(ways),
            "top": [
                {"count": int(ways.count[k]), "share": float(ways.count[k]) / max(as_is.log.cases, 1), "steps": list(ways.sequence(k))}
                for k in range(min(_VARIANTS, len(ways)))
            ],
        },
        "machines": plain(as_is.performers.machines),
        "activities": [
            {
                "name": name,
                "processing": float(as_is.times.processing.median[k]) if as_is.times.processing.count[k] else None,
                "waiting": float(as_is.times.waiting.median[k]) if as_is.times.waiting.count[k] else None,
                "cases": int(as_is.rework.cases[k]),
                "repeats": int(as_is.rework.repeats[k]),
            }
            for k, name in enumerate(as_is.times.activities)
        ],
        "reworkShare": float(as_is.rework.share),
    }  # fmt: skip


def _calibration(initiative: Initiative) -> dict[str, Any]:
    found = initiative.calibration
    return {
        "distances": plain(found.distances),
        "apart": plain(found.apart),
        "floor": plain(found.floor),
        "discovery": None if found.discovery is None else str(found.discovery),
        "tried": [{"way": str(way), "misfit": score} for way, score in found.tried],
        "notes": dict(found.scenario.notes),
    }


def _options(initiative: Initiative) -> dict[str, Any]:
    options = initiative.options
    return {
        "asIs": _option(options.as_is),
        "front": [_option(option) for option in options.front],
        "chosen": options.chosen.key,
        "trials": [
            {"keys": list(trial.keys), "values": plain(trial.values), "risk": trial.risk, "front": trial.front}
            for trial in options.trials
        ],
        "proposals": [_proposal(proposal) for proposal in options.proposals],
        "baseline": plain(options.baseline),
        "seed": options.seed,
        "cases": options.cases,
        "replications": options.replications,
        "evaluations": options.evaluations,
        "objectives": [{"key": one.value, "words": plain(one.words)} for one in Objective],
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "key": option.key,
        "name": plain(option.name),
        "label": plain(label(option)),
        "moves": [proposal.key for proposal in option.proposals],
        "figures": plain(option.figures),
        "gains": plain(option.gains),
        "effort": option.effort,
        "risk": option.risk,
        "words": plain(joined([proposal.words for proposal in option.proposals])) if option.proposals else None,
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return plain(proposal)  # type: ignore[no-any-return]


def _built(initiative: Initiative) -> dict[str, Any]:
    built = initiative.built
    changes = bpmn.diff(initiative.as_is.model, built.definitions)
    return {
        "jobTypes": list(built.job_types),
        "scores": list(built.scores),
        "assumed": plain(built.assumed),
        "decisions": built.decisions is not None,
        "process": built.definitions.processes[0].id,
        "problems": plain(bpmn.check(built.definitions)),
        "changes": plain(changes.marks()),
    }
