"""Claim support by citations, after ALCE (Gao et al. 2023, arXiv 2305.14627), with invented ids counted.

`entails(evidence, claim)` is a model or a calibrated judge; everything else here is arithmetic. Deviation: ALCE's own script gives
a claim with an out-of-range citation recall 0 but leaves its citations out of the precision, so that inventing ids is free there.
Here an id that does not exist is an imprecise citation, and the claim's other citations are judged without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Entails = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Cited:
    """A claim and the ids that it cites, in order."""

    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """Sums over claims; each rate is 1 where it has nothing to count, except that no claims at all is nan."""

    claims: int
    supported: int
    citations: int
    precise: int
    invented: int

    @property
    def recall(self) -> float:
        """Claims whose citations together entail them / claims."""
        return self.supported / self.claims if self.claims else float("nan")

    @property
    def precision(self) -> float:
        """Citations that are needed / all citations, invented ones included."""
        if not self.claims:
            return float("nan")
        return self.precise / self.citations if self.citations else 1.0

    @property
    def unsupported(self) -> int:
        """What a reviewer feels: claims that do not stand. Show it beside `claims`; saying less scores higher."""
        return self.claims - self.supported

    def __add__(self, other: Support) -> Support:
        return Support(
            self.claims + other.claims,
            self.supported + other.supported,
            self.citations + other.citations,
            self.precise + other.precise,
            self.invented + other.invented,
        )


def support(claims: Sequence[Cited], evidence: Mapping[str, str], entails: Entails) -> Support:
    """Sums for a draft. `evidence`: text by id; an id that is not in it is invented. A repeated id counts once.

    A claim with an invented id is never supported: part of what it rests on does not exist.
    """
    total = Support(0, 0, 0, 0, 0)
    for claim in claims:
        ids = list(dict.fromkeys(claim.ids))
        real = [key for key in ids if key in evidence]
        stands = bool(real) and entails("\n".join(evidence[key] for key in real), claim.text)
        precise = sum(_needed(key, real, claim.text, evidence, entails) for key in real) if stands else 0
        whole = stands and len(real) == len(ids)
        total += Support(1, int(whole), len(ids), precise, len(ids) - len(real))
    return total


def _needed(key: str, ids: Sequence[str], claim: str, evidence: Mapping[str, str], entails: Entails) -> bool:
    """Not irrelevant: it entails the claim alone, or the others do not entail it without this one."""
    others = [evidence[other] for other in ids if other != key]
    return not others or entails(evidence[key], claim) or not entails("\n".join(others), claim)
