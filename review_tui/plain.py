"""The queue as numbered text, one line in and a few lines out: for screen readers, pipes, and terminals that cannot place text.

The same queue, rules and log as the screen. Every answer is a complete sentence, so that it reads well aloud; nothing is drawn,
nothing is overwritten, and no meaning hangs on a position. Commands are words or their first letters; `help` lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from agent.decisions import REASONS, Action, Decision
from agent.errors import DecisionConflict, EarnedError
from agent.queue import ORDERS, TOP
from review_tui import spoken
from review_tui.dates import parsed
from review_tui.desk import Desk
from review_tui.filters import HELP
from review_tui.pages import decision_words, revision_lines
from review_tui.questions import snooze_days
from review_tui.quotes import Quote
from review_tui.rows import said, summary
from review_tui.text import clean, safe
from review_tui.view import View

NO_CARD = "There is no card to decide on: card reads this one again, next and go N another."
COMMANDS = (
    ("approve", "approve this hypothesis"),
    ("reject REASON [words]", f"reject it; reasons: {', '.join(REASONS)}"),
    ("proof QUESTION", "ask for proof: what, of whom, by when"),
    ("snooze DAY", "tomorrow, monday, twoweeks, renewal (60 days before it), or YYYY-MM-DD"),
    ("edit N TEXT", "give claim N other words and approve"),
    ("undo, redo", "take back your last decision, or decide it again"),
    ("quote N", "read quote N in its source"),
    ("check N, flag N", "say that quote N was checked, or that it does not support"),
    ("card", "read the whole card again"),
    ("next, back, go N", "another card"),
    ("list", "the list, today's first"),
    ("filter WORDS", "narrow the list; filter alone clears it"),
    ("sort ORDER", f"{', '.join(ORDERS)}"),
    ("changes", "revisions, and what was decided on them"),
    ("history", "the newest decisions"),
    ("help, quit", "these words; leave"),
)
SHORT = {"a": "approve", "x": "reject", "r": "reject", "p": "proof", "z": "snooze", "e": "edit", "u": "undo", "q": "quote"}
SHORT |= {"n": "next", "b": "back", "l": "list", "c": "card", "h": "help", "?": "help", "g": "go", "f": "filter", "exit": "quit"}


def review(desk: Desk, given: TextIO, out: TextIO) -> int:
    """Run until `quit` or the end of the input. Without a terminal at the output the whole list is printed and nothing is asked."""
    session = Plain(desk, out)
    session.load("")
    session.opening()
    if given.isatty() and not out.isatty():
        session.everything()
        return 0
    asks = given.isatty()
    session.card()
    while True:
        if asks:
            session.say("Choose: approve, reject, proof, snooze, quote, next, list, help or quit.")
            out.write("> ")
            out.flush()
        entered = given.readline()
        if not entered or not session.obey(entered.strip()):
            break
    session.recount()
    session.say(f"Session: {summary(desk.tally)}. {desk.open_count} open.")
    return 0


class Plain:
    """One conversation over a desk."""

    def __init__(self, desk: Desk, out: TextIO) -> None:
        self.desk = desk
        self._out = out
        self._heard: View | None = None

    def say(self, text: str) -> None:
        # Everything goes through `clean`, whatever made it: this is the last line before the terminal.
        self._out.write(clean(text).text.rstrip() + "\n")

    def load(self, text: str) -> None:
        parsed_text = self.desk.wanted(text)
        self.desk.lay_out(self.desk.queue.shelf(parsed_text.wanted), text)
        for hint in parsed_text.hints:
            self.say(f"Note: {hint}.")

    def recount(self) -> None:
        """The figures as they stand now: others decide meanwhile, and so did we."""
        counts, done = self.desk.queue.counts(self.desk.wanted("").wanted.owner)
        self.desk.recount(counts, done, self.desk.queue.pulse())

    # what is read out

    def opening(self) -> None:
        shelf = self.desk.shelf
        whose = "everybody" if self.desk.everybody else safe(self.desk.owner or "")
        self.say(f"Review queue of {whose}. {self.desk.open_count} open, {shelf.done_today} done today.")
        if shelf.top:
            self.say(f"Today's {min(TOP, shelf.top)}:" if not self.desk.everybody else "For today:")
            for at in range(shelf.top):
                self._list_line(at)
            rest = len(shelf.ids) - shelf.top
            if rest:
                self.say(f"{rest} more below; none of them has to be done today.")

    def everything(self) -> None:
        for at in range(len(self.desk.shelf.ids)):
            self.desk.move(at)
            self.say("")
            self.card()

    def _list_line(self, at: int) -> None:
        item = self.desk.row(at)
        if item is not None:
            self.say(spoken.list_line(at + 1, item, self.desk.shelf.returned.get(item.id), self.desk.clock()))

    @property
    def view(self) -> View | None:
        """The card that was read out last: decisions name its version, so nothing is decided that nobody heard."""
        return self._heard if self._heard is not None and self._heard.row.id == self.desk.key else None

    def card(self) -> None:
        key = self.desk.key
        view = self._heard = self.desk.read(key) if key is not None else None
        if view is None:
            filtered = f"No item matches {self.desk.text}. The word filter alone clears it." if self.desk.filtered else ""
            self.say(filtered or "Nothing is open. Well done.")
            return
        self.desk.opened[view.row.id] = view.version
        for told in spoken.card(view, self.desk.at + 1, len(self.desk.shelf.ids)):
            self.say(told)

    def read_quote(self, quote: Quote, view: View) -> None:
        found = self.desk.queue.conversation(quote.signal.record_id, quote.signal.account_id)
        for told in spoken.source(quote, len(view.quotes), found, view.now.date()):
            self.say(told)

    # what is done

    def obey(self, entered: str) -> bool:
        """Do one command; False where the session is over."""
        if not entered:
            return True
        word, _, rest = entered.partition(" ")
        word = SHORT.get(word.lower(), word.lower())
        if word == "quit":
            return False
        if word.isdigit():
            word, rest = "quote", word
        handler = self._handlers.get(word)
        if handler is None:
            self.say(f"{safe(word)} is no command. help lists them.")
            return True
        try:
            handler(rest.strip())
        except EarnedError as error:
            again = " Say card to hear it again." if isinstance(error, DecisionConflict) else ""
            self.say(f"Not done. {error.what} {error.remedy}{again}")
        return True

    @property
    def _handlers(self) -> dict[str, Callable[[str], None]]:
        return {
            "approve": lambda _: self._decide(lambda key, version: self.desk.queue.approve(key, version=version)),
            "reject": self._reject,
            "proof": lambda ask: self._decide(lambda key, version: self.desk.queue.ask_for_proof(key, ask=ask, version=version)),
            "snooze": self._snooze,
            "edit": self._edit,
            "undo": lambda _: self._told(self.desk.queue.undo()),
            "redo": lambda _: self._told(self.desk.queue.redo()),
            "quote": lambda number: self._with_quote(number, self.read_quote),
            "check": lambda number: self._with_quote(number, lambda quote, view: self._mark(quote, view, Action.CHECK)),
            "flag": lambda number: self._with_quote(number, lambda quote, view: self._mark(quote, view, Action.FLAG)),
            "card": lambda _: self.card(),
            "next": lambda _: self._go(self.desk.at + 1),
            "back": lambda _: self._go(self.desk.at - 1),
            "go": lambda number: self._go(int(number) - 1) if number.isdigit() else self.say("go needs a number."),
            "list": lambda _: self._list(),
            "filter": self._filter,
            "sort": self._sort,
            "changes": lambda _: self._changes(),
            "history": lambda _: self._history(),
            "help": lambda _: self._help(),
        }

    def _decide(self, call: Callable[[str, int], Decision]) -> None:
        view = self.view
        if view is None:
            self.say(NO_CARD)
            return
        decision = call(view.row.id, view.version)
        self._told(decision, view.row.account)
        at = self.desk.next_open()
        if at is None:
            self._heard = None  # it is decided; another decision on it starts with hearing it again
            self.say("That was the last open card in this list.")
        else:
            self._go(at)

    def _told(self, decision: Decision, account: str | None = None) -> None:
        self.desk.tally.count(decision)
        self.desk.forget(decision.hypothesis_id)
        name = account or next((row.account for row in self.desk.queue.rows([decision.hypothesis_id])), decision.hypothesis_id)
        if decision.action is Action.UNDO:
            self.say(f"Took back your last decision on {safe(name)}.")
            place = self.desk.place(decision.hypothesis_id)
            if place is not None:
                self._go(place)
        else:
            self.say(f"{said(decision, name)}. undo takes it back.")

    def _reject(self, rest: str) -> None:
        reason, _, words = rest.partition(" ")
        if reason.isdigit() and 1 <= int(reason) <= len(REASONS):
            reason = list(REASONS)[int(reason) - 1]
        if reason not in REASONS:
            for number, (code, label) in enumerate(REASONS.items(), start=1):
                self.say(f"{number}. {code}: {label}.")
            self.say("Say reject and a reason, e.g. reject not_now.")
            return
        self._decide(lambda key, version: self.desk.queue.reject(key, reason=reason, version=version, note=words.strip() or None))

    def _snooze(self, rest: str) -> None:
        view, today = self.view, self.desk.clock().date()
        if view is None:
            self.say(NO_CARD)
            return
        days = snooze_days(view, today)
        day = days[rest.lower()] if rest.lower() in days else parsed(rest) if len(rest) == 10 else None
        if day is None:
            self.say("snooze needs a day: tomorrow, monday, twoweeks, renewal where it is known, or YYYY-MM-DD.")
            return
        self._decide(lambda key, version: self.desk.queue.snooze(key, until=day, version=version))

    def _edit(self, rest: str) -> None:
        view = self.view
        number, _, text = rest.partition(" ")
        if view is None or not number.isdigit() or not 1 <= int(number) <= len(view.draft.claims) or not text.strip():
            self.say("edit needs the number of a claim and its new words.")
            return
        wording = [claim.text for claim in view.draft.claims]
        wording[int(number) - 1] = text
        self._decide(lambda key, version: self.desk.queue.approve_edited(key, claims=wording, version=version))

    def _with_quote(self, number: str, then: Callable[[Quote, View], None]) -> None:
        view = self.view
        quotes = view.quotes if view is not None else ()
        if view is None or not number.isdigit() or not 1 <= int(number) <= len(quotes):
            self.say(f"This card has {len(quotes)} quotes; say quote and a number.")
            return
        then(quotes[int(number) - 1], view)

    def _mark(self, quote: Quote, view: View, action: Action) -> None:
        self._told(self.desk.queue.mark(view.row.id, quote.signal.id, action, version=view.version), view.row.account)
        after = self.desk.read(view.row.id)
        if after.version == view.version + 1:
            self._heard = after

    def _go(self, at: int) -> None:
        if not 0 <= at < len(self.desk.shelf.ids):
            self.say("There is no card in that direction." if self.desk.shelf.ids else "There is no card.")
            return
        self.desk.move(at)
        self.card()

    def _list(self) -> None:
        total = len(self.desk.shelf.ids)
        for at in range(min(total, 50)):
            self._list_line(at)
        if total > 50:
            self.say(f"{total - 50} more; filter narrows the list.")

    def _filter(self, text: str) -> None:
        self.load(text)
        self.say(f"{len(self.desk.shelf.ids)} match." if text else f"Filter cleared, {len(self.desk.shelf.ids)} open.")
        self.card()

    def _sort(self, order: str) -> None:
        if order not in ORDERS:
            self.say(f"sort needs one of: {', '.join(ORDERS)}.")
            return
        self.desk.order = order
        self.load(self.desk.text)
        self.say(f"Sorted by {order}.")
        self.card()

    def _changes(self) -> None:
        view = self.view
        if view is not None:
            for one in revision_lines(self.desk.queue.revisions(view.row.id), view.card.log, self.desk.clock(), 10_000):
                self.say(one.text.strip())

    def _history(self) -> None:
        log = self.desk.queue.log(limit=20)
        names = {row.id: row.account for row in self.desk.queue.rows([entry.hypothesis_id for entry in log])}
        for entry in log:
            self.say(f"{safe(names.get(entry.hypothesis_id, entry.hypothesis_id))}: {decision_words(entry, self.desk.clock())}.")
        if not log:
            self.say("Nothing has been decided yet.")

    def _help(self) -> None:
        for usage, meaning in COMMANDS:
            self.say(f"{usage}: {meaning}.")
        self.say("Filters: " + "; ".join(f"{example}, {meaning}" for example, meaning in HELP) + ".")
