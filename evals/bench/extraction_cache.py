"""How much of a call's reading a prompt cache can serve, and what that does to the bill: the bound, and a curve over window sizes.

    python -m evals.bench.extraction_cache [--most-tokens 36000] [--cached 0.6] [--model openai:gpt-5.4-mini]

Two aims were set for the call of 20,113 words: at most 36,000 prompt tokens, and at least 60 % of them served from the cache. They
contradict each other, for any prompt, any cutting and any order of calls. Let D be the call's own tokens, P the tokens that every
window repeats (instructions and schema), n the windows, T = D + nP what is sent. A cache serves what was sent before; the call's own
words have to be sent once before they were, so at least D of T are fresh, and

    cached / T <= (T - D) / T = 1 - D / T.

The call is D = 28,871 tokens (115,484 characters at four a token); of T <= 36,000 no more than 19.8 % can then be cached. Even bare
words, without times, speakers or turn ids, are 26,480: 26.4 %. 60 % of them needs T >= D / 0.4 = 66,200 tokens, which is more than
langextract sends. Sending the call twice, so that the second time is cached, needs T >= 2D and reaches 50 %. Both aims can be kept
only for documents of up to 14,400 tokens.

The share is no aim in itself: it falls when fewer tokens are sent. What is paid is fresh * input + cached * cached price, and the fresh
part is D + P whatever n is; every further window adds P at the cached price. So the fewest windows cost least, at any price
of cached tokens above nothing, and the curve below shows by how much. What is not on it: a larger window is a larger loss when its
answer is cut off or fails, and recall in long windows, which no stub can measure.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from agent.extraction.model import ModelExtractor
from agent.extraction.windows import CHARACTERS
from agent.models.outcomes import Usage
from agent.models.prices import Price, read_prices
from evals.bench.extraction_call import reading_of
from evals.bench.extraction_speed import READER, session, the_call
from tests.stub import Stub

WINDOWS = (3_000, 6_000, 12_000, 20_000, 30_000, CHARACTERS, 60_000, 120_000)


def tokens(characters: int) -> int:
    """As the stub server counts them."""
    return (characters + 3) // 4


def most_cached(document: int, total: int) -> float:
    """The largest share of `total` prompt tokens that can be cached if `document` of them are new to the server."""
    return max(0.0, 1.0 - document / total)


def least_total(document: int, cached: float) -> float:
    """The fewest prompt tokens of which the share `cached` can come from a cache. Infinite for a share of 1."""
    return document / (1.0 - cached) if cached < 1.0 else float("inf")


def feasible(document: int, most_tokens: int, cached: float) -> bool:
    """Whether some prompt and some cutting keeps both aims."""
    return document <= most_tokens and least_total(document, cached) <= most_tokens


def read(window: int, price: Price) -> dict[str, Any]:
    """The call, read in windows of that many characters after one small account has warmed the cache, through the stub server."""
    reading = reading_of(the_call().text)
    with (
        tempfile.TemporaryDirectory() as folder,
        Stub("--latency", "0.01", "--reply", READER) as stub,
        session(stub, Path(folder) / "home", 1) as desk,
    ):
        ModelExtractor(desk, window=window).read(reading_of("[00:01] Ana (Acme): Nothing new.", "first"))
        calls, before = desk.bill.calls, desk.bill.usage
        ModelExtractor(desk, window=window).read(reading)
        calls, used = desk.bill.calls - calls, desk.bill.usage
    prompt, cached = used.prompt_tokens - before.prompt_tokens, used.cached_tokens - before.cached_tokens
    answers = used.completion_tokens - before.completion_tokens
    return {
        "window_characters": window,
        "windows": calls,
        "prompt_tokens": prompt,
        "cached_share": round(cached / prompt, 3),
        "fresh_tokens": prompt - cached,
        "prompt_cost": round(price.cost(Usage(prompt, cached, 0)), 5),
        "prompt_cost_without_cache": round(price.cost(Usage(prompt, 0, 0)), 5),
        "answers_cost": round(price.cost(Usage(0, 0, answers)), 5),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most-tokens", type=int, default=36_000)
    parser.add_argument("--cached", type=float, default=0.6)
    parser.add_argument("--model", default="openai:gpt-5.4-mini", help="whose prices; it is not asked")
    parser.add_argument("--windows", type=int, nargs="+", default=WINDOWS)
    options = parser.parse_args()
    prices = read_prices()
    price = prices.of(options.model)
    if price is None:
        raise SystemExit(f"the price list of {prices.as_of} does not know {options.model}")
    document = tokens(sum(len(record.text) for record in reading_of(the_call().text).records))
    bound = {
        "document_tokens": tokens(len(the_call().text)),
        "of_bare_words": document,
        f"most_cached_of_{options.most_tokens}": round(most_cached(document, options.most_tokens), 3),
        f"fewest_tokens_for_{options.cached:g}": round(least_total(document, options.cached)),
        "largest_document_for_both": round((1 - options.cached) * options.most_tokens),
        "both_aims_can_hold": feasible(document, options.most_tokens, options.cached),
    }
    print(json.dumps(bound))
    rows = [read(window, price) for window in options.windows]
    for row in rows:
        print(json.dumps(row), flush=True)
    cheapest = min(rows, key=lambda row: float(row["prompt_cost"]))
    print(json.dumps({"cheapest_window": cheapest["window_characters"], "prices": options.model, "as_of": prices.as_of}))


if __name__ == "__main__":
    main()
