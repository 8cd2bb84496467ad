"""What a capable reader's recorded answers say about ids and quotes: how often each was wrong, and what each cost. No model is asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from agent.extraction.model import ReadSignal, Signals, _request
from agent.extraction.windows import Window, windows_of
from agent.models.prices import read_prices
from agent.models.schema import schema_text
from agent.models.tape import Tape, read_header
from agent.pipeline import reading_of
from agent.verification import DocumentText, Rejected, verify
from evals.cases import SAMPLE
from evals.runs import inputs_of
from retrieval.readers.book import open_book
from retrieval.sentences import sentence_spans

TAPE: Final = Path(__file__).parents[1] / "recorded_answers" / "tessellate"
PRICES: Final = "openai:gpt-5.4-mini"


def tokens(text: str) -> int:
    """As the stub server counts them: four characters a token."""
    return (len(text) + 3) // 4


def answers() -> Iterator[tuple[Window, str, int]]:
    """Every first reading of the sample book that is on the tape: its window, the answer, and the tokens of its whole prompt."""
    tape, header, book = Tape(TAPE), read_header(TAPE), open_book(SAMPLE)
    for account in book.accounts:
        reading = reading_of(inputs_of(book, account.account_id))
        for window in windows_of(reading.records):
            request = _request(window, reading)
            content = tape.find(request.key(header.model, header.params))
            if content is not None:
                schema = schema_text(request.output)
                yield window, str(content["text"]), tokens("\n".join([schema, *(m.content for m in request.messages)]))


def recorded() -> dict[str, Any]:
    """Counts over all answers; `as_ids` is the same answers with a sentence's id in place of a turn's id and the words."""
    counts: Counter[str] = Counter()
    said = as_ids = labels = windows = sent = 0
    for window, text, length in answers():
        found = Signals.model_validate_json(text).signals
        windows += 1
        said += tokens(text)
        as_ids += tokens(json.dumps({"signals": [_with_id(item, number) for number, item in enumerate(found, start=100)]}))
        labels += sum(_label_tokens(window))
        sent += length
        for item in found:
            counts["quotes"] += 1
            counts[judged(item, window)] += 1
            counts[extent(item, window)] += 1
    price = read_prices().of(PRICES)
    if price is None:
        raise SystemExit(f"the price list does not know {PRICES}")
    saved, spent = (said - as_ids) * price.output / 1e6, labels * price.input / 1e6
    return {
        "reader": "recorded, tessellate",
        "windows": windows,
        **{name: counts[name] for name in ("quotes", "no_such_turn", "verbatim", "folded", "repaired", "clipped")},
        **{name: counts[name] for name in ("elsewhere", "rejected", "whole_sentence", "part_of_sentence", "across_sentences")},
        "prompt_tokens": sent,
        "output_tokens": said,
        "output_tokens_as_ids": as_ids,
        "prompt_tokens_of_sentence_ids": labels,
        "reading_dollars": round((sent * price.input + said * price.output) / 1e6, 5),
        "dollars_saved_on_answers": round(saved, 5),
        "dollars_spent_on_ids": round(spent, 5),
        "prices": f"{PRICES}, nothing cached",
    }


def judged(item: ReadSignal, window: Window) -> str:
    """What became of one quote: `verbatim` (in the named turn), another status of the verifier's, `elsewhere`, or why not."""
    record = window.record_of(item.turn)
    if record is None:
        return "no_such_turn"
    records = {turn.record.record_id: turn.record for turn in window.turns if turn.record.document == record.document}
    verdict = verify(item.quote, record_id=record.record_id, records=DocumentText(list(records.values())), voice=record.voice)
    if isinstance(verdict, Rejected):
        return "rejected"
    if any(span.record_id != record.record_id for span in verdict):
        return "elsewhere"
    status = verdict[0].status.value
    return "verbatim" if status == "exact" else status


def extent(item: ReadSignal, window: Window) -> str:
    """How much of a sentence the words are: an id can only stand for `whole_sentence`. `not_in_turn` where they are not there."""
    record = window.record_of(item.turn)
    at = record.text.find(item.quote.strip()) if record is not None else -1
    if record is None or at < 0:
        return "not_in_turn"
    end = at + len(item.quote.strip())
    over = [span for span in sentence_spans(record.text) if span[0] < end and at < span[1]]
    if len(over) != 1:
        return "across_sentences"
    rest = record.text[over[0][0] : at] + record.text[end : over[0][1]]
    return "part_of_sentence" if any(letter.isalnum() for letter in rest) else "whole_sentence"


def _with_id(item: ReadSignal, number: int) -> dict[str, str]:
    return {"sentence": f"S{number}", "kind": item.kind, "strength": item.strength}


def _label_tokens(window: Window) -> Iterator[int]:
    """What one more id for each sentence after a turn's first adds to the prompt."""
    number = 0
    for turn in window.turns:
        for at, _ in enumerate(sentence_spans(turn.words)):
            number += 1
            if at:
                yield tokens(f"[S{number}] ")
