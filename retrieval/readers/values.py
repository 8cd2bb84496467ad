"""Dates, times and numbers as exports write them; what is ambiguous is refused, never guessed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

_NULLS = frozenset({"", "null", "none", "nil", "na", "n/a", "nan", "-", "--", "\\n", "#n/a", "undefined", "?"})
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_LONGEST = 100
"""Characters of a date or a number; the patterns below would look at more for minutes."""
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(1990, 2101)
"""A day outside stands for none: an empty date field (1900, 1970), "for ever" (9999), or damage. It would count as fresh or as long ago."""
_DIGITS = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]+)?", re.ASCII)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class UnclearValueError(ValueError):
    """A value that could mean two things or nothing; the message is for people and ends without a full stop."""


def is_null(value: object) -> bool:
    """Whether a field says "not measured". Not the same as zero."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in _NULLS)


def day_of(value: object) -> str:
    """An ISO day from an ISO date or date-time, `2026/08/09`, `09.08.2026`, `9 Aug 2026` or an epoch.

    `08/09/2026` raises `UnclearValueError`: it is August in one country and September in another.
    """
    return moment_of(value)[:10]


def moment_of(value: object) -> str:
    """An ISO day, or a UTC date-time to the second with `Z`, as exact as the value is. Raises `UnclearValueError`."""
    if isinstance(value, datetime):
        return _utc(value, str(value))
    if isinstance(value, date):
        return _day(value.year, value.month, value.day, str(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _epoch(float(value) if abs(value) < 1e300 else float("inf"))
    if not isinstance(value, str) or is_null(value):
        raise UnclearValueError("no date is given")
    text = value.strip()
    if len(text) > _LONGEST:
        raise UnclearValueError(f"{_shown(text)} is not a date")
    if _ISO.match(text):  # nearly all of them: no other form begins like this
        return _iso(text)
    if re.fullmatch(r"\d{9,16}(\.\d+)?", text):
        return _epoch(float(text))
    if match := re.fullmatch(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", text):
        return _day(int(match[1]), int(match[2]), int(match[3]), text)
    if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
        # Full stops are written where the day comes first.
        return _day(int(match[3]), int(match[2]), int(match[1]), text)
    if match := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:[ T].*)?", text):
        return _slashed(int(match[1]), int(match[2]), int(match[3]), text)
    if match := re.fullmatch(r"(?:\w{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4})", text):
        return _named(int(match[1]), match[2], int(match[3]), text)
    if match := re.fullmatch(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", text):
        return _named(int(match[2]), match[1], int(match[3]), text)
    return _iso(text)


def _iso(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _day(int(text[:4]), int(text[5:7]), int(text[8:]), text)
    tidy = re.sub(r"\s*UTC$|\s*Z$", "+00:00", text)
    tidy = re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", tidy)
    tidy = re.sub(r"(\.\d{6})\d+", r"\1", tidy)
    try:
        if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", tidy):
            raise ValueError
        return _utc(datetime.fromisoformat(tidy), text)
    except UnclearValueError:
        raise
    except (ValueError, OverflowError):
        raise UnclearValueError(f"{_shown(text)} is not a date") from None


def number_of(value: object) -> float:
    """A finite number; `1.234,56` and `1234,5` are read as decimal commas. Raises `UnclearValueError`, also for null."""
    if isinstance(value, bool):
        raise UnclearValueError(f"{value} is not a number")
    if isinstance(value, (int, float)):
        return _finite(float(value) if abs(value) < 1e300 else float("inf"), value)
    if not isinstance(value, str) or is_null(value):
        raise UnclearValueError("no value is given (missing is not zero)")
    if _DIGITS.fullmatch(value):
        return float(value)
    if len(value) > _LONGEST:
        raise UnclearValueError(f"{_shown(value)} is not a number")
    text = re.sub(r"[\s\u00a0\u202f'’]", "", value.strip()).lstrip("€$£¥").rstrip("€$£¥%")
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)|[+-]?\d+,\d+", text) and not re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", text):
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3}){2,}|[+-]?[1-9]\d{0,2}(,\d{3})+\.\d+", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text):
        raise UnclearValueError(f"{_shown(value)} could be thousands or decimals")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        raise UnclearValueError(f"{_shown(value)} is not a number")
    return _finite(float(text), value)


def plain_number(value: float) -> str:
    """The shortest decimal text: `47`, `0.125`."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def text_of(value: Any) -> str:
    """A field as text: None is "", numbers plain, everything else its own text. Surrounding blanks are dropped.

    For names, titles and ids, not for what people said: NUL and lone surrogates, which no database takes, become "�".
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return plain_number(value) if value == value and abs(value) != float("inf") else str(value)
    return storable(str(value)).strip()


def storable(text: str) -> str:
    """The text with "�" for NUL and for lone surrogates."""
    return _UNSTORABLE.sub("\ufffd", text)


def _finite(number: float, value: object) -> float:
    if number != number or number in (float("inf"), float("-inf")):
        raise UnclearValueError(f"{_shown(str(value))} is not a finite number")
    return number


def _epoch(value: float) -> str:
    if not abs(value) < 1e20:  # also what is no number, or none that is finite
        raise UnclearValueError(f"{value} is not a date")
    seconds = value
    while abs(seconds) >= 1e11:  # milliseconds, microseconds or nanoseconds (formats.md 2.18)
        seconds /= 1000
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise UnclearValueError(f"{value} is not a date") from None
    if moment.year not in _YEARS:
        raise UnclearValueError(f"{plain_number(value)} is not a date")
    return _utc(moment, plain_number(value))


def _utc(moment: datetime, text: str) -> str:
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # the first or last hours of all days, told in another zone
        raise UnclearValueError(f"{_shown(text)} is not a date") from None
    if moment.year not in _YEARS:
        raise UnclearValueError(f"{_shown(text)} is not a date between {_YEARS[0]} and {_YEARS[-1]}")
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _day(year: int, month: int, day: int, text: str) -> str:
    try:
        found = date(year, month, day)
    except ValueError:
        raise UnclearValueError(f"{_shown(text)} is not a date") from None
    if year not in _YEARS:
        raise UnclearValueError(f"{_shown(text)} is not a date between {_YEARS[0]} and {_YEARS[-1]}")
    return found.isoformat()


def _slashed(first: int, second: int, year: int, text: str) -> str:
    if first <= 12 and second <= 12 and first != second:
        raise UnclearValueError(f"{_shown(text)} could be day/month or month/day")
    return _day(year, second, first, text) if first > 12 else _day(year, first, second, text)


def _named(day: int, month: str, year: int, text: str) -> str:
    number = _MONTHS.get(month[:3].casefold())
    if number is None:
        raise UnclearValueError(f"{_shown(text)} is not a date")
    return _day(year, number, day, text)


def _shown(text: str) -> str:
    return f'"{text.strip()[:60]}"'
