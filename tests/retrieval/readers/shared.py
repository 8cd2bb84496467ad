"""Where test data lives that is not part of the repository, and how a test says that it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def shared(*parts: str) -> Path:
    """A path below `EARNED_SHARED` (default: `../shared` beside the repository); skips the test where it is absent."""
    path = Path(os.environ.get("EARNED_SHARED", ROOT.parent / "shared")).joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no {'/'.join(parts)} below EARNED_SHARED")
    return path


def sample_book() -> Path:
    """The labelled sample book: the repository's own, or the shared one."""
    own = ROOT / "evals" / "datasets" / "tessellate"
    return own if (own / "accounts.csv").exists() else shared("golden", "tessellate")
