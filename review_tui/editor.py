"""Long text in the person's own editor: `$VISUAL`, else `$EDITOR`, on a file that only they can read."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from review_tui.text import clean


def chosen(environ: Mapping[str, str]) -> list[str]:
    """The command of the editor; empty where none is set."""
    try:
        return next((words for name in ("VISUAL", "EDITOR") if (words := shlex.split(environ.get(name, "")))), [])
    except ValueError:  # an unclosed quote
        return []


def edited(text: str, command: list[str]) -> str:
    """The text as the editor left it, made safe; the file is gone afterwards. Raises OSError where the editor cannot be started, and
    CalledProcessError where it reports a failure: then nothing was changed."""
    with tempfile.TemporaryDirectory(prefix="earned-") as folder:  # readable by its owner only
        path = Path(folder) / "claim.txt"
        path.write_text(text, encoding="utf-8")
        subprocess.run([*command, os.fspath(path)], check=True)
        return clean(path.read_text(encoding="utf-8", errors="replace")).text.strip()
