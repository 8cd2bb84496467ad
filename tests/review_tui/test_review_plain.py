"""The plain twin: complete sentences, the same rules and the same log as the screen."""

from __future__ import annotations

import io

import pytest
from conftest import ANA, BEN, NOW, Told, barless, fill, golden

from agent.queue import Queue
from agent.store import Store, decisions
from review_tui.desk import Desk
from review_tui.plain import review


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def talk(store: Store, *commands: str, owner: str | None = ANA, out: io.StringIO | None = None, actor: str = ANA) -> str:
    out = out or io.StringIO()
    desk = Desk(Queue(store, actor, lambda: NOW), owner, lambda: NOW)
    assert review(desk, io.StringIO("".join(f"{command}\n" for command in commands)), out) == 0
    return out.getvalue()


def test_a_session_reads_like_this(store: Store) -> None:
    fill(store, [Told(), Told("acc-2", "Hexa Retail", title="Forty more seats", counter=False)])
    said = talk(store, "2", "4", "reject 6 after the budget round", "undo", "approve", "snooze renewal", "history", "quit")
    assert barless(said) == golden("plain.txt", said)


def test_every_line_of_output_ends_like_a_sentence_or_a_list_entry(store: Store) -> None:
    fill(store, [Told()])
    for line in talk(store, "card", "help").splitlines():
        assert line.rstrip()[-1] in '.:<!?"', line


def test_it_writes_the_same_log_as_the_queue(store: Store) -> None:
    keys = fill(store, [Told(), Told("acc-2", "Hexa Retail")])
    talk(store, "approve", "x not_now", "u", "redo", "check 1", "flag 2")
    with store.read() as conn:
        log = decisions.whole_log(conn)
    assert [(entry.action.value, entry.hypothesis_id) for entry in log][:4] == [
        ("approve", keys[0]),
        ("reject", keys[1]),
        ("undo", keys[1]),
        ("reject", keys[1]),
    ]


def test_a_conflict_is_said_and_not_written(store: Store) -> None:
    key = fill(store, [Told()])[0]

    class Meanwhile(io.StringIO):
        """Somebody else decides between the card and the command."""

        def readline(self, size: int | None = -1, /) -> str:
            if self.tell() == 0:
                Queue(store, BEN, lambda: NOW).approve(key)
            return super().readline(-1 if size is None else size)

    out = io.StringIO()
    desk = Desk(Queue(store, ANA, lambda: NOW), ANA, lambda: NOW)
    review(desk, Meanwhile("reject not_now\n"), out)
    assert "Not done. ben@vendor.example decided meanwhile: approve" in out.getvalue()
    with store.read() as conn:
        assert [entry.actor for entry in decisions.whole_log(conn)] == [BEN]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("frobnicate", "frobnicate is no command. help lists them."),
        ("reject", "Say reject and a reason"),
        ("reject other", "Not done. A rejection for another reason needs that reason in words."),
        ("proof", "Not done. Asking for proof needs the question."),
        ("snooze yesterday", "snooze needs a day"),
        ("snooze 2020-01-01", "Not done. 2020-01-01 is not in the future."),
        ("quote 99", "This card has 6 quotes"),
        ("edit 9 x", "edit needs the number of a claim"),
        ("undo", "Not done. There is nothing to undo."),
        ("redo", "Not done. There is nothing to redo."),
        ("go x", "go needs a number."),
        ("back", "There is no card in that direction."),
        ("filter acct:nobody", "No item matches acct:nobody."),
        ("changes", "Revision 1"),
    ],
)
def test_each_slip_is_answered(store: Store, command: str, answer: str) -> None:
    fill(store, [Told()])
    assert answer in talk(store, command)


def test_hostile_words_come_out_as_text(store: Store) -> None:
    fill(store, [Told(title="\x1b]0;x\x07", claims=("\x1b[2J\u202e[red]",), extra=("\x9b31m\x1bP1$r",))])
    said = talk(store, "2", "5", "changes", "\x1b[2J", "filter \x1b]52;c;x\x07")
    assert not any(char < " " and char != "\n" for char in said)
    assert "\x9b" not in said
    assert "\u202e" not in said


def test_without_a_terminal_at_the_output_everything_is_printed(store: Store) -> None:
    fill(store, [Told(), Told("acc-2", "Hexa Retail")])
    out = io.StringIO()
    assert review(Desk(Queue(store, ANA, lambda: NOW), ANA, lambda: NOW), Terminal(), out) == 0
    assert "Card 1 of 2." in out.getvalue()
    assert "Card 2 of 2." in out.getvalue()
    assert "Choose:" not in out.getvalue()


def test_an_empty_queue_says_so(store: Store) -> None:
    assert "Nothing is open." in talk(store)


def test_the_figures_at_the_end_are_those_of_the_end(store: Store) -> None:
    keys = fill(store, [Told(), Told("acc-2", "Hexa Retail"), Told("acc-3", "Pylon Foods")])

    class Colleague(io.StringIO):
        """Somebody else decides while this one listens."""

        def readline(self, size: int | None = -1, /) -> str:
            if self.tell() == 0:
                Queue(store, BEN, lambda: NOW).approve(keys[2])
            return super().readline()

    out = io.StringIO()
    review(Desk(Queue(store, ANA, lambda: NOW), ANA, lambda: NOW), Colleague("approve\nquit\n"), out)
    assert out.getvalue().endswith("1 open.\n")


def test_after_the_last_card_a_second_decision_needs_a_second_look(store: Store) -> None:
    fill(store, [Told()])
    said = talk(store, "approve", "reject not_now", "snooze tomorrow", "card")
    assert said.count("There is no card to decide on") == 2
    assert "meanwhile" not in said
    assert "It is approved." in said
    with store.read() as conn:
        assert len(decisions.whole_log(conn)) == 1


def test_sorted_by_account_the_names_ascend(store: Store) -> None:
    fill(store, [Told("acc-1", "Zinc"), Told("acc-2", "alder"), Told("acc-3", "Moss")])
    said = talk(store, "sort account", "list", "sort size")
    listed = said[said.index("Sorted by account") :]
    assert listed.index("1. alder") < listed.index("2. Moss") < listed.index("3. Zinc")
    assert "sort needs one of: grade, renewal, newest, account." in said
