"""A small book of business for the review queue: invented accounts, a call, a ticket, usage, and drafts that cite them."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agent.hypotheses import Blocker, Claim, ComponentProof, Draft, DraftedBy, Grade, Pretence, Quality
from agent.kinds import KINDS, Stance
from agent.queue import Queue
from agent.signals import Measurement, Signal, signal_id, text_signal
from agent.store import Store, accounts, hypotheses, open_store, signals
from retrieval import store as texts
from retrieval.accounts import Account, Contact
from retrieval.records import Record, Visibility, Voice
from review_tui.app import ReviewApp
from review_tui.desk import Desk
from review_tui.keymap import Settings, settings_from
from review_tui.screens.queue import QueueScreen
from review_tui.widgets.bar import Bar

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RUN = "2026-11-20T22:00:00Z"
ANA, BEN = "ana@vendor.example", "ben@vendor.example"

CALL = (
    (Voice.VENDOR, "Lee Park", "Anything else on your side before we close?"),
    (
        Voice.CUSTOMER,
        "Dana Kim",
        "We also need to sort the Lyon people out before the summer, and if SSO is not in by March, security will block the "
        "rollout, so that is the thing I would look at first.",
    ),
    (Voice.VENDOR, "Lee Park", "Understood. Is the budget for that with you or with finance?"),
    (Voice.CUSTOMER, "Dana Kim", "Finance, I think. I would have to ask. Last year it took them five weeks."),
    (Voice.CUSTOMER, "Dana Kim", "The audit report saves us two days a month now, finance signed off on that number."),
    (Voice.VENDOR, "Lee Park", "You are growing so fast, you will love the Enterprise plan."),
    (Voice.CUSTOMER, "Omar Diaz", "Could you send Dana the price for forty more people in Lyon?"),
    (Voice.CUSTOMER, "Dana Kim", "We are not planning to add people before the freeze is lifted, though."),
)
SUPPORT = (
    ("Our second office exports the list by hand every Friday and mails it around.", Voice.CUSTOMER, "Ines Roy"),
    ("Thanks Ines, noted. You could script that.", Voice.VENDOR, "Support"),
)


@dataclass
class Told:
    """One hypothesis to be: what the tests vary."""

    account: str = "acc-1"
    name: str = "Fjord Health"
    owner: str = ANA
    title: str = "New office needs SSO + SCIM"
    grade: Grade = Grade.PROMISING
    adjacency: str | None = "addon-sso"
    extra: Sequence[str] = ()
    """More turns that the customer says at the end of the call."""
    counter: bool = True
    claims: Sequence[str] = ("Fjord Health's new Lyon office cannot be onboarded without SSO.",)
    kinds: Sequence[str] = field(default_factory=list)


def fill(store: Store, told: Sequence[Told], now: str = RUN) -> list[str]:
    """Put accounts, records, signals and drafts into the store; the hypothesis ids in order."""
    keys: list[str] = []
    with store.write() as conn:
        for one in told:
            records = records_of(one)
            found = signals_of(one, records)
            account = Account(
                one.account, one.name, plan="business", seats_licensed=60, renewal_date="2027-03-12", owner_email=one.owner
            )
            contact = Contact(one.account, "Dana Kim", "dana@customer.example", "Head of IT", "champion")
            texts.replace_account(conn, one.account, records, [])
            signals.replace(conn, one.account, found, "run-1")
            accounts.save(conn, account, [contact], input_hash="h", pipeline="p", run_id="run-1")
            draft = draft_of(one, found)
            keys += hypotheses.save(conn, one.account, [draft], run_id="run-1", now=now, today=now[:10])
    return keys


def records_of(one: Told) -> list[Record]:
    out: list[Record] = []
    turns = [*CALL, *((Voice.CUSTOMER, "Dana Kim", text) for text in one.extra)]
    for at, (voice, who, text) in enumerate(turns):
        out.append(
            _record(one, f"{one.account}-t{at}", "transcript:2026-09-14-review", "2026-09-14T14:00:00Z", voice, who, text, at)
        )
    for at, (text, voice, who) in enumerate(SUPPORT):
        out.append(_record(one, f"{one.account}-c{at}", "ticket:3455", f"2026-08-2{at + 3}T09:14:00Z", voice, who, text, at))
    usage = "2026-10-05 48\n2026-10-12 52\n2026-10-19 55\n2026-10-26 58\n2026-11-02 57\n2026-11-09 59\n"
    out.append(_record(one, f"{one.account}-u", "usage:active_seats", "2026-11-09", Voice.TELEMETRY, None, usage, 0))
    return out


def _record(one: Told, key: str, document: str, at: str, voice: Voice, who: str | None, text: str, position: int) -> Record:
    return Record(
        record_id=key,
        account_id=one.account,
        source=document if document.startswith(("transcript", "usage")) else f"{document}/comment:{position}",
        locator=f"cue {position}",
        document=document,
        occurred_at=at,
        speaker=who,
        speaker_email=None,
        voice=voice,
        voice_reason="listed in contacts.csv" if voice is Voice.CUSTOMER else "listed in team.csv",
        visibility=Visibility.PUBLIC,
        text=text,
        position=position,
        start_time=float(position * 30) if document.startswith("transcript") else None,
    )


def signals_of(one: Told, records: Sequence[Record]) -> list[Signal]:
    by_id = {record.record_id: record for record in records}

    def quoted(key: str, words: str, kind: str) -> Signal:
        record = by_id[f"{one.account}-{key}"]
        start = record.text.index(words)
        made = text_signal(record, start, start + len(words), kind=kind, strength="strong", method="offline/1")
        return made.model_copy(update={"role": "champion"}) if record.speaker == "Dana Kim" else made

    found = [
        quoted("t4", "The audit report saves us two days a month now, finance signed off on that number.", "proven_value"),
        quoted("t1", "if SSO is not in by March, security will block the rollout", "higher_tier_request"),
        quoted("c0", "exports the list by hand every Friday", "manual_workaround"),
        quoted("t5", "you will love the Enterprise plan", "vendor_push"),
    ]
    if one.counter:
        found.append(quoted("t7", "We are not planning to add people before the freeze is lifted", "budget_pressure"))
    usage = by_id[f"{one.account}-u"]
    for at, text in enumerate(one.extra):
        found.append(quoted(f"t{len(CALL) + at}", text, "unmet_need"))
    measured = Measurement(
        metric="active_seats",
        window="2026-10-19..2026-11-09 (4 rows)",
        value=0.95,
        baseline=60.0,
        formula="mean(active_seats) 57.3 / mean(licensed_seats) 60.0 = 95% >= 80%",
    )
    found.append(
        Signal(
            id=signal_id(one.account, "license_saturation", "usage:active_seats", 0, 0),
            account_id=one.account,
            kind="license_saturation",
            source="usage:active_seats",
            document="usage:active_seats",
            record_id=usage.record_id,
            start=0,
            end=0,
            quote="",
            voice=Voice.TELEMETRY,
            speaker=None,
            stakeholder=None,
            date="2026-11-09",
            strength="medium",
            method="telemetry",
            measurement=measured,
        )
    )
    return found


def draft_of(one: Told, found: Sequence[Signal]) -> Draft:
    by_kind: dict[str, list[str]] = {}
    for signal in found:
        by_kind.setdefault(signal.kind, []).append(signal.id)
    learned = tuple(by_kind["higher_tier_request"] + by_kind["manual_workaround"] + by_kind.get("unmet_need", []))
    against = tuple(signal.id for signal in found if KINDS[signal.kind].stance is Stance.OPPOSES)
    blocked = one.grade is Grade.BLOCKED and against
    components = {
        "proven_value": ComponentProof(status="met", signals=tuple(by_kind["proven_value"])),
        "account_learning": ComponentProof(status="met", signals=learned),
        "stakeholder_pull": ComponentProof(
            status="missing", gap="No named person at the customer has asked for or taken a next step."
        ),
        "next_adjacency": ComponentProof(status="met", signals=tuple(by_kind["license_saturation"])),
        "adoption_risk": ComponentProof(
            status="missing", signals=against, gap="A possible risk was heard and is not settled: ask."
        )
        if against
        else ComponentProof(status="met"),
    }
    cites = (learned[:1], tuple(by_kind["proven_value"]), learned[1:2])
    return Draft(
        account_id=one.account,
        owner=one.owner,
        title=one.title,
        grade=one.grade,
        components=components,
        blockers=(Blocker(kind="budget_pressure", signals=against),) if blocked else (),
        push_or_pull="pull",
        motion="add_on",
        expansion_type="new_department",
        what_expands=("seats", "departments"),
        adjacency=one.adjacency,
        quality=Quality(class_="fog", marks=()),
        economics={"incremental_revenue": "unknown - ask finance", "added_support_load": "unknown - ask support"},
        claims=tuple(Claim(text=text, kind="observed", signals=cites[at % 3]) for at, text in enumerate(one.claims)),
        counter_evidence=against,
        missing_proof=tuple(name for name, part in components.items() if part.status == "missing"),
        pretended=(Pretence(text="Our own enthusiasm is not their demand.", signals=tuple(by_kind["vendor_push"])),),
        next_customer_action="Dana Kim names the people in Lyon and asks finance for the budget before 1 February.",
        risk_if_never="The Lyon office starts on shared accounts and the case stays a hope.",
        proof_owner=one.owner,
        draft_message="Hello Dana,\n\nyou mentioned that Lyon starts in March. Who would have to agree?\n\nAna",
        evidence_kinds=tuple(sorted({*by_kind, *one.kinds})),
        drafted_by=DraftedBy(model="offline/1", prompts={"wording": "3"}, run="run-1"),
    )


NAMES = (
    "Fjord Health", "Pylon Foods", "Hexa Retail", "Lindqvist-Öhr Marin AB", "Indigo Energy", "Dunmore Bank", "Garnet Logistics",
    "日本製鋼所", "Sable & Sons", "Tundra GmbH", "Borealis Foods", "Kestrel Retail",
)  # fmt: skip
TITLES = (
    "New office needs SSO + SCIM", "Audit logs for compliance", "Forty more seats in Lyon", "Priority support after the migration",
    "Analytics add-on for operations",
)  # fmt: skip


def book(count: int = 12, owner: str = ANA) -> list[Told]:
    """A varied queue of `count` hypotheses."""
    grades = list(Grade)
    return [
        Told(
            account=f"acc-{at:03d}",
            name=NAMES[at % len(NAMES)],
            owner=owner,
            title=TITLES[at % len(TITLES)],
            grade=grades[at * at % 4],
            counter=at % 3 != 1,
            claims=(
                f"{NAMES[at % len(NAMES)]}'s new Lyon office cannot be onboarded without SSO.",
                "The audit report saves them two days a month, and finance accepts the number.",
                "A second office exports its list by hand every Friday.",
            )[: 1 + at % 3],
        )
        for at in range(count)
    ]


def easy(count: int = 6) -> list[Told]:
    """Hypotheses that one key approves."""
    return [Told(f"acc-{n}", f"Account {n}", grade=Grade.EARNED, counter=False) for n in range(count)]


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated home without content: migrating once is enough for all tests."""
    home = tmp_path_factory.mktemp("empty")
    open_store(home, create=True).close()
    return home


@pytest.fixture
def new_home(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    def make() -> Path:
        home = tmp_path_factory.mktemp("home")
        shutil.copytree(empty_home, home, dirs_exist_ok=True)
        return home

    return make


@pytest.fixture
def store(new_home: Callable[[], Path]) -> Iterator[Store]:
    opened = open_store(new_home())
    yield opened
    opened.close()


@pytest.fixture
def queue(store: Store) -> Callable[[str], Queue]:
    """Queues of several people over one store, on one frozen day."""
    return lambda actor=ANA: Queue(store, actor, lambda: NOW)


@pytest.fixture
def keys(store: Store) -> list[str]:
    return fill(store, book())


def golden(name: str, text: str) -> str:
    """What the golden file of that name says; with UPDATE_GOLDEN=1 in the environment it is written first, for review in the diff."""
    path = Path(__file__).parent / "golden" / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    return barless(path.read_text(encoding="utf-8"))


def barless(text: str) -> str:
    """A screen without the ends of its scroll bars: where they stand to an eighth of a cell depends on when it was drawn."""
    return "\n".join(line.rstrip("▁▂▃▄▅▆▇█ ") for line in text.split("\n"))


class Seat:
    """A reviewer before the real application, with a clock that only moves when told."""

    def __init__(self, app: ReviewApp, pilot: Pilot[int], ticks: list[float]) -> None:
        self.app, self.pilot, self._ticks = app, pilot, ticks

    @property
    def screen(self) -> QueueScreen:
        return self.app.queue_screen

    @property
    def text(self) -> str:
        """What is on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    @property
    def status(self) -> str:
        return self.screen.query_one("#status", Bar).text

    async def press(self, *keys: str, wait: float = 2.0) -> None:
        """Press keys as a person would: each `wait` seconds after the last, and what it set off has come to rest."""
        for key in keys:
            self._ticks[0] += wait
            await self.pilot.press(key)
            await self.rest()

    async def type(self, text: str, *then: str) -> None:
        """Type a text without a pause, then press other keys."""
        self._ticks[0] += 2
        await self.pilot.press(*("space" if char == " " else char for char in text), *then)
        await self.rest()

    def wait(self, seconds: float) -> None:
        """Let time pass for the dwell guard."""
        self._ticks[0] += seconds

    async def rest(self) -> None:
        """Until the threads have reported and the screen has been painted."""
        deadline = time.monotonic() + 10
        while (
            self.screen.reader.busy or (self.screen.writer.waiting and not self.screen.frame.failing)
        ) and time.monotonic() < deadline:
            await asyncio.sleep(0.002)
        await self.pilot.pause()
        while self._unpainted and time.monotonic() < deadline:
            await asyncio.sleep(0.002)
        if self.screen.reader.busy:
            await self.rest()

    @property
    def _unpainted(self) -> bool:
        """Whether the screen in front still owes a paint: the guard counts from the paint of the card."""
        front = self.app.screen
        owes = bool(self.screen.moving.settling or front._dirty_widgets or front._layout_required or front._repaint_required)
        return owes or (front is self.screen and self.screen.card.painted is not None and self.screen.card.in_sight)

    async def settled(self) -> str:
        """The text, once it has stopped changing."""
        await self.rest()
        before = ""
        for _ in range(200):
            await asyncio.sleep(0.03)
            await self.rest()
            if self.text == before:
                break
            before = self.text
        return before + "\n"

    async def until(self, words: str) -> None:
        for _ in range(400):
            if words in self.text:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{words!r} did not come on the screen:\n{self.text}")


@asynccontextmanager
async def seated(
    store: Store,
    size: tuple[int, int] = (100, 30),
    *,
    actor: str = ANA,
    owner: str | None = ANA,
    settings: Settings | None = None,
) -> AsyncIterator[Seat]:
    ticks = [100.0]
    desk = Desk(Queue(store, actor, lambda: NOW), owner, lambda: NOW)
    app = ReviewApp(desk, settings or settings_from({}, "review.toml"), tick=lambda: ticks[0])
    app.queue_screen.writer._delays = (0.02,)
    async with app.run_test(size=size) as pilot:
        seat = Seat(app, pilot, ticks)
        await seat.rest()
        yield seat
    app.queue_screen.reader.close()
