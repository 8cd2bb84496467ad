"""Tables as people export them, and the values in them: doubt is reported, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.readers.tables import Table, read_table
from retrieval.readers.values import UnclearValueError, day_of, moment_of, number_of

COLUMNS = ("account_id", "date", "metric", "value")
TEXT = "account_id,date,metric,value\na1,2026-08-31,größe,47\n"


def table(tmp_path: Path, data: bytes | str) -> Table:
    path = tmp_path / "t.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_table(path, COLUMNS, ("account_id", "value"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends_make_no_difference(
    tmp_path: Path, encoding: str, delimiter: str, newline: str
) -> None:
    found = table(tmp_path, TEXT.replace(",", delimiter).replace("\n", newline).encode(encoding))
    assert [dict(row.values) for row in found.rows] == [
        {"account_id": "a1", "date": "2026-08-31", "metric": "größe", "value": "47"}
    ]
    assert not found.problems


def test_headers_go_by_their_usual_names(tmp_path: Path) -> None:
    found = table(tmp_path, "Customer ID, Day ,METRIC_NAME,Metric Value\na1,2026-08-31,m,1\n")
    assert found.rows[0].get("account_id") == "a1"
    assert found.rows[0].get("value") == "1"


def test_blank_lines_are_skipped_and_line_numbers_stay_true(tmp_path: Path) -> None:
    found = table(tmp_path, "account_id,value\n\n\na1,1\n,\na2,2\n")
    assert [(row.line, row.get("account_id")) for row in found.rows] == [(4, "a1"), (6, "a2")]


def test_a_line_with_too_many_or_too_few_fields_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    found = table(tmp_path, "account_id,value\na1,1\na2\na3,3,3\na4,4,\na5,5\n")
    assert [row.get("account_id") for row in found.rows] == ["a1", "a4", "a5"]
    assert [(p.line, p.field) for p in found.problems] == [(3, "value"), (4, "column 3")]
    assert all(p.remedy for p in found.problems)


def test_an_unclosed_quotation_mark_costs_one_line(tmp_path: Path) -> None:
    found = table(tmp_path, 'account_id,value\na1,1\n"a2,2\n' + "".join(f"b{i},1\n" for i in range(500)))
    assert len(found.rows) == 501
    assert [p.line for p in found.problems] == [3]


def test_a_quoted_field_may_hold_line_breaks_and_delimiters(tmp_path: Path) -> None:
    found = table(tmp_path, 'account_id,value\n"a, 1","x\ny ""z"""\na2,2\n')
    assert found.rows[0].get("account_id") == "a, 1"
    assert found.rows[0].get("value") == 'x\ny "z"'
    assert found.rows[1].line == 4


def test_a_missing_column_names_what_to_write(tmp_path: Path) -> None:
    found = table(tmp_path, "a,b\n1,2\n")
    assert not found.rows
    assert "account_id" in found.problems[0].why


def test_an_empty_file_is_not_the_same_as_no_rows(tmp_path: Path) -> None:
    assert table(tmp_path, "").problems
    assert not table(tmp_path, "account_id,value\n").problems


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-08-09", "2026-08-09"),
        ("2026-08-09T10:00:00Z", "2026-08-09"),
        ("2026-08-09T23:30:00-05:00", "2026-08-10"),
        ("2026/8/9", "2026-08-09"),
        ("09.08.2026", "2026-08-09"),
        ("25/08/2026", "2026-08-25"),
        ("08/25/2026", "2026-08-25"),
        ("08/08/2026", "2026-08-08"),
        ("9 Aug 2026", "2026-08-09"),
        ("August 9, 2026", "2026-08-09"),
        (1785834720, "2026-08-04"),
        ("1785834720000", "2026-08-04"),
    ],
)
def test_dates_are_normalised(text: object, day: str) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize("text", ["08/09/2026", "2026-13-01", "31.02.2026", "soon", "", None, "NULL", "0", True, "2026-08"])
def test_an_unclear_date_is_refused(text: object) -> None:
    with pytest.raises(UnclearValueError):
        day_of(text)


def test_a_moment_is_utc_to_the_second() -> None:
    assert moment_of("2026-04-08T14:04:31.883+0000") == "2026-04-08T14:04:31Z"
    assert moment_of("2026-04-08 14:04:31.883000") == "2026-04-08T14:04:31Z"
    assert moment_of("2026-04-08") == "2026-04-08"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("47", 47),
        ("1,5", 1.5),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1 234,5", 1234.5),
        ("3.00E+07", 3e7),
        ("0", 0),
        ("80%", 80),
        (2, 2),
    ],
)
def test_numbers_are_read_with_either_decimal_mark(text: object, number: float) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize("text", ["", None, "NULL", "n/a", "nan", "inf", "1,234", "twelve", True, "1e999", "-"])
def test_missing_is_not_zero_and_unclear_is_refused(text: object) -> None:
    with pytest.raises(UnclearValueError):
        number_of(text)
