"""Where sentences begin and end in chatty English, as offsets into the text: what people type in tickets and say on calls.

Rules, no model: the same text always gives the same spans, and a quote can be checked against them by hand. The splitter
would rather leave two sentences together than cut one in half, because a quote that is too long is still the
customer's, and half a quote may say the opposite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_EMOJI = r"(?:[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50\u2B55][\uFE0F\u200D\U0001F3FB-\U0001F3FF]*)"
_FACE = r"(?:(?<=\s)[:;=]-?[)(DPp/|](?!\w))"
_WIDE = "\u3002\uff01\uff1f"
"""Full stop, exclamation and question mark of Chinese and Japanese, which no space follows."""
_STOP = re.compile(
    rf"(?P<stop>[.!?\u2026{_WIDE}]+)(?P<close>[\"'\u201d\u2019\u00bb)\]}}*_]*)(?P<tail>(?:[^\S\r\n]*(?:{_EMOJI}|{_FACE}))*)"
    rf"|(?P<emoji>(?:(?:{_EMOJI}|{_FACE})[^\S\r\n]*)+)"
)
_INLINE_CODE = re.compile(r"`[^`\n]+`")
_FENCE = re.compile(r"[ \t]*(?P<mark>```+|~~~+)(?P<info>[^\n]*)")
_ITEM = re.compile(r"\s*(?:[-*+•‣◦·–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|[#>]+|\[[ xX]?\])\s+\S")
_LABEL = re.compile(r"\s*[A-Z][\w /&'-]{0,28}:(?:\s|$)")
_GREETING = re.compile(
    r"\s*(?:hi|hello|hey|hiya|dear|morning|good (?:morning|afternoon|evening)|(?:many )?thanks|thank you|cheers|"
    r"(?:kind |best |warm )?regards|best|sincerely|yours)\b[^.?!]{0,40}[,!.:]?\s*$",
    re.IGNORECASE,
)
_OPEN_END = re.compile(r"(?:[,;&(]|\b(?:and|or|but|the|a|an|of|to|for|with|in|on|at|by|from|that|which|our|your|is|are))$", re.I)
_WORD_BEFORE = re.compile(r"[^\s()\[\]{}\"“”'‘,;:]+$")
_WORD_AFTER = re.compile(r"[\w'’]+")
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER = _words(
    "mr mrs ms mx dr prof rev hon gen sen gov capt lt col sgt messrs mt e.g i.e eg ie cf viz vs approx ca resp incl "
    "excl esp fig figs eq pp tel ext dept attn nr"
)
"""After these a full stop never ends a sentence."""
_BEFORE_NUMBER = _words("no nos art sec ch vol p st ref para pg ver v nr")
"""After these it does not, if a number (or, for `st`, a name) follows."""
_SOMETIMES = _words("inc ltd co corp llc plc jr sr gmbh b.v s.a bros est govt assn ave blvd st ph.d m.d u.s u.k e.u")
"""After these it does, if a word follows that commonly opens a sentence."""
_USUALLY = _words("etc a.m p.m am pm min mins hr hrs sec secs max avg mo yr yrs jan feb mar apr jun jul aug sep sept oct nov dec")
"""After these it does, if a capital follows that is not a day, month or time zone."""
_LETTERED = _words("plan option tier grade phase series team class part site group")
"""Before a single capital these make a label (`Plan B.`), not a person's initial."""
_NOT_OPENERS = _words(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january february "
    "march april may june july august september october november december utc gmt est edt cet cest pst pdt bst et pt ct"
)
_OPENERS = _words(
    "the they we i it it's its this that that's these those there there's here he she you your our my his her their who what "
    "where when why how if as so but and or not no yes yeah ok okay also then now please can could would will shall should is "
    "which are was were do does did has have had let let's in on at for with after before since while because however although "
    "thanks thank hi hello sorry any all some one both each every another maybe perhaps i'm i've i'd i'll we're we've we'd "
    "we'll they're they've you're don't can't won't a an from to by until once last next first second today tomorrow"
)


def sentence_spans(text: str) -> list[Span]:
    """`(start, end)` code-point offsets of the sentences of `text`, in order.

    Spans do not overlap, carry no surrounding white space, and together hold every character that is not white space.
    A fenced code block is one span, a bullet with its marker is one span, a fragment without a final stop is one span;
    `[]` for blank text. Linear in the length of the text.
    """
    spans: list[Span] = []
    for start, end, whole in _blocks(text):
        cuts = [end] if whole else [*_cuts(text, start, end), end]
        for cut in cuts:
            span = trimmed(text, start, cut)
            if span is not None:
                spans.append(span)
            start = cut
    return spans


def trimmed(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its ends; None if nothing else is in it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def paragraph_spans(text: str) -> list[Span]:
    """`(start, end)` of the paragraphs: what blank lines part, trimmed, in order. A fenced block is not parted."""
    spans: list[Span] = []
    open_at: int | None = None
    close = 0
    for start, end, _ in _blocks(text):
        if open_at is not None and start > close:  # only blank lines lie between two blocks
            spans.append((open_at, close))
            open_at = None
        if open_at is None:
            open_at = start
        close = end
    if open_at is not None:
        spans.append((open_at, close))
    return [span for start, end in spans if (span := trimmed(text, start, end)) is not None]


def _lines(text: str) -> list[Span]:
    spans: list[Span] = []
    at = 0
    for line in text.splitlines(keepends=True):
        spans.append((at, at + len(line)))
        at += len(line)
    return spans


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Runs of lines that may hold sentences across their breaks, `(start, end, whole)`; `whole` is a code block."""
    lines = _lines(text)
    closing = _closing_fences(text, lines)
    run: list[Span] = []
    i = 0
    while i < len(lines):
        start, end = lines[i]
        if i in closing:
            yield from _joined(text, run)
            run = []
            yield start, lines[closing[i]][1], True
            i = closing[i] + 1
            continue
        if text[start:end].isspace():
            yield from _joined(text, run)
            run = []
        else:
            run.append((start, end))
        i += 1
    yield from _joined(text, run)


def _closing_fences(text: str, lines: list[Span]) -> dict[int, int]:
    """Line of each opening fence -> line of its closing fence. An opening fence that nothing closes is plain text."""
    fences: list[tuple[int, str, bool]] = []
    for i, (start, end) in enumerate(lines):
        found = _FENCE.match(text, start, end)
        if found:
            fences.append((i, found["mark"][0], not found["info"].strip()))
    pairs: dict[int, int] = {}
    next_bare: dict[str, int] = {}
    after = [0] * len(fences)
    for at in range(len(fences) - 1, -1, -1):
        line, mark, bare = fences[at]
        after[at] = next_bare.get(mark, -1)
        if bare:
            next_bare[mark] = line
    closed_until = -1
    for at, (line, _, _) in enumerate(fences):
        if line > closed_until and after[at] > line:
            pairs[line] = after[at]
            closed_until = after[at]
    return pairs


def _joined(text: str, lines: list[Span]) -> Iterator[tuple[int, int, bool]]:
    """Put soft-wrapped lines of one paragraph together; a line that ends an item, a label or a greeting stays alone."""
    if not lines:
        return
    bodies = [text[start:end].rstrip() for start, end in lines]
    width = max(len(body) for body in bodies)
    start = lines[0][0]
    for i in range(len(lines) - 1):
        if not _wraps(bodies[i], bodies[i + 1], width):
            yield start, lines[i][1], False
            start = lines[i + 1][0]
    yield start, lines[-1][1], False


def _wraps(line: str, following: str, width: int) -> bool:
    """True if the break after `line` is only the edge of the page (the next word would not have fitted)."""
    if _ITEM.match(following) or _LABEL.match(following) or _GREETING.match(line) or line.endswith(":"):
        return False
    body = following.lstrip()
    if _OPEN_END.search(line):
        return True
    first = body.split(maxsplit=1)[0] if body else ""
    if len(line) + 1 + len(first) <= width:
        return bool(_ITEM.match(line)) and following[:1].isspace() and body[:1].islower()
    return width >= (40 if body[:1].islower() else 60)


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    code = [found.span() for found in _INLINE_CODE.finditer(text, start, end)]
    for found in _STOP.finditer(text, start, end):
        while code and code[0][1] <= found.start():
            code.pop(0)
        if code and code[0][0] <= found.start() < code[0][1]:
            continue
        after = found.end()
        if after >= end:
            return
        following = _next_word(text, after, end)
        if following is None:
            return
        glued = not text[after].isspace() and not text[after - 1].isspace()
        if glued and found["stop"] and found["stop"][-1] in _WIDE and not found["close"]:
            yield after
        elif glued:
            continue
        elif found["emoji"]:
            if following[:1].isupper() and text[start : found.start()].strip():
                yield after
        elif _ends(text, start, found, following):
            yield after


def _next_word(text: str, at: int, end: int) -> str | None:
    """The next word from `at`, behind white space and opening quotes or brackets; None if nothing follows."""
    while at < end and (text[at].isspace() or text[at] in "\"'“‘«([*_"):
        at += 1
    if at >= end:
        return None
    found = _WORD_AFTER.match(text, at, end)
    return found[0] if found else text[at]


def _ends(text: str, start: int, found: re.Match[str], following: str) -> bool:
    """Does this stop, with white space behind it, end a sentence?"""
    stop, close = found["stop"], found["close"]
    low = following[:1].islower()
    if close and low and not found["tail"]:
        return False  # `"Really?" she asked`, `(approx.) ten`
    if set(stop) & set("!?" + _WIDE) or found["tail"]:
        return True
    opener = following.lower().replace("’", "'")
    if stop in ("…", "..") or len(stop) > 2:
        return not low and opener not in ("i", "i'm", "i've", "i'd", "i'll")
    head = text[max(start, found.start() - 40) : found.start()]
    before = _WORD_BEFORE.search(head)
    if before is None:
        return True
    word = before[0]
    if _is_marker(text, start, found.start() - len(word), word):
        return False
    return _full_stop_ends(word, head[: before.start()], following, opener)


def _is_marker(text: str, start: int, at: int, word: str) -> bool:
    """`1.`, `a.`, `iv.` at the beginning of a line."""
    if not re.fullmatch(r"\d{1,3}|[a-zA-Z]|[ivx]{2,4}", word):
        return False
    while at > start and text[at - 1] in " \t(":
        at -= 1
    return at == start or text[at - 1] in "\r\n"


def _full_stop_ends(word: str, head: str, following: str, opener: str) -> bool:
    key = word.lower().replace("’", "'").lstrip("-–—/")
    capital = following[:1].isupper()
    if key in _NEVER:
        return False
    if key in _BEFORE_NUMBER and (following[:1].isdigit() or (key == "st" and capital and opener not in _OPENERS)):
        return False
    if len(word) == 1 and word.isalpha() and word.isupper():
        named = head.rstrip().rsplit(maxsplit=1)[-1:] or [""]
        is_name = named[0][:1].isupper() and named[0].lower() not in _LETTERED
        return opener in _OPENERS and capital and not is_name
    if key in _USUALLY and key not in ("min", "sec", "max", "avg"):
        return capital and opener not in _NOT_OPENERS
    if key in _SOMETIMES or _DOTTED.search(word):
        return capital and opener in _OPENERS
    if key in _USUALLY:
        return capital
    return True
