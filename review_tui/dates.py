"""Days and ages the way people read them. Pure; `today` is handed in."""

from __future__ import annotations

from datetime import UTC, date, datetime


def parsed(text: str) -> date | None:
    """The day of an ISO date or time, or None for anything else: exports hold all sorts."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def day(text: str, today: date) -> str:
    """`14 May`, with the year where it is not this one; the text itself where it is no date."""
    found = parsed(text)
    if found is None:
        return text
    short = f"{found.day} {found:%b}"
    return short if found.year == today.year else f"{short} {found.year}"


def age(text: str, now: datetime) -> str:
    """How long ago: `now`, `4h`, `2d`, `5w`. Empty where the text is no time."""
    try:
        then = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return ""
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    hours = (now - then).total_seconds() / 3600
    if hours < 1:
        return "now"
    if hours < 24:
        return f"{hours:.0f}h"
    return f"{hours / 24:.0f}d" if hours < 24 * 28 else f"{hours / 168:.0f}w"


def until(text: str, today: date) -> str:
    """`in 111 d`, `today`, `12 d ago`; empty where the text is no date."""
    found = parsed(text)
    if found is None:
        return ""
    days = (found - today).days
    if days == 0:
        return "today"
    return f"in {days} d" if days > 0 else f"{-days} d ago"


def clock(text: str) -> str:
    """The time of day of an ISO time, `14:02`."""
    return text[11:16]
