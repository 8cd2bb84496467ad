"""From EARNED_MODEL and its neighbours to a session: which provider, which tape, which limits and caps.

openai:<name>             OpenAI, or the server that OPENAI_BASE_URL names
<provider>:<name>         any other provider, through LangChain
replay:DIR                recorded answers; no network, no key
record:DIR:<model>        ask <model> and write its answers to DIR
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.errors import ConfigurationError
from agent.models.gate import Gate
from agent.models.gateway import Gateway, Patience
from agent.models.journal import Journal, MemoryJournal, StoreJournal
from agent.models.prices import PriceList, read_prices
from agent.models.providers import Provider, Unrecorded
from agent.models.session import Session
from agent.models.shared import Share, SharedPace, SharedPurse
from agent.models.spending import Caps
from agent.models.tape import Header, Recorder, Tape, read_header
from agent.store import Store


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run may do with its model. Every field has an environment variable: see `settings`."""

    workers: int = 10
    rpm: float | None = None
    tpm: float | None = None
    run: Caps = field(default_factory=Caps)
    account: Caps = field(default_factory=Caps)
    try_seconds: float = 60.0
    params: Mapping[str, Any] | None = None
    prices: Path | None = None
    batch_poll_seconds: float = 30.0
    """How often a batch that is under way is looked at."""


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """EARNED_WORKERS, EARNED_RPM, EARNED_TPM, EARNED_MAX_COST, EARNED_MAX_TOKENS, EARNED_MAX_SECONDS, the latter three also with
    _PER_ACCOUNT, EARNED_TRY_SECONDS, EARNED_BATCH_POLL_SECONDS, EARNED_MODEL_PARAMS (a JSON object), EARNED_PRICES (a file).
    Raises ConfigurationError.
    """
    workers = _number(environment, "EARNED_WORKERS")
    tokens, own_tokens = _number(environment, "EARNED_MAX_TOKENS"), _number(environment, "EARNED_MAX_TOKENS_PER_ACCOUNT")
    seconds = _number(environment, "EARNED_TRY_SECONDS")
    prices = environment.get("EARNED_PRICES")
    return Settings(
        workers=int(workers) if workers else 10,
        rpm=_number(environment, "EARNED_RPM"),
        tpm=_number(environment, "EARNED_TPM"),
        run=Caps(
            _number(environment, "EARNED_MAX_COST"),
            int(tokens) if tokens is not None else None,
            _number(environment, "EARNED_MAX_SECONDS"),
        ),
        account=Caps(
            _number(environment, "EARNED_MAX_COST_PER_ACCOUNT"),
            int(own_tokens) if own_tokens is not None else None,
            _number(environment, "EARNED_MAX_SECONDS_PER_ACCOUNT"),
        ),
        try_seconds=seconds or 60.0,
        batch_poll_seconds=_number(environment, "EARNED_BATCH_POLL_SECONDS") or 30.0,
        params=_params(environment),
        prices=Path(prices) if prices else None,
    )


def open_session(
    name: str,
    *,
    store: Store | None = None,
    run: str = "",
    chosen: Settings | None = None,
    share: Share | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Session:
    """A session with the model that `name` describes; answers are kept in `store`, or in memory without one.

    `share`: where other processes work on the same run, its caps and its limits a minute are those of all of them together.

    Raises ConfigurationError for a name, a key, a tape or a cap that cannot be used. Nothing is sent.
    """
    chosen = chosen or settings(environment)
    provider, journal = _provider(name, store, chosen, environment)
    prices = read_prices(chosen.prices)
    price = prices.of(provider.model)
    if price is None and not isinstance(provider, Unrecorded):
        _refuse_cost_caps(provider.model, prices, chosen)

    def make() -> Gateway:
        alone = Gate(rpm=chosen.rpm, tpm=chosen.tpm)
        made = Gateway(
            provider,
            journal=journal,
            run=run,
            workers=chosen.workers,
            gate=alone if share is None else Gate(shared=SharedPace(share, chosen.rpm, chosen.tpm)),
            price=price,
            run_caps=chosen.run,
            account_caps=chosen.account,
            patience=Patience(try_seconds=chosen.try_seconds),
        )
        made.spending.purse = SharedPurse(share, chosen.run) if share else None
        return made

    return Session(make)


def _provider(name: str, store: Store | None, chosen: Settings, environment: Mapping[str, str]) -> tuple[Provider, Journal]:
    kind, _, rest = name.partition(":")
    kept: Journal = StoreJournal(store) if store is not None else MemoryJournal()
    if kind == "replay" and rest:
        header = read_header(Path(rest))
        return Unrecorded(header.model, header.params), Tape(Path(rest))
    if kind == "record" and ":" in rest:
        folder, _, inner = rest.partition(":")
        provider, kept = _provider(inner, store, chosen, environment)
        return provider, Recorder(kept, Path(folder), Header(provider.model, dict(provider.params)))
    if kind == "openai" and rest:
        from agent.models.openai_api import OpenAIProvider

        key, base = environment.get("OPENAI_API_KEY"), environment.get("OPENAI_BASE_URL")
        if not key and not base:
            raise ConfigurationError(
                f"The model {name!r} needs a key.", "Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."
            )
        return OpenAIProvider(rest, api_key=key, base_url=base or None, params=chosen.params or {}), kept
    if kind and rest and kind not in ("replay", "record"):
        from agent.models.langchain_api import LangChainProvider

        return LangChainProvider(name, params=chosen.params or {}), kept
    raise ConfigurationError(
        f"{name!r} names no model.",
        "Use offline, openai:<name>, <provider>:<name>, replay:DIR or record:DIR:<model>.",
    )


def _refuse_cost_caps(model: str, prices: PriceList, chosen: Settings) -> None:
    if chosen.run.cost is not None or chosen.account.cost is not None:
        raise ConfigurationError(
            f"A cost cap is set, and the price list of {prices.as_of} does not know {model!r}.",
            "Name its price in a file given with EARNED_PRICES, or cap tokens with EARNED_MAX_TOKENS instead.",
        )


def _number(environment: Mapping[str, str], name: str) -> float | None:
    value = environment.get(name, "").strip()
    if not value:
        return None
    try:
        parsed = float(value)
    except ValueError:
        parsed = -1.0
    if not 0 < parsed < float("inf"):
        raise ConfigurationError(f"{name}={value!r} is no positive number.", "Correct it or unset it.")
    return parsed


def _params(environment: Mapping[str, str]) -> Mapping[str, Any]:
    value = environment.get("EARNED_MODEL_PARAMS", "").strip()
    if not value:
        return {}
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise ConfigurationError(
            f"EARNED_MODEL_PARAMS={value!r} is no JSON object.", """Write it like {"temperature": 0}, or unset it."""
        )
    return parsed
