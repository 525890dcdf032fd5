"""Reading delimited text and foreign Parquet: columns recognised, dirt found, endless input refused."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from zaizao.eventlog import MISSING_TIME, EventLog, LogError, read

LOGS = Path(__file__).parents[2] / ".." / "shared" / "logs"


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1_000_000)


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "loan.csv"
    path.write_bytes(text.encode(encoding))
    return path


def codes(log: EventLog) -> set[str]:
    return {problem.code for problem in log.findings}


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("Case ID,Activity,Start Timestamp,Complete Timestamp,Resource", ","),
        ("case_id;activity_name;start_time;end_time;user", ";"),
        ("案例编号\t环节名称\t开始时间\t结束时间\t经办人", "\t"),
        ("case:concept:name|concept:name|start_timestamp|time:timestamp|org:resource", "|"),
        ("申请编号,节点,受理时间,办结时间,柜员号", ","),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_columns_are_recognised_by_name_in_any_usual_writing(
    tmp_path: Path, header: str, separator: str, encoding: str
) -> None:
    rows = [("001", "收件", "2024-03-01 09:00:00", "2024-03-01 09:30:00", "007")]
    rows += [("002", "审批", "2024/3/1 9:00:00", "2024/3/1 10:00:00", "")]
    path = table(tmp_path, "\n".join([header, *(separator.join(row) for row in rows)]), encoding)
    log = read(path)
    assert (log.case_names, log.activity_names, log.resource_names) == (("001", "002"), ("收件", "审批"), ("007",))
    assert log.start.tolist() == [us("2024-03-01T09:00:00+08:00")] * 2
    assert log.end.tolist() == [us("2024-03-01T09:30:00+08:00"), us("2024-03-01T10:00:00+08:00")]
    assert {"log.no-zone", "log.missing-resources"} <= codes(log)


def test_columns_are_recognised_by_content_and_the_callers_word_wins(tmp_path: Path) -> None:
    text = "Loan case ref,what,when,until,Activity\n" + "".join(
        f"L{k // 2},step {k % 2},2024-03-0{k % 2 + 1} 09:00,2024-03-0{k % 2 + 1} 10:00,noise\n" for k in range(8)
    )
    log = read(table(tmp_path, text), activity="what")
    assert log.case_names == ("L0", "L1", "L2", "L3") and log.activity_names == ("step 0", "step 1")
    assert log.start[0] == us("2024-03-01T09:00:00+08:00") and log.end[0] == us("2024-03-01T10:00:00+08:00")
    assert log.case_table.columns == ["Activity"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("17-10-2022 08:05:00", "2022-10-17T08:05:00+08:00"),
        ("2022年3月7日 08:05:00", "2022-03-07T08:05:00+08:00"),
        ("20220307080500", "2022-03-07T08:05:00+08:00"),
        ("2022.03.07 08:05", "2022-03-07T08:05:00+08:00"),
        ("3/17/2022 8:05:00 AM", "2022-03-17T08:05:00+08:00"),
        ("2022-03-07T08:05:00.123456+0530", "2022-03-07T08:05:00.123456+05:30"),
        ("2022-03-07 00:05:00Z", "2022-03-07T08:05:00+08:00"),
        ("1646611500", "2022-03-07T08:05:00+08:00"),
        ("1646611500000", "2022-03-07T08:05:00+08:00"),
        ("44627.336805555555", "2022-03-07T08:05:00+08:00"),
        ("2022-03-07", "2022-03-07T00:00:00+08:00"),
    ],
)
def test_times_are_read_as_people_and_spreadsheets_write_them(tmp_path: Path, written: str, meant: str) -> None:
    log = read(table(tmp_path, f"case,activity,time\n1,A,{written}\n1,B,{written}\n2,A,{written}\n"))
    assert log.end.tolist() == [us(meant)] * 3


def test_day_or_month_is_told_by_the_rows_or_else_reported(tmp_path: Path) -> None:
    log = read(table(tmp_path, "case,activity,time\n1,A,03/04/2022 08:00\n1,B,13/04/2022 08:00\n"))
    assert log.end[0] == us("2022-04-03T08:00:00+08:00") and "csv.day-or-month" not in codes(log)
    log = read(table(tmp_path, "case,activity,time\n1,A,03/04/2022 08:00\n1,B,04/04/2022 08:00\n"))
    assert "csv.day-or-month" in codes(log)


def test_zoned_and_unzoned_times_are_told_apart(tmp_path: Path) -> None:
    path = table(tmp_path, "case,activity,time\n1,A,2024-03-01 09:00:00+08:00\n1,B,2024-03-01 10:00:00\n")
    log = read(path)
    assert log.end.tolist() == [us("2024-03-01T09:00:00+08:00"), us("2024-03-01T10:00:00+08:00")]
    assert "log.mixed-zones" in codes(log)


def test_attributes_are_typed_and_told_apart_by_whether_they_change_within_a_case(tmp_path: Path) -> None:
    log = read(
        table(
            tmp_path,
            "case,activity,time,amount,branch,automatic,note,opened\n"
            "1,A,2024-03-01 09:00,1000,007,true,x,2024-01-05\n1,B,2024-03-01 10:00,1000,007,false,,2024-01-05\n"
            '2,A,2024-03-01 09:00,,010,true,"a,""b""",2024-01-06\n',
        )
    )
    assert log.case_table["amount"].to_list() == [1000, None]
    assert log.case_table["branch"].to_list() == ["007", "010"]
    assert log.case_table["opened"].dtype == pl.Datetime("us", "UTC")
    assert log.event_table["automatic"].to_list() == [True, False, True]
    assert log.event_table["note"].to_list() == ["x", None, 'a,"b"']


def test_dirty_rows_become_findings_with_their_place(tmp_path: Path) -> None:
    log = read(
        table(
            tmp_path,
            "case,activity,start,end,resource\n"
            "1,A,2024-03-01 09:00,2024-03-01 09:00,x\n"
            "1,A,2024-03-01 09:00,2024-03-01 09:00,x\n"
            "1,B,2024-03-01 12:00,2024-03-01 10:00,x\n"
            "1,,2024-03-01 12:00,2024-03-01 13:00,x\n"
            "2,A,,someday,x\n"
            "2,A,,1970-01-01 08:00,\n"
            "2,B,2030-01-01 08:00,2030-01-01 08:30,x,surplus\n",
        ),
        now=us("2026-01-01T00:00:00+00:00"),
    )
    assert log.events == 5 and log.start[2] == MISSING_TIME
    assert codes(log) >= {
        "log.clock-ties", "log.duplicates", "log.start-after-end", "log.missing-activity", "log.missing-time",
        "log.missing-resources", "log.old-dates", "log.future-dates", "log.zero-length", "csv.ragged-lines",
    }  # fmt: skip
    places = {problem.code: problem.where for problem in log.findings}
    assert places["csv.ragged-lines"] == "loan.csv: line 8"
    assert places["log.missing-activity"] == "loan.csv: event 4"


def test_one_case_and_one_event_per_case_go_on_with_a_finding(tmp_path: Path) -> None:
    assert "log.one-case" in codes(read(table(tmp_path, "case,activity,time\n1,A,2024-03-01 09:00\n")))
    rows = "".join(f"{k},A,2024-03-01 09:00\n" for k in range(50))
    assert "log.one-event-cases" in codes(read(table(tmp_path, "case,activity,time\n" + rows)))


@pytest.mark.parametrize(
    ("text", "code", "remedy"),
    [
        ("a,b,c\n1,2,3\n", "csv.no-case-column", "--case"),
        ("case,b,time\n1,2,2024-03-01 09:00\n", "csv.no-activity-column", "--activity"),
        ("case,activity,b\n1,A,x\n", "csv.no-end-column", "--end"),
        ("case,activity,time\n", "log.no-events", "export it again"),
        ("case,activity,time", "log.no-events", "export it again"),
        ("case,activity,time\n1,A,gone\n", "csv.no-end-column", "--end"),
    ],
)
def test_a_table_that_is_no_log_is_refused_with_the_remedy(tmp_path: Path, text: str, code: str, remedy: str) -> None:
    with pytest.raises(LogError) as caught:
        read(table(tmp_path, text))
    (problem,) = caught.value.problems
    assert problem.code == code and remedy in problem.remedy.en and problem.where.startswith("loan.csv")


def test_a_named_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no such column"):
        read(table(tmp_path, "case,activity,time\n1,A,2024-03-01 09:00\n"), case="Kunde")
    with pytest.raises(LogError, match="time-zone database"):
        read(table(tmp_path, "case,activity,time\n1,A,2024-03-01 09:00\n"), zone="Mars/Base")


@pytest.mark.parametrize("head", [b"", b"case,activity,time\n1,A,2024-03-01 09:00\n"])
def test_two_hundred_megabytes_of_one_line_are_refused_within_bounds(tmp_path: Path, head: bytes) -> None:
    import resource

    path = tmp_path / "loan.csv"
    with path.open("wb") as file:
        file.write(head)
        for _ in range(200):
            file.write(b"x" * (1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(LogError, match="without a line break"):
        read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def test_a_stray_quote_is_a_character_and_an_endless_one_is_refused_with_its_line(tmp_path: Path) -> None:
    head = "case,activity,time\n1,A,2024-03-01 09:00\n"
    log = read(table(tmp_path, head + '2,B"x,2024-03-01 09:00\n\n3,"C,2024-03-01 09:00\n'))
    assert log.activity_names == ("A", 'B"x', '"C') and "csv.stray-quotes" in codes(log)
    assert "log.missing-case" not in codes(log)
    with pytest.raises(LogError, match=r"loan\.csv: line 4: a quote is not closed"):
        read(table(tmp_path, head + '2,"B, b",2024-03-01 09:00\n3,"C,2024-03-01 09:00\n4,D,2024-03-01 09:00\n'))


def test_an_archive_must_hold_one_table(tmp_path: Path) -> None:
    text = "case,activity,time\n1,A,2024-03-01 09:00\n"
    path = tmp_path / "loan.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", text)
    assert read(path).source == "loan.zip: a.csv"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.csv", text)
    with pytest.raises(LogError, match="holds 2 files"):
        read(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(LogError, match="cannot be unpacked"):
        read(path)


def test_text_in_no_known_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "loan.csv"
    path.write_bytes(b"case,activity,time\n1,\xff\xff\xff,2024-03-01 09:00\n")
    with pytest.raises(LogError, match="neither UTF-8 nor GB18030"):
        read(path)


def test_parquet_of_other_tools_is_recognised_like_a_table(tmp_path: Path) -> None:
    times = pl.Series([us("2024-03-01T09:00:00+08:00")] * 2).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    frame = pl.DataFrame({"case_id": [1, 1], "activity": ["A", "B"], "timestamp": times, "n": [1, 2]})
    frame.write_parquet(tmp_path / "loan.parquet")
    log = read(tmp_path / "loan.parquet")
    assert log.case_names == ("1",) and log.end.tolist() == [us("2024-03-01T09:00:00+08:00")] * 2
    (tmp_path / "loan.parquet").write_bytes((tmp_path / "loan.parquet").read_bytes()[:-20])
    with pytest.raises(LogError, match="damaged"):
        read(tmp_path / "loan.parquet")


def test_the_cache_is_used_only_while_source_and_options_are_the_same(tmp_path: Path) -> None:
    path, cache = table(tmp_path, "case,activity,time\n1,A,2024-03-01 09:00\n2,A,2024-03-01 09:00\n"), tmp_path / "c"
    first = read(path, cache=cache)
    written = cache.stat().st_mtime_ns
    assert np.array_equal(read(path, cache=cache).end, first.end) and cache.stat().st_mtime_ns == written
    assert read(path, cache=cache, zone="UTC").end[0] == us("2024-03-01T09:00:00+00:00")
    table(tmp_path, "case,activity,time\n1,B,2024-03-01 09:00\n")
    assert read(path, cache=cache).activity_names == ("B",)
    cache.write_bytes(b"PAR1 broken")
    assert read(path, cache=cache).activity_names == ("B",)


@pytest.mark.skipif(not LOGS.exists(), reason="the shared event logs are not on this machine")
@pytest.mark.parametrize(
    ("name", "cases", "events", "starts"),
    [
        ("IBM_onboard_client.zip", 6838, 54224, True),
        ("BPIC12_W_start_end.csv.gz", 8616, 59302, True),
        ("KO_synthetic_example_enriched.csv", 3000, 22905, True),
        ("LoanApp_AgentSim_train.csv", 797, 5976, True),
    ],
)
def test_real_tables_are_recognised_without_help(name: str, cases: int, events: int, starts: bool) -> None:
    log = read(LOGS / name)
    assert (log.cases, log.events) == (cases, events)
    assert bool((log.start != MISSING_TIME).all()) == starts and log.resource_names
