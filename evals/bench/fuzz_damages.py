"""What happens to an export on its way: each damage takes the bytes of a file and a seeded generator, and gives other bytes."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

_PIECES: Final = (
    b"\0", b"\xff", b"\xc3", b'"', b"'", b"{", b"}", b"[", b"]", b"\n", b"\r", b"\r\n", b"<", b"-->", b"\xf0\x9f", b"\\ud800",
    b"\\udc00\\ud800", b"\\u0000", b"9" * 40, b"1e999", b",", b";", b"---\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\\", b":", b"null",
    b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xe2\x80\x8b", b"\xef\xbf\xbe", b"\xcc\x81" * 40, b"\x1b]0;x\x07",
    b"\x0c", b"\x85", b"<v ", b"</v>", b"NOTE\n", b"&amp;", b"<!--",
)  # fmt: skip


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One to four kinds of damage, one after the other."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(DAMAGES)(data, chance)
    return data


def _flip(data: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if spoilt:
            spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def _cut(data: bytes, chance: random.Random) -> bytes:
    at, to = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return chance.choice((data[:at], data[at:], data[:at] + data[to:], data[:at] + data[at:to] * 2 + data[to:]))


def _insert(data: bytes, chance: random.Random) -> bytes:
    at, piece = chance.randint(0, len(data)), chance.choice(_PIECES)
    return data[:at] + piece + data[at + chance.randint(0, 1) :]


def _lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data + data
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    how = chance.randrange(3)
    if how == 0:
        lines.insert(one, lines[two])
    elif how == 1:
        del lines[one]
    else:
        lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines)


def _encoding(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252", "utf-32")), "replace")


def _line_ends(data: bytes, chance: random.Random) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"\n\r")))


def _huge(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice((b"x", b"ab ", b"9", b"\xc3\xa9", b'"', b"> ")) * 20_000 + data[at:]


def _nested(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice((b"[", b'{"a":', b"<div>", b"[{")) * chance.choice((30, 3000, 100_000)) + data[at:]


def _typed(data: bytes, chance: random.Random) -> bytes:
    """A value of JSON becomes one of another type; of other formats, a word."""
    values = list(re.finditer(rb'"(?:[^"\\]|\\.)*"(?!\s*:)|\b\d+\b|\btrue\b|\bfalse\b', data))
    if not values:
        return data
    value = chance.choice(values)
    other = chance.choice((b"null", b"[]", b"{}", b"-1", b'""', b"[[]]", b"1e400", b'"\\ud83d"', b'{"id":{}}', b"true", b"NaN"))
    return data[: value.start()] + other + data[value.end() :]


def _keys(data: bytes, chance: random.Random) -> bytes:
    keys = list(re.finditer(rb'"(\w+)"\s*:', data))
    if len(keys) < 2:
        return _flip(data, chance)
    one, two = chance.choice(keys), chance.choice(keys)
    return data[: one.start(1)] + chance.choice((two[1], b"x", b"", one[1].upper())) + data[one.end(1) :]


def _times(data: bytes, chance: random.Random) -> bytes:
    """A day, a time or an epoch becomes one that cannot be, or changes places with another."""
    times = list(re.finditer(rb"\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+Z?)?|(?:\d{1,2}:)+\d{2}(?:[.,]\d+)?|\b1785\d{6,}\b", data))
    if not times:
        return _typed(data, chance)
    one, two = sorted((chance.choice(times), chance.choice(times)), key=lambda found: found.start())
    if chance.randrange(2) and one.start() < two.start():
        return data[: one.start()] + two[0] + data[one.end() : two.start()] + one[0] + data[two.end() :]
    other = chance.choice(
        (b"0000-00-00", b"9999-12-31T23:59:60Z", b"2026-02-30", b"1900-01-00", b"-1", b"99:99:99.999", b"00:00:00,000", b"9" * 18,
         b"2026-08-01T25:00:00+99:99", b"0001-01-01T00:00:00+23:59", b"08/09/2026", b"", b"1e18", "２０２６-08-01".encode())
    )  # fmt: skip
    return data[: one.start()] + other + data[one.end() :]


def _fields(data: bytes, chance: random.Random) -> bytes:
    """One node of JSON, plain or a list or an object, becomes something else, goes elsewhere or away; a table's field likewise."""
    try:
        whole = json.loads(data)
        nodes = list(_nodes(whole))
    except (ValueError, RecursionError):
        return _quotes(data, chance)
    if not nodes:
        return data
    inside, key = chance.choice(nodes)
    other_inside, other_key = chance.choice(nodes)
    value = inside[key]
    how = chance.randrange(6)
    if how == 0:
        del inside[key]
    elif how == 1:
        inside[key] = [value]
    elif how == 2:
        inside[key], other_inside[other_key] = other_inside[other_key], value
    elif how == 3:
        inside[key] = {str(key): value, "id": value}
    elif how == 4:
        inside[key] = json.dumps(value)
    else:
        inside[key] = chance.choice((None, [], {}, "", 0, -1, 1e300, True, [[]], [None], {"": None}, "x" * 300, [value] * 2))
    try:
        return json.dumps(whole, ensure_ascii=chance.randrange(2) == 0).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):  # a part that was moved into itself
        return data


def _nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, (dict, list)):
        for key, part in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
            yield value, key
            yield from _nodes(part)


def _quotes(data: bytes, chance: random.Random) -> bytes:
    """A quotation mark, delimiter or line end of a table is lost, doubled or becomes another."""
    marks = list(re.finditer(rb'[",\n:>]', data))
    if not marks:
        return data
    mark = chance.choice(marks)
    other = chance.choice((b"", mark[0] * 2, b'"', b'""', b",", b";", b"\t", b'"\n"', b"\n"))
    return data[: mark.start()] + other + data[mark.end() :]


def _twice(data: bytes, chance: random.Random) -> bytes:
    """A key of JSON stands twice in its object, first with another value."""
    keys = list(re.finditer(rb'"\w+"\s*:', data))
    if not keys:
        return data + data
    key = chance.choice(keys)
    return data[: key.start()] + key[0] + chance.choice((b"null", b'"x"', b"[]", b"{}")) + b"," + data[key.start() :]


def _zipped(data: bytes, chance: random.Random) -> bytes:
    packed = gzip.compress(data, 1, mtime=0)
    how = chance.randrange(4)
    return packed if how == 0 else packed + packed if how == 1 else _flip(packed, chance) if how == 2 else _cut(packed, chance)


DAMAGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _flip, _flip, _cut, _cut, _insert, _insert, _lines, _encoding, _line_ends, _huge, _nested, _typed, _keys, _times, _fields,
    _fields, _quotes, _twice, _zipped,
)  # fmt: skip
