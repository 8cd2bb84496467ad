"""A seeded part of `python -m evals.bench.fuzz_settings`, and what it has found."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.bench.fuzz_settings import fuzz, kinds, wrong


@pytest.mark.parametrize("name", ["checks", "playbooks", "prices", "answers", "prompt"])
def test_no_damage_to_settings_ends_in_a_traceback(name: str, tmp_path: Path) -> None:
    assert not fuzz(name, 60, 7, tmp_path)


@pytest.mark.parametrize("name", ["checks", "playbooks", "prices"])
@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "model = []\nas_of = 1\n", "\0", "a = 1\na = 2\n"])
def test_what_no_toml_is_made_of_is_refused_with_the_file_s_name(name: str, text: str, tmp_path: Path) -> None:
    file, _, read = kinds()[name]
    (tmp_path / file).write_text(text)
    assert wrong(tmp_path / file, read) == ""


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"---\na: [\n---\nx", b"---\n- a\n---\nx", b"", b"---\na: &x [*x]\n---\n"])
def test_what_no_prompt_is_made_of_is_refused_with_the_file_s_name(raw: bytes, tmp_path: Path) -> None:
    file, _, read = kinds()["prompt"]
    (tmp_path / file).write_bytes(raw)
    assert wrong(tmp_path / file, read) == ""
