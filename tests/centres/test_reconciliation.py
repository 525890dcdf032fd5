"""The match ladder by small tables, its sources by small files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from zaizao.centres.reconciliation import (
    Class,
    Doubt,
    ReconciliationError,
    Rung,
    Source,
    read_camt053,
    read_file,
    read_model,
    read_mt,
    read_source,
    reconcile,
    report,
    statement_frame,
)

MODEL = read_model(
    b'name = "m"\nkey = ["ref"]\namount = "amount"\ndate = "date"\ndates = 3\nwindow = 2\ntolerance = 1\n'
)
AS_OF = date(2026, 11, 21)


def table(text: str) -> pl.DataFrame:
    """``ref amount day`` a line; ``-`` is no reference."""
    rows = [line.split() for line in text.strip().splitlines()]
    return pl.DataFrame(
        [(None if ref == "-" else ref, int(amount), date(2026, 11, int(day))) for ref, amount, day in rows],
        schema={"ref": pl.String, "amount": pl.Int64, "date": pl.Date},
        orient="row",
    )


def test_keys_tell_splits_doubles_and_differences_apart() -> None:
    left = table("""
        a 100 1
        b 500 1
        c 500 1
        d 700 1
        e 900 1
        f 300 1
        g 400 1
        h 801 1
        i 50 1
        i -50 1
    """)
    right = table("""
        a 100 2
        b 200 1
        b 300 1
        c 500 1
        c 500 1
        d 707 1
        e 400 1
        e 480 1
        f 300 9
        x 640 1
        h 800 1
    """)
    run = reconcile(MODEL, left, right, AS_OF)
    assert run.kinds == {"1:1": (2, 4, 1), "1:n": (1, 3, 0), "cancelled": (1, 2, 0)}
    told = {row["key"]: (row["class"], row["difference"], row["age"]) for row in run.breaks.iter_rows(named=True)}
    assert told == {
        "c": (Class.DOUBLE, -500, 20),
        "d": (Class.AMOUNT, -7, 20),
        "e": (Class.SPLIT, 20, 20),
        "f": (Class.DATE, 0, 20),
        "g": (Class.MISSING, 400, 20),
        "x": (Class.EXTRA, -640, 20),
    }
    text = report(run)
    assert "| 重复 | 1 | -500 | 0 | 0 | 1 | 0 |" in text and "差额: -726" in text


def test_without_a_key_only_what_is_the_one_solution_and_no_accident_is_accepted() -> None:
    spread = "\n".join(f"z{n} {n * 7_919_017 + 13} 20" for n in range(1, 40))  # how amounts lie on either side
    left = table(f"""
        - 1234567 1
        - 7777701 1
        - 7777701 2
        - 9876543 8
        - 5000100 14
        {spread}
    """)
    right = table(f"""
        - 1234567 2
        - 7777701 2
        - 3333333 8
        - 6543210 8
        - 2100049 13
        - 1111111 13
        - 2900051 14
        {spread}
    """)
    run = reconcile(MODEL, left, right, AS_OF)
    assert [(one.rung, one.left, one.right) for one in run.matches] == [
        (Rung.AMOUNT, (0,), (0,)),
        (Rung.RUN, (3,), (2, 3)),
        (Rung.SUBSET, (4,), (4, 6)),
    ]
    assert {(one.left, one.right, one.doubt) for one in run.suggestions} == {
        ((1,), (1,), Doubt.SHARED),
        ((2,), (1,), Doubt.SHARED),
    }


def test_common_amounts_are_suggested_and_not_accepted() -> None:
    common = "\n".join(f"z{n} 10000 20" for n in range(30))
    run = reconcile(MODEL, table(f"- 10000 1\n{common}"), table(f"- 10000 1\n{common}"), AS_OF)
    assert run.matches == ()
    assert [one.doubt for one in run.suggestions] == [Doubt.ACCIDENT]
    assert run.breaks["class"].to_list() == [Class.MISSING, Class.EXTRA]


@pytest.mark.parametrize(
    "text",
    [b"", b'name = "m"\namount = "a"', b'name = "m"\namount = "a"\nkey = ["k"]\nitems = 40', b'name = 1\nodd = "a"'],
)
def test_a_model_that_cannot_be_used_is_refused(text: bytes) -> None:
    with pytest.raises(ReconciliationError):
        read_model(text)


def test_columns_that_do_not_fit_are_refused() -> None:
    rows = table("a 1 1")
    with pytest.raises(ReconciliationError, match="no such column"):
        reconcile(MODEL, rows.drop("ref"), rows, AS_OF)
    with pytest.raises(ReconciliationError, match="whole minor units"):
        reconcile(MODEL, rows.with_columns(pl.col("amount").cast(pl.Float64)), rows, AS_OF)
    with pytest.raises(ReconciliationError, match="no amount"):
        reconcile(MODEL, rows.with_columns(amount=pl.lit(None, dtype=pl.Int64)), rows, AS_OF)


def test_csv_fixed_width_and_excel_give_the_same_exact_rows(tmp_path: Path) -> None:
    csv = tmp_path / "a.csv"
    csv.write_bytes('流水号,金额,日期\n r1 ,"1,234.56",2026-11-02\nr2,-0.1,2026-11-03\n'.encode("gb18030"))
    source = read_source(
        'format = "csv"\nencoding = "gb18030"\namount = "金额"\ndate = "日期"\ncolumns = { ref = "流水号" }'.encode()
    )
    expected = pl.DataFrame(
        {"amount": [123456, -10], "date": [date(2026, 11, 2), date(2026, 11, 3)], "ref": ["r1", "r2"]}
    )
    assert read_file(csv, source).equals(expected)

    fixed = tmp_path / "a.txt"
    fixed.write_text("HEAD\nr1  00001234.5620261102\nr2        -0.1020261103\n", encoding="utf-8")
    widths = {"ref": (0, 4), "amount": (4, 11), "date": (15, 8)}
    layout = Source("fixed", {"ref": "ref"}, date="date", dates="%Y%m%d", skip=1, widths=widths)
    assert read_file(fixed, layout).equals(expected)

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["流水号", "借方", "贷方", "日期"], ["r1", None, 1234.56, date(2026, 11, 2)],
                ["r2", "0.10", "", date(2026, 11, 3)]):  # fmt: skip
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    columns = Source("excel", {"ref": "流水号"}, debit="借方", credit="贷方", date="日期")
    assert read_file(tmp_path / "a.xlsx", columns).equals(expected)


@pytest.mark.parametrize(
    ("line", "words"), [("r1,1.005,2026-11-02", "amount"), ("r1,,2026-11-02", "amount"), ("r1,1,2026-13-02", "date")]
)
def test_values_that_cannot_be_read_are_named_and_never_guessed(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "a.csv").write_text(f"ref,amount,date\nr0,1.00,2026-11-01\n{line}\n", encoding="utf-8")
    with pytest.raises(ReconciliationError, match=rf"a.csv: row 2: 1 rows have an {words}"):
        read_file(tmp_path / "a.csv", Source("csv", {"ref": "ref"}, date="date"))


MT940 = b"""{1:F01BANKCNBJAXXX0000000000}{2:I940BANKCNBJXXXXN}{4:\r
:20:ST1\r
:25:6222000011\r
:28C:00012/001\r
:60F:C261230CNY1000,50\r
:61:2701021231D200,5NTRFREF-7//BANK9\r
second line\r
:86:rent\r
 of December\r
:61:261231RD0,50NCHGNONREF\r
:61:261231C99,NTRFREF/8\r
:62F:C261231CNY899,50\r
-}"""


def test_mt940_is_read_with_signs_references_and_years() -> None:
    (statement,) = read_mt(MT940)
    assert (statement.opening, statement.closing, statement.currency) == (100_050, 89_950, "CNY")
    first, second, third = statement.lines
    assert (first.amount, first.value, first.booked) == (-20_050, date(2027, 1, 2), date(2026, 12, 31))
    assert (first.reference, first.bank_reference) == ("REF-7", "BANK9")
    assert first.text == "second line rent of December"
    assert (second.amount, third.amount, third.reference) == (50, 9_900, "REF/8")
    assert statement_frame([statement])["amount"].sum() == -10_100


CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>S1</Id>
<Acct><Id><Othr><Id>6222</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="JPY">1000</Amt><CdtDbtInd>DBIT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="JPY">500</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="JPY">1500</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-02</Dt></BookgDt><ValDt><DtTm>2026-11-03T00:00:00+08:00</DtTm></ValDt>
<NtryDtls><TxDtls><Refs><EndToEndId>E2E</EndToEndId></Refs><RmtInf><Ustrd>rent</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="JPY">77</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>PDNG</Sts><BookgDt><Dt>2026-11-02</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def test_camt053_is_read_and_what_is_pending_left_out() -> None:
    (statement,) = read_camt053(CAMT.encode())
    (line,) = statement.lines
    assert (statement.account, statement.opening, statement.closing) == ("6222", -1000, 500)
    assert (line.amount, line.value, line.booked) == (1500, date(2026, 11, 3), date(2026, 11, 2))
    assert (line.reference, line.text) == ("E2E", "rent")


@pytest.mark.parametrize(
    "content",
    [
        MT940.replace(b"200,5N", b"200,6N"),
        MT940.replace(b":62F:C", b":62F:X"),
        b"nothing",
        b":20:" + b"x" * 10_000,
        b"\xff\xfe",
    ],
)
def test_a_statement_that_does_not_add_up_or_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(ReconciliationError):
        read_mt(content)


@pytest.mark.parametrize(
    "content",
    [
        CAMT.replace("1500", "1501"),
        CAMT.replace("1500", "1500.5"),
        CAMT.replace('Ccy="JPY">1500', 'Ccy="CNY">1500'),
        '<!DOCTYPE a [<!ENTITY b "c">]>' + CAMT,
        "<a>",
        "<a/>",
    ],
)
def test_a_hostile_or_wrong_camt053_is_refused(content: str) -> None:
    with pytest.raises(ReconciliationError):
        read_camt053(content.encode())
