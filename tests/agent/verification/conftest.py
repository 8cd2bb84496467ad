"""`check(quote, text)`: verify a quote against what one customer said."""

from __future__ import annotations

import pytest
from conversation import Check, talk

from agent.verification import Rejected, Verified, verify


@pytest.fixture
def check() -> Check:
    """`check(quote, text)`: verify against one customer's turn, and hold the law that spans are the source's own words."""

    def run(quote: str, *texts: str, record_id: str | None = "r0") -> tuple[Verified, ...] | Rejected:
        records = talk(*(f"Ana: {text}" for text in texts))
        got = verify(quote, record_id=record_id, records=records)
        if not isinstance(got, Rejected):
            for one in got:
                assert records.records[records.number[one.record_id]].text[one.start : one.end] == one.quote
        return got

    return run
