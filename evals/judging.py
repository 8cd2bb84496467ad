"""Judges put to the labelled items: the code's own checks, a model with the judge's prompt, and the grade of a draft.

An item is a line of `judge_claims.jsonl` (a claim and the passages that it cites) or of `judge_drafts.jsonl` (a draft and whether a
reader would act on it). Each judge's verdicts become `evals.judge.Label`s, so that one calibration serves all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import agent.claims
from agent.claims import faults
from agent.drafting.model import Judgements
from agent.errors import NotFound, UsageError
from agent.hypotheses import Claim
from agent.kinds import KINDS
from agent.models.outcomes import Failed
from agent.models.request import Message, Request
from agent.signals import Signal
from evals.judge import Label
from evals.labels import DATASETS
from evals.scoring import LEADS
from prompts import fenced, prompt
from retrieval.readers.book import open_book
from retrieval.records import Voice

if TYPE_CHECKING:
    from agent.models import Session

CLAIMS: Final = DATASETS / "judge_claims.jsonl"
DRAFTS: Final = DATASETS / "judge_drafts.jsonl"
RULES: Final = "rules"
"""Name of the judge that asks no model: `agent.claims.faults`."""
GRADE: Final = "the draft's grade"
UNSUPPORTED: Final = "unsupported_claim"
USELESS: Final = "not_worth_acting_on"
VERDICTS: Final = ("unsupported", "partly", "supported")
"""Of people, worst first. Only the last is a pass."""
POLICY: Final = "rests on something that proves nothing"
"""A fault of worth, not of support: praise may be reported truly and still prove nothing."""
UNKNOWN_KIND: Final = "proven_value"
"""What passages of our own that are no signal are taken for: the most tempting mistake."""

Item = dict[str, Any]


def read_items(path: Path) -> list[Item]:
    """Labelled items. Raises NotFound, or UsageError with the line that cannot be used."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "evals/README.md says how items look.")
    rows: list[Item] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            missing = {"id", "account", "split"} - set(row)
            if missing:
                raise ValueError(f"it lacks {', '.join(sorted(missing))}")
            for field in ("verdict", "again"):
                if row.get(field) not in (None, *VERDICTS):
                    raise ValueError(f"{field} is none of {', '.join(VERDICTS)}")
        except (ValueError, TypeError) as error:
            raise UsageError(f"{path}:{number} is no item: {error}", "evals/README.md says how items look.") from error
        rows.append(row)
    return rows


def by_rules(items: Sequence[Item]) -> list[Label]:
    """The code's checks of numbers, names and whose words they are, as a judge of support."""
    names = _names(items)
    digest = hashlib.sha256(Path(agent.claims.__file__).read_bytes()).hexdigest()
    return [_label(item, RULES, digest, not _faults(item, names.get(item["account"], []))) for item in items]


def by_model(items: Sequence[Item], session: Session, each: Callable[[str], None] = lambda _account: None) -> list[Label]:
    """A model's verdicts with the product's own judge prompt, the claims of an account in one question as in a draft.

    What it does not answer is left out. A claim that its answer does not mention fails, as it does in a draft.
    """
    text = prompt("judge_claim")
    found: list[Label] = []
    for account, claims in _grouped(items).items():
        each(account)
        outcome = session.ask(_request(account, claims))
        if isinstance(outcome, Failed):
            continue
        said: dict[str, bool] = {}
        for row in outcome.value.judgements:
            key = row.claim.strip().strip("[]")
            said[key] = said.get(key, True) and row.judgement == "supported"
        passed = (said.get(f"C{number}", False) for number in range(1, len(claims) + 1))
        found += [_label(item, session.model, text.sha256, ok) for item, ok in zip(claims, passed, strict=True)]
    return found


def by_grade(items: Sequence[Item]) -> list[Label]:
    """Whether the draft's grade asks an owner to act, against a reader of the draft who was not shown the grade."""
    return [
        Label(
            id=item["id"],
            failure_mode=USELESS,
            judge_model=GRADE,
            judge_prompt_sha256=hashlib.sha256(item["pipeline"].encode()).hexdigest(),
            judge=item["grade"] in LEADS,
            human=item.get("act"),
            again=item.get("act_again"),
            blind=True,
            split=item["split"],
            account=item["account"],
            group=item["grade"],
        )
        for item in items
    ]


def _label(item: Item, model: str, digest: str, passed: bool) -> Label:
    human, again = (None if item.get(name) is None else item[name] == "supported" for name in ("verdict", "again"))
    return Label(
        id=item["id"],
        failure_mode=UNSUPPORTED,
        judge_model=model,
        judge_prompt_sha256=digest,
        judge=passed,
        human=human,
        again=again,
        blind=True,
        split=item["split"],
        account=item["account"],
        group=item.get("made", ""),
    )


def _faults(item: Item, names: Sequence[str]) -> list[str]:
    """What the code holds against a claim, but for what is a matter of worth."""
    account = item["account"]
    ledger = {f"e{n}": _signal(f"e{n}", account, passage) for n, passage in enumerate(item["evidence"])}
    claim = Claim(text=item["claim"], kind=item["kind"], signals=tuple(ledger))
    return [fault.why for fault in faults([claim], ledger, account_id=account, names=names) if fault.why != POLICY]


def _signal(key: str, account: str, passage: Mapping[str, str]) -> Signal:
    kind = passage["kind"] if passage["kind"] in KINDS else UNKNOWN_KIND
    return Signal(
        id=key,
        account_id=account,
        kind=kind,
        source=passage["source"],
        document=passage["source"].partition("/")[0],
        record_id=passage["source"],
        start=0,
        end=len(passage["quote"]),
        quote=passage["quote"],
        voice=Voice(passage["voice"]),
        speaker=passage["speaker"] or None,
        stakeholder=None,
        date=passage["date"],
        strength="medium",
        method="labelled",
    )


def _names(items: Sequence[Item]) -> dict[str, list[str]]:
    """The names that a claim may use beside its evidence, by account, as in a draft; none where the book is not at hand."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(item["account"].partition("/")[0] for item in items):
        if not (DATASETS / name / "accounts.csv").is_file():
            continue
        book = open_book(DATASETS / name)
        common = [book.catalog.vendor, *(option.name for option in book.catalog.items)]
        owners = {member.email: member.name for member in book.team}
        for account in book.accounts:
            people = [f"{c.name} {c.title}" for c in book.contacts if c.account_id == account.account_id]
            found[f"{name}/{account.account_id}"] = [account.name, owners.get(account.owner_email, ""), *common, *people]
    return found


def _grouped(items: Sequence[Item]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item["account"], []).append(item)
    return groups


def _request(account: str, claims: Sequence[Item]) -> Request[Judgements]:
    """The question of `agent.drafting.model`, from items."""
    marker, safe = fenced(
        "\n\n".join(f"[C{n}] {item['kind']}: {item['claim']}\n{_cited(item)}" for n, item in enumerate(claims, 1))
    )
    text = prompt("judge_claim")
    messages = tuple(Message(role, body) for role, body in text.render(marker=marker, items=safe))
    return Request("judge", f"judge of {account}", account, messages, Judgements, text.label, text.sha256, 1_000)


def _cited(item: Item) -> str:
    return "\n".join(_line(passage) for passage in item["evidence"])


def _line(passage: Mapping[str, str]) -> str:
    who = passage["speaker"] + (f" ({passage['title']})" if passage["title"] else "")
    head = ", ".join(part for part in (passage["kind"], who, passage["voice"], passage["date"]) if part)
    return f"evidence: [{head.replace('[', '(').replace(']', ')')}] “{' '.join(passage['quote'].split()).replace('[', '［')}”"
