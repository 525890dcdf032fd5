"""Bad input ends with exit code 2 and one sentence that names file, place and remedy, or goes on with a finding."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from server.command import zaizao

HEADER = "case,activity,end,resource\n"
ROWS = "1,apply,2025-03-03T09:00:00+08:00,Li\n1,approve,2025-03-03T10:00:00+08:00,Wang\n"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]><log><trace><string key='concept:name' value='&j;'/></trace></log>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/hostname">]><log>&x;</log>'
GOOD_XES = '<?xml version="1.0"?><log><trace><string key="concept:name" value="1"/></trace></log>'


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("truncated.xes.gz", gzip.compress(GOOD_XES.encode() * 50)[:-30]),
        ("laughs.xes", LAUGHS),
        ("outside.xes", OUTSIDE),
        ("not-xml.xes", "this is no log"),
        ("no-case.csv", "colour,size\nred,3\nblue,4\n"),
        ("empty.csv", ""),
        ("only-header.csv", HEADER),
    ],
)
def test_a_log_that_cannot_be_read_is_refused_in_one_sentence(tmp_path: Path, name: str, content: str | bytes) -> None:
    write(tmp_path, name, content)
    run = zaizao("log", name, cwd=tmp_path)
    assert run.returncode == 2, run.stdout
    assert run.stdout == ""
    lines = run.stderr.strip().splitlines()
    assert len(lines) == 1
    assert name in lines[0]
    assert ";" in lines[0], "the remedy follows the fact"


def test_a_missing_file_is_named_in_the_users_language(tmp_path: Path) -> None:
    run = zaizao("log", "缺失.xes", cwd=tmp_path, lang="zh")
    assert run.returncode == 2
    assert "缺失.xes" in run.stderr
    assert "；" in run.stderr


def test_a_refusal_is_one_json_document_with_json(tmp_path: Path) -> None:
    write(tmp_path, "no-case.csv", "colour,size\nred,3\n")
    run = zaizao("log", "no-case.csv", "--json", cwd=tmp_path)
    assert run.returncode == 2
    problem = json.loads(run.stdout)["problems"][0]
    assert problem["where"].startswith("no-case.csv")
    assert problem["what"]["zh"]
    assert problem["remedy"]["en"]


def test_mixed_zones_are_a_finding_and_reading_goes_on(tmp_path: Path) -> None:
    mixed = HEADER + ROWS + "2,apply,2025-03-04 09:00:00,Li\n2,approve,2025-03-04 10:00:00,Wang\n"
    write(tmp_path, "mixed.csv", mixed)
    run = zaizao("log", "mixed.csv", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert said["cases"] == 2
    assert any("zone" in finding["what"]["en"] for finding in said["findings"])


def test_a_case_column_can_be_named_where_none_is_recognised(tmp_path: Path) -> None:
    write(tmp_path, "odd.csv", "x,y,z\n1,apply,2025-03-03 09:00\n1,approve,2025-03-03 10:00\n")
    run = zaizao("log", "odd.csv", "--case", "x", "--activity", "y", "--end", "z", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["activities"] == 2


@pytest.mark.slow
def test_200_megabytes_of_one_line_neither_hang_nor_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(b"x" * 1_000_000)
    run = zaizao("log", "line.csv", cwd=tmp_path, timeout=60)
    assert run.returncode == 2
    assert "line.csv" in run.stderr
