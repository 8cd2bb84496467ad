"""One account for a business review: everything that is known of it, read in one place. Reads the store, changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.decisions import effective
from agent.errors import NotFound
from agent.hypotheses import Draft
from agent.outcomes.facts import Outcome
from agent.queue import Card, Queue
from agent.signals import Signal
from agent.store import hypotheses, outcomes, signals
from retrieval.accounts import Account


@dataclass(frozen=True, slots=True)
class Earlier:
    """The revision to compare with: the one that was decided on last, or else the one before the newest."""

    number: int
    at: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class AccountReview:
    account: Account
    cards: tuple[Card, ...]
    """Its hypotheses, best first."""
    ledger: tuple[Signal, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    """By hypothesis; none where there is only one revision."""


def account_review(queue: Queue, key: str) -> AccountReview:
    """`key`: an account, or a hypothesis of it. Raises NotFound."""
    items = queue.items()
    account_id = next((item.account_id for item in items if key in (item.id, item.account_id)), None)
    if account_id is None:
        raise NotFound(f"There is no account or hypothesis {key!r}.", "Give an id of `earned hypotheses`, or an account id.")
    cards = tuple(queue.card(item.id) for item in items if item.account_id == account_id)
    with queue.store.read() as conn:
        histories = {card.hypothesis.id: hypotheses.history(conn, card.hypothesis.id) for card in cards}
        ledger = tuple(signals.ledger(conn, account_id))
        told = tuple(outcomes.of_account(conn, account_id))
    earlier = {
        card.hypothesis.id: found for card in cards if (found := _earlier(card, histories[card.hypothesis.id])) is not None
    }
    return AccountReview(cards[0].account, cards, ledger, told, earlier)


def _earlier(card: Card, history: Sequence[tuple[int, str, str, Draft]]) -> Earlier | None:
    held = effective(card.log)
    newest = card.hypothesis.revision
    wanted = held[-1].revision if held and held[-1].revision < newest else newest - 1
    return next((Earlier(number, at, draft) for number, at, _, draft in history if number == wanted), None)
