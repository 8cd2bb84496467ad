"""The words that mail programs put around what they repeat: reply headers, header fields, separators, dates, by language.

English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Norwegian, Polish, Finnish, and the commonest
Russian, Chinese and Japanese ones.
"""

from __future__ import annotations

import re

WROTE = re.compile(
    r"\b(wrote|writes|schrieb|a\s+écrit|escribió|ha\s+scritto|escreveu|schreef|skrev|napisał(?:\(a\)|a)?|pisze|kirjoitti"
    r"|написал(?:\(а\)|а)?)\b(?:\s+the\s+following)?|写道",
    re.IGNORECASE,
)
SAID = re.compile(r"\b(said|says|asked|replied|sagte|a\s+dit|dijo)\b", re.IGNORECASE)
OPENER = re.compile(r"^\W{0,3}(On|Am|Le|El|Il|Em|Op|Den|W dniu|Dnia|Vom|Na|On the)\b", re.IGNORECASE)
DATE = re.compile(
    r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}[:.]\d{2}\b|\b(19|20)\d\d\b|\b\d{1,2}(st|nd|rd|th|\.)?\s+\w{3,}\b"
    r"|\b(mon|tue|wed|thu|fri|sat|sun|yesterday|today|gestern|heute|hier|ayer)\w*\b",
    re.IGNORECASE,
)
DATE_WORDS = frozenset(
    word
    for group in (
        "on at um am le el il em op den à a the of de del kl pm cet cest utc gmt est edt pst pdt bst uhr om alle ore às las os",
        "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september october",
        "november december januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août",
        "septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre",
        "diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro fevereiro março maio junho",
        "julho setembro outubro dezembro januari februari maart mei augustus oktober stycznia lutego marca kwietnia maja",
        "czerwca lipca sierpnia września października listopada grudnia mon tue wed thu fri sat sun monday tuesday wednesday",
        "thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag lun mer jeu ven sam dim",
        "lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo",
        "yesterday today giorno dniu dnia vom morning afternoon evening last",
    )
    for word in group.split()
)
PREPOSITIONS = frozenset(
    re.split(" ", "on am at um le el il em op den w na last vom giorno dnia dniu alle às las om kl yesterday today")
)
CLOCK_WORDS = frozenset(("am", "pm", "uhr", "utc", "gmt", "cet", "cest", "est", "edt", "pst", "pdt", "bst", "uhr"))
PARTICLES = frozenset(("de", "of", "the", "del", "van", "den"))
FROM = "from|von|de|da|van|från|fra|od|от|expéditeur|remitente|mittente|afzender|发件人|差出人"
SENT = (
    "sent|date|gesendet|datum|envoyé(?: le)?|enviado(?: el)?|fecha|inviato|data|verzonden|skickat|sendt|dato|wysłano|enviada em"
    "|发送时间|送信日時"
)
TO = "to|an|à|para|a|aan|till|til|do|кому|cc|kopie|copie|kopia|收件人|宛先"
SUBJECT = "subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|temat|тема|主题|件名"
FIELD = re.compile(
    rf"^[\s*_]*(?:(?P<from>{FROM})|(?P<sent>{SENT})|(?P<subject>{SUBJECT})|(?P<to>{TO}))[\s*_]*[:：][*_]*\s*(?P<value>.*)$",
    re.IGNORECASE,
)
FORWARD = re.compile(
    r"^\W*(begin )?(forwarded message|weitergeleitete nachricht|(début du )?message (transféré|réexpédié)|mensaje reenviado"
    r"|messaggio inoltrato|mensagem encaminhada|doorgestuurd bericht|vidarebefordrat meddelande|videresendt (besked|melding)"
    r"|anfang der weitergeleiteten (nachricht|e-mail)|inicio del mensaje reenviado|przekazana wiadomość)\W*$",
    re.IGNORECASE,
)
ORIGINAL = re.compile(
    r"^\W*([-_*]{2,}|\*)\s*(original (message|e-?mail|appointment)|ursprüngliche nachricht|message d['’]origine|mensaje original"
    r"|messaggio originale|oorspronkelijk bericht|mensagem original|ursprungligt meddelande|oprindelig meddelelse"
    r"|wiadomość oryginalna)\W*$|^##-.*-##$",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*_{10,}\s*$")
