"""Reading XES: what survives, what is refused, and that the fast and the exact reader agree."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from zaizao.eventlog import MISSING, EventLog, LogError, read, xes as xes_room
from zaizao.eventlog.columns import Roles
from zaizao.eventlog.source import plain
from zaizao.eventlog.xes import read_xes
from zaizao.eventlog.xes_regular import read_regular

LOGS = Path(__file__).parents[2] / ".." / "shared" / "logs"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="2.0" xmlns="http://www.xes-standard.org/">\n'
needs_logs = pytest.mark.skipif(not LOGS.exists(), reason="the shared event logs are not on this machine")


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1_000_000)


def event(activity: str | None, time: str | None = "2024-03-01T09:00:00+08:00", more: str = "") -> str:
    name = f'<string key="concept:name" value="{activity}"/>' if activity else ""
    stamp = f'<date key="time:timestamp" value="{time}"/>' if time else ""
    return f"<event>{name}{stamp}{more}</event>"


def trace(name: str | None, *events: str, more: str = "") -> str:
    case = f'<string key="concept:name" value="{name}"/>' if name else ""
    return f"<trace>{case}{more}{''.join(events)}</trace>"


def xes(folder: Path, *traces: str, head: str = HEAD) -> Path:
    path = folder / "loan.xes"
    path.write_text(head + "\n".join(traces) + "\n</log>", encoding="utf-8")
    return path


def codes(log: EventLog) -> set[str]:
    return {problem.code for problem in log.findings}


def refused(path: Path, **options: str) -> str:
    with pytest.raises(LogError) as caught:
        read(path, **options)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    assert path.name.split(".")[0] in problem.where
    assert problem.what.zh and problem.what.en and problem.remedy.zh and problem.remedy.en
    return problem.code


def test_offsets_are_honoured_and_tell_the_zone(tmp_path: Path) -> None:
    log = read(xes(tmp_path, trace("c1", event("收件"), event("审批", "2024-03-01T02:30:00.250Z"))))
    assert log.end.tolist() == [us("2024-03-01T09:00:00+08:00"), us("2024-03-01T02:30:00.250+00:00")]
    assert log.activity_names == ("收件", "审批")
    only_china = read(xes(tmp_path, trace("c1", event("收件"))))
    assert only_china.zone == "Asia/Shanghai"


def test_attributes_keep_their_types_and_missing_ones_stay_missing(tmp_path: Path) -> None:
    more = '<int key="pages" value="3"/><boolean key="automatic" value="true"/><float key="rate" value="0.25"/>'
    log = read(
        xes(
            tmp_path,
            trace("c1", event("A", more=more), event("B"), more='<string key="产品" value="房贷"/>'),
            trace("c2", event("A"), more='<date key="opened" value="2024-02-29T00:00:00+08:00"/>'),
        )
    )
    assert log.event_table["pages"].to_list() == [3, None, None]
    assert log.event_table["automatic"].to_list() == [True, None, None]
    assert log.event_table["rate"].to_list() == [0.25, None, None]
    assert log.case_table["产品"].to_list() == ["房贷", None]
    assert log.case_table["opened"].dtype == pl.Datetime("us", "UTC")
    assert log.resource.tolist() == [MISSING] * 3 and "log.missing-resources" in codes(log)


def test_a_keyless_attribute_survives_under_a_name_of_its_own(tmp_path: Path) -> None:
    log = read(xes(tmp_path, trace("c1", event("A", more='<string value="旧系统"/>'), event("B"))))
    assert log.event_table["keyless"].to_list() == ["旧系统", None]
    assert "xes.keyless-attributes" in codes(log)


def test_nameless_and_namesake_traces_stay_cases_of_their_own(tmp_path: Path) -> None:
    log = read(xes(tmp_path, trace(None, event("A")), trace("c", event("A")), trace("c", event("B")), trace("leer")))
    assert log.case_names == ("trace 1", "c", "c (2)")
    assert {"xes.nameless-traces", "xes.namesake-traces", "xes.empty-traces"} <= codes(log)


def test_times_with_and_without_zone_are_told_apart(tmp_path: Path) -> None:
    path = xes(tmp_path, trace("c1", event("A"), event("B", "2024-03-01T10:00:00"), event("C", "2024-03-01 11:00:00")))
    log = read(path)
    assert log.end.tolist() == [us(f"2024-03-01T{hour:02}:00:00+08:00") for hour in (9, 10, 11)]
    assert "log.mixed-zones" in codes(log)
    assert read(path, zone="UTC").end[1] == us("2024-03-01T10:00:00+00:00")


def test_times_without_any_zone_are_read_in_the_named_one(tmp_path: Path) -> None:
    path = xes(tmp_path, trace("c1", event("A", "2024-03-01T10:00:00")))
    assert read(path, zone="Europe/Berlin").end.tolist() == [us("2024-03-01T10:00:00+01:00")]
    assert "log.no-zone" in codes(read(path))


def test_an_event_without_a_readable_time_is_left_out_and_counted(tmp_path: Path) -> None:
    log = read(xes(tmp_path, trace("c1", event("A"), event("B", "soon"), event("C", None)), trace("c2", event(None))))
    assert log.events == 1 and log.case_names == ("c1",)
    counts = {p.code: p.what.en for p in log.findings}
    assert "2 events" in counts["log.missing-time"] and "1 events" in counts["log.missing-activity"]


def test_values_of_several_types_and_lists_stay_readable(tmp_path: Path) -> None:
    listed = '<list key="docs"><values><string key="d" value="身份证"/></values></list>'
    log = read(
        xes(tmp_path, trace("c1", event("A", more='<int key="x" value="5"/>' + listed)),
            trace("c2", event("A", more='<string key="x" value="five"/>')))
    )  # fmt: skip
    assert log.event_table["x"].to_list() == ["5", "five"]
    assert log.event_table["docs"].to_list() == ['[["d", "身份证"]]', None]
    assert "xes.mixed-types" in codes(log)


def test_prefixed_elements_and_other_encodings_are_read(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="GB18030"?><x:log xmlns:x="http://www.xes-standard.org/"><x:trace><x:string key="concept:name" value="一"/><x:event><x:string key="concept:name" value="收件"/><x:date key="time:timestamp" value="2024-03-01T09:00:00+08:00"/></x:event></x:trace></x:log>'  # noqa: E501
    path = tmp_path / "loan.xes"
    path.write_bytes(text.encode("gb18030"))
    log = read(path)
    assert (log.case_names, log.activity_names) == (("一",), ("收件",))


def test_an_xes_written_on_one_line_is_read(tmp_path: Path) -> None:
    path = tmp_path / "loan.xes"
    path.write_text(HEAD.replace("\n", "") + "".join(trace(f"c{n}", event("A")) for n in range(40_000)) + "</log>")
    assert path.stat().st_size > 6 << 20
    assert read(path).cases == 40_000


@pytest.mark.parametrize(
    ("doctype", "use"),
    [
        ('<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>', "&b;"),
        ('<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/hostname">]>', "&x;"),
        ('<!DOCTYPE log SYSTEM "http://127.0.0.1:9/evil.dtd">', ""),
    ],
)
def test_a_doctype_is_refused_before_any_parser_runs(tmp_path: Path, doctype: str, use: str) -> None:
    head = HEAD.replace("<log", f"<!-- c --> {doctype}\n<log")
    assert refused(xes(tmp_path, trace(use or "c", event("A")), head=head)) == "xes.doctype"


def test_an_undefined_entity_is_named_or_kept_as_text(tmp_path: Path) -> None:
    assert read(xes(tmp_path, trace("c", event("A &amp; B")))).activity_names == ("A & B",)


def test_broken_files_are_refused_with_their_place(tmp_path: Path) -> None:
    whole = xes(tmp_path, *(trace(f"c{n}", event("A")) for n in range(2000))).read_bytes()
    path = tmp_path / "loan.xes.gz"
    path.write_bytes(gzip.compress(whole)[:-200])
    assert refused(path) == "log.damaged-archive"
    path.write_bytes(gzip.compress(whole)[:-4] + b"abcd")
    assert refused(path) == "log.damaged-archive"
    path = tmp_path / "loan.xes"
    path.write_bytes(whole[: len(whole) // 2])
    assert refused(path) == "xes.cut-off"
    path.write_bytes(whole.replace(b"</trace>", b"</event>", 1))
    with pytest.raises(LogError, match=r"loan\.xes: line \d+, column \d+: the XML is not well formed"):
        read(path)
    path.write_bytes(b"<html><body>login</body></html>")
    assert refused(path) == "xes.not-xes"
    path.write_bytes(b"case,activity\n1,A\n")
    assert refused(path) == "xes.not-xml"
    path.write_bytes(b"")
    assert refused(path) == "log.empty-file"
    assert refused(tmp_path / "loan.gone.xes") == "log.missing-file"
    assert refused(xes(tmp_path)) == "log.no-events"
    assert refused(xes(tmp_path, trace("c"))) == "log.no-events"


def test_a_decompression_bomb_is_stopped_early(tmp_path: Path) -> None:
    path = tmp_path / "loan.xes.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(80):
            file.write(b" " * (1 << 20))
    assert refused(path) == "log.archive-bomb"


def test_a_field_without_end_is_refused_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "loan.xes"
    with path.open("wb") as file:
        file.write(HEAD.encode() + b'<trace><string key="concept:name" value="')
        for _ in range(200):
            file.write(b"x" * (1 << 20))
    assert refused(path) == "xes.huge-field"


def _with_limit(path: Path, small: int, monkeypatch: pytest.MonkeyPatch) -> EventLog:
    with monkeypatch.context() as patch, plain(path) as source:
        patch.setattr(xes_room, "SMALL", small)
        return read_xes(source, Roles(), None, None)


@needs_logs
@pytest.mark.parametrize(
    "name", ["running-example.xes", "receipt.xes.gz", "Sepsis.xes.gz", "BPIC20_RequestForPayment.xes.gz"]
)
def test_the_fast_and_the_exact_reader_give_the_same_log(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, exact = (_with_limit(LOGS / name, small, monkeypatch) for small in (0, 1 << 40))
    for column in ("case", "activity", "start", "end", "resource", "lifecycle"):
        assert np.array_equal(getattr(fast, column), getattr(exact, column)), column
    assert fast.case_names == exact.case_names and fast.resource_names == exact.resource_names
    for table in ("case_table", "event_table"):
        left, right = getattr(fast, table), getattr(exact, table)
        assert left.select(sorted(left.columns)).equals(right.select(sorted(right.columns))), table
    with plain(LOGS / name) as source:
        assert read_regular(source.path, source.name) is not None


@needs_logs
def test_the_reference_log_is_read_whole_and_comes_back_from_the_cache(tmp_path: Path) -> None:
    log = read(LOGS / "BPIC12.xes.gz", cache=tmp_path / "cache.parquet")
    assert (log.cases, log.events, log.zone) == (13_087, 262_200, "Europe/Berlin")
    assert log.case_table["AMOUNT_REQ"].dtype == pl.Int64
    assert np.bincount(log.activity)[log.activity_names.index("A_SUBMITTED")] == 13_087
    again = read(LOGS / "BPIC12.xes.gz", cache=tmp_path / "cache.parquet")
    assert np.array_equal(log.end, again.end) and log.case_names == again.case_names
    assert log.findings == again.findings and log.case_table.equals(again.case_table)
