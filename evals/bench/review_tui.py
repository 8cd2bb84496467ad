"""How heavy the review queue is: first paint, memory and CPU per key with many hypotheses, in a real pseudo-terminal.

    python -m evals.bench.review_tui --items 100000

Measured side by side in one run, because machines differ: an empty Textual application (memory), the queue over an empty store (CPU
for each key that has nothing to move), and the queue over `--items` hypotheses. CPU is that of the process, so a busy machine
only disturbs the wall times.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert

from agent.hypotheses import Claim, ComponentProof, Draft, DraftedBy, Grade, Pretence, Quality, hypothesis_id
from agent.signals import text_signal
from agent.store import Store, open_store, tables
from retrieval.records import Record, Visibility, Voice
from retrieval.tables import records

OWNER: Final = "ana@vendor.example"
TABLES: Final = {
    "records": records,
    "accounts": tables.accounts,
    "hypotheses": tables.hypotheses,
    "revisions": tables.revisions,
    "signals": tables.signals,
}
WHEN: Final = "2026-11-20T22:00:00Z"
EMPTY_APP: Final = "from textual.app import App; App().run()"
REVIEW: Final = (
    "import sys; from pathlib import Path; from agent.store import open_store; from review_tui.launch import run; "
    f"sys.exit(run(open_store(Path(sys.argv[1])), owner={OWNER!r}, actor={OWNER!r}, plain=False))"
)
PLACES: Final = ("Lyon", "Porto", "Gdansk", "Turku", "Malmo", "Ghent", "Graz")
TALK: Final = (
    "The {place} office opens in March with {seats} people, and finance agreed to pay for their seats.",
    "Every Friday somebody in {place} types the list of {seats} deliveries into a spreadsheet by hand.",
    "Since the roll-out closing a month takes us {seats} hours less, our controller put that into her report.",
    "Could you send me a price for {seats} more seats, so that I can put it into the {place} budget?",
)
"""Each hypothesis says something else: a screen that repaints only what differs must not profit from copies."""


@dataclass(frozen=True, slots=True)
class Measured:
    first_paint_ms: float
    """Wall, from the start of the process to the first row (or frame) on the screen."""
    start_cpu_ms: float
    resident_mb: float
    key_cpu_ms: float
    """CPU for each `j`, pressed one at a time."""
    held_cpu_ms: float
    """CPU for each `j` of a key held at 30 a second."""


def build(store: Store, items: int) -> None:
    """Fill a store with `items` hypotheses, two to an account, without running the pipeline."""
    for start in range(0, items, 5_000):
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        for number in range(start, min(start + 5_000, items)):
            _one(rows, number)
        with store.write() as conn:
            for name, content in rows.items():
                if content:
                    conn.execute(insert(TABLES[name]), content)


def _one(rows: dict[str, list[dict[str, Any]]], number: int) -> None:
    account = f"acc-{number // 2:06d}"
    told = [
        line.format(place=PLACES[number % len(PLACES)], seats=10 + number % 89)
        for line in (*TALK[number % 4 :], *TALK[: number % 4])
    ]
    said = [_record(account, number, at, text) for at, text in enumerate(told)]
    found = [
        text_signal(record, 0, len(record.text) - 12, kind=kind, strength="strong", method="bench")
        for record, kind in zip(said, ("unmet_need", "stakeholder_pull"), strict=False)
    ]
    for record in said:
        row = {field.name: getattr(record, field.name) for field in fields(record)}
        row |= {"voice": record.voice.value, "visibility": record.visibility.value, "context": {}, "digest": ""}
        rows["records"].append(row)
    draft = _draft(account, f"addon-{number % 2}", told, [one.id for one in found], list(Grade)[number % 4])
    key = hypothesis_id(account, draft.adjacency)
    content, digest = draft.to_json(), draft.content_hash()
    state = {
        "state": "open",
        "until": None,
        "changed": False,
        "version": 1,
        "updated_at": WHEN,
        "withdrawn": False,
        "revision": 1,
    }
    head = {"id": key, "account_id": account, "adjacency": draft.adjacency, "owner_email": OWNER, "title": draft.title}
    rows["hypotheses"].append({**head, "grade": draft.grade.value, **state})
    rows["revisions"].append(
        {"hypothesis_id": key, "revision": 1, "content": content, "content_hash": digest, "run_id": "bench", "created_at": WHEN}
    )
    for ordinal, one in enumerate(found):
        rows["signals"].append(
            {"id": one.id, "account_id": account, "kind": one.kind, "active": True, "ordinal": ordinal, "run_id": "bench"}
            | {"content": one.model_dump(mode="json")}
        )
    if number % 2 == 0:
        facts = {"account": {"account_id": account, "name": f"Customer {number}", "renewal_date": "2027-03-12"}, "contacts": []}
        rows["accounts"].append(
            {"account_id": account, "name": f"Customer {number}", "owner_email": OWNER, "facts": facts}
            | {"input_hash": "", "pipeline": "", "run_id": "bench"}
        )


def _record(account: str, number: int, at: int, text: str) -> Record:
    return Record(
        record_id=f"r-{number}-{at}",
        account_id=account,
        source=f"ticket:{number}/comment:{at}",
        locator=f"comment {at}",
        document=f"ticket:{number}",
        occurred_at=f"2026-11-0{1 + at}T09:14:00Z",
        speaker="Dana Kim" if at % 2 == 0 else "Omar Diaz",
        speaker_email=None,
        voice=Voice.CUSTOMER,
        voice_reason="listed in contacts.csv",
        visibility=Visibility.PUBLIC,
        text=text,
        position=at,
    )


def _draft(account: str, adjacency: str, told: list[str], cited: list[str], grade: Grade) -> Draft:
    met = ComponentProof(status="met", signals=tuple(cited))
    gap = ComponentProof(status="missing", gap="Nobody has stated an outcome in their own words.")
    return Draft(
        account_id=account,
        owner=OWNER,
        title=f"More seats: {told[0][:40]}",
        grade=grade,
        components={
            "proven_value": gap,
            "account_learning": met,
            "stakeholder_pull": met,
            "next_adjacency": met,
            "adoption_risk": met,
        },
        blockers=(),
        push_or_pull="pull",
        motion="seat",
        expansion_type="new_department",
        what_expands=("seats",),
        adjacency=adjacency,
        quality=Quality(class_="fog"),
        economics={"incremental_revenue": "unknown - ask finance"},
        claims=tuple(Claim(text=f"They say: {text}", kind="observed", signals=tuple(cited)) for text in told[:3]),
        counter_evidence=(),
        missing_proof=("proven_value",),
        pretended=(Pretence(text="Our enthusiasm is not their demand.", signals=()),),
        next_customer_action="Dana Kim names the people and the date.",
        risk_if_never="The office starts without seats.",
        proof_owner=OWNER,
        draft_message=f"Hello Dana, you wrote: {told[1]} Who would have to agree?",
        evidence_kinds=("stakeholder_pull", "unmet_need"),
        drafted_by=DraftedBy(model="bench", prompts={}, run="bench"),
    )


class Child:
    """A program in a pseudo-terminal of 140x45, and what the kernel says of it."""

    def __init__(self, code: str, *args: str) -> None:
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "140", "LINES": "45"}
            os.execve(sys.executable, [sys.executable, "-c", code, *args], environ)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 140, 0, 0))
        self.seen = b""

    def until(self, words: bytes, seconds: float = 120) -> float:
        """Milliseconds from the start to these bytes."""
        deadline = time.perf_counter() + seconds
        while words not in self.seen:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{words!r} did not come")
            self.rest(0.005, once=True)
        return (time.perf_counter() - self.started) * 1000

    def rest(self, seconds: float, *, once: bool = False) -> None:
        """Read until it has been quiet for a while."""
        while select.select([self._fd], [], [], seconds)[0]:
            self.seen += os.read(self._fd, 65536)
            if once:
                return

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    @property
    def cpu_ms(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    @property
    def resident_mb(self) -> float:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


def measure(code: str, args: Sequence[str], first: bytes, keys: int) -> Measured:
    child = Child(code, *args)
    try:
        paint = child.until(first)
        child.rest(1.5)
        start_cpu, resident = child.cpu_ms, child.resident_mb
        before = child.cpu_ms
        for _ in range(keys):
            child.press("j")
            child.rest(0.25)
        single = (child.cpu_ms - before) / keys if keys else 0.0
        before = child.cpu_ms
        for _ in range(keys * 3):
            child.press("j")
            child.rest(0.033, once=True)
        child.rest(1.0)
        held = (child.cpu_ms - before) / (keys * 3) if keys else 0.0
        return Measured(
            round(paint), round(start_cpu), round(max(resident, child.resident_mb), 1), round(single, 1), round(held, 1)
        )
    finally:
        child.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--keys", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder) / "empty", Path(folder) / "full"
        open_store(empty, create=True).close()
        store = open_store(full, create=True)
        print(f"building {options.items:,} hypotheses ...", file=sys.stderr)
        build(store, options.items)
        store.close()
        app = measure(EMPTY_APP, [], b"\x1b[?1049h", 0)
        none = measure(REVIEW, [str(empty)], b"No hypotheses yet", options.keys)
        queue = measure(REVIEW, [str(full)], b"Customer", options.keys)
        report = {
            "items": options.items,
            "empty_app": _plain(app),
            "empty_queue": _plain(none),
            "queue": _plain(queue),
            "first_paint_to_empty_app": round(queue.first_paint_ms / app.first_paint_ms, 2),
            "start_cpu_to_empty_app": round(queue.start_cpu_ms / app.start_cpu_ms, 2),
            "mb_above_empty_app": round(queue.resident_mb - app.resident_mb, 1),
            "key_cpu_to_empty_queue": round(queue.key_cpu_ms / max(none.key_cpu_ms, 0.1), 2),
            "held_cpu_to_empty_queue": round(queue.held_cpu_ms / max(none.held_cpu_ms, 0.1), 2),
        }
    print(json.dumps(report, indent=2))
    return 0


def _plain(measured: Measured) -> dict[str, float]:
    return {name: getattr(measured, name) for name in Measured.__slots__}


if __name__ == "__main__":
    sys.exit(main())
