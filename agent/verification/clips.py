"""What a quote leaves out of its sentence, and whether that could change its meaning."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from agent.verification.folding import inside_word, splits_cluster, tokenise
from agent.verification.lexicon import (
    APPROXIMATE,
    GOVERNORS,
    HEADLESS,
    INVERTING,
    NUMBERS,
    PAPERS,
    PRONOUNS,
    SCALES,
    TRAILING,
    TURN_PHRASES,
    TURNS,
)
from retrieval.sentences import sentence_spans

REACH = 1_500
"""Characters that are looked at on each side of a quote; no spoken sentence is longer."""
_WHOLE = 20_000
"""Up to this length a record's sentences are found once for all its quotes."""

_FRAGMENT = re.compile(
    "|".join(
        (
            r"[\s\"'”’)–—-]*(?:(?:just |only )?(?:kidding|joking)|scratch that|never ?mind|in theory|hopefully|allegedly|as if)[.!?…]*$",
            r"(?:i wish|or not|not|psych|maybe(?: not)?|perhaps(?: not)?|no|nope|yeah,? right|wait,? no|no,? wait)[.!?…]*$",
            r"[\s–—-]*(?:or so (?:they|we|he|she|you|i) .{2,30}|said no ?(?:one|body).{0,9}|not (?:really|quite|true|at all)[.!?…]*)$",
            r"(?:at least,? )?(?:that|this|it|which)(?:['’]s| is| was) (?:not (?:true|right|what)|false|wrong|untrue|a (?:lie|joke))\b",
            r"(?:at least,? )?(?:that|this|it|which)(?:['’]s| is| was) what (?:you|your|they|their|he|she|his|her)\b",
            r"(?:no|nope),? (?:we|it|they|i|that)\b[^,]{0,12}(?:n['’]t|not)\b[^,]{0,12}$",
            r"(?:but |and |or |though |well,? )?only (?:if|when|once|after|with)\b",
            r"(?:but |and |or |though )(?:if|unless|until|provided|assuming|except|not)\b",
            r"(?:if|unless|until|provided|providing|assuming|except|pending|subject to|depending|as long as)\b[^,]{0,60}$",
            r"(?:just )?not (?:before|until|unless|if|without|now|this|yet|any ?more)\b[^,]{0,60}$",
        )
    ),
    re.IGNORECASE,
)
"""A sentence that only takes back, or sets a condition to, the one before it."""
_QUOTED_LINE = re.compile(r"\s*[>|]")
_ITEM = re.compile(r"\s*(?:[-*+•‣◦·–—]|\(?\w{1,2}[.)])\s")
_CROSSED = re.compile("[❌🚫👎✗✘☒⛔]")
_SINGLE = re.compile(r"(?<![^\s(\[])['‘](?=[^\W\d_]{2})(?!(?:em|cause|til|bout|tis|twas)\b)", re.IGNORECASE)
_FORWARD = re.compile(
    r"^\s*(?:-{2,} ?(?:original message|forwarded message|forwarded by)|begin forwarded message|(?:from|von|de|från|van):\s.+$|"
    r"(?:on|am|le|el|den|op)\b[^\n]{4,120}(?:\n[^\n]{0,80})?(?:wrote|schrieb|a écrit|escribió|skrev|schreef)\b[^\n]{0,60}:\s*$)",
    re.IGNORECASE | re.MULTILINE,
)
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[a-z\u00c0-\u024f]", re.IGNORECASE)


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole sentences that `[start, end)` touches, with a fragment after them that takes them back."""
    left, right = start, end
    spans, base = _spans_near(text, start, end)
    for a, b in spans:
        a, b = a + base, b + base
        if b <= start:
            continue
        if a < end:
            left, right = min(left, a), max(right, b)
        elif b - a <= 200 and _FRAGMENT.match(text[a:b]):
            right = b
        else:
            break
    if (heading := _heading(text, left)) is not None:
        left = heading
    left, right = max(left, start - REACH), min(right, end + REACH)
    while left < start and (inside_word(text, left) or text[left].isspace()):
        left += 1
    while right > end and (inside_word(text, right) or text[right - 1].isspace()):
        right -= 1
    return left, right


def _heading(text: str, start: int) -> int | None:
    """Where the line begins that heads this sentence or its list (`Not needed:`, `Sam wrote:`), if it turns the meaning."""
    line = text.rfind("\n", 0, start) + 1
    floor = max(0, line - REACH)
    above = text[floor:line].rstrip()
    listed = _ITEM.match(text[line : line + 80]) is not None
    while above:
        begin = above.rfind("\n") + 1
        if above.endswith(":"):
            return floor + begin if _turned(above[begin:], "", "") else None
        if not (listed and _ITEM.match(above[begin:])):
            return None
        above = above[:begin].rstrip()
    return None


def _spans_near(text: str, start: int, end: int) -> tuple[list[tuple[int, int]], int]:
    if len(text) <= _WHOLE:
        return _cached_spans(text), 0
    low, high = max(0, start - 2 * REACH), min(len(text), end + 2 * REACH)
    return sentence_spans(text[low:high]), low


@lru_cache(maxsize=256)
def _cached_spans(text: str) -> list[tuple[int, int]]:
    return sentence_spans(text)


def clipped(text: str, start: int, end: int, *, core: int | None = None, quoted_reply: bool = False) -> tuple[int, int] | None:
    """The whole sentence, if what it says outside `[start, end)` may change the meaning; None if the quote can stand.

    `core`: where the first word begins, if punctuation stands before it. `quoted_reply`: the record as a whole is
    a reply that somebody quotes, so its `>` marks say nothing new.
    """
    left, right = sentence_around(text, start, end)
    before, after = text[left:start], text[end:right]
    turned = (
        "?" in before
        or "?" in after
        or "？" in after
        or re.search(r"\bmay\b", before) is not None  # the verb; May is a month
        or _turned(before, after, text[start:end])
        or _CROSSED.search(before + after) is not None
        or start - left >= REACH
        or right - end >= REACH
        or in_quotation(text, start if core is None else core)
        or (not quoted_reply and in_reply(text, start))
    )
    return (left, right) if turned else None


def _turned(before: str, after: str, quote: str) -> bool:
    if not before and not after:
        return False
    pre, post, own = tokenise(before).words, tokenise(after).words, tokenise(quote).words
    if pre in (["but"], ["however"], ["though"]):
        pre = []  # it turns against the sentence before, not against its own
    if not TURNS.isdisjoint(pre) or not TURNS.isdisjoint(post):
        return True
    if _foreign(before) or _foreign(after):
        return True
    if pre and own and (pre[-1] in GOVERNORS or own[0] in HEADLESS or _number_cut(pre, own) or _asks(pre, own)):
        return True
    if own and post and (post[0] in TRAILING or _number_goes_on(own, post)):
        return True
    if any("your" in side and not PAPERS.isdisjoint(side) for side in (pre, post)):
        return True
    return any(pair in TURN_PHRASES for side in (pre, post) for pair in pairwise(side))


def _asks(pre: list[str], own: list[str]) -> bool:
    """`Do | we need it`, `Had | we bought it`, `Were the board to agree, | we sign`."""
    return (pre[-1] in INVERTING and own[0] in PRONOUNS) or pre[0] in ("were", "had", "should")


def _number_cut(pre: list[str], own: list[str]) -> bool:
    """`four | hundred`, `less than | two`, `between 40 and | 50`."""
    if not _is_number(own[0]):
        return False
    joined = pre[-1] in ("and", "or") and any(map(_is_number, pre[-3:-1]))
    return own[0] in SCALES or pre[-1] in APPROXIMATE or _is_number(pre[-1]) or joined


def _number_goes_on(own: list[str], post: list[str]) -> bool:
    """`four | hundred`, `$40 | to $50`, `two | and a half`."""
    if not _is_number(own[-1]):
        return False
    return post[0] in SCALES or _is_number(post[0]) or (post[0] in ("to", "and", "or") and any(map(_is_number, post[1:3])))


def _is_number(word: str) -> bool:
    return word in NUMBERS or any(ch.isdigit() for ch in word)


def _foreign(rest: str) -> bool:
    """Words of a script whose negations are not listed here: nobody can tell, so somebody must look."""
    return any(not _LATIN.match(found.group()) for found in _LETTER.finditer(rest))


def in_quotation(text: str, start: int) -> bool:
    """True if a quotation mark (or a strike-through) that is opened before `start` in the paragraph is still open."""
    paragraph = text.rfind("\n\n", max(0, start - REACH), start)
    head = text[max(paragraph, start - REACH, 0) : start]
    if head.count('"') % 2 or head.count("~~") % 2:
        return True
    for opening, closing in ("“”", "„“", "«»", "「」", "『』"):
        if head.rfind(opening) > head.rfind(closing):
            return True
    opened = [found.end() for found in _SINGLE.finditer(head + text[start : start + 5])]
    return bool(opened) and opened[-1] <= len(head) and not re.search(r"['’](?!\w)", head[opened[-1] :])


def in_reply(text: str, start: int) -> bool:
    """True if `start` is in a line that quotes an earlier message, or below the head of a forwarded one."""
    line = text.rfind("\n", 0, start) + 1
    if _QUOTED_LINE.match(text[line : start + 1]):
        return True
    return _FORWARD.search(text[max(0, start - 20_000) : line]) is not None


def whole_characters(text: str, start: int, end: int) -> tuple[int, int]:
    """The span grown until it tears no letter from its marks and no emoji apart."""
    while splits_cluster(text, start):
        start -= 1
    while splits_cluster(text, end):
        end += 1
    return start, end
