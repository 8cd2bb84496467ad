"""The source: the quote by its exact offsets among the words around it, however long or hostile they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import ANA, NOW, Told, fill

from agent.queue import Conversation, Queue
from agent.store import Store
from review_tui.lines import printed
from review_tui.plot import plot_lines, series_of
from review_tui.quotes import Quote
from review_tui.source import LONGEST, Source, source_lines
from review_tui.text import cells
from review_tui.view import View, view_of

TODAY = NOW.date()


def opened(store: Store, told: Told) -> tuple[View, Queue]:
    key = fill(store, [told])[0]
    queue = Queue(store, ANA, lambda: NOW)
    return view_of(queue.card(key), queue.rows([key])[0], None, NOW), queue


def lines_of(view: View, queue: Queue, quote: Quote, width: int = 70, *, everything: bool = False) -> Source:
    conversation = queue.conversation(quote.signal.record_id, quote.signal.account_id)
    return source_lines(conversation, view.quotes, quote, width, TODAY, everything=everything)


def test_every_quote_is_marked_word_for_word(store: Store) -> None:
    view, queue = opened(store, Told(extra=("日本の工場でも必要です。\tSee\x1b[31m [b]this[/b] 👩\u200d👩\u200d👧 مرحبا",)))
    for quote in view.quotes:
        if not quote.signal.quote:
            continue
        made = lines_of(view, queue, quote)
        hit = "".join(text for one in made.lines for text, role in one.spans if role == "hit")
        assert hit.startswith(">>")
        assert hit.endswith("<<")
        assert made.found
        assert "\x1b" not in hit
        assert all(cells(one.text) <= 70 for one in made.lines)
        assert f"{quote.number}{quote.sign}|" in made.lines[made.at].text


def test_the_other_quotes_of_the_conversation_have_their_numbers(store: Store) -> None:
    view, queue = opened(store, Told())
    text = printed(lines_of(view, queue, view.quotes[0]).lines)
    assert " 1+|" in text
    assert " 2+|" in text
    assert " 5-|" in text
    assert text.count(">>") == 1


def test_a_changed_source_proves_nothing_and_says_so(store: Store) -> None:
    view, queue = opened(store, Told())
    conversation = queue.conversation(view.quotes[0].signal.record_id, "acc-1")
    changed = tuple(replace(record, text="Something else.") for record in conversation.records)
    made = source_lines(Conversation(changed, conversation.at), view.quotes, view.quotes[0], 70, TODAY)
    assert not made.found
    assert "not the quote any more" in printed(made.lines)


def test_five_thousand_comments_cost_what_is_near_the_quote(store: Store) -> None:
    view, queue = opened(store, Told())
    conversation = queue.conversation(view.quotes[0].signal.record_id, "acc-1")
    filler = replace(conversation.records[0], record_id="other", text="Noted.")
    long = Conversation((filler,) * 2_500 + (conversation.record,) + (filler,) * 2_500, 2_500)
    made = source_lines(long, view.quotes, view.quotes[0], 70, TODAY)
    assert len(made.lines) < 200
    assert "... 2460 earlier, o shows all" in made.lines[0].text
    assert len(source_lines(long, view.quotes, view.quotes[0], 70, TODAY, everything=True).lines) > 10_000


def test_a_megabyte_comment_is_shown_around_the_quote(store: Store) -> None:
    view, queue = opened(store, Told(extra=("x" * 500_000 + " we need forty seats " + "y" * 500_000,)))
    quote = next(q for q in view.quotes if len(q.signal.quote) > LONGEST)
    signal = quote.signal.model_copy(update={"start": 500_001, "end": 500_020, "quote": "we need forty seats"})
    short = replace(quote, signal=signal)
    conversation = queue.conversation(signal.record_id, "acc-1")
    made = source_lines(conversation, (short,), short, 70, TODAY)
    text = printed(made.lines)
    assert "".join(t for one in made.lines for t, role in one.spans if role == "hit").replace("forty", " forty ").split() == [
        ">>we",
        "need",
        "forty",
        "seats<<",
    ]
    assert "498,001 characters not shown" in text
    assert len(made.lines) < 250


@pytest.mark.parametrize("separator", [",", " "])
def test_usage_is_drawn_from_zero_with_its_figures(store: Store, separator: str) -> None:
    view, queue = opened(store, Told())
    quote = next(q for q in view.quotes if q.signal.measurement is not None)
    record = queue.conversation(quote.signal.record_id, "acc-1").record
    record = replace(record, text=record.text.replace(" ", separator))
    assert len(series_of(record)) == 6
    assert quote.signal.measurement is not None
    text = printed(plot_lines(record, quote.signal.measurement, 80, TODAY))
    assert "95% >= 80%" in text
    assert "5 Oct" in text
    assert "9 Nov: 59" in text
    assert "0 +---" in text
