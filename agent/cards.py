"""Cards by the handful: what a reader who moves down the queue will want next, in a few statements instead of six for each."""

from __future__ import annotations

from collections.abc import Sequence

from agent.errors import NotFound
from agent.hypotheses import Draft
from agent.signals import Signal
from agent.store import Store, accounts, decisions, hypotheses, listing, signals
from agent.store.listing import Row
from agent.views import Card, Conversation
from retrieval import store as texts
from retrieval.accounts import Account


def read(store: Store, keys: Sequence[str]) -> list[tuple[Card, Row]]:
    """The cards of some hypotheses with their lines of the list, in the order asked for, from one transaction; an id that is not
    there is left out."""
    with store.read() as conn:
        found = hypotheses.several(conn, keys)
        rows = {row.id: row for row in listing.rows(conn, list(found))}
        known = accounts.several(conn, sorted({item.account_id for item in found.values()}))
        cited = signals.by_ids(conn, list(dict.fromkeys(key for item in found.values() for key in item.draft.cited)))
        catalog = accounts.catalog(conn)
        cards: list[tuple[Card, Row]] = []
        for key in keys:
            if key not in found or key not in rows:
                continue
            item = found[key]
            account, contacts = known.get(item.account_id) or (Account(item.account_id, item.account_id), ())
            mine = _cited(item.draft, cited)
            settling = {signal.resolved_by for signal in mine.values() if signal.resolved_by}
            settled = {name: texts.record(conn, name, item.account_id) for name in settling}
            card = Card(
                hypothesis=item,
                account=account,
                contacts=contacts,
                catalog=catalog,
                signals=mine,
                settled_by={name: record for name, record in settled.items() if record is not None},
                # A version rises with every decision: nobody can have decided on the first.
                log=tuple(decisions.of(conn, key)) if item.version > 1 else (),
            )
            cards.append((card, rows[key]))
    return cards


def _cited(draft: Draft, known: dict[str, Signal]) -> dict[str, Signal]:
    return {key: known[key] for key in draft.cited if key in known}


def conversation(store: Store, signal: Signal) -> Conversation:
    """The document around a signal's record. Raises NotFound where the record was deleted since."""
    with store.read() as conn:
        records = tuple(texts.document_records(conn, signal.account_id, signal.document))
    at = next((place for place, record in enumerate(records) if record.record_id == signal.record_id), None)
    if at is None:
        raise NotFound(
            f"The source {signal.record_id!r} is not in the store any more.", "The next run withdraws what stood on it."
        )
    return Conversation(records, at)
