"""Text that goes through the person's own editor."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import Told, fill
from terminal import Terminal

from agent.store import Store, hypotheses
from review_tui.editor import chosen, edited


@pytest.mark.parametrize(
    ("environ", "command"),
    [
        ({"VISUAL": "code --wait", "EDITOR": "vi"}, ["code", "--wait"]),
        ({"VISUAL": " ", "EDITOR": "'/opt/my editor' -x"}, ["/opt/my editor", "-x"]),
        ({"EDITOR": "vi 'unclosed"}, []),
        ({}, []),
    ],
)
def test_visual_goes_before_editor(environ: dict[str, str], command: list[str]) -> None:
    assert chosen(environ) == command


def script(folder: Path, body: str) -> Path:
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return path


def test_what_the_editor_leaves_is_made_safe_and_the_file_is_gone(tmp_path: Path) -> None:
    program = script(
        tmp_path,
        f'stat -c %a "$(dirname "$1")" > {tmp_path}/mode; echo "$1" > {tmp_path}/name; printf "\\033]0;x\\007 und mehr\\n" >> "$1"',
    )
    assert edited("Ein Satz.", [str(program)]) == "Ein Satz.\\x1b]0;x\\x07 und mehr"
    assert (tmp_path / "mode").read_text().strip() == "700"
    assert not Path((tmp_path / "name").read_text().strip()).exists()


def test_a_failing_editor_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        edited("A sentence.", [str(script(tmp_path, 'echo lost > "$1"; exit 1'))])
    with pytest.raises(OSError, match="nowhere"):
        edited("A sentence.", [str(tmp_path / "nowhere")])


@pytest.mark.slow
@pytest.mark.pty
def test_the_screen_steps_aside_for_the_editor_and_comes_back(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = fill(store, [Told(counter=False, claims=("The Lyon office cannot be onboarded without SSO.",))])[0]
    monkeypatch.setenv("EDITOR", os.fspath(script(tmp_path, 'printf "The Lyon office waits for SSO." > "$1"')))
    monkeypatch.delenv("VISUAL", raising=False)
    with Terminal(store.home) as terminal:
        terminal.until("MISSING")
        while "your editor" not in terminal.text:  # the guard wants the card to have been in sight for a moment
            terminal.press("e", rest=1.0)
        terminal.press("\x0f")
        terminal.until("The Lyon office waits for SSO.")
        terminal.until("1 of 1 claims changed")
        terminal.press("\x13")
        terminal.until("Approved")
        terminal.press("q")
        assert terminal.ended() == 0
    with store.read() as conn:
        item = hypotheses.get(conn, key)
    assert item is not None
    assert [claim.text for claim in item.draft.claims] == ["The Lyon office waits for SSO."]
