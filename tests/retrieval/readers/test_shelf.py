"""Mappings on a shelf are dictionaries that take no memory."""

from __future__ import annotations

import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.accounts import Account, Contact
from retrieval.readers import open_book
from retrieval.readers.shelf import Kept, KeptLists, Shelf, Values

keys = st.text(st.characters(), max_size=3)  # lone surrogates and NUL too
plain = st.one_of(st.integers(), st.text(st.characters()), st.floats(allow_nan=False), st.tuples(st.integers(), st.binary()))


@settings(deadline=None)
@given(st.lists(st.tuples(keys, plain)), keys)
def test_one_value_for_each_key(rows: list[tuple[str, object]], other: str) -> None:
    kept: Kept[object] = Kept(Shelf())
    expected: dict[str, object] = {}
    for key, value in rows:
        assert (key in kept) is (key in expected)
        kept[key] = expected[key] = value
        assert kept[key] == value
    again = pickle.loads(pickle.dumps(kept))
    for found in (kept, again):
        assert list(found.pairs()) == list(expected.items())
        assert (list(found), len(found), found.get(other)) == (list(expected), len(expected), expected.get(other))
        assert found == expected


@settings(deadline=None)
@given(st.lists(st.tuples(keys, plain)), keys)
def test_several_values_for_each_key(rows: list[tuple[str, object]], other: str) -> None:
    kept: KeptLists[object] = KeptLists(Shelf())
    expected: dict[str, tuple[object, ...]] = {}
    for key, value in rows:
        kept.add(key, value)
        expected[key] = (*expected.get(key, ()), value)
    assert list(Values(kept)) == [value for _, value in rows]
    again = pickle.loads(pickle.dumps(kept))
    for found in (kept, again):
        assert (set(found), len(found), found.get(other)) == (set(expected), len(expected), expected.get(other))
        assert {key: found[key] for key in found} == expected


def test_what_is_written_after_it_was_asked_for_is_seen() -> None:
    shelf = Shelf()
    one: Kept[int] = Kept(shelf)
    several: KeptLists[int] = KeptLists(shelf)
    assert "a" not in one
    assert several.get("a") is None
    one["a"] = 1
    several.add("a", 1)
    assert (one["a"], several["a"], len(one), len(several)) == (1, (1,), 1, 1)
    one["a"] = 2
    several.add("a", 2)
    assert (one["a"], several["a"], len(one), len(several)) == (2, (1, 2), 1, 1)


def test_values_of_dataclasses_come_back_as_they_were() -> None:
    shelf = Shelf()
    kept: Kept[Account] = Kept(shelf, Account)
    people: KeptLists[Contact] = KeptLists(shelf, Contact)
    account = Account("a", "Ä\ud800", arr=0.1, seats_licensed=10**30)
    kept["a"] = account
    people.add("a", Contact("a", "Dana"))
    assert (kept["a"], list(Values(kept)), list(Values(people))) == (account, [account], [Contact("a", "Dana")])


def test_any_thread_may_look() -> None:
    kept: KeptLists[int] = KeptLists(Shelf())
    for number in range(5000):
        kept.add(str(number % 500), number)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda key: sum(kept[str(key)]), list(range(500)) * 4))
    assert sum(found) == 4 * sum(range(5000))


def test_an_open_book_takes_the_same_memory_for_ten_times_the_accounts(tmp_path: Path) -> None:
    def taken(accounts: int) -> int:
        root = tmp_path / str(accounts)
        root.mkdir()
        ids = [f"acc-{number:05d}" for number in range(accounts)]
        (root / "accounts.csv").write_text("account_id,name\n" + "".join(f"{key},Company {key}\n" for key in ids))
        (root / "contacts.csv").write_text(
            "account_id,name,email\n" + "".join(f"{key},Dana {key},{key}{n}@x.example\n" for key in ids for n in range(3))
        )
        (root / "usage.csv").write_text(
            "account_id,date,metric,value\n" + "".join(f"{key},2026-01-05,seats,{n}\n" for n in range(3) for key in ids)
        )
        (root / "tickets").mkdir()
        for key in ids:
            (root / "tickets" / f"{key}.json").touch()
        open_book(root)  # what is remembered of names and addresses is remembered before
        tracemalloc.start()
        book = open_book(root)
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(book.accounts) == accounts
        assert book.contacts_of(ids[-1])[2].email == f"{ids[-1]}2@x.example"
        assert book.files(ids[-1]) == (root / "tickets" / f"{ids[-1]}.json",)
        assert len(book.usage.rows_of(ids[-1]).rows) == 3
        return kept

    few, many = taken(600), taken(1200)  # both fill what is remembered and what waits to be written
    assert many - few < 60_000, "less than 100 bytes an account; in dictionaries it was four thousand"


def test_a_full_disk_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.readers import shelf
    from retrieval.readers.book import BookError

    monkeypatch.setattr(shelf, "_PRAGMAS", (*shelf._PRAGMAS, "max_page_count = 8"))
    (tmp_path / "accounts.csv").write_text("account_id,name\n" + "".join(f"a{n},{'x' * 500}\n" for n in range(2000)))
    with pytest.raises(BookError, match="TMPDIR"):
        open_book(tmp_path)
