"""Damaged files of settings by the thousand: each is used, or refused with the file and what to do; none ends in a traceback.

    python -m evals.bench.fuzz_settings [--files 2000] [--seed 7]

Data checks, playbooks, price lists, answers and prompts, each damaged as exports are in `evals.bench.fuzz`. Prints JSON, a line a
kind; exit 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

from agent.checks import FILE, as_toml, read_checks
from agent.economics.inputs import read_answers
from agent.errors import EarnedError
from agent.models.prices import read_prices
from agent.playbooks.reading import read_playbooks
from evals.bench.fuzz_damages import damaged
from prompts import PromptError
from prompts.library import parse

ANSWERS: Final = "account_id,what,value,unit,source,answered_by,on\na-1,price,100,EUR,quote,kim@vendor.example,2026-08-01\n"


def _prompt() -> str:
    folder = resources.files("prompts").joinpath("extract_signals")
    return sorted(folder.iterdir(), key=lambda entry: entry.name)[0].read_text("utf-8")


def kinds() -> Mapping[str, tuple[str, str, Callable[[Path], Any]]]:
    """Of each kind of settings: its file's name, a sound text, and what reads it."""
    return {
        "checks": (FILE, as_toml(), lambda path: read_checks(path.parent)),
        "playbooks": (
            "playbooks.toml",
            resources.files("agent.playbooks").joinpath("default.toml").read_text("utf-8"),
            read_playbooks,
        ),
        "prices": ("prices.toml", resources.files("agent.models").joinpath("prices.toml").read_text("utf-8"), read_prices),
        "answers": ("answers.csv", ANSWERS, read_answers),
        "prompt": ("1.md", _prompt(), lambda path: parse(path.read_bytes(), path.name)),
    }


def wrong(path: Path, read: Callable[[Path], Any]) -> str:
    """What was not as it should be about reading this file; "" if all was."""
    try:
        read(path)
    except (EarnedError, PromptError) as error:
        said = str(error)
        return "" if path.name in said else f"refused without the file's name: {said[:200]}"
    except Exception as error:  # noqa: BLE001 - any other exception is what is looked for
        return f"raised {type(error).__name__}: {error}"[:200]
    return ""


def fuzz(name: str, files: int, seed: int, folder: Path) -> list[tuple[int, str]]:
    file, text, read = kinds()[name]
    found: list[tuple[int, str]] = []
    for number in range(files):
        (folder / file).write_bytes(damaged(text.encode(), random.Random(f"{seed}:{name}:{number}")))
        if why := wrong(folder / file, read):
            found.append((number, why))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    failed = False
    for name in kinds():
        with tempfile.TemporaryDirectory() as folder:
            found = fuzz(name, options.files, options.seed, Path(folder))
        print(json.dumps({"settings": name, "files": options.files, "wrong": len(found)}), flush=True)
        for number, why in found[:5]:
            print(f"{name} {number}: {why}", file=sys.stderr)
        failed = failed or bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
