"""Settings: one table, two sources, nothing unknown; the reference has every row."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from server.command import ROOT, here
from zaizao.server.settings import TABLE, Kind, SettingsError, read_settings

FILE = """
lang = "zh"
[deploy]
second_person = true
[oidc]
issuer = "https://idp.bank.example"
algorithms = ["ES256"]
[oidc.roles]
"bank.operators" = "operator"
"""


def test_the_file_is_read_and_the_environment_is_stronger(tmp_path: Path) -> None:
    path = tmp_path / "bank.toml"
    path.write_text(FILE, encoding="utf-8")
    environment = {
        "ZAIZAO_SETTINGS": str(path),
        "ZAIZAO_LANG": "en",
        "ZAIZAO_PORT": "9000",
        "ZAIZAO_METRICS_OPEN": "yes",
        "ZAIZAO_OIDC_ALGORITHMS": "RS256, ES256",
        "HOME": "/",
    }
    read = read_settings(environment=environment)
    assert read.text("lang") == "en" and read.flag("deploy.second_person") is True
    assert read.words("oidc.algorithms") == ["RS256", "ES256"]
    assert read.table("oidc.roles") == {"bank.operators": "operator"}
    assert (read.number("port"), read.flag("metrics.open"), read.text("data")) == (9000, True, "zaizao.db")
    assert read.sources["deploy.second_person"] == str(path) and read.sources["lang"] == "ZAIZAO_LANG"


def test_every_unknown_key_and_wrong_type_is_a_problem_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bank.toml"
    path.write_text('port = "eighty"\n[deploy]\nsecond_persn = true\n[oidc]\nalgorithms = [1]\n', encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        read_settings(path, {"ZAIZAO_PROT": "1", "ZAIZAO_METRICS_OPEN": "perhaps", "ZAIZAO_PORT": "x"})
    where = [problem.where for problem in refused.value.problems]
    assert where == [
        f"{path}: port",
        f"{path}: deploy.second_persn",
        f"{path}: oidc.algorithms",
        "ZAIZAO_PROT",
        "ZAIZAO_METRICS_OPEN",
        "ZAIZAO_PORT",
    ]


@pytest.mark.parametrize("content", [b"a = ", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bank.toml"
    path.write_bytes(content)
    for each in (path, tmp_path / "absent.toml"):
        with pytest.raises(SettingsError):
            read_settings(each, {})


def test_the_command_shows_values_and_sources_but_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAIZAO_TOKEN", "very-secret")
    (tmp_path / "zaizao.toml").write_text("port = 8181\n", encoding="utf-8")
    told = here("settings", "--json", cwd=tmp_path)
    assert told.returncode == 0 and "very-secret" not in told.stdout
    rows = {row["name"]: row for row in json.loads(told.stdout)["settings"]}
    assert (rows["port"]["value"], rows["port"]["source"]) == (8181, "zaizao.toml")
    assert (rows["token"]["value"], rows["token"]["source"]) == ("***", "ZAIZAO_TOKEN")
    (tmp_path / "zaizao.toml").write_text("prot = 8181\n", encoding="utf-8")
    refused = here("settings", cwd=tmp_path)
    assert refused.returncode == 2 and "zaizao.toml: prot" in refused.stderr


def test_the_reference_has_every_setting_with_its_variable_and_default() -> None:
    text = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", text, re.MULTILINE))
    assert set(rows) == {setting.name for setting in TABLE}
    for setting in TABLE:
        shown = json.dumps(setting.default) if setting.kind is not Kind.TABLE else "{}"
        assert f"`{shown}`" in rows[setting.name] and f"`{setting.variable}`" in rows[setting.name], setting.name
