"""What can be proposed to a second person here: deployments and grants of roles. Other rooms add handlers of their own.

Rule kept: what would be refused when carried out is refused when proposed, so that an approver sees only what can run.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from zaizao import bpmn, dmn
from zaizao.engine import Engine
from zaizao.problems import Severity, Text, ZaizaoError
from zaizao.server.access import AccessError, NotKnown, Permission, Registry, Role, problem
from zaizao.server.door.processes import deploy_all


class DeploymentHandler:
    """Payload ``{"files": [{"name", "content"}]}`` with contents in base64."""

    kind = "deployment"
    proposes = Permission.DESIGN

    def check(self, payload: Mapping[str, Any]) -> str:
        """The names of the processes and decisions; raises what reading and checking find."""
        models, decisions = _models(payload)
        found = [finding for model in models for finding in bpmn.check(model)]
        errors = [finding for finding in found if finding.severity is Severity.ERROR]
        if errors:
            raise bpmn.BpmnError(errors)
        names = [process.id for model in models for process in model.processes]
        return ", ".join([*names, *(model.name for model in decisions)])

    def carry_out(self, engine: Engine, payload: Mapping[str, Any], _number: int, /) -> Mapping[str, Any]:
        """Deploy all of it or nothing."""
        rows = deploy_all(engine, *_models(payload))
        return {
            "deployments": [
                {"kind": row.kind, "name": row.name, "version": row.version, "key": str(row.key)} for row in rows
            ]
        }


def _models(payload: Mapping[str, Any]) -> tuple[list[bpmn.Definitions], list[dmn.Definitions]]:
    models: list[bpmn.Definitions] = []
    decisions: list[dmn.Definitions] = []
    files = payload.get("files")
    if not isinstance(files, list) or not files:
        raise _malformed("files", "没有文件", "there are no files")
    for file in files:
        if not isinstance(file, dict) or not all(isinstance(file.get(key), str) for key in ("name", "content")):
            raise _malformed("files", "每个文件须有 name 与 content", "each file has a name and a content")
        try:
            content = base64.b64decode(file["content"], validate=True)
        except binascii.Error as fault:
            raise _malformed(file["name"], "内容不是 base64", "the content is not base64") from fault
        if file["name"].endswith(".dmn"):
            decisions.append(dmn.read(content))
        else:
            models.append(bpmn.read(content))
    return models, decisions


class RolesHandler:
    """Payload ``{"user": name, "roles": [...], "groups": [...]}``: exactly these from then on."""

    kind = "roles"
    proposes = Permission.ADMINISTER

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def check(self, payload: Mapping[str, Any]) -> str:
        """The person and their roles to be."""
        name, roles, _ = self._read(payload)
        if self._registry.user(name) is None:
            remedy = Text("请先新增用户", "add the user first")
            raise NotKnown(problem(name, "没有这个用户", "there is no such user", "no-user", remedy))
        return f"{name}: {', '.join(sorted(roles)) or '-'}"

    def carry_out(self, _engine: Engine, payload: Mapping[str, Any], number: int, /) -> Mapping[str, Any]:
        """Set them; setting them twice is setting them once."""
        name, roles, groups = self._read(payload)
        changed = self._registry.change_user(name, by=f"approval {number}", roles=roles, groups=groups)
        return {"roles": sorted(changed.roles), "groups": sorted(changed.groups)}

    def _read(self, payload: Mapping[str, Any]) -> tuple[str, list[Role], list[str] | None]:
        name, roles, groups = payload.get("user"), payload.get("roles"), payload.get("groups")
        listed = isinstance(roles, list) and (groups is None or isinstance(groups, list))
        if not isinstance(name, str) or not listed or not set(map(str, roles or [])) <= set(Role):
            raise _malformed("roles", "须有 user 与已知的 roles", "give user and known roles")
        return name, [Role(role) for role in roles or []], None if groups is None else [str(each) for each in groups]


def _malformed(where: str, zh: str, en: str) -> ZaizaoError:
    return AccessError(problem(where, zh, en, "payload", Text("请按接口文档提交", "send what the reference says")))
