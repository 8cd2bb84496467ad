"""Text as the verifier compares it: folded words, each with its exact place in the source.

Two texts have the same words when they differ only in case, Unicode form, quotation marks, dashes, white space,
invisible characters and punctuation between words. Numbers keep what gives them their value: the sign, separators,
currency and per cent. Superscripts and fractions are not folded, because `10²` is not `102`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MARKS = (
    "".join(
        chr(c)
        for block in ((0x300, 0x2100), (0x302A, 0x309B), (0xA66F, 0xAC00), (0xFB1E, 0xFB1F), (0xFE20, 0xFE30))
        for c in range(*block)
        if unicodedata.category(chr(c))[0] == "M"
    )
    + "\uff9e\uff9f"
)
"""Marks that belong to the letter before them: accents, vowel signs, viramas, half-width voicing marks."""

_INVISIBLE = "\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff"
_INVISIBLE_RE = re.compile(f"[{_INVISIBLE}]")
_UNSPACED = "\u3005-\u3007\u3041-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_STACKED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED_RE = re.compile(f"[{_UNSPACED}{_STACKED}]")

_ONE_TO_ONE = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′`´＇", "'"),
        **dict.fromkeys("“”„‟«»″＂", '"'),
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f\u3000\u2028\u2029\x85", " "),
        "ı": "i",
    }
)
_PIECE = re.compile(
    rf"[\x00-\x7f]+(?![{MARKS}{_INVISIBLE}])|[\u1100-\u115f]+[\u1160-\u11a7]*[\u11a8-\u11ff]*"
    rf"|[\s\S][{MARKS}]*"
)

_LETTER = rf"[^\W_]|[{MARKS}]"
_WORD = rf"(?:{_LETTER})"
_CLITIC = rf"(?:s|re|ve|ll|d|m)(?!{_WORD})"
_TOKEN = re.compile(
    r"[a-z]+(?<!nt)(?<!cannot)(?=[ ,;!?\n])"  # nearly all words of English, found fast
    rf"|[{_UNSPACED}{_STACKED}][{MARKS}]*"
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|would|could|should|wo|ca|need|must|ai|might|can)(?=n't\b)"
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|would|could|should|wo|ca)(?=nt\b)|\bcan(?=not\b)"
    r"|n't\b|(?<=[a-z])nt\b"
    rf"|'{_CLITIC}"
    rf"|{_WORD}+(?:(?<=\d)[.,:/-](?=\d){_WORD}+|_+{_WORD}+|'(?!{_CLITIC}|t\b){_WORD}+)*(?:[+#]+(?!\w))?"
    r"|[$€£¥₹₽₩₺₴₫₪฿¢%‰]"
    r"|(?<![^\s($€£~<>=])[-.](?=[$€£]?\d)"
    r"|(?<!\n)[<>≤≥±~≈=×÷+^](?=\s?\d)|(?<=\d)[+°]"
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Folded words and, for each, its code points `[start, end)` in the text they came from."""

    words: list[str]
    starts: list[int]
    ends: list[int]


def tokenise(text: str) -> Tokens:
    """The folded words of a text; linear in its length."""
    folded, starts, ends = fold(text)
    words: list[str] = []
    first: list[int] = []
    last: list[int] = []
    for match in _TOKEN.finditer(folded):
        word = match.group()
        words.append("n't" if word == "nt" and match.start() and folded[match.start() - 1].isalpha() else word)
        first.append(match.start())
        last.append(match.end())
    if starts is not None and ends is not None:
        first, last = [starts[i] for i in first], [ends[i - 1] for i in last]
    return Tokens(words, first, last)


def fold(text: str) -> tuple[str, list[int] | None, list[int] | None]:
    """Folded text and the source's offsets of every folded character (None, None: one to one)."""
    if text.isascii():
        return text.lower(), None, None
    simple = text.translate(_ONE_TO_ONE)
    if not _INVISIBLE_RE.search(simple) and unicodedata.is_normalized("NFKC", simple):
        folded = simple.casefold()
        if len(folded) == len(text):  # case folding never shortens, so every character kept its place
            return folded, None, None
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece in _PIECE.finditer(text):
        raw, at, end = piece.group(), piece.start(), piece.end()
        if raw.isascii():
            out.append(raw.lower())
            starts.extend(range(at, end))
            ends.extend(range(at + 1, end + 1))
            continue
        done = _fold_cluster(raw)
        out.append(done)
        starts.extend([at] * len(done))
        ends.extend([end] * len(done))
    return "".join(out), starts, ends


def _fold_cluster(raw: str) -> str:
    """One letter with its marks, composed and folded; nothing for what cannot be seen."""
    seen = _INVISIBLE_RE.sub("", raw.translate(_ONE_TO_ONE))
    if seen and unicodedata.decomposition(seen[0]).startswith(("<super>", "<sub>", "<fraction>")):
        return seen
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return "i" if folded == "i\u0307" else folded.translate(_ONE_TO_ONE)


def splits_cluster(text: str, at: int) -> bool:
    """True if a cut before `text[at]` would tear a letter from its marks, or an emoji or surrogate pair in two."""
    if not 0 < at < len(text):
        return False
    after, before = text[at], text[at - 1]
    if after in MARKS or "\ufe00" <= after <= "\ufe0f" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return not before.isspace()
    if "\udc00" <= after <= "\udfff":
        return "\ud800" <= before <= "\udbff"
    if after == "\u200d":
        return text[at + 1 : at + 2] > "\u2100"  # joins two emoji
    if before == "\u200d":
        return after > "\u2100"
    if "\U0001f1e6" <= after <= "\U0001f1ff":
        run = 0
        while run < at and "\U0001f1e6" <= text[at - run - 1] <= "\U0001f1ff":
            run += 1
        return run % 2 == 1
    return False


def inside_word(text: str, at: int) -> bool:
    """True if a cut before `text[at]` lies inside a word: a letter, digit, hyphen or apostrophe joins both sides."""
    if not 0 < at < len(text):
        return False
    before, after = _lettered(text, at - 1), _lettered(text, at)
    if before and after:
        return not (_UNSPACED_RE.match(text[at - 1]) or _UNSPACED_RE.match(text[at]))
    if before:
        return _joins(text, at)
    return after and _joins(text, at - 1)


def _lettered(text: str, at: int) -> bool:
    return text[at].isalnum() or text[at] in MARKS


def _joins(text: str, at: int) -> bool:
    """True if `text[at]` is a sign that makes one word or number of its two neighbours: don't, non-profit, 12,500."""
    if not 0 < at < len(text) - 1 or not (_lettered(text, at - 1) and _lettered(text, at + 1)):
        return False
    if text[at] in "_'’-‐‑\u00ad\u200b\u200c\u200d\u2060":
        return True
    if text[at] in ".@":
        return not text[at + 1].isupper()
    return text[at] in ",:/–" and text[at - 1].isdigit() and text[at + 1].isdigit()


def word_count(words: list[str]) -> int:
    """Words proper: no signs, no `n't` or `'s` that hangs on another word."""
    return sum(word[0].isalnum() and word != "n't" for word in words)


def width(text: str) -> int:
    """Characters with white space collapsed; those of scripts that write a word in one or two count double."""
    return sum(1 + bool(_UNSPACED_RE.match(ch)) for ch in " ".join(text.split()))
