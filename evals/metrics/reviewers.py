"""What reviewers did: acceptance, how much they rewrote, how long it took, why they refused, how far they agree.

Never gate on acceptance alone: it rises when reviewers get tired. The edit rate is HTER's (Snover et al. 2006) without shifts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Final, Literal, TypeVar

from evals.metrics.stats import Interval, wilson

Key = TypeVar("Key", bound=Hashable)

PAUSE: Final = 15 * 60.0
"""Seconds without an entry after which a sitting is over: what came before the next one is not its time."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One decided draft."""

    outcome: Literal["accepted", "edited", "rejected", "proof"]
    """`edited`: accepted in other words. `proof`: sent back for proof, which is decided and not accepted."""
    grade: str = ""
    pipeline: str = ""
    """Prompt or pipeline version."""
    reviewer: str = ""
    owner: str = ""
    """Whose account it is; a reviewer may decide for others."""
    reason: str | None = None
    draft: str = ""
    final: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    decided: int
    accepted: int
    as_is: int
    edit_rate: float
    """Mean over the accepted ones, an untouched one counting 0; nan where none was accepted."""
    seconds: float | None
    """Median, of those that were timed."""
    reasons: Mapping[str, int]
    edited: int = 0
    rejected: int = 0
    sent_back: int = 0
    """For proof."""
    words: float = float("nan")
    """Words changed in the mean edited one; nan where none was."""
    timed: int = 0

    @property
    def acceptance(self) -> float:
        """(accepted + accepted after edit) / decided; nan where nothing was decided."""
        return self.accepted / self.decided if self.decided else float("nan")

    @property
    def as_is_acceptance(self) -> float:
        return self.as_is / self.decided if self.decided else float("nan")

    @property
    def shares(self) -> dict[str, float]:
        """What decisions were, adding up to 1; nan where nothing was decided."""
        counts = {"approved": self.as_is, "edited": self.edited, "rejected": self.rejected, "sent_back": self.sent_back}
        return {name: count / self.decided if self.decided else float("nan") for name, count in counts.items()}

    @property
    def interval(self) -> Interval:
        """Wilson's interval of the acceptance."""
        return wilson(self.accepted, self.decided)


def measures(reviews: Sequence[Reviewed]) -> Measures:
    accepted = [review for review in reviews if review.outcome in ("accepted", "edited")]
    edits = [edit_rate(review.draft, review.final) if review.outcome == "edited" else 0.0 for review in accepted]
    changed = [word_distance(r.draft.split(), r.final.split()) for r in accepted if r.outcome == "edited"]
    timed = [review.seconds for review in reviews if review.seconds is not None]
    reasons = Counter(review.reason for review in reviews if review.outcome == "rejected" and review.reason)
    return Measures(
        decided=len(reviews),
        accepted=len(accepted),
        as_is=sum(review.outcome == "accepted" for review in accepted),
        edit_rate=sum(edits) / len(edits) if edits else float("nan"),
        seconds=median(timed) if timed else None,
        reasons=dict(reasons.most_common()),
        edited=len(changed),
        rejected=sum(review.outcome == "rejected" for review in reviews),
        sent_back=sum(review.outcome == "proof" for review in reviews),
        words=sum(changed) / len(changed) if changed else float("nan"),
        timed=len(timed),
    )


def grouped(reviews: Sequence[Reviewed], key: Callable[[Reviewed], Key]) -> dict[Key, Measures]:
    """Measures by grade, version, reviewer or whatever `key` says, in order of first appearance."""
    groups: dict[Key, list[Reviewed]] = {}
    for review in reviews:
        groups.setdefault(key(review), []).append(review)
    return {name: measures(rows) for name, rows in groups.items()}


def seconds_of(entries: Sequence[tuple[float, bool]], pause: float = PAUSE) -> list[float | None]:
    """Seconds that each decision took, in order. `entries`: one person's log, oldest first, as (time in seconds, decides).

    What lies between two decisions of a sitting is the second one's time, looking at quotes included. None for the first decision
    of a sitting, whose beginning nobody saw. Raises ValueError where times run backwards.
    """
    found: list[float | None] = []
    last: float | None = None
    begun: float | None = None
    for at, decides in entries:
        if last is not None and at < last:
            raise ValueError(f"the log runs backwards: {at} after {last}")
        if last is None or at - last > pause:
            begun = None
        if decides:
            found.append(None if begun is None else at - begun)
            begun = at
        last = at
    return found


def disagreement(labels: Sequence[tuple[Hashable, str, Hashable]]) -> tuple[int, int]:
    """(Pairs of people who said different things about one item, all pairs), from (item, person, label). A person's later label of an
    item replaces the earlier one: nobody disagrees with themselves here."""
    items: dict[Hashable, dict[str, Hashable]] = {}
    for item, person, label in labels:
        items.setdefault(item, {})[person] = label
    pairs = [(a, b) for said in items.values() for a, b in combinations(said.values(), 2)]
    return sum(a != b for a, b in pairs), len(pairs)


def edit_rate(draft: str, final: str) -> float:
    """Word Levenshtein distance / words of the final text. 0 for equal texts; infinite where everything was removed."""
    a, b = draft.split(), final.split()
    if a == b:
        return 0.0
    return word_distance(a, b) / len(b) if b else float("inf")


def word_distance(a: Sequence[str], b: Sequence[str]) -> int:
    """The fewest words inserted, removed or replaced that turn one into the other."""
    row = list(range(len(b) + 1))
    for i, word in enumerate(a, start=1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]
