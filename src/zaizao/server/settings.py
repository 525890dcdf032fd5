"""Settings: one table of names, types, defaults and what they mean; from one TOML file and the environment.

Rule kept: the table is all there is; a key or ``ZAIZAO_…`` variable that it does not have is a problem, and so is a value
of another type. The environment (``ZAIZAO_DEPLOY_SECOND_PERSON`` for ``deploy.second_person``) is stronger than the file;
an option of a command is stronger than both. ``docs/reference/settings.md`` has every row (a test).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from zaizao.problems import Problem, Text, ZaizaoError

Value: TypeAlias = "bool | int | str | list[str] | dict[str, str]"
FILE = Path("zaizao.toml")
FILE_VARIABLE = "ZAIZAO_SETTINGS"
PREFIX = "ZAIZAO_"


class SettingsError(ZaizaoError):
    """Settings that cannot be used."""


class Kind(StrEnum):
    """What a value is, and how the environment writes it."""

    FLAG = "flag"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. ``secret`` values are never shown."""

    name: str
    kind: Kind
    default: Value
    words: Text
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.upper().replace(".", "_")


def _row(name: str, default: Value, zh: str, en: str, *, secret: bool = False) -> Setting:
    kinds = {bool: Kind.FLAG, int: Kind.NUMBER, str: Kind.TEXT, list: Kind.LIST, dict: Kind.TABLE}
    return Setting(name, kinds[type(default)], default, Text(zh, en), secret)


TABLE: tuple[Setting, ...] = (
    _row("lang", "", "界面语言 zh 或 en；留空随系统", "language, zh or en; the locale's where empty"),
    _row(
        "data", "zaizao.db", "引擎数据库：文件或 postgresql:// 地址", "the engine's database: a file or postgresql://"
    ),
    _row("host", "127.0.0.1", "监听地址", "address to listen on"),
    _row("port", 8080, "监听端口", "port to listen on"),
    _row("token", "", "本次运行的管理员令牌", "an administrator token for this run", secret=True),
    _row("deploy.second_person", False, "部署须由第二人审批", "a deployment needs a second person"),
    _row("roles.second_person", False, "授予角色须由第二人审批", "a grant of roles needs a second person"),
    _row("password.shortest", 12, "密码最少字符数", "fewest characters of a password"),
    _row("session.idle_minutes", 30, "会话闲置多少分钟后结束", "minutes without use after which a session ends"),
    _row("session.longest_hours", 12, "会话最长小时数", "hours after which a session ends in any case"),
    _row("oidc.issuer", "", "OIDC 签发者地址；留空则不用", "OIDC issuer's address; not used where empty"),
    _row("oidc.audience", "zaizao", "JWT 的 aud 必须包含", "what a JWT's aud must contain"),
    _row("oidc.algorithms", ["RS256", "ES256"], "允许的签名算法", "signature algorithms that are allowed"),
    _row("oidc.skew_seconds", 60, "允许的时钟偏差（秒）", "seconds that clocks may differ"),
    _row("oidc.name_claim", "preferred_username", "作为登录名的声明", "the claim that is the login name"),
    _row("oidc.roles_claim", "roles", "角色声明，可用点号取内层", "the claim with roles, inner ones by dots"),
    _row("oidc.groups_claim", "groups", "工作组声明", "the claim with groups"),
    _row("oidc.roles", {}, "声明值到角色的对应表", "which value of the claim gives which role"),
    _row("log.requests", False, "每个请求记一行日志", "one line of log a request"),
    _row("log.level", "WARNING", "日志级别", "log level"),
    _row("metrics.open", False, "无需令牌即可读取 /metrics", "/metrics is read without a token"),
    _row("telemetry.endpoint", "", "OTLP/HTTP 地址；留空则不追踪", "OTLP/HTTP address; no traces where empty"),
    _row("telemetry.service", "zaizao", "追踪中的服务名", "the service's name in traces"),
)
"""Every setting there is."""
BY_NAME = {setting.name: setting for setting in TABLE}


class Settings(Mapping[str, Value]):
    """Values by name; what nobody set has its default."""

    def __init__(self, values: Mapping[str, Value] | None = None, sources: Mapping[str, str] | None = None) -> None:
        self._values = {setting.name: setting.default for setting in TABLE} | dict(values or {})
        self.sources = dict(sources or {})
        """Where each value that was set comes from."""

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def flag(self, name: str) -> bool:
        """A yes or no."""
        value = self[name]
        assert isinstance(value, bool), name
        return value

    def number(self, name: str) -> int:
        """A whole number."""
        value = self[name]
        assert isinstance(value, int), name
        return value

    def text(self, name: str) -> str:
        """A text."""
        value = self[name]
        assert isinstance(value, str), name
        return value

    def words(self, name: str) -> list[str]:
        """A list of texts."""
        value = self[name]
        assert isinstance(value, list), name
        return value

    def table(self, name: str) -> dict[str, str]:
        """Texts by name."""
        value = self[name]
        assert isinstance(value, dict), name
        return value


def read_settings(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of ``file`` (else ``ZAIZAO_SETTINGS``, else ``zaizao.toml`` where there is one) and the environment.

    Raises ``SettingsError`` with every problem found.
    """
    environment = os.environ if environment is None else environment
    named = file or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    path = named or (FILE if FILE.is_file() else None)
    problems: list[Problem] = []
    values: dict[str, Value] = {}
    sources: dict[str, str] = {}
    if path is not None:
        for name, value in _flat(_read(path)):
            _take(name, value, f"{path}: {name}", values, problems)
            sources[name] = str(path)
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        setting = next((each for each in TABLE if each.variable == variable), None)
        if setting is None:
            problems.append(_unknown(variable))
            continue
        _take(setting.name, _parsed(setting.kind, text), variable, values, problems)
        sources[setting.name] = variable
    if problems:
        raise SettingsError(problems)
    return Settings(values, sources)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        what = Text(f"不能读取设置（{fault}）", f"the settings cannot be read ({fault})")
        remedy = Text("请改正文件", "correct the file")
        raise SettingsError(Problem(str(path), what, remedy, "settings.file")) from fault


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Names with dots; tables that are themselves a value stay whole."""
    for key, value in tree.items():
        name = f"{above}{key}"
        if isinstance(value, dict) and not (name in BY_NAME and BY_NAME[name].kind is Kind.TABLE):
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _parsed(kind: Kind, text: str) -> Any:
    """What the environment means: true/false, a number, ``a,b`` or ``a=x,b=y``; other text stays text and is refused."""
    if kind is Kind.FLAG:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(text.lower(), text)
    if kind is Kind.NUMBER:
        return int(text) if text.lstrip("-").isdigit() else text
    if kind is Kind.LIST:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is Kind.TABLE:
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        return {key.strip(): value.strip() for key, _, value in pairs}
    return text


_FITS = {
    Kind.FLAG: lambda value: isinstance(value, bool),
    Kind.NUMBER: lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.LIST: lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    Kind.TABLE: lambda value: isinstance(value, dict) and all(isinstance(each, str) for each in value.values()),
}


def _take(name: str, value: Any, where: str, values: dict[str, Value], problems: list[Problem]) -> None:
    setting = BY_NAME.get(name)
    if setting is None:
        problems.append(_unknown(where))
    elif not _FITS[setting.kind](value):
        what = Text(f"应为 {setting.kind}", f"should be a {setting.kind}")
        remedy = Text(f"例如 {setting.default!r}", f"such as {setting.default!r}")
        problems.append(Problem(where, what, remedy, "settings.type"))
    else:
        values[name] = value


def _unknown(where: str) -> Problem:
    remedy = Text("请用 zaizao settings 查看全部设置", "zaizao settings lists all there are")
    return Problem(where, Text("没有这个设置", "there is no such setting"), remedy, "settings.unknown")
