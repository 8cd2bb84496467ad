"""`earned metrics` as scripts see it: what is printed, what is set aside, what is refused, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.errors import Exit

HEAD = "account_id,month,mrr,currency,segment,owner_email,product\n"
EVIL = "\x1b]52;c;aGk=\x07\u202e<script>x</script>"
YEAR = (*(f"2025-{month:02d}" for month in range(1, 13)), "2026-01")


def book(tmp_path: Path, extra: str = "", name: str = "mrr.csv") -> Path:
    """Thirteen months: one account doubles in July, one leaves in October, one halves in April; all in euro."""
    rows = []
    for at, month in enumerate(YEAR):
        rows.append(f"grow,{month},{100 if at < 6 else 200},EUR,smb,ann@v.example,core")
        rows.append(f"half,{month},{100 if at < 3 else 50},EUR,ent,ann@v.example,core")
        if at < 9:
            rows.append(f"gone,{month},100,EUR,ent,bo@v.example,core")
        rows.append(f"same,{month},100,EUR,smb,bo@v.example,core")
    path = tmp_path / name
    path.write_text(HEAD + "\n".join(rows) + "\n" + extra, "utf-8")
    return path


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_rates_bands_and_the_year_worked_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "--mrr", str(book(tmp_path)), "--json"]) == Exit.OK
    told = printed(capsys)
    assert set(told) >= {"file", "by", "period", "summary", "periods", "lifetimes", "reference_bands", "warnings", "quarantined"}
    (year,) = told["summary"]
    # January 2025 to January 2026: 400 at the start, +100 expansion, -50 contraction, -100 churn.
    assert (year["months"], year["start"], year["expansion"], year["contraction"], year["churn"]) == (12, 400, 100, 50, 100)
    assert (year["nrr"], year["grr"], year["conversion_rate"]) == (0.875, 0.625, 0.25)
    assert len(told["periods"]) == 12
    assert all(band["source"] for band in told["reference_bands"])


@pytest.mark.parametrize(("by", "groups"), [("segment", {"smb", "ent"}), ("owner", {"ann@v.example", "bo@v.example"})])
def test_groups_add_up_to_the_whole(by: str, groups: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "--mrr", str(book(tmp_path)), "--by", by, "--json"]) == Exit.OK
    whole, *parts = printed(capsys)["summary"]
    assert {part["group"] for part in parts} == groups
    assert sum(part["start"] for part in parts) == whole["start"]


def test_people_get_tables_and_bars_and_machines_get_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "--mrr", str(book(tmp_path)), "--period", "quarter"]) == Exit.OK
    shown = capsys.readouterr().out
    assert all(words in shown for words in ("87.5%", "62.5%", "NRR by quarter", "2025-Q4", "█"))


def test_concentration_is_a_warning_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{name},{month},{mrr},EUR,s,,\n" for name, old, new in (("a", 100, 200), ("b", 100, 60))
                   for month, mrr in (("2026-01", old), ("2026-02", new)))  # fmt: skip
    path = tmp_path / "m.csv"
    path.write_text(HEAD + rows, "utf-8")
    assert main(["metrics", "--mrr", str(path)]) == Exit.OK
    assert "concentration risk" in capsys.readouterr().err


def test_two_currencies_stay_apart_until_a_rate_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path, "us,2025-01,110,USD,smb,,\nus,2026-01,110,USD,smb,,\n")
    assert main(["metrics", "--mrr", str(path), "--json"]) == Exit.OK
    told = printed(capsys)
    assert {result["currency"] for result in told["summary"]} == {"EUR", "USD"}
    assert any("never added" in warning for warning in told["warnings"])
    rates = tmp_path / "rates.csv"
    rates.write_text("currency,rate\nEUR,1\nUSD,0.5\n", "utf-8")
    assert main(["metrics", "--mrr", str(path), "--rates", str(rates), "--json"]) == Exit.OK
    (whole,) = printed(capsys)["summary"]
    assert (whole["currency"], whole["start"]) == ("EUR", 455)


def test_bad_lines_are_set_aside_with_file_line_field_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path, "bad,2025-13,5,EUR,smb,,\nbad,2025-02,none,EUR,smb,,\n")
    line = len(path.read_text("utf-8").splitlines())
    assert main(["metrics", "--mrr", str(path)]) == Exit.PARTIAL
    said = capsys.readouterr().err
    assert f"mrr.csv:{line - 1} [month]" in said
    assert f"mrr.csv:{line} [mrr]" in said
    assert "Write months as YYYY-MM" in said
    assert main(["metrics", "--mrr", str(path), "--json"]) == Exit.PARTIAL
    assert [(p["line"], p["field"], bool(p["remedy"])) for p in printed(capsys)["quarantined"]] == [
        (line - 1, "month", True), (line, "mrr", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file"),
        (b"account,month\n1,2\n", "Name the columns account_id,month,mrr,currency,segment"),
        (b"\xff\xfe\x00a", "Export it as UTF-8"),
        (HEAD.encode() + b"a,x,1,EUR,s,,\n", "bad.csv:2 [month]"),
        (b'account_id,month,mrr,currency,segment\na,2026-01,1,EUR,s\nb,2026-01,1,EUR,"s\nc,2026-01,1,EUR,s\n', "bad.csv:3"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_usage_error(
    content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    if content is not None:
        path.write_bytes(content)
    assert main(["metrics", "--mrr", str(path)]) == Exit.USAGE
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ("currency,rate\nEUR,1\nUSD,zero\n", "rates.csv:3 [rate]"),
        ("currency,rate\nUSD,0.9\n", "names no reporting currency"),
        ("currency,rate\nEUR,1\nEUR,2\n", "rates.csv:3"),
    ],
)
def test_rates_that_cannot_be_used_are_refused(rates: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rates.csv").write_text(rates, "utf-8")
    code = main(["metrics", "--mrr", str(book(tmp_path)), "--rates", str(tmp_path / "rates.csv")])
    assert (code, said in capsys.readouterr().err) == (Exit.USAGE, True)


def test_a_page_that_cannot_be_written_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["metrics", "--mrr", str(book(tmp_path)), "--html", str(tmp_path / "no" / "page.html")])
    assert (code, "Choose another place" in capsys.readouterr().err) == (Exit.FAILED, True)


def test_hostile_names_command_no_terminal_and_mark_up_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = f"{EVIL},2025-01,100,EUR,{EVIL},,{EVIL}\n{EVIL},2026-01,300,EUR,{EVIL},,{EVIL}\n{EVIL},bad,1,EUR,,,\n"
    path, out = book(tmp_path, rows), tmp_path / "page.html"
    for words in (["--by", "segment"], ["--by", "product", "--json"], ["--html", str(out)]):
        assert main(["metrics", "--mrr", str(path), *words]) == Exit.PARTIAL
        said = capsys.readouterr()
        assert not set(said.out + said.err) & set("\x1b\x07\u202e")
    page = out.read_text("utf-8")
    assert "<script" not in page
    assert not set(page) & set("\x1b\x07\u202e")
