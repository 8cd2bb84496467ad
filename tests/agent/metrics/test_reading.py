"""MRR files: what is read, and what is set aside with its line, field and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import NotFound, UsageError
from agent.metrics import analyse, read_mrr, read_rates

HEAD = "account_id,month,mrr,currency,segment\n"


def file(tmp_path: Path, text: str, name: str = "mrr.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_bad_lines_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    text = (
        HEAD
        + 'a,2026-01,100,EUR,"smb\nand co"\na,2026-13,100,EUR,smb\na,2026-02,,EUR,smb\n,2026-02,5,EUR,smb\nb,2026-02,"1,234",EUR,smb\n'
    )
    text += "b,2026-03,-5,EUR,smb\nb,2026-04,5,,smb\n\nb,2026-05-31,5,eur,smb\n"
    reading = read_mrr(file(tmp_path, text))
    assert [(row.account_id, row.month % 12 + 1, row.currency) for row in reading.rows] == [("a", 1, "EUR"), ("b", 5, "EUR")]
    assert [(problem.line, problem.field) for problem in reading.quarantined] == [
        (4, "month"), (5, "mrr"), (6, "account_id"), (7, "mrr"), (8, "mrr"), (9, "currency"),
    ]  # fmt: skip
    assert all(problem.remedy and problem.file == "mrr.csv" for problem in reading.quarantined)


def test_repeated_lines_count_once_and_contradicting_ones_not_at_all(tmp_path: Path) -> None:
    reading = read_mrr(file(tmp_path, HEAD + "a,2026-01,1,EUR,s\na,2026-01,1,EUR,s\nb,2026-01,1,EUR,s\nb,2026-01,2,EUR,s\n"))
    assert [row.account_id for row in reading.rows] == ["a"]
    assert [problem.line for problem in reading.quarantined] == [3, 4, 5]
    assert "line 2" in reading.quarantined[0].why


def test_products_of_a_month_are_no_duplicates(tmp_path: Path) -> None:
    reading = read_mrr(
        file(tmp_path, "product;account_id;month;mrr;currency;segment\nx;a;2026-01;1;EUR;s\ny;a;2026-01;1;EUR;s\n")
    )
    assert [row.product for row in reading.rows] == ["x", "y"]
    assert not reading.quarantined


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b\n1,2\n", "no column account_id"),
        (HEAD, "no row that can be read"),
        ("", "no column"),
        (HEAD + "a,x,1,EUR,s\n", "First: mrr.csv:2"),
    ],
)
def test_a_file_that_is_no_such_table_says_what_it_is(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_mrr(file(tmp_path, text))
    with pytest.raises(NotFound):
        read_mrr(tmp_path / "nothing.csv")


def test_rates_name_one_reporting_currency(tmp_path: Path) -> None:
    rates = read_rates(file(tmp_path, "currency,rate\neur,1\nUSD,0.9\n"))
    assert (rates.base, rates.factor("USD", "EUR")) == ("EUR", 0.9)
    for text in (
        "currency,rate\nUSD,0.9\n",
        "currency,rate\nEUR,1\nUSD,x\n",
        "currency,rate\nEUR,1\nUSD,-2\n",
        "currency,rate\nEUR,1\nEUR,2\n",
    ):
        with pytest.raises(UsageError):
            read_rates(file(tmp_path, text))


def test_parquet_gives_what_csv_gives(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    text = HEAD + "".join(f"a{n},2026-{month:02d},{100 + n * month}.25,EUR,smb\n" for n in range(50) for month in range(1, 13))
    plain = file(tmp_path, text + "bad,2026-99,1,EUR,smb\n")
    columns = "account_id, month, CAST(mrr AS DECIMAL(12,2)) AS mrr, currency, segment"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT {columns} FROM read_csv('{plain}')) TO '{tmp_path / 'mrr.parquet'}' (FORMAT parquet)")
    one, other = read_mrr(plain), read_mrr(tmp_path / "mrr.parquet")
    assert analyse(one.rows, by="segment").to_json() == analyse(other.rows, by="segment").to_json()
    assert [problem.field for problem in other.quarantined] == ["month"]
