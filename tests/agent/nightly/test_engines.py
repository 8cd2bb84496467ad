"""What is wrong with an engine is said before the night begins, with what to do."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path

import pytest

from agent.cli import main
from agent.errors import ConfigurationError, Exit, UsageError
from agent.nightly.ray_nodes import LOCAL, joined
from evals.bench import machines

TOOLBOX = partial(machines.tools, latency=0.0, slots=1)


def refused(address: str, *, team: bool) -> ConfigurationError | UsageError:
    with pytest.raises((ConfigurationError, UsageError)) as caught, joined(address, TOOLBOX, team=team):
        pass
    return caught.value


def test_several_machines_need_a_database_that_all_of_them_reach() -> None:
    error = refused("10.0.0.1:6379", team=False)
    assert "EARNED_DATABASE" in error.remedy
    assert "--ray local" in error.remedy


def test_a_client_address_is_refused() -> None:
    assert "HOST:6379" in refused("ray://head:10001", team=True).remedy


def test_ray_that_is_not_installed_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "ray" else real(name, *more))
    assert "earned[scale]" in refused(LOCAL, team=False).remedy


def test_what_is_wrong_is_said_before_the_book_is_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["run", "--book", str(tmp_path / "none"), "--home", str(tmp_path / "home")]
    assert main([*command, "--ray", "10.0.0.1:6379"]) == Exit.CONFIG
    assert "EARNED_DATABASE" in capsys.readouterr().err
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert main([*command, "--processes", "2", "--model", f"record:{tmp_path / 'tape'}:openai:x"]) == Exit.USAGE
    assert "recorded by one process" in capsys.readouterr().err
    with pytest.raises(SystemExit) as typed:
        main([*command, "--processes", "0"])
    assert typed.value.code == Exit.USAGE
