"""Reference bands: what others report. Context to read a rate against, never a claim about an account, and not all of one mind.

The sources measure different things over different companies; each line says whose it is (R125-R128).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GUIDE: Final = "figures quoted in guides to expansion revenue; not checked by us ({})"
"""Such guides quote one another: the requirement says which line of ours follows which."""


@dataclass(frozen=True, slots=True)
class Band:
    measure: str
    text: str
    source: str


BANDS: Final = (
    Band(
        "nrr",
        "median of private companies about 106 %; enterprise 115-125 %, 120 % and more the best; small business often below 100 %",
        GUIDE.format("R127"),
    ),
    Band("nrr", "bootstrapped companies: median 104 %, 90th percentile 118 %", GUIDE.format("R127")),
    Band("nrr", "median 101 %", "Benchmarkit 2025"),
    Band("grr", "median 88 %", "Benchmarkit 2025"),
    Band("gap", "30 points and more: growth rests on few accounts", GUIDE.format("R117")),
    Band(
        "gross_expansion_rate", "of a year: below 10 % a problem, 10-20 % healthy, 30 % and more the best", GUIDE.format("R126")
    ),
    Band("expansion_share_of_new", "median 10-15 %; 30 % and more at scale", GUIDE.format("R125")),
    Band(
        "expansion_share_of_new",
        "a dollar of ARR costs about 0.27 to win from a customer, 1.13 from somebody new",
        GUIDE.format("R128"),
    ),
    Band(
        "conversion_rate",
        "60-70 % of proposals to customers are said to succeed, 5-20 % of those to others",
        GUIDE.format("R128"),
    ),
)


def bands(measure: str) -> tuple[Band, ...]:
    return tuple(band for band in BANDS if band.measure == measure)
