"""`python -m evals.recorded_support`: do the recorded drafts' claims stand on what they cite? Claim support after ALCE. No network, no key.

The judge is a reader who wrote none of the drafts. It was given each claim with its citations, and with each subset of them that ALCE
asks about, in the form and under the instructions of prompts/judge_claim, in an order of chance, without the grade, the labels, the
drafter's own judgements or the rest of the draft. Its verdicts stand in recorded_answers/claim_support.jsonl (card:
recorded_answers/README.md). They are kept beside the tape and not on it: a replay of the product finds the drafter's own judge there.

Claims are counted twice: as the drafter wrote them, before any check, and as they stand in the drafts that an owner gets. A verdict of
`partly` is no support. An id that is not in the evidence is an invented citation: never supported, and imprecise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.drafting.model import DraftText
from agent.errors import UsageError
from agent.models import Answered, Gateway, Outcome, Request, Session
from agent.models.outcomes import T
from agent.models.providers import Unrecorded
from agent.models.tape import Tape, read_header
from agent.store import open_store
from evals.cases import SAMPLE
from evals.metrics import stats
from evals.metrics.citations import Cited, Support, support
from evals.recorded import TAPES
from evals.runs import produce
from retrieval.readers.book import open_book

VERDICTS: Final = TAPES / "claim_support.jsonl"
SUPPORTED: Final = "supported"
_EVIDENCE: Final = re.compile(r"^\[(E\d+) (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """A claim as the drafter wrote it, with the evidence that it was shown."""

    account: str
    kind: str
    claim: Cited
    evidence: Mapping[str, str]
    """By id, as the judge is shown it: kind, speaker, voice, date and words."""
    kept: bool
    """It stands in the draft that the owner gets."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question to the judge: does this evidence, all together, carry this claim?"""

    account: str
    kind: str
    text: str
    evidence: tuple[str, ...]

    @property
    def id(self) -> str:
        """A hash of what the judge is shown: a changed claim has no verdict."""
        return hashlib.sha256("\n".join([self.kind, self.text, *sorted(self.evidence)]).encode("utf-8")).hexdigest()[:16]


class Listening(Gateway):
    """A gateway that remembers the drafts that were asked for, and what came back."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.drafts: list[tuple[str, str, DraftText]] = []
        """Account, the prompt's last message with the evidence, and the answer."""

    async def ask(self, request: Request[T]) -> Outcome[T]:
        outcome = await super().ask(request)
        if isinstance(outcome, Answered) and isinstance(outcome.value, DraftText):
            said = "\n".join(message.content for message in request.messages if message.role == "user")
            self.drafts.append((request.account, said, outcome.value))
        return outcome


def written(tape: Path = TAPES / "tessellate") -> list[Written]:
    """Every claim of every recorded draft of the sample book; what was written twice is there once."""
    from agent.cli.context import pipeline

    header, book = read_header(tape), open_book(SAMPLE)
    found: dict[tuple[str, str, tuple[str, ...]], Written] = {}
    with tempfile.TemporaryDirectory() as folder, closing(open_store(Path(folder), create=True)) as store:
        gateways: list[Listening] = []

        def make() -> Gateway:
            gateways.append(Listening(Unrecorded(header.model, header.params), journal=Tape(tape)))
            return gateways[0]

        with Session(make) as session:
            line = pipeline(store, session)
            for account in book.accounts:
                drafts = produce(book, account.account_id, line).drafts
                final = {(claim.text, claim.kind) for draft in drafts for claim in draft.claims}
                for _, said, answer in (row for row in gateways[0].drafts if row[0] == account.account_id):
                    evidence = {key: f"[{rest}" for key, rest in _EVIDENCE.findall(said)}
                    for claim in answer.claims:
                        ids = tuple(dict.fromkeys(key.strip().strip("[]") for key in claim.evidence))
                        text = claim.text.strip()
                        kept = (text, claim.kind) in final
                        row = Written(account.account_id, claim.kind, Cited(text, ids), evidence, kept)
                        found[account.account_id, text, ids] = row
    return list(found.values())


def items(claims: Sequence[Written]) -> list[Item]:
    """All that `support` may ask of a judge: the citations together, each alone, and all but each."""
    wanted: dict[str, Item] = {}
    for row in claims:
        real = [key for key in row.claim.ids if key in row.evidence]
        subsets = [real, *([key] for key in real), *([other for other in real if other != key] for key in real)]
        for subset in filter(None, subsets):
            item = Item(row.account, row.kind, row.claim.text, tuple(row.evidence[key] for key in subset))
            wanted.setdefault(item.id, item)
    return list(wanted.values())


def questions(wanted: Sequence[Item], seed: int = 5) -> Iterator[dict[str, str]]:
    """The items as the judge is shown them, in an order of chance."""
    for item in random.Random(seed).sample(list(wanted), len(wanted)):
        cited = "\n".join(f"evidence: {line}" for line in item.evidence)
        yield {"id": item.id, "item": f"{item.kind}: {item.text}\n{cited}"}


def read_verdicts(path: Path = VERDICTS) -> dict[str, str]:
    """The judge's verdict by item."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line] if path.is_file() else []
    return {row["id"]: row["verdict"] for row in rows}


def supports(claims: Sequence[Written], verdicts: Mapping[str, str]) -> list[Support]:
    """Support of each account's claims, in order of the accounts. Raises UsageError naming how many items have no verdict."""
    missing = [item for item in items(claims) if item.id not in verdicts]
    if missing:
        raise UsageError(
            f"{len(missing)} of {len(items(claims))} items have no verdict, {missing[0].id} for one.",
            "`python -m evals.recorded_support --questions` lists them; a judge who wrote none of the drafts answers.",
        )
    sums: dict[str, Support] = {}
    for row in claims:
        shown = {key: row.evidence[key] for key in row.claim.ids if key in row.evidence}

        def entails(evidence: str, claim: str, row: Written = row) -> bool:
            item = Item(row.account, row.kind, claim, tuple(evidence.split("\n")))
            return verdicts[item.id] == SUPPORTED

        sums[row.account] = sums.get(row.account, Support(0, 0, 0, 0, 0)) + support([row.claim], shown, entails)
    return list(sums.values())


def figures(claims: Sequence[Written], verdicts: Mapping[str, str]) -> dict[str, Any]:
    """Citation recall and precision with intervals that resample accounts, and Wilson's, which also say something at 100 %."""
    counts = [(one.supported, one.claims, one.precise, one.citations) for one in supports(claims, verdicts)]
    total = sum(supports(claims, verdicts), Support(0, 0, 0, 0, 0))

    def rate(at: int) -> str:
        rows = [row[at : at + 2] for row in counts]
        low, high = stats.bootstrap(rows)
        wilson = stats.wilson(sum(row[0] for row in rows), sum(row[1] for row in rows))
        return f"{stats.pooled(rows):.3f} ({low:.3f} to {high:.3f}; one by one {wilson.low:.3f} to {wilson.high:.3f})"

    return {
        "accounts": len(counts),
        "claims": total.claims,
        "supported": total.supported,
        "citation_recall": rate(0),
        "citations": total.citations,
        "needed": total.precise,
        "citation_precision": rate(2),
        "invented_ids": total.invented,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", action="store_true", help="print what the judge is asked and has not answered")
    options = parser.parse_args()
    claims, verdicts = written(), read_verdicts()
    if options.questions:
        for question in questions([item for item in items(claims) if item.id not in verdicts]):
            print(json.dumps(question, ensure_ascii=False))
        return
    print(json.dumps({"drafts": "as the drafter wrote them", **figures(claims, verdicts)}))
    print(json.dumps({"drafts": "as their owners get them", **figures([row for row in claims if row.kept], verdicts)}))


if __name__ == "__main__":
    main()
