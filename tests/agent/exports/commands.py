"""The commands of operations as they are typed."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from agent.cli import parser_operations


def earned(*words: str, home: Path) -> int:
    """Parse and run one command against a home; its exit code. Errors are raised, not printed."""
    parser = argparse.ArgumentParser()
    parser_operations.add(parser.add_subparsers())
    options = parser.parse_args([*words, "--home", str(home)])
    return int(importlib.import_module(f"agent.cli.{options.command}").run(options))
