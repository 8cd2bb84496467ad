"""What the pipeline made of one account, held against its labels: counts that add up over accounts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from agent.hypotheses import Draft, Grade
from agent.kinds import KINDS, Stance
from agent.signals import Signal
from evals.cases import Case
from evals.labels import GoldAccount, locate
from evals.metrics.counter import counter_evidence
from evals.metrics.grounding import Ground, ground
from evals.metrics.spans import Marked, by_kind, match, semeval
from retrieval.records import Record

LEVELS: Final = (Grade.BLOCKED.value, Grade.WISH.value, Grade.PROMISING.value, Grade.EARNED.value)
"""Readiness, lowest first: the levels of weighted kappa and of counterfactual pairs."""
LEADS: Final = frozenset({Grade.EARNED.value, Grade.PROMISING.value})
"""Grades that ask an owner to pursue something; with the others the system abstains."""
UNLABELLED: Final = frozenset({"inefficient_usage"})
"""Kinds that the annotation guide does not know: neither right nor wrong."""
SEVERITY: Final = {kind.name: {"always": 3.0, "severe": 2.0, "never": 1.0}[kind.blocks] for kind in KINDS.values()}


@dataclass(frozen=True, slots=True)
class Produced:
    """The pipeline's work on one account, and what it took."""

    records: tuple[Record, ...]
    ledger: tuple[Signal, ...]
    drafts: tuple[Draft, ...]
    holes: tuple[str, ...] = ()
    """What a model did not answer."""
    seconds: float = 0.0
    calls: int = 0
    tokens: int = 0
    cost: float = 0.0

    @property
    def grade(self) -> str:
        """The account's readiness: its best hypothesis; a wish where nothing was drafted."""
        return max((draft.grade.value for draft in self.drafts), key=LEVELS.index, default=Grade.WISH.value)


@dataclass(frozen=True, slots=True)
class CaseScore:
    """One line of a run file. Counts only, except for `missed` and `spurious`, which quote customers."""

    case: str
    account: str
    split: str
    grade: tuple[str, str]
    """(gold, said)."""
    kinds: dict[str, tuple[int, int, int]]
    """Kind -> (hits, predicted, gold)."""
    semeval: dict[str, tuple[float, int, int]]
    quotes: dict[str, int]
    """`Ground` -> how many quotes stand so."""
    counter: tuple[int, int, int, float, float]
    """Opposing signals: hits, predicted, gold, weight found, weight of all."""
    citations: tuple[int, int, int]
    """Claims, citations, citations of signals that do not exist."""
    seconds: float = 0.0
    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    missed: list[dict[str, str]] = field(default_factory=list)
    spurious: list[dict[str, str]] = field(default_factory=list)

    @property
    def signals(self) -> tuple[int, int, int]:
        """(hits, predicted, gold) over all kinds."""
        hits, predicted, gold = (sum(row[at] for row in self.kinds.values()) for at in range(3))
        return hits, predicted, gold

    @property
    def false_earned(self) -> bool:
        """A wish or a blocked account that came out as earned: there must be none."""
        return self.grade[1] == Grade.EARNED.value and self.grade[0] not in LEADS

    def to_json(self, *, texts: bool = True) -> dict[str, Any]:
        """`texts=False` leaves out what quotes customers and what differs between two equal runs: for baselines."""
        row = asdict(self)
        if not texts:
            for name in ("missed", "spurious", "seconds"):
                del row[name]
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> CaseScore:
        """Raises TypeError or KeyError where a field is missing or unknown."""
        values = dict(row)
        for name in ("grade", "counter", "citations"):
            values[name] = tuple(values[name])
        for name in ("kinds", "semeval"):
            values[name] = {key: tuple(counts) for key, counts in values[name].items()}
        return cls(**values)


def score(case: Case, made: Produced) -> CaseScore:
    """Compare what was made with the labels."""
    ledger = [signal for signal in made.ledger if signal.kind not in UNLABELLED]
    said, true = [place(signal) for signal in ledger], gold_marks(case.gold, made.records)
    pairs = match(said, true)
    found, hit = {i for i, _ in pairs}, {j for _, j in pairs}
    against = [mark for mark in said if _opposes(mark)], [mark for mark in true if _opposes(mark)]
    counter = counter_evidence(*against, SEVERITY)
    known = {signal.id for signal in made.ledger}
    cited = [key for draft in made.drafts for claim in draft.claims for key in claim.signals]
    return CaseScore(
        case=case.id,
        account=case.account,
        split=case.split,
        grade=(case.gold.grade, made.grade),
        kinds={kind: (int(s.hits), s.predicted, s.gold) for kind, s in by_kind(said, true).items()},
        semeval={scheme: (s.hits, s.predicted, s.gold) for scheme, s in semeval(said, true).items()},
        quotes=dict(sorted(Counter(str(stands) for stands in groundings(made)).items())),
        counter=(int(counter.score.hits), counter.score.predicted, counter.score.gold, counter.found_weight, counter.gold_weight),
        citations=(sum(len(draft.claims) for draft in made.drafts), len(cited), sum(key not in known for key in cited)),
        seconds=round(made.seconds, 3),
        calls=made.calls,
        tokens=made.tokens,
        cost=made.cost,
        missed=[_line(s.kind, s.source, s.quote) for j, s in enumerate(case.gold.signals) if j not in hit],
        spurious=[_line(s.kind, s.source, s.quote) for i, s in enumerate(ledger) if i not in found],
    )


def place(signal: Signal) -> Marked:
    """A signal of the ledger as the metric sees it."""
    document = signal.record_id if signal.quote else (signal.account_id, signal.source)
    return Marked(document, signal.kind, signal.start, signal.end)


def gold_marks(account: GoldAccount, records: Sequence[Record]) -> list[Marked]:
    """A labelled account as the metric sees it, in order. A quote that no record holds stays in, and is missed."""
    marks: list[Marked] = []
    for signal in account.signals:
        span = locate(signal, list(records))
        if span is not None:
            marks.append(Marked(span.record_id, signal.kind, span.start, span.end))
        else:
            marks.append(Marked((account.account_id, signal.source), signal.kind, 0, len(signal.quote)))
    return marks


def groundings(made: Produced) -> list[Ground]:
    """How each quote of the ledger stands: exact only where it stands at its own offsets."""
    texts = {record.record_id: record.text for record in made.records}
    found: list[Ground] = []
    for signal in made.ledger:
        if not signal.quote:
            continue
        text = texts.get(signal.record_id, "")
        if text[signal.start : signal.end] == signal.quote:
            found.append(Ground.EXACT)
            continue
        others = {key: body for key, body in texts.items() if key != signal.record_id}
        stands = ground(signal.quote, text, others)
        found.append(Ground.NORMALISED if stands is Ground.EXACT else stands)
    return found


def _opposes(mark: Marked) -> bool:
    return KINDS[mark.kind].stance is Stance.OPPOSES


def _line(kind: str, source: str, quote: str) -> dict[str, str]:
    return {"kind": kind, "source": source, "quote": quote}
