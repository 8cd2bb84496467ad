"""langextract with its defaults, on the call that extraction is measured on: what `extraction_speed` sets its own figures beside.

It is asked through its OpenAI provider, as its documentation has it: windows of 1,000 characters, batches of ten, ten workers, one
example. The package is of no use to the product and wants much (pandas, cloud storage), so it is an extra of its own; the bench
says so and goes on without it. Its version and those of what it brings are pinned in constraints.txt.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import io
import logging
import warnings
from dataclasses import dataclass
from typing import Any, Final

HOW: Final = "langextract is not installed, so nothing stands beside these figures: pip install -c constraints.txt -e '.[bench]'"
DOCUMENT: Final = r"(?s)Q: (?!.*\nQ: )(.*?)\nA: *$"
"""Where the stub server finds the text in langextract's prompt: behind the last question."""
PROMPT: Final = (
    "Extract expansion and risk signals from the call transcript: seats, licenses, budget, renewal, upgrade, "
    "SSO, rollout, rate limits. Use exact text for extractions. Do not paraphrase."
)
EXAMPLE: Final = "[00:01] Ana: We will need 30 more seats for the Lima team by May. Also lunch was nice."
QUOTE: Final = "We will need 30 more seats for the Lima team by May."


@dataclass(frozen=True, slots=True)
class Aligned:
    """What it found."""

    spans: frozenset[tuple[int, int]]
    """Of quotes that it aligned with the text."""
    unaligned: int


def version() -> str | None:
    """The installed version, or None."""
    if importlib.util.find_spec("langextract") is None:
        return None
    return importlib.metadata.version("langextract")


def read(text: str, url: str, workers: int) -> Aligned:
    """Read the text once through the server at `url`. Raises what langextract raises: one bad window and all are lost."""
    lx: Any = importlib.import_module("langextract")
    factory: Any = importlib.import_module("langextract.factory")
    example = lx.data.ExampleData(
        text=EXAMPLE, extractions=[lx.data.Extraction("signal", extraction_text=QUOTE, attributes={"kind": "seat_expansion"})]
    )
    provided = {"api_key": "none", "base_url": url, "max_workers": workers}
    config = factory.ModelConfig(model_id="gpt-4o-mini", provider="OpenAILanguageModel", provider_kwargs=provided)
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            found = lx.extract(
                text, prompt_description=PROMPT, examples=[example], config=config, max_workers=workers, show_progress=False
            )
    finally:
        logging.disable(before)
    intervals = [extraction.char_interval for extraction in found.extractions]
    spans = frozenset((one.start_pos, one.end_pos) for one in intervals if one is not None)
    return Aligned(spans, sum(one is None for one in intervals))
