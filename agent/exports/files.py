"""Files that other programs pick up: either the old one or the new one is there, never half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from agent.errors import DiskFull, EarnedError, is_full


def write_atomic(path: Path, text: str, *, private: bool = True) -> None:
    """Write beside the target and rename. `private`: only its owner may read it (customers' words are in it).

    Raises EarnedError where the folder cannot be written or the disk is full; what was at `path` is untouched then.
    """
    if path.is_dir():
        raise EarnedError(f"{path} is a folder.", "Give the name of a file.")
    fresh = ""
    try:
        handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(fresh).chmod(0o600 if private else 0o644)
        os.replace(fresh, path)
    except OSError as error:
        if is_full(error):
            raise DiskFull(path.parent, f"What was at {path} is as it was") from error
        raise EarnedError(f"{path} cannot be written: {error.strerror}.", "Choose another place, or free some space.") from error
    finally:
        if fresh:
            Path(fresh).unlink(missing_ok=True)
