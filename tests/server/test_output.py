"""Output folders are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from zaizao.server.output import MARK, OutputError, whole_folder


def test_a_folder_appears_only_when_all_of_it_is_written(tmp_path: Path) -> None:
    out = tmp_path / "initiative"
    with whole_folder(out) as draft:
        (draft / MARK).write_text("seed = 1\n")
        assert not out.exists()
    assert (out / MARK).read_text() == "seed = 1\n"
    assert list(tmp_path.iterdir()) == [out]


def test_an_interruption_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "initiative") as draft:
        (draft / "report.html").write_text("half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_keeps_the_earlier_result(tmp_path: Path) -> None:
    out = tmp_path / "initiative"
    with whole_folder(out) as draft:
        (draft / MARK).write_text("first")
    with pytest.raises(RuntimeError), whole_folder(out) as draft:
        (draft / MARK).write_text("second")
        raise RuntimeError
    assert (out / MARK).read_text() == "first"


def test_a_folder_that_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "holiday-pictures"
    out.mkdir()
    (out / "sea.jpg").write_text("blue")
    with pytest.raises(OutputError) as refused, whole_folder(out):
        pass
    assert refused.value.problems[0].code == "output.taken"
    assert (out / "sea.jpg").read_text() == "blue"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutputError) as refused, whole_folder(blocked / "initiative"):
        pass
    assert "file" in refused.value.problems[0].where
