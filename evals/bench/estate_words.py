"""What the people of a made-up estate say: a small phrase grammar, expanded by a seeded random generator.

`{symbol}` stands for one of its alternatives, `{Symbol}` for the same with a capital; facts such as `{product}` are handed in.
Nothing here is taken from a labelled book: the estate measures speed and memory, never the quality of what is found.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Final

GRAMMAR: Final[Mapping[str, tuple[str, ...]]] = {
    "process": ("supplier onboarding", "invoice matching", "shift planning", "returns handling", "contract renewal", "stock transfer",
                "claims intake", "field visits", "price approval", "vendor vetting", "month end", "warranty cases", "lab requests"),
    "team": ("finance", "operations", "the warehouse", "our Lyon office", "customer care", "procurement", "the night shift", "quality",
             "the branch managers", "our Danish subsidiary", "legal", "the planning desk", "two more depots", "the audit team"),
    "tool": ("a spreadsheet", "e-mail", "a shared folder", "paper forms", "a home-made macro", "the old portal", "a whiteboard"),
    "feature": ("single sign-on", "the audit log", "bulk replay", "sandbox workspaces", "scheduled reports", "the API", "custom roles",
                "approval chains", "electronic signatures", "the mobile form", "user provisioning", "data residency"),
    "period": ("a week", "a month", "every quarter", "each Monday", "per site", "per person and week", "since June", "this season"),
    "amount": ("{n} hours", "{n} days", "{n} cases", "{n}00 documents", "{n} people", "about {n} per cent", "{n},400 euros"),
    "fault": ("times out", "shows last week's figures", "sends the reminder twice", "drops the attachment", "rejects the address",
              "asks for the password again", "loses the filter", "prints an empty page", "counts archived items"),
    "soft": ("I think", "as far as I can see", "to be honest", "if I remember rightly", "from what I hear", "on our side"),
    "value": (
        "{process} took us {amount} before and now it takes {n} minutes",
        "we closed {n} {process} items {period} without overtime",
        "errors in {process} went down from {n}0 to {n} {period}",
        "{team} counted it: {amount} saved {period}",
        "nobody has chased a {process} signature {period}",
    ),
    "need": (
        "we still do {process} in {tool} and it costs us {amount} {period}",
        "is {feature} part of what we pay for",
        "{team} would have to enter everything twice, once here and once in {tool}",
        "what we lack is {feature} for {process}",
        "can {product} handle {process} when {team} are offline",
    ),
    "pull": (
        "could you send a price for {n} more seats before the budget round",
        "{team} asked whether they can join the pilot",
        "please set up a call with {team} about {feature}",
        "I would like to show {feature} to our finance lead on the {day}th",
        "we want to start with {n} users in {team}",
    ),
    "risk": (
        "{process} in {product} {fault} and {team} are losing patience",
        "finance does not see the saving yet",
        "all new spending is on hold until the {day}th",
        "I am leaving at the end of the month and do not know who takes over",
        "{team} are comparing {product} with another vendor",
        "security wants an answer on {feature} before anything else",
    ),
    "fault_report": (
        "since yesterday {process} {fault}",
        "the {process} screen {fault} when we filter by {team}",
        "{n} of {n}0 runs failed with code {n}{day}",
        "the export for {process} {fault} for everybody in {team}",
    ),
    "small": (
        "the numbers for {process} looked right this time", "thanks, that worked", "{soft} it is the same as last time",
        "we will try it on {process} first", "the training for {team} went fine", "I have put it on the agenda for the {day}th",
        "could you look at run {n}{n}{day}", "{team} are on holiday until the {day}th", "nothing urgent from {team}",
    ),
    "said": ("{Value}. ", "{Need}. ", "{Pull}. ", "{Risk}. ", "{Fault_report}. ", "{Small}. ", "{Small}. ", "{Small}. ",
             "{Soft}, {small}. ", "{Soft}, {need}. ", "{Small}, and {small}. ", "{Fault_report}, {soft}. "),
    "ours": (
        "I have looked at run {n}{n}{day} and restarted it. ", "{Feature} is on the Enterprise plan; I can send the sheet. ",
        "Let me come back to you on {process} by the {day}th. ", "The fix for {process} is in the release of the {day}th. ",
        "We could show {feature} to {team}. ", "Could you send a screenshot of the {process} page? ",
        "I will ask our engineers why it {fault}. ", "Glad to hear it; I will note that for the review. ",
    ),
    "subject": ("{Process} {fault}", "Question about {feature}", "{n} more seats", "{Feature} for {team}", "{Process}: runs failed",
                "Access for {team}", "Report for {process}", "{Process} and {feature}"),
    "written": (
        "Call with {who}. {Small}. {Value}. Next: {feature} with {team}. ",
        "{who} seemed content. {Need}, {soft}. I would pitch {feature} before the renewal. ",
        "{Risk}. To be cleared up with {who} on the {day}th. {Small}. ",
        "Health check: {process} is live, {team} not yet. {Small}. ",
    ),
    "headline": ("{company} opens a site for {team}", "{company} names a new head of {process}", "{company} raises {n} million",
                 "{company} takes over a rival in {process}", "{company} is hiring {n}0 people"),
}  # fmt: skip


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST: Final = _words(
    "Ada Amir Anja Bela Birgit Carlos Chiara Dagny Dmitri Elif Emeka Esra Farid Fatou Gerda Goran Hanna Hiro Ines Ivo Jana Jonas Kaito "
    "Karin Lars Leila Luca Maja Marek Nadia Nils Odile Omar Paola Pavel Quinn Rania Rosa Sami Selma Tarik Tilde Ulla Umar Vera Viktor "
    "Wanda Wim Xenia Yara Yusuf Zofia Zeno"
)
LAST: Final = _words(
    "Abara Alvsund Barlowe Bencze Castellan Corvin Dalgaard Dragomir Eklund Estrada Farkas Fennimore Galanis Grünwald Hallworth Hidaka "
    "Ibsenius Iversholt Jankowiak Jorvik Kaminska Kestrel Lachance Lindholt Marchetti Moravec Nadeau Norwood Okonjo Ostrander Palmgren "
    "Petrakis Quarles Quintero Rademaker Rosvold Santangelo Szabados Tamboura Thornbury Ueberschaer Umbridge Valdivia Vasquero Wachter "
    "Wexley Xanthos Yamabe Yildirim Zabielski Zetterlund"
)
COMPANY: Final = _words(
    "Alder Amber Birch Bracken Cedar Cinder Copper Delta Drift Eider Ember Fallow Fern Flint Gable Garnet Harbour Hazel Heron Indigo "
    "Ivory Jasper Juniper Kelp Kestrel Larch Lichen Maple Marl Mica Nettle North Oaken Onyx Osprey Pebble Pine Quarry Quartz Raven "
    "Reed River Sable Sedge Slate Stone Tansy Teal Thistle Umber Vale Verdant Walnut Warren Willow Yarrow Zephyr"
)
COMPANY_END: Final = _words(
    "bank brook field ford gate grove ham haven holt lane leigh mark mere mill moor port ridge side stead well wick worth"
)
TRADE: Final = _words(
    "Logistics Foods Clinics Insurance Tools Textiles Energy Schools Fittings Optics Paper Marine Retail Labs Packaging"
)

_SLOT = re.compile(r"\{(\w+)\}")
_PARTS: Final = {
    symbol: tuple(tuple(_SLOT.split(alternative)) for alternative in alternatives) for symbol, alternatives in GRAMMAR.items()
}


def say(symbol: str, chance: random.Random, facts: Mapping[str, str]) -> str:
    """One expansion of a symbol. `{n}` is a number up to 99, `{day}` a day of the month, other unknown names are facts."""
    alternatives = _PARTS[symbol]
    parts = alternatives[int(chance.random() * len(alternatives))]
    written = parts[0]
    for at in range(1, len(parts), 2):
        name = parts[at]
        if name == "n":
            word = str(2 + int(chance.random() * 98))
        elif name == "day":
            word = str(4 + int(chance.random() * 17))
        elif name in _PARTS:
            word = say(name, chance, facts)
        elif name in facts:
            word = facts[name]
        else:
            word = say(name.lower(), chance, facts)
            word = word[:1].upper() + word[1:]
        written += word + parts[at + 1]
    return written


def several(symbol: str, chance: random.Random, facts: Mapping[str, str], most: int) -> str:
    """One to `most` expansions in a row."""
    return "".join(say(symbol, chance, facts) for _ in range(1 + int(chance.random() * most))).strip()
