"""The application as a terminal sees it: every byte that it writes."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ANA, Told, easy, fill
from terminal import SEQUENCE, Terminal

from agent.hypotheses import Grade
from agent.store import decisions, open_store

pytestmark = pytest.mark.pty

HOSTILE = (
    "\x1b]52;c;cm0gLXJmIC8=\x07 clipboard",
    "\x1b]0;owned\x1b\\ title \x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[H\x1b[31;5;7m clear \x1b[?1049l \x1b[?25h \x1b[6n \x1b[21t",
    "\x9b2J\x9d52;c;eHg=\x9c\x90q\x9c C1 \x85 \x84 \x8d",
    "\x1bP+q544e\x1b\\ \x1b_apc\x1b\\ \x1b^pm\x1b\\ \x1bX sos\x1b\\ \x1bc reset \x1b#8",
    "\u202eevil\u202c \u2066iso\u2069 \u200f\u061c \u2028\u2029 \ufeff\u00ad\U000e0041",
    "[bold red]markup[/] [/] [link=http://x]y[/link] [@click=app.quit]quit[/] [b",
    "👩\u200d👩\u200d👧\u200d👦 ❤️ 🇫🇷 👍🏽 日本語のチケット التقرير جاهز ไทย é" + "\u0301" * 40,
    "\x00\x01\x07\x08\x0b\x0c\x0e\x0f\x7f bells \x08\x08\x08 and backspaces \r overwritten",
    "\ud83d lone \udc00 surrogates \ue000 private \U0010ffff",
)


ITEMS = 4


def wild_book() -> list[Told]:
    """The corpus spread over a few hypotheses, so that a tour sees all of it."""
    return [hostile(number, " ".join(HOSTILE[number::ITEMS])) for number in range(ITEMS)]


def hostile(number: int, text: str) -> Told:
    stored = re.sub("[\ud800-\udfff]", "?", text)  # a database column cannot hold lone surrogates, a draft's JSON can
    return Told(
        account=f"acc-{number}",
        name=f"{stored} Ltd",
        title=f"Title {stored}",
        grade=Grade.EARNED,
        claims=(f"Claim {text}",),
        extra=(f"Quote {stored}", stored),
        counter=False,
    )


def tour(home: Path, size: tuple[int, int]) -> Terminal:
    """Open everything that shows customers' words: each card and quote, and for some of them each page."""
    with Terminal(home, size=size) as terminal:
        terminal.until("MISSING")
        for number in range(ITEMS):
            for key in "56":
                terminal.press(key, rest=0.04)
                wait(terminal, lambda text, key=key: f" {key} of " in text or f"no quote {key};" in text)
                terminal.frames.append(terminal.text)
            terminal.press("cM\tG\tG\t", rest=0.2)
            terminal.frames.append(terminal.text)
            for page in "oidHepx" if number == 0 else "o":
                look(terminal, page)
            terminal.press("J", rest=0.08)
            wait(terminal, lambda text, at=(number + 1) % ITEMS: f" {at + 1} of {ITEMS}" in text and "6 of " not in text)
        terminal.press("/", rest=0.2)
        terminal.press("\x1b[200~\x1b]52;c;AAAA\x07 pasted\x1b[201~", rest=0.2)
        terminal.press("\r", rest=0.2)
        terminal.until("filter:")
        frame = terminal.text.split("\n")
        terminal.press("\x1b", rest=0.2)
        terminal.press("q")
        assert terminal.ended() == 0, terminal.text
        assert frame[0].startswith(" REVIEW ana")
        assert frame[size[1] - 1].endswith("? keys")
        return terminal


def wait(terminal: Terminal, seen: Callable[[str], bool], seconds: float = 30.0) -> None:
    """Until the screen is as it should be, however slow the machine is."""
    deadline = time.monotonic() + seconds
    while not seen(terminal.text):
        assert time.monotonic() < deadline, f"it did not come to that:\n{terminal.text}"
        terminal.read()


def look(terminal: Terminal, page: str) -> None:
    """Open a page or a dialog and leave it, however slow the machine is."""
    for _ in range(40):
        if "esc " in terminal.text:
            break
        terminal.press(page, rest=0.1)
    for _ in range(40):
        if "esc " not in terminal.text:
            return
        terminal.press("\x1b", rest=0.15)
    raise AssertionError(f"{page} did not open and close:\n{terminal.text}")


def test_hostile_words_neither_break_the_screen_nor_emit_a_control_sequence(new_home: Callable[[], Path]) -> None:
    tame, wild = new_home(), new_home()
    for home, told in ((tame, easy(ITEMS)), (wild, wild_book())):
        store = open_store(home)
        fill(store, told)
        store.close()
    allowed = tour(tame, (100, 30)).kinds
    seen = tour(wild, (100, 30))
    assert seen.kinds <= allowed, seen.kinds - allowed
    written = seen.bytes.decode()
    assert not re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028\u2029\U000e0041]", written)
    printable = SEQUENCE.sub(b"", seen.bytes)
    assert not re.search(rb"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]", printable)
    for text in (b"\x1b[31;5;7m", b"\x1b]52;", b"\x1b]8;;http", b"\x1b]0;owned", b"\x1b[21t", b"\x1bc"):
        assert text not in seen.bytes
    for shown in ("\\x1b", "<U+202E>", "[bold", "日本"):
        assert any(shown in frame for frame in seen.frames), shown


def test_a_megabyte_in_a_line_and_thousands_of_comments_are_bearable(new_home: Callable[[], Path]) -> None:
    home = new_home()
    store = open_store(home)
    extra = ("x" * 1_000_000, *(f"Comment {n} is here." for n in range(5_000)))
    fill(store, [Told(grade=Grade.EARNED, counter=False, extra=extra)])
    store.close()
    with Terminal(home) as terminal:
        terminal.until("MISSING", 60)
        terminal.press("5", rest=0.3)
        terminal.until("994,000 characters")
        terminal.press("G\tG", rest=0.3)
        terminal.press("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(new_home: Callable[[], Path], number: signal.Signals) -> None:
    home = new_home()
    store = open_store(home)
    fill(store, easy(3))
    store.close()
    with Terminal(home) as terminal:
        terminal.until("MISSING")
        terminal.press("a", rest=0.5)
        terminal.kill(number)
        assert terminal.ended() == 128 + number
        for mode in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l"):
            assert terminal.bytes.rfind(mode) > terminal.bytes.rfind(mode[:-1] + (b"l" if mode.endswith(b"h") else b"h"))


def test_a_held_key_decides_one_item_in_a_real_terminal(new_home: Callable[[], Path]) -> None:
    home = new_home()
    store = open_store(home)
    fill(store, easy(20))
    with Terminal(home) as terminal:
        terminal.until("MISSING")
        terminal.read(0.5)
        terminal.press("a", rest=0.5)
        for _ in range(40):
            terminal.press("a", rest=0.03)
        terminal.press("q", rest=0.2)
        assert terminal.ended() == 0
    with store.read() as conn:
        assert len(decisions.whole_log(conn)) == 1
    store.close()


@pytest.mark.parametrize(
    ("size", "term", "says"),
    [((50, 12), "xterm-256color", "The terminal is 50x12"), ((100, 30), "dumb", "cannot place text")],
)
def test_where_no_screen_can_be_drawn_it_says_so(
    new_home: Callable[[], Path], size: tuple[int, int], term: str, says: str
) -> None:
    with Terminal(new_home(), size=size, term=term) as terminal:
        assert terminal.ended() == 2
        assert says in terminal.bytes.decode()
        assert "`earned review --plain` works anywhere" in terminal.bytes.decode()


def test_plain_in_a_terminal_writes_no_control_sequence(new_home: Callable[[], Path]) -> None:
    home = new_home()
    store = open_store(home)
    fill(store, wild_book())
    store.close()
    with Terminal(home, size=(160, 50), term="dumb", args=("--plain",)) as terminal:
        terminal.until("Choose:")
        for command in ("5", "next", "list", "approve", "quit"):
            terminal.press(command + "\n", rest=0.3)
        assert terminal.ended() == 0
        assert b"\x1b" not in terminal.bytes
        assert "Session: 1 approved." in terminal.text
        assert ANA in terminal.bytes.decode()
