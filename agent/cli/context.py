"""What commands share: the home, the tools that the configuration names, and output that no customer's text can break."""

from __future__ import annotations

import getpass
import json
import os
import sys
from argparse import Namespace
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent.errors import ConfigurationError, NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from agent.models import Session, Settings
    from agent.pipeline import Pipeline
    from agent.store import Store
    from retrieval.embeddings import Embedder

OFFLINE: Final = "offline"


def home(options: Namespace) -> Path:
    """The data folder: --home, else EARNED_HOME, else the platform's place for user data."""
    if options.home is not None:
        return Path(options.home)
    if os.environ.get("EARNED_HOME"):
        return Path(os.environ["EARNED_HOME"])
    from platformdirs import user_data_path

    return user_data_path("earned", appauthor=False)


def database(options: Namespace) -> str | None:
    """The team's database: EARNED_DATABASE. None: the home's own SQLite file."""
    given = getattr(options, "database", None)
    return (os.environ.get("EARNED_DATABASE") if given is None else given) or None


def opened(options: Namespace, *, create: bool = False) -> Store:
    from agent.store import open_store

    return open_store(home(options), create=create, database=database(options))


def model(options: Namespace) -> str:
    """The model that reads and drafts: --model, else EARNED_MODEL, else offline."""
    return getattr(options, "model", None) or os.environ.get("EARNED_MODEL") or OFFLINE


def embedder(name: str | None = None) -> Embedder:
    """The embedder of that name, or the one that EARNED_EMBEDDER names."""
    from retrieval.embeddings import EmbedderError
    from retrieval.embeddings import embedder as chosen

    try:
        return chosen(name)
    except EmbedderError as error:
        raise ConfigurationError(str(error), "EARNED_EMBEDDER chooses another one.") from error


@contextmanager
def session(options: Namespace, store: Store) -> Iterator[Session | None]:
    """The session with the model that the configuration names, or None for the offline reader. Nothing is sent yet."""
    if model(options) == OFFLINE:
        yield None
        return
    from agent.models import open_session
    from prompts import PromptError
    from prompts.library import listing

    try:
        listing()
    except PromptError as error:
        raise ConfigurationError(str(error), "Correct or unset EARNED_PROMPTS.") from error
    with open_session(model(options), store=store, chosen=settings_of(options)) as opened:
        try:
            yield opened
        finally:
            if opened.gateway.wanted:
                from agent.models.tape import write_wanted

                path = Path(model(options).partition(":")[2]) / "wanted.jsonl"
                write_wanted(path, opened.gateway.wanted)
                say(f"{len(opened.gateway.wanted)} questions have no recorded answer: {path} lists them.")


def settings_of(options: Namespace) -> Settings:
    """What the run may do with its model: the environment, and --max-cost. Raises ConfigurationError."""
    from agent.models import settings

    chosen, cost = settings(), getattr(options, "max_cost", None)
    return chosen if cost is None else replace(chosen, run=replace(chosen.run, cost=cost))


def under_way(session: Session) -> int:
    """Accounts under way at once: a few more than calls. While one's answers are checked and stored, another's are waited for."""
    return session.gateway.workers + session.gateway.workers // 4


def pipeline(store: Store, session: Session | None, embedding: str | None = None) -> Pipeline:
    """The pipeline that the configuration names. The offline extractor reads with the embedder that it was trained on.

    `embedding`: the embedder for search, where it is not the one of this process' environment.
    """
    from agent.extraction.offline import OfflineExtractor
    from agent.extraction.remembered import Remembered
    from agent.pipeline import Pipeline
    from agent.store.runs import Answers

    reader = embedder("minilm")
    tool = embedder(embedding)
    tool = reader if tool.name == reader.name else tool
    offline = Remembered(OfflineExtractor(reader), Answers(store, "extract", OFFLINE))
    if session is None:
        return Pipeline(offline, reader, tool)
    from agent.drafting.model import ModelDrafter
    from agent.extraction.model import ModelExtractor
    from agent.proving.prover import ModelProver

    extractor = ModelExtractor(session, triage=offline)
    return Pipeline(extractor, reader, tool, ModelDrafter(session), ModelProver(session, extractor, tool))


def check_account(account: str | None, known: Collection[str]) -> None:
    """Raises NotFound for an account that the store has not seen."""
    if account is not None and account not in known:
        raise NotFound(f"There is no account {account!r} in the store.", "`earned hypotheses` lists the accounts.")


def actor(options: Namespace) -> str:
    """Who decides."""
    name = getattr(options, "actor", None) or getattr(options, "owner", None)
    if name:
        return str(name)
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def console(*, stderr: bool = False) -> Console:
    """A rich console; NO_COLOR and pipes are honoured by rich itself."""
    from rich.console import Console

    class Piped(Console):
        """Rich ends the program with exit code 1 when `| head` has read enough; that is no failure."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Piped(stderr=stderr, highlight=False, soft_wrap=False, markup=False, emoji=False)


def say(text: str = "") -> None:
    """Talk, to stderr."""
    print(text, file=sys.stderr)


def print_json(rows: dict[str, Any] | Iterable[dict[str, Any]]) -> None:
    """One object, or JSON Lines for a list. ASCII only, so that no control character in a customer's text reaches a terminal."""
    for row in [rows] if isinstance(rows, dict) else rows:
        print(json.dumps(row, ensure_ascii=True).replace("\x7f", "\\u007f"))


def safe(text: str) -> str:
    """Customers' text as it may be shown on a terminal."""
    from review_tui.text import clean

    return clean(text).text
