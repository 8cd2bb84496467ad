"""Where a message stops being words and becomes a signature: name, title, company, telephone, disclaimer, "sent from".

A name or a closing formula opens a signature only if everything after it (down to a postscript) looks like one. In doubt a line
stays the author's own: a title among the evidence does no harm, a lost request does.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from retrieval.readers.people import email_key, name_key

_CLOSINGS = (
    r"(?:(?:with |my )?(?:very |all the )?(?:best|kind(?:est)?|warm(?:est)?|many|sincere)\s+(?:regards|wishes|thanks|greetings))"
    r"|regards|rgds|best|cheers|cheerio|thanks(?:\s*(?:&|and)\s*regards| again| in advance| so much| a lot)?|thank you"
    r"(?: very much| in advance| so much)?|thx|ta|br|kr|sincerely(?: yours)?"
    r"|yours(?: (?:sincerely|faithfully|truly))?|respectfully|take care"
    r"|all the best|have a (?:nice|good|great) (?:day|weekend|week)|talk soon|with thanks|warmly|xoxo"
    r"|(?:mit )?(?:freundlichen?|besten?|herzlichen?|vielen?|schönen?|liebe|lieben?) (?:grüßen?|gruß|grüssen?|gruss|dank)"
    r"|(?:freundliche|beste|herzliche|viele|schöne|liebe) (?:grüße|grüsse)|mfg|lg|vg|hochachtungsvoll|gruß|danke"
    r"|(?:bien |très )?cordialement|(?:bien|sincères) (?:à vous|salutations)|cdlt|merci|salutations"
    r"|saludos(?: cordiales)?|un (?:cordial )?saludo|atentamente|gracias|cordiali saluti|distinti saluti|saluti|grazie"
    r"|atenciosamente|cumprimentos|obrigad[oa]|met vriendelijke groet(?:en)?|groet(?:en|jes)?|mvg|bedankt"
    r"|(?:med )?vänliga? hälsning(?:ar)?|hälsningar|mvh|tack|med venlig hilsen|vennlig hilsen|hilsen|tak|takk|pozdrawiam"
    r"|z poważaniem|dziękuję|ystävällisin terveisin|terveisin|kiitos"
)
_CLOSING = re.compile(rf"^\W*(?:{_CLOSINGS})(?:\s*/\s*(?:{_CLOSINGS}))?\s*[,.!]*\s*$", re.IGNORECASE)
_CLOSING_NAME = re.compile(rf"^\W*(?:{_CLOSINGS})\s*[,.!]*\s+(?P<name>\S.{{0,40}})$", re.IGNORECASE)
_THANKS = re.compile(r"^\W*(thanks|thank you|thx|ta|danke|merci|gracias|grazie|tack|tak|takk|obrigad|bedankt|dzi)", re.IGNORECASE)
_MOBILE = re.compile(
    r"^\W*((sent|written|typed) (from|via|with|on|using) (my |a |the )?(i-?phone|i-?pad|phone|mobile|android|samsung|blackberry"
    r"|outlook|galaxy|mail|gmail|yahoo|handheld|tablet|pixel|proton)|get outlook for|von meinem? .{2,30}gesendet"
    r"|gesendet (von|mit)"
    r"|envoyé (de|depuis) mon|télécharge[rz] outlook|enviado (desde|do|de) (mi|meu)|inviato da(l mio)?|verzonden (vanaf|met) mijn"
    r"|skickat från min|sendt fra min|wysłane z)",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"confidential(ity)?\b.{0,120}\b(notice|message|e-?mail|information|intended|recipient)|\b(message|e-?mail|information)\b.{0,120}"
    r"\bconfidential|intended (solely|only|recipient)|consider the environment|before printing|denken sie an die umwelt"
    r"|(limited liability|registered (office|in|number|company|address)|authori[sz]ed and regulated|vat (no|number|reg))\b"
    r"|^\W*(confidentiality notice|disclaimer|legal notice|privileged)\b|vertrauliche informationen|diese (e-?mail|nachricht)"
    r".{0,80}(vertraulich|bestimmt)|ce (message|courriel).{0,120}confidentiel|este (mensaje|correo).{0,120}confidencial"
    r"|geschäftsführer:|handelsregister|amtsgericht|ust-?id|sitz der gesellschaft|if you (are not|have received) .{0,60}"
    r"(recipient|in error|by mistake)|\bunsubscribe\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(\b(tel|phone|mobile|cell|fax|ph|m|t|f|p|o|d|tél|móvil|handy|mob|office|direct|ext|e-?mail|e|w|web|skype|linkedin|twitter)\b"
    r"\s*[.:]\s*\S)|^\W*\+?[\d(][\d\s()./-]{6,}\d\W*$|^\W*(https?://|www\.)\S+\W*$|^\W*\S+@\S+\.\w+\W*$|\+\d{1,3}[\s(]\d",
    re.IGNORECASE,
)
_DELIMITER = re.compile(r"^\s*(--|—|––|__|-- \S{0,2})\s*$")
_POSTSCRIPT = re.compile(r"^\W*(p\.?\s?s\.?|p\.?\s?p\.?\s?s\.?|n\.?b\.?|one more thing|edit)\b\s*[:.,\-–—]?", re.IGNORECASE)
_TALK = re.compile(
    r"\b(i|we|you|please|can|could|need|want|would|will|should|have|has|had|do|does|did|don't|can't|let|my|your|us|me|there|this"
    r"|ich|wir|sie|bitte|können|brauchen|nous|vous|je|pouvez|necesitamos|podemos|quiero)\b",
    re.IGNORECASE,
)
_SEPARATED = re.compile(r"\s[|•·✨–—/~*-]\s|\s[^\w\s,.()&'’\"-]+\s")
_LONGEST_LINE = 3000
_PROSE = "we said something longer here."
_LONGEST = 12
"""Non-blank lines: more than this under a delimiter is not a signature."""


@dataclass(frozen=True, slots=True)
class Author:
    """The forms in which a message's author may sign."""

    full: str
    forms: frozenset[str]


def author_of(name: str | None, email: str | None = None) -> Author | None:
    """The signing forms of a name: whole, first, last, `D. Ruiz`, `Dana R.`, initials, and the address' own short forms."""
    full = name_key(name)
    local = re.split(r"[._+-]", email_key(email).partition("@")[0])
    if not full or "@" in full:
        return None
    words = full.split()
    first, last = words[0], words[-1]
    initials = "".join(word[0] for word in words)
    forms = {full, first, initials, first[0], " ".join(reversed(words))}
    if len(words) > 1:
        forms |= {last, f"{first[0]} {last}", f"{first} {last[0]}", f"{first[0]}{last[0]}", f"{first[0]}{last}"}
        forms |= {" ".join(initials), " ".join(words[:-1]), f"{first} {words[1]}"}
        forms |= {part for word in words for part in word.split("-") if len(part) > 2}
    forms |= {part for part in local if len(part) > 2 and part[0] in initials} | ({"".join(local)} if len(local) == 1 else set())
    return Author(full, frozenset(forms - {""}))


def signature_lines(lines: list[str], author: Author | None, spoken_before: bool = False) -> list[bool]:
    """For one run of an author's own lines: which of them are signature.

    `spoken_before`: the message already had words before this run, so that a run may be a signature as a whole.
    """
    lines = [line if len(line) <= _LONGEST_LINE else _PROSE for line in lines]
    flags = [False] * len(lines)
    # A postscript begins a new run: what stands before it may still be a signature.
    cuts = [0, *(k for k, line in enumerate(lines) if k and _POSTSCRIPT.match(line)), len(lines)]
    for begin, end in itertools.pairwise(cuts):
        start = _start(lines[begin:end], author, spoken_before or begin > 0)
        if start is not None:
            flags[begin + start : end] = [True] * (end - begin - start)
    return flags


def _start(lines: list[str], author: Author | None, spoken_before: bool) -> int | None:
    full = [k for k, line in enumerate(lines) if line.strip()]
    for place in range(max(0, len(full) - _LONGEST), len(full)):
        k = full[place]
        rest = [lines[later] for later in full[place + 1 :]]
        if (spoken_before or place > 0) and _opens(lines[k], rest, author) and _all_signature(lines[k:], author):
            return k
    return None


def _opens(line: str, rest: list[str], author: Author | None) -> bool:
    if _DELIMITER.match(line):
        return 0 < len(rest) <= _LONGEST
    if _MOBILE.match(line) or _is_disclaimer(line):
        return True
    if _CLOSING.match(line):
        # A bare "Thanks!" at the end is something that the author says.
        return bool(rest) or not _THANKS.match(line)
    match = _CLOSING_NAME.match(line)
    if match and _signs(match["name"], author, _THANKS.match(line) is None):
        return True
    return _signs(line, author, False)


def _all_signature(lines: list[str], author: Author | None) -> bool:
    delimited = bool(_DELIMITER.match(lines[0]))
    formula = bool(_CLOSING.match(lines[0]))
    if formula and _THANKS.match(lines[0]) and not any(_signs(line, author, True) for line in lines[1:]):
        return False
    # Under a formula of farewell somebody signs, with whatever name.
    named = (delimited and lines[0].rstrip("\r\n").endswith("-- ")) or (formula and not _THANKS.match(lines[0]))
    paragraph = True
    for k, line in enumerate(lines):
        if not line.strip():
            paragraph = k <= 1 and not named
            continue
        if k == 0 or _is_tail(line, author):
            named = named or (_signs(line, author, k > 0))
            continue
        if not (_is_caption(line) and (named or delimited or (paragraph and k > 0))):
            return False
        named = named or (author is None and _is_name(line))
    return len([line for line in lines if line.strip()]) <= _LONGEST


def _is_tail(line: str, author: Author | None) -> bool:
    return bool(
        _CLOSING.match(line)
        or _MOBILE.match(line)
        or _is_disclaimer(line)
        or (_CONTACT.search(line) and len(line) <= 160 and not _is_sentence(line))
        or _signs(line, author, False)
    )


def _is_disclaimer(line: str) -> bool:
    return bool(_DISCLAIMER.search(line)) and (len(line) >= 30) and not line.rstrip().endswith("?")


def _is_caption(line: str) -> bool:
    """A title, a company, a tagline: short, and nobody speaks in it."""
    return len(line.strip()) <= 100 and not _is_sentence(line)


def _is_sentence(line: str) -> bool:
    words = re.sub(r"\"[^\"]*\"|“[^”]*”|\([^)]*\)", "", line).split()
    text = line.rstrip()
    ended = text.endswith((".", "!", "?", ":", "…")) and not re.search(r"\b(Inc|Ltd|Co|Corp|LLC|Pty|e\.V|S\.A)\.$", text)
    return (ended and len(words) >= 4) or text.endswith("?") or (len(words) >= 3 and bool(_TALK.search(" ".join(words))))


def _is_name(line: str) -> bool:
    words = re.sub(r"\([^)]*\)", "", line).strip(" ,.-–—~").split()
    return 0 < len(words) <= 4 and all(word[0].isupper() for word in words) and not re.search(r"\d", line)


def _signs(line: str, author: Author | None, guess: bool) -> bool:
    """Whether a line is the author's name (with whatever hangs on it); without an author, whether it could be one if `guess`."""
    text = re.sub(r"^[\s\-–—~/*_•]+|[\s,.!*_]+$", "", line)
    text = re.sub(r"^(?:i\.?\s?[AV]\.?|ppa\.?|p\.?p\.?)\s+(?=\w)", "", text)
    if author is None:
        return guess and _is_name(text)
    if not text or len(line) > 200:
        return False
    key = name_key(text)
    whole = re.sub(r"[.\s]+", " ", re.sub(r"[^\w\s.'-]", " ", key)).strip()
    whole = re.sub(r"\s+x{1,4}$", "", whole)
    if whole in author.forms or whole.replace(" ", "") in author.forms:
        return True
    head = re.split(_SEPARATED, f"{line.strip()} ")[0].strip(" ,*_")
    if head != line.strip(" ,*_") and name_key(head) in author.forms and not _is_sentence(line):
        return True
    if key.startswith(author.full):
        return bool(re.match(r"\s*[,|(•·–—-]", key[len(author.full) :])) and not _is_sentence(line)
    return bool(re.match(rf"{re.escape(author.full)}\s*,", line.strip().casefold())) and _is_caption(line)
