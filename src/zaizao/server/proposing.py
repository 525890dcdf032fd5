"""What can be proposed to a second person here: deployments and grants of roles. Other rooms add handlers of their own.

Rule kept: what would be refused when carried out is refused when proposed, so that an approver sees only what can run.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from zaizao import bpmn
from zaizao.engine import Engine
from zaizao.problems import Text, ZaizaoError
from zaizao.server.access import AccessError, NotKnown, Permission, Registry, Role, problem
from zaizao.server.door.deployments import File, deploy_files, read_file


class DeploymentHandler:
    """Payload ``{"files": [{"name", "content"}]}`` with contents in base64."""

    kind = "deployment"
    proposes = Permission.DESIGN

    def check(self, payload: Mapping[str, Any]) -> str:
        """The names of what would become known; raises what reading and checking find."""
        return ", ".join(_name(file) for file in _files(payload))

    def carry_out(self, engine: Engine, payload: Mapping[str, Any], _number: int, /) -> Mapping[str, Any]:
        """Deploy all of it or nothing, as ``POST /v2/deployments`` does."""
        return deploy_files(engine, _files(payload))


def _name(file: File) -> str:
    if isinstance(file.model, bpmn.Definitions):
        return ", ".join(process.id for process in file.model.processes)
    return file.model.name if file.model is not None else file.id


def _files(payload: Mapping[str, Any]) -> list[File]:
    found = []
    listed = payload.get("files")
    if not isinstance(listed, list) or not listed:
        raise _malformed("files", "没有文件", "there are no files")
    for file in listed:
        if not isinstance(file, dict) or not all(isinstance(file.get(key), str) for key in ("name", "content")):
            raise _malformed("files", "每个文件须有 name 与 content", "each file has a name and a content")
        try:
            content = base64.b64decode(file["content"], validate=True)
        except binascii.Error as fault:
            raise _malformed(file["name"], "内容不是 base64", "the content is not base64") from fault
        found.append(read_file(file["name"], content))
    return found


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
