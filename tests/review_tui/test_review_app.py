"""The application through its keys and the mouse, in a real Textual loop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import ANA, BEN, NOW, Told, book, easy, fill, seated
from textual.geometry import Region

from agent import cards
from agent.decisions import Action, Decision
from agent.errors import StoreError
from agent.hypotheses import Grade, State
from agent.queue import Queue
from agent.store import Store, decisions
from review_tui.actions import ACTIONS, DECIDING
from review_tui.guard import HELD
from review_tui.keymap import settings_from

Queues = Callable[..., Queue]


def log_of(store: Store) -> list[Decision]:
    with store.read() as conn:
        return decisions.whole_log(conn)


async def test_approve_moves_on_names_the_account_and_can_be_undone(store: Store) -> None:
    keys = fill(store, easy())
    async with seated(store) as seat:
        await seat.press("a")
        assert [(entry.action, entry.hypothesis_id) for entry in log_of(store)] == [(Action.APPROVE, keys[0])]
        assert seat.screen.desk.key == keys[1]
        assert "Approved Account 0. u undoes." in seat.status
        assert "saved" in seat.status
        await seat.press("j", "j", "u")
        assert seat.screen.desk.key == keys[0]
        assert "Took back your last decision on Account 0" in seat.status
        await seat.press("ctrl+r")
        assert log_of(store)[-1].action is Action.APPROVE


async def test_a_held_key_decides_one_item(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        await seat.press("a", wait=5)
        for _ in range(12):
            await seat.press("a", wait=0.03)
        assert len(log_of(store)) == 1
        assert HELD in seat.status


async def test_a_burst_that_was_pasted_decides_nothing_that_was_not_read(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        await seat.pilot.press(*"axz" * 5)
        await seat.rest()
        assert log_of(store) == []


async def test_counter_evidence_out_of_sight_must_be_seen_or_confirmed(store: Store) -> None:
    fill(store, [Told(grade=Grade.BLOCKED)])
    async with seated(store) as seat:
        await seat.press("a")
        assert "It is blocked: budget pressure." in seat.text
        await seat.press("enter")
        assert log_of(store) == []
        await seat.press("n")
        assert log_of(store) == []
        await seat.press("a", "y")
        assert [entry.action for entry in log_of(store)] == [Action.APPROVE]


async def test_reject_asks_for_a_reason_and_escape_leaves(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        await seat.press("x", "escape")
        assert log_of(store) == []
        await seat.press("x", "6")
        assert log_of(store)[0].reason == "not_now"
        await seat.press("x", "8", "enter")
        assert "Some words are needed." in seat.text
        await seat.type("aq", "enter")
        assert (log_of(store)[1].reason, log_of(store)[1].note) == ("other", "aq")


async def test_proof_is_asked_with_what_of_whom_and_by_when(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        await seat.press("p", "1", "enter")
        assert log_of(store)[0].note == (
            "No named person at the customer has asked for or taken a next step. - Dana Kim, by 5 Dec"
        )


async def test_snooze_knows_the_renewal_and_refuses_the_past(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        await seat.press("z", "4")
        assert log_of(store)[0].until == "2027-01-11"
        await seat.press("z", "5")
        await seat.type("01-01", "enter")
        assert "That day is not in the future." in seat.text
        assert len(log_of(store)) == 1


async def test_edit_changes_claims_only_and_keeps_a_draft(store: Store) -> None:
    key = fill(store, easy())[0]
    async with seated(store) as seat:
        await seat.press("e", "end")
        await seat.type(" 40 now")
        assert "1 of 1 claims changed" in seat.text
        assert "not in the quotes: 40" in seat.text
        await seat.press("escape")
        assert log_of(store) == []
        assert "Draft kept for Account 0" in seat.status
        await seat.press("e", "ctrl+s")
        assert "says 40, which its evidence does not" in seat.status
        assert log_of(store) == []
        await seat.press("e", "end", *["backspace"] * len(" 40 now"))
        await seat.type(" Soon.")
        await seat.press("ctrl+s")
        found = Queue(store, ANA, lambda: NOW).card(key).hypothesis
        assert found.draft.claims[0].text.endswith("SSO. Soon.")
        assert found.state is State.APPROVED


async def test_a_decision_of_somebody_else_is_a_conflict_that_is_shown(store: Store, queue: Queues) -> None:
    keys = fill(store, easy())
    async with seated(store) as seat:
        queue(BEN).reject(keys[0], reason="not_now")
        await seat.press("a")
        assert "CONFLICT" in seat.status
        assert "ben@vendor.example decided meanwhile: reject" in seat.status
        assert [entry.actor for entry in log_of(store)] == [BEN]
        assert seat.screen.desk.key == keys[0]


async def test_a_locked_store_is_shown_and_the_decision_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, easy())
    real, locked = Queue.approve, [True]

    def approve(self: Queue, key: str, **options: object) -> Decision:
        if locked[0]:
            raise StoreError("The store is locked by another process.")
        return real(self, key, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Queue, "approve", approve)
    async with seated(store) as seat:
        seat.wait(2)
        await seat.pilot.press("a")
        await seat.until("SAVE FAILED: 1 waiting")
        await seat.press("q")
        await seat.until("1 decisions are not saved")
        await seat.pilot.press("n")
        locked[0] = False
        await seat.until("Approved Account 0")
        assert "SAVE FAILED" not in seat.text
        assert len(log_of(store)) == 1


async def test_new_items_wait_politely(store: Store, queue: Queues) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        before = seat.screen.desk.shelf.ids
        fill(store, [Told("acc-new", "Brand New", grade=Grade.EARNED)])
        seat.screen.reader.pulse()
        await seat.until("1 new (R)")
        assert seat.screen.desk.shelf.ids == before
        await seat.press("R")
        assert "Brand New" in seat.text
        assert seat.screen.desk.key == before[0]


async def test_the_filter_is_shown_marks_never_hide_and_escape_clears(store: Store) -> None:
    keys = fill(store, book())
    async with seated(store) as seat:
        await seat.press("space", "space")
        assert len(seat.screen.desk.marks) == 2
        await seat.press("/")
        await seat.type("acct:hexa", "enter")
        assert "filter: acct:hexa (esc clears)" in seat.text
        assert {seat.screen.desk.row(n).account for n in range(len(seat.screen.desk.shelf.ids))} == {"Hexa Retail"}  # type: ignore[union-attr]
        assert "1 marks dropped" in seat.status
        await seat.press("escape")
        assert len(seat.screen.desk.shelf.ids) == len(keys)
        await seat.press("/")
        await seat.type("zzz", "enter")
        assert "No item matches zzz" in seat.text


async def test_a_batch_lists_what_it_does_and_leaves_out_the_unread(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        await seat.press("j", "*", "a")
        opened = set(seat.screen.desk.opened)
        assert f"Approve {len(opened)} items?" in seat.text
        assert "Left out, because unread, blocked or a wish" in seat.text
        await seat.press("enter")
        assert log_of(store) == []
        await seat.press("y")
        assert {entry.hypothesis_id for entry in log_of(store)} == opened
        assert not seat.screen.desk.marks


async def test_quotes_are_ticked_and_flagged(store: Store) -> None:
    fill(store, easy())
    async with seated(store, (140, 45)) as seat:
        await seat.press("v")
        assert "exact ck" in seat.text
        await seat.press("2", "w")
        assert "WRONG?" in seat.text
        await seat.press("a")
        assert "Flagged as not supporting: quote 2." in seat.text


async def test_the_quote_is_marked_in_its_conversation_and_digits_jump(store: Store) -> None:
    fill(store, [Told()])
    async with seated(store, (140, 45)) as seat:
        await seat.press("2")
        assert seat.screen.showing.quote is not None
        assert seat.screen.showing.quote.signal.quote == "if SSO is not in by March, security will block the rollout"
        assert ">>if SSO is not in" in seat.screen.source.text
        assert "block the rollout<<" in " ".join(seat.screen.source.text.replace("2+|", " ").split())
        await seat.press("4")
        assert "95% >= 80%" in seat.screen.source.text
        await seat.press("9")
        assert "There is no quote 9" in seat.status


PAGES = {
    "?": "Approve",
    "i": "drafted by",
    "d": "First draft",
    "H": "Nothing has been decided",
    "W": "None is ranked by size",
    "o": "Lee Park",
    "f": "1  today and the rest",
}


async def test_every_page_opens_and_escape_comes_back(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        for key, words in PAGES.items():
            await seat.press(key)
            await seat.until(words)
            await seat.press("escape")
            assert seat.app.screen is seat.screen
            assert seat.screen.pane == "list"
        await seat.press("?", "/")
        await seat.type("snooze")
        assert "Snooze until a day" in seat.text
        assert "Redo what you undid" not in seat.text


async def test_the_palette_finds_an_action_by_its_words(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        await seat.press(":")
        await seat.type("reject")
        await seat.until("Reject, with a reason")
        await seat.press("enter")
        await seat.until("A quote does not say that")


async def test_a_view_is_saved_under_a_name(store: Store) -> None:
    fill(store, book())
    async with seated(store) as seat:
        await seat.press("/")
        await seat.type("acct:hexa", "enter")
        await seat.press("F", "1")
        await seat.type("hx", "enter")
        assert "View hx saved" in seat.status
        assert 'hx" = "acct:hexa"' in (store.home / "review-views.toml").read_text()


async def test_history_goes_to_a_decided_item_that_is_not_in_the_list(store: Store) -> None:
    keys = fill(store, easy())
    async with seated(store) as seat:
        await seat.press("a", "R")
        assert keys[0] not in seat.screen.desk.shelf.ids
        await seat.press("H")
        await seat.until("Approved Account 0")
        await seat.press("1")
        assert seat.screen.desk.key == keys[0]
        assert "APPROVED" in seat.text


async def test_click_moves_double_click_opens_and_the_hint_bar_is_clickable(store: Store) -> None:
    keys = fill(store, easy())
    async with seated(store) as seat:
        await seat.pilot.click("#list", offset=(6, 2))
        await seat.rest()
        assert seat.screen.desk.key == keys[2]
        await seat.pilot.click("#list", offset=(6, 1), times=2)
        await seat.rest()
        assert seat.screen.pane == "card"
        seat.wait(2)
        hints = seat.screen.query_one("#hints").text  # type: ignore[attr-defined]
        await seat.pilot.click("#hints", offset=(hints.index("reject"), 0))
        await seat.until("A quote does not say that")


async def test_letters_are_letters_while_typing(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        await seat.press("/")
        await seat.type("axzpeuq")
        assert log_of(store) == []
        assert seat.app.screen is seat.screen


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45), (200, 60)])
async def test_resizing_keeps_the_card_and_tiny_says_what_to_do(store: Store, size: tuple[int, int]) -> None:
    fill(store, easy())
    async with seated(store, size) as seat:
        assert "COUNTER" in seat.text
        assert "MISSING" in seat.text
        await seat.pilot.resize_terminal(50, 12)
        await seat.until("needs 60x16, now 50x12")
        await seat.pilot.resize_terminal(*size)
        await seat.until("MISSING")


async def test_every_action_can_be_performed_without_a_failure(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        for act in ACTIONS:
            if act.id in DECIDING | {"quit", "palette", "screenshot"}:
                continue
            seat.screen.perform(act.id)
            await seat.rest()
            while seat.app.screen is not seat.screen:
                await seat.press("escape")


async def test_keys_can_be_given_to_other_actions(store: Store) -> None:
    fill(store, easy())
    own = settings_from({"keys": {"approve": "f2", "single_letters": True}}, "review.toml")
    async with seated(store, settings=own) as seat:
        await seat.press("a")
        assert log_of(store) == []
        await seat.press("f2")
        assert len(log_of(store)) == 1
        assert " f2 approve" in seat.text


async def test_an_empty_store_says_what_to_run(store: Store) -> None:
    async with seated(store) as seat:
        assert "earned run --book DIR" in seat.text
        await seat.press("a")
        assert "Approve: there is no item here." in seat.status


async def test_the_end_of_the_queue_is_a_summary(store: Store) -> None:
    fill(store, easy(1))
    async with seated(store) as seat:
        await seat.press("a", "R")
        assert "All reviewed." in seat.text
        assert "This session: 1 approved." in seat.text


async def test_a_failing_read_is_said_and_does_not_end_the_app(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, easy(40))

    def broken(*args: object) -> None:
        raise StoreError("The disk is gone.")

    async with seated(store) as seat:
        monkeypatch.setattr(cards, "read", broken)
        monkeypatch.setattr(Queue, "rows", broken)
        await seat.press("G")
        assert "could not be read: The disk is gone." in seat.status


async def test_sorting_starts_at_the_top_and_is_named_in_the_header(store: Store) -> None:
    keys = fill(
        store, [Told("acc-1", "Zinc", grade=Grade.EARNED), Told("acc-2", "alder", grade=Grade.WISH), Told("acc-3", "Moss")]
    )
    async with seated(store) as seat:
        assert seat.screen.desk.shelf.ids == (keys[0], keys[2], keys[1])
        await seat.press("s", "s", "s")
        assert seat.screen.desk.shelf.ids == (keys[1], keys[2], keys[0])
        assert seat.screen.desk.key == keys[1]
        assert "by account (s)" in seat.text
        await seat.press("s")
        assert seat.screen.desk.shelf.ids == (keys[0], keys[2], keys[1])
        assert "by " not in seat.text.split("\n")[0]


async def test_a_range_marks_what_it_passes_and_gives_back_what_it_leaves(store: Store) -> None:
    keys = fill(store, easy())
    async with seated(store) as seat:
        await seat.press("G", "space", "g", "j", "V", "j", "j")
        assert set(seat.screen.desk.marks) == {keys[5], *keys[1:4]}
        await seat.press("k")
        assert set(seat.screen.desk.marks) == {keys[5], *keys[1:3]}
        await seat.press("escape", "j")
        assert set(seat.screen.desk.marks) == {keys[5], *keys[1:3]}
        await seat.press("-", "V", "G", "V")
        assert set(seat.screen.desk.marks) == set(keys[3:])


async def test_nothing_is_decided_while_the_card_is_off_the_screen(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        await seat.press("+", "a")
        assert "the card is not on the screen" in seat.status
        assert log_of(store) == []
        await seat.press("_", "a")
        assert len(log_of(store)) == 1


async def test_long_lists_are_complete_after_their_beginning(store: Store) -> None:
    keys = fill(store, easy(230))
    async with seated(store) as seat:
        await seat.until("1 of 230")
        assert set(seat.screen.desk.shelf.ids) == set(keys)
        await seat.press("G")
        assert seat.screen.desk.at == 229
        assert seat.screen.showing.view is not None
        assert seat.screen.showing.view.row.id == seat.screen.desk.key


async def test_the_scroll_bar_can_be_dragged_and_the_wheel_turns(store: Store) -> None:
    fill(store, easy(230))
    async with seated(store) as seat:
        await seat.until("1 of 230")
        bar = seat.screen.queue_list.size.width - 1
        await seat.pilot.mouse_down("#list", offset=(bar, seat.screen.queue_list.size.height - 1))
        await seat.pilot.mouse_up("#list", offset=(bar, seat.screen.queue_list.size.height - 1))
        assert seat.screen.queue_list.top == seat.screen.queue_list.length - seat.screen.queue_list.size.height
        assert seat.screen.desk.at == 0


async def test_text_of_the_card_can_be_selected_with_the_mouse(store: Store) -> None:
    fill(store, easy())
    async with seated(store) as seat:
        line = next(at for at, text in enumerate(seat.screen.card.text.split("\n")) if text.startswith("COUNTER"))
        await seat.pilot.mouse_down("#card", offset=(9, line))
        await seat.pilot.hover("#card", offset=(13, line))
        await seat.pilot.mouse_up("#card", offset=(13, line))
        await seat.rest()
        assert seat.app.screen.get_selected_text() == "none "
        marked = seat.screen.card.render_lines(Region(0, line, seat.screen.card.size.width, 1))[0]
        assert {
            segment.text for segment in marked if segment.style and segment.style.bgcolor != seat.screen.card.base.bgcolor
        } == {"none "}
