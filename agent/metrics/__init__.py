"""Retention and expansion from MRR movements: NRR, GRR and what the raw rate hides (R115-R133).

    analysis = analyse(read_mrr(path).rows, by="segment", period="quarter")

No two currencies are ever added without a rate that was given; every rate names its denominator.
"""

from __future__ import annotations

from agent.metrics.analysis import Analysis, Result, analyse
from agent.metrics.movements import Totals, movements
from agent.metrics.reading import Reading, read_mrr, read_rates
from agent.metrics.rows import Row

__all__ = ["Analysis", "Reading", "Result", "Row", "Totals", "analyse", "movements", "read_mrr", "read_rates"]
