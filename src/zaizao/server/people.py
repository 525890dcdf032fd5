"""``zaizao user`` and ``zaizao token``: who may come in, from the machine's own command line.

Rule kept: whoever can write the database's file may do this, also while the server runs; each change reaches the
journal through the server (at the latest when it starts next). Passwords are asked for or read from standard input,
never taken as an argument, where the list of processes would show them.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from zaizao.engine import SqliteStore
from zaizao.problems import Text
from zaizao.server.access import SYSTEM, Access, Registry, Role, Token, User
from zaizao.server.databases import shared
from zaizao.server.running import DATABASE, Data
from zaizao.server.terminal import Json, terminal

Name = Annotated[str, typer.Argument(help="login name or token name. 名称。", show_default=False)]
Roles = Annotated[list[Role] | None, typer.Option("--role", help="a role, repeated. 角色，可重复。")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="a group, repeated. 工作组，可重复。")]
Title = Annotated[str, typer.Option("--title", help="the person's name in full. 姓名。")]
Days = Annotated[int, typer.Option("--days", min=0, max=3650, help="days until it expires, 0 for never. 有效天数。")]
Owner = Annotated[str | None, typer.Option("--owner", help="the person who answers for it. 责任人。")]
MustChange = Annotated[bool, typer.Option("--must-change", help="a new password at the next sign-in. 下次登录须改密。")]
Enable = Annotated[bool, typer.Option("--enable", help="let them in again. 恢复启用。")]
NoPassword = Annotated[bool, typer.Option("--no-password", help="signs in elsewhere (OIDC). 由外部登录。")]
DAY = 86_400_000_000

user_app = typer.Typer(no_args_is_help=True, help="People who may sign in. 用户。")
token_app = typer.Typer(no_args_is_help=True, help="Tokens of services. 令牌。")


@contextmanager
def _registry(data: str) -> Iterator[Registry]:
    if not shared(data) and not Path(data).exists():
        SqliteStore(data).close()  # a database is whole from its beginning
    access = Access(data)
    try:
        yield access.registry
    finally:
        access.close()


def _me() -> str:
    return f"{getpass.getuser()} ({SYSTEM})"


def _password(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    words = Text(f"{name} 的密码", f"password of {name}")
    typed: str = typer.prompt(terminal.say(words), hide_input=True, confirmation_prompt=True)
    return typed


def _user(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "title": user.title,
        "roles": sorted(user.roles),
        "groups": sorted(user.groups),
        "disabled": user.disabled,
    }


def _line(user: User) -> Text:
    roles, groups = ", ".join(sorted(user.roles)) or "-", ", ".join(sorted(user.groups)) or "-"
    state = Text("已停用", "disabled") if user.disabled else Text("启用", "enabled")
    return Text(
        f"{user.name}  {state.zh}  角色 {roles}  组 {groups}",
        f"{user.name}  {state.en}  roles {roles}  groups {groups}",
    )


def _told(user: User, json: bool) -> None:
    terminal.json = json
    terminal.document(_user(user))
    terminal.line(_line(user))


@user_app.command("add")
def add_user(
    name: Name,
    role: Roles = None,
    group: Groups = None,
    title: Title = "",
    must_change: MustChange = False,
    no_password: NoPassword = False,
    data: Data = DATABASE,
    json: Json = False,
) -> None:
    """Make a person known; the password is asked for, or read from standard input. 新增用户。"""
    password = None if no_password else _password(name)
    with _registry(data) as registry:
        made = registry.add_user(
            name, password, role or [], by=_me(), groups=group or [], title=title, must_change=must_change
        )
    _told(made, json)


@user_app.command("list")
def list_users(data: Data = DATABASE, json: Json = False) -> None:
    """Everyone who may sign in. 用户列表。"""
    with _registry(data) as registry:
        users = registry.users()
    terminal.json = json
    terminal.document({"users": [_user(user) for user in users]})
    for user in users:
        terminal.line(_line(user))


@user_app.command("disable")
def disable_user(name: Name, enable: Enable = False, data: Data = DATABASE, json: Json = False) -> None:
    """Let a person in no more; their sessions end and their tokens are worthless. 停用用户。"""
    with _registry(data) as registry:
        _told(registry.change_user(name, by=_me(), disabled=not enable), json)


@user_app.command("password")
def set_password(name: Name, must_change: MustChange = False, data: Data = DATABASE, json: Json = False) -> None:
    """Give a person a new password; their sessions end. 重设密码。"""
    password = _password(name)
    with _registry(data) as registry:
        registry.set_password(name, password, by=_me(), must_change=must_change)
        found = registry.user(name)
    assert found is not None
    _told(found, json)


@user_app.command("roles")
def set_roles(name: Name, role: Roles = None, group: Groups = None, data: Data = DATABASE, json: Json = False) -> None:
    """Give a person these roles (none: takes all away); groups only where given. 设定角色。"""
    with _registry(data) as registry:
        _told(registry.change_user(name, by=_me(), roles=role or [], groups=group), json)


def _token(token: Token) -> dict[str, object]:
    roles, groups = sorted(token.roles), sorted(token.groups)
    return {"name": token.name, "owner": token.owner, "roles": roles, "groups": groups, "expires_us": token.expires}


@token_app.command("add")
def add_token(
    name: Name,
    role: Roles = None,
    group: Groups = None,
    owner: Owner = None,
    days: Days = 90,
    data: Data = DATABASE,
    json: Json = False,
) -> None:
    """Make a token; its secret is printed this once. 新增令牌。"""
    with _registry(data) as registry:
        expires = registry.clock.now() + days * DAY if days else 0
        secret = registry.add_token(name, role or [], by=_me(), owner=owner, groups=group or [], expires=expires)
    terminal.json = json
    terminal.document({"name": name, "secret": secret})
    terminal.line(Text(f"令牌 {name}（只显示这一次）：{secret}", f"token {name} (shown this once): {secret}"))


@token_app.command("list")
def list_tokens(data: Data = DATABASE, json: Json = False) -> None:
    """Every token, without its secret. 令牌列表。"""
    with _registry(data) as registry:
        tokens = registry.tokens()
    terminal.json = json
    terminal.document({"tokens": [_token(token) for token in tokens]})
    for token in tokens:
        roles = ", ".join(sorted(token.roles)) or "-"
        owner = token.owner or "-"
        terminal.line(
            Text(f"{token.name}  责任人 {owner}  角色 {roles}", f"{token.name}  owner {owner}  roles {roles}")
        )


@token_app.command("revoke")
def revoke_token(name: Name, data: Data = DATABASE, json: Json = False) -> None:
    """Make a token worthless. 吊销令牌。"""
    with _registry(data) as registry:
        registry.revoke_token(name, by=_me())
    terminal.json = json
    terminal.document({"revoked": name})
    terminal.line(Text(f"已吊销 {name}", f"revoked {name}"))
