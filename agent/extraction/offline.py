"""The extractor that needs no network: a small classifier proposes, then rules of voice and meaning decide what may stand.

Deterministic. It would rather miss a signal than invent one: whatever is hypothetical, refused, somebody else's story, said by
us, or aimed at a machine is not the customer's evidence, however much it sounds like it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from agent.extraction.alarms import alarms
from agent.extraction.candidates import Candidate, candidates
from agent.extraction.classifier import Classifier, shipped
from agent.extraction.features import Matrix, cue_hits, features
from agent.extraction.proposals import Proposal, Proposer, Reading
from agent.extraction.weighing import Weighed, said, view
from agent.kinds import KINDS, Stance
from agent.signals import Strength
from retrieval.embeddings import Embedder
from retrieval.records import Visibility, Voice

RULES: Final = "6"
"""Version of the rules in this module and of the cues; raise it when they change."""

MAX_KINDS: Final = 2
"""How many kinds one sentence may carry: a request can also be a next step, but not five things."""


STRENGTHS: Final[tuple[Strength, ...]] = ("strong", "medium", "weak")


class OfflineExtractor(Proposer):
    """`embedder` must be the one that the classifier was trained on."""

    def __init__(self, embedder: Embedder, classifier: Classifier | None = None) -> None:
        self._embedder = embedder
        self._classifier = classifier or shipped()

    @property
    def version(self) -> str:
        return f"offline/{RULES}+{self._classifier.version}"

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        items = list(candidates(reading.records, reading.contacts))
        rows = features(items, reading.catalog, reading.account.plan, self._embedder)
        return proposals(items, self._classifier.probabilities(items, rows), self._classifier)


def proposals(items: Sequence[Candidate], chances: Matrix, model: Classifier) -> list[Proposal]:
    """What scores high enough and may stand, at most `MAX_KINDS` a sentence, in order of the items. `chances`: (n, kinds).

    How strong it is, and whether a risk is over, is read from the account as a whole; what is said outright is heard whatever that says.
    """
    if not items:
        return []
    hits = [cue_hits(item.text) for item in items]
    stands = np.array([[may_stand(kind, item, cues) for kind in model.kinds] for item, cues in zip(items, hits, strict=True)])
    weighed = Weighed.of(view(items, chances * stands), model.weigher)
    found: list[Proposal] = []
    for item, row, cues, may in zip(items, chances, hits, stands, strict=True):
        heard = alarms(item, cues)
        over = [k for k in range(len(model.kinds)) if may[k] and (row[k] >= model.thresholds[k] or model.kinds[k] in heard)]
        for k in _one_side(sorted(over, key=lambda k: -row[k]), model, heard)[:MAX_KINDS]:
            kind, chance = model.kinds[k], float(row[k])
            strength, by = weighed.strength(
                kind, chance, said(item, cues), firm=float(model.firm[k]), strong=float(model.strong[k])
            )
            if kind in heard:
                strength, by = min(strength, heard[kind], key=STRENGTHS.index), None
            found.append(Proposal(item.record.record_id, item.text, kind, strength, chance, overtaken_by=by))
    return found


def _one_side(ranked: Sequence[int], model: Classifier, heard: Mapping[str, Strength]) -> list[int]:
    """A sentence speaks for or against: none of the training books' 1,800 labelled sentences does both. A plain risk wins."""
    if not ranked:
        return []
    alarmed = [k for k in ranked if model.kinds[k] in heard]
    stance = KINDS[model.kinds[(alarmed or ranked)[0]]].stance
    return alarmed + [k for k in ranked if k not in alarmed and KINDS[model.kinds[k]].stance in (stance, Stance.WEAK)]


def may_stand(kind: str, item: Candidate, hits: frozenset[str]) -> bool:
    """Whether voice and meaning allow this kind for this sentence, whatever it is about."""
    stance, voice = KINDS[kind].stance, item.record.voice
    if "is.addresses_machine" in hits:
        return False
    if kind == "vendor_push":
        return voice is Voice.VENDOR
    if kind != "tenure" and stance is not Stance.OPPOSES and voice is not Voice.CUSTOMER:
        return False
    if stance is Stance.OPPOSES and voice is Voice.VENDOR and item.record.visibility is not Visibility.INTERNAL:
        return False  # on a call or in a ticket our people repeat what the customer said better
    return not (stance is Stance.SUPPORTS and _not_meant(kind, hits))


def _not_meant(kind: str, hits: frozenset[str]) -> bool:
    """Said, but not meant as a fact or a wish of today: refused, imagined, or told of somebody else."""
    pulls = kind in ("stakeholder_pull", "new_audience_interest", "higher_tier_request")
    if pulls and ("is.refusal" in hits or "is.deflection" in hits):
        return True
    if kind in ("proven_value", "outcome_accepted") and {"value_disputed.doubt", "is.negated"} <= hits:
        return True  # "I'm not seeing it in the ledger" accepts nothing
    if "is.cites_vendor" in hits and kind in ("proven_value", "outcome_accepted") and "is.first_person" not in hits:
        return True
    return "is.third_party" in hits and "is.first_person" not in hits and kind != "new_audience_interest"
