"""Answers that a mailbox wrote by itself: out-of-office notes and "do not reply" messages, in the languages of `_ABSENT`.

One sign is enough where a mail program put it (`Automatic reply:`). Words that a person could also write ("I am out of the
office until Monday, meanwhile we need...") need a second sign, and a short message, before the whole of it is set aside.
"""

from __future__ import annotations

import re

_LABEL = re.compile(
    r"^\W*(automatic reply|auto[- ]?reply|auto[- ]?response|autoresponder|automated (reply|response|message)|out of (the )?office"
    r"|autosvar|automatisk svar|automatiskt svar|frånvaro|abwesenheits(notiz|benachrichtigung|nachricht|meldung)"
    r"|automatische antwort|automatisch antwoord|automatische reactie|afwezigheid(smelding)?|réponse automatique"
    r"|message (automatique|d['’]absence)|respuesta automática|fuera de la oficina|risposta automatica|fuori sede"
    r"|resposta automática|ausência do escritório|automatyczna odpowiedź|autoodpowiedź|automaattinen vastaus|自動応答|自动答复)"
    r"\s*([:!.\-–—(]|$)",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"\b(this is an? (automatic|automated|auto[- ]?generated) (reply|response|message|e-?mail|notification)"
    r"|(please )?do not (reply|respond) to this (e-?mail|message)|this (mailbox|address|inbox) is (not|un)\s?(monitored|attended)"
    r"|dies ist eine automatisch(e| erzeugte| generierte)|bitte antworten sie nicht auf diese|ceci est un (message|courriel)"
    r" automatique|ne pas répondre à ce|este es un mensaje automático|no responda a este)",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"\b(i('m| am| will be| shall be)?( currently| now)?"
    r" (out of( the)? office|away from (the office|my desk)|on (annual |parental |"
    r"maternity |paternity |sick )?(leave|vacation|holiday)|on vacation|travell?ing)|i am (currently )?(away|unavailable)"
    r"|ich bin (?:\S+ ){0,5}(nicht (im (büro|haus)|erreichbar)|abwesend|im urlaub|außer haus)"
    r"|je suis (?:\S+ ){0,3}(absente?|en (congés?|vacances)|hors du bureau)"
    r"|estoy (actualmente )?(fuera de la oficina|de vacaciones|"
    r"ausente)|estaré (fuera|ausente)|sono (fuori (ufficio|sede)|assente|in (ferie|vacanza))|estou (de férias|fora do escritório"
    r"|ausente)|ik ben (?:\S+ ){0,4}(afwezig|niet (aanwezig|op kantoor)|met vakantie)"
    r"|jag är (?:\S+ ){0,3}(på semester|inte på kontoret|"
    r"bortrest|ledig)|jeg er (på ferie|ikke på kontoret|bortrejst)|jestem (na urlopie|nieobecn[ya]|poza biurem)"
    r"|przebywam na urlopie|olen (lomalla|poissa))",
    re.IGNORECASE,
)
_SECOND = re.compile(
    r"(limited|no|sporadic|intermittent|without) access to (my )?e-?mail"
    r"|(will|shall) (respond|reply|answer|get back|be back|return)"
    r"|(upon|on|after) my return|(not|don't|do not) (be )?(check|read|monitor)(ing)? (my )?(e-?mail|messages)|urgent|emergenc"
    r"|thank(s| you) for your (e-?mail|message|mail)|contact (my colleague|the)|in my absence|dringend|vertretung|rückkehr|zurück"
    r"|e-?mails? (werden|wird) nicht|vielen dank für ihre|de retour|en cas d['’]urgence|mon absence|urgente|regreso|mi ausencia"
    r"|läser inte|åter|brådskande|tilbage|pilne|wracam|dringende|terug|tornerò|rientro|retorno",
    re.IGNORECASE,
)
_SHORT = 900
"""Characters: an absence note is rarely longer."""


def is_autoreply(seen: str, subject: str = "") -> bool:
    """Whether a message was written by a mailbox: `seen` is its visible own text, without quotations."""
    text = seen.strip()
    if not text:
        return False
    first = text.splitlines()[0]
    if _LABEL.match(first) or (len(text) <= _SHORT and _MACHINE.search(text)):
        return True
    absent = _ABSENT.search(text[:400])
    if not absent or len(text) > _SHORT:
        return False
    return bool(_LABEL.match(subject) or _SECOND.search(text[: absent.start()] + text[absent.end() :]))
