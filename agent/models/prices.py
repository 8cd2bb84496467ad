"""What tokens cost, from a dated file. An unknown price stays unknown; it is never taken for nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from agent.errors import ConfigurationError
from agent.models.outcomes import Usage

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    cached: float
    output: float

    def cost(self, usage: Usage) -> float:
        fresh = usage.prompt_tokens - usage.cached_tokens
        return (fresh * self.input + usage.cached_tokens * self.cached + usage.completion_tokens * self.output) / 1e6

    def most(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What a call costs at worst: nothing cached and every allowed token used."""
        return self.cost(Usage(prompt_tokens, 0, completion_tokens))


@dataclass(frozen=True, slots=True)
class PriceList:
    as_of: str
    batch_factor: float
    models: Mapping[str, Price]

    def of(self, model: str) -> Price | None:
        """The price of `provider:name`, or of the name that a dated snapshot belongs to; None if it is not listed."""
        return self.models.get(model) or self.models.get(_SNAPSHOT.sub("", model))


def read_prices(path: Path | None = None) -> PriceList:
    """The list in `path`, or the one that comes with the product. Raises ConfigurationError naming what is wrong."""
    where = str(path) if path else "prices.toml"
    try:
        text = path.read_text("utf-8") if path else resources.files("agent.models").joinpath("prices.toml").read_text("utf-8")
        tree = tomllib.loads(text)
        models = {
            name: Price(float(row["input"]), float(row["cached"]), float(row["output"])) for name, row in tree["model"].items()
        }
        return PriceList(str(tree["as_of"]), float(tree.get("batch_factor", 1.0)), models)
    except (OSError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(
            f"The price list {where} cannot be read: {error}.", "Correct EARNED_PRICES or the file."
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"The price list {where} lacks or misspells {error}.",
            'It needs as_of, and input, cached and output for each [model."provider:name"].',
        ) from error
