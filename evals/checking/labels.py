"""The labels of an account against its sources, its usage and the proof standard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import fmean
from typing import Any, Final

from evals.checking.findings import ALWAYS_BLOCK, CORE, KINDS, MAY_BLOCK, SUPPORTS, USAGE, Findings, words
from evals.checking.sources import Sources
from evals.checking.tables import WEEKS, Series, Tables

ACCOUNT: Final = frozenset({"account_id", "story", "signals", "distractors", "verdict"})
SIGNAL: Final = frozenset({"kind", "source", "quote", "voice", "stakeholder", "date", "resolved"})
DISTRACTOR: Final = frozenset({"source", "quote", "tempting_kind", "why_not"})
VERDICT: Final[dict[str, frozenset[str] | None]] = {
    "grade": frozenset({"earned", "promising", "wish", "blocked"}),
    "pull_or_push": frozenset({"pull", "push", "mixed", "none"}),
    "motion": frozenset({"upsell", "cross_sell", "seat", "usage", "add_on", "geographic", "none"}),
    "expansion_type": frozenset({"same_workflow", "new_workflow", "new_department", "custom", "usage", "outcome", "none"}),
    "what_expands": None,
    "adjacency": None,
    "blockers": None,
    "missing_proof": None,
    "next_customer_action": None,
}
EXPANDS: Final = frozenset({"seats", "usage", "workflows", "departments", "data_volume", "governance", "outcomes", "services"})
VOICES: Final = frozenset({"customer", "vendor", "telemetry", "external"})
FROM_EVENTS: Final = frozenset({"business_trigger", "budget_pressure", "sponsor_risk"})


def check_labels(gold: dict[str, Any], sources: Sources, tables: Tables, found: Findings) -> None:
    """Everything that a script can say about one line of gold.jsonl."""
    key = gold["account_id"]
    if not found.keys(gold, ACCOUNT, key, "gold"):
        return
    signals = [signal for signal in gold["signals"] if found.keys(signal, SIGNAL, key, "signal")]
    for signal in signals:
        _signal(signal, key, sources, tables, found)
    repeated = Counter((signal["kind"], signal["source"], signal["quote"]) for signal in signals)
    for label, count in repeated.items():
        found.unless(count == 1, key, "the same signal twice", *label)
    labelled = {(signal["source"], signal["quote"]) for signal in signals}
    distractors = [row for row in gold["distractors"] if found.keys(row, DISTRACTOR, key, "distractor")]
    for row in distractors:
        found.unless(row["tempting_kind"] in KINDS, key, "distractor kind", row["tempting_kind"])
        found.unless(bool(row["why_not"].strip()), key, "distractor without a reason")
        _locate(row["source"], row["quote"], key, sources, tables, found)
        both = bool(row["quote"]) and (row["source"], row["quote"]) in labelled
        found.unless(not both, key, "a distractor is also a signal", row["quote"][:60])
    _usage(key, signals, distractors, tables.usage.get(key, {}), found)
    _verdict(gold, signals, tables, found)


def _signal(signal: dict[str, Any], key: str, sources: Sources, tables: Tables, found: Findings) -> None:
    kind, source, quote, voice = signal["kind"], signal["source"], signal["quote"], signal["voice"]
    what = f"{key} signal {kind}"
    found.unless(kind in KINDS, key, "unknown kind", kind)
    found.unless(voice in VOICES, key, "voice", voice)
    found.unless(isinstance(signal["resolved"], bool), what, "resolved")
    who = _locate(source, quote, key, sources, tables, found)
    found.day(signal["date"], what)
    usage = source.startswith("usage:")
    found.unless(usage == (voice == "telemetry") == (kind in USAGE), what, source, "telemetry does not fit")
    if usage:
        return
    found.unless(words(quote) >= 3, what, "quote too short", quote)
    if source.startswith("event:"):
        found.unless(voice == "external" and kind in FROM_EVENTS, what, source, "event does not fit")
        found.unless(signal["date"] == source[6:], what, "date", signal["date"])
        return
    found.unless(kind != "business_trigger", what, "a business trigger is external")
    if who is not None:
        side = "customer" if who in tables.people[key] else "vendor" if who in tables.team else "external"
        found.unless(signal["stakeholder"] == who, what, "stakeholder", signal["stakeholder"], "but said by", who, quote[:50])
        found.unless(voice == side, what, "voice", voice, "but said by", who, quote[:50])
    found.unless(
        sources.dates.get(source) == signal["date"], what, "date", signal["date"], "source is of", sources.dates.get(source)
    )
    found.unless(kind not in SUPPORTS or voice == "customer", what, "support that the customer did not voice:", quote[:60])
    found.unless(kind != "vendor_push" or voice == "vendor", what, "not the vendor's voice", quote[:60])


def _locate(source: str, quote: str, key: str, sources: Sources, tables: Tables, found: Findings) -> str | None:
    """Who says it; None for usage, events, and what stands nowhere or twice, which is a problem."""
    if source.startswith("usage:"):
        found.unless(source[6:] in tables.usage.get(key, {}), key, "no such metric", source)
        found.unless(not quote, key, "usage carries a quote", source)
        return None
    if source.startswith("event:"):
        hits = [event for event in tables.events.get(key, ()) if event["date"] == source[6:]]
        found.unless(
            len(hits) == 1 and bool(quote) and quote in hits[0]["headline"], key, "no such event or headline", source, quote
        )
        return None
    if not quote or source not in sources.texts:
        found.bad(key, "no quote" if not quote else "no such source", source)
        return None
    speakers = [who for who, text in sources.texts[source] for _ in range(text.count(quote))]
    found.unless(len(speakers) == 1, key, source, "quote occurs", len(speakers), "times:", quote[:70])
    return speakers[0] if len(speakers) == 1 else None


def _usage(key: str, signals: list[dict[str, Any]], distractors: list[dict[str, Any]], usage: Series, found: Findings) -> None:
    """Labels of telemetry say what the numbers say; a number that is none is labelled as a distractor."""
    labelled = {(row["kind"], row["source"]) for row in signals}
    tempting = {(row["tempting_kind"], row["source"]) for row in distractors}
    for kind, metric, holds, detail in _facts(usage):
        place = (kind, f"usage:{metric}")
        found.unless(
            not holds or place in labelled | tempting, key, "telemetry says", kind, "on", metric, detail, "but it is not labelled"
        )
        found.unless(holds or place not in labelled, key, "labelled", kind, "on", metric, "but the numbers say", detail)


def _facts(usage: Series) -> Iterable[tuple[str, str, bool, str]]:
    """(kind, metric, whether it holds, the figures)."""
    if usage.get("active_seats") and usage.get("licensed_seats"):
        share = fmean(usage["active_seats"][-4:]) / fmean(usage["licensed_seats"][-4:])
        yield "license_saturation", "active_seats", share >= 0.8, f"{share:.2f}"
        yield "low_adoption", "active_seats", share <= 0.3, f"{share:.2f}"
    for metric, values in usage.items():
        if metric in ("licensed_seats", "error_rate") or len(values) != WEEKS:
            continue
        first, last = fmean(values[:4]), fmean(values[-4:])
        if metric.startswith("feature:"):
            holds = first <= max(1, 0.1 * last) and last >= 5 and min(values[-4:]) > 0
            yield "feature_adoption", metric, holds, f"{first:.1f}->{last:.1f}"
            continue
        before = fmean(values[10:14])
        change = last / before - 1 if before else 0.0
        yield "usage_growth", metric, change >= 0.25, f"{change:+.0%}"
        yield "usage_decline", metric, change <= -0.25, f"{change:+.0%}"


def _verdict(gold: dict[str, Any], signals: list[dict[str, Any]], tables: Tables, found: Findings) -> None:
    key, verdict = gold["account_id"], gold["verdict"]
    if not found.keys(verdict, set(VERDICT), key, "verdict"):
        return
    for name, allowed in VERDICT.items():
        found.unless(allowed is None or verdict[name] in allowed, key, "verdict", name, verdict[name])
    found.unless(set(verdict["what_expands"]) <= EXPANDS, key, "what_expands", verdict["what_expands"])
    found.unless(verdict["adjacency"] is None or verdict["adjacency"] in tables.items, key, "adjacency", verdict["adjacency"])
    found.unless(
        bool(verdict["next_customer_action"].strip() and gold["story"].strip()), key, "story or next_customer_action is empty"
    )
    blockers = set(verdict["blockers"])
    found.unless(blockers <= ALWAYS_BLOCK | MAY_BLOCK, key, "blockers", sorted(blockers))
    open_kinds = {signal["kind"] for signal in signals if not signal["resolved"]}
    unlisted = (open_kinds & ALWAYS_BLOCK) - blockers
    found.unless(not unlisted, key, "open blocking risk not in blockers:", sorted(unlisted))
    found.unless(blockers <= open_kinds, key, "blocker without an open signal:", sorted(blockers - open_kinds))
    have = components(signals, verdict, open_kinds)
    missing = {name for name, met in have.items() if not met}
    found.unless(
        missing == set(verdict["missing_proof"]),
        key,
        "missing_proof",
        verdict["missing_proof"],
        "but the signals give",
        sorted(missing),
    )
    found.unless(verdict["grade"] == grade(have), key, "grade is", verdict["grade"], "but the signals give", grade(have), have)


def components(signals: list[dict[str, Any]], verdict: dict[str, Any], open_kinds: set[str]) -> dict[str, bool]:
    """Which of the five components the labels prove."""
    said = {s["kind"] for s in signals if s["voice"] == "customer" and not (s["resolved"] and s["kind"] in SUPPORTS)}
    have = {name: bool(said & kinds) for name, kinds in CORE.items()}
    have["next_adjacency"] = verdict["adjacency"] is not None or "license_saturation" in open_kinds
    have["adoption_risk"] = not verdict["blockers"]
    return have


def grade(have: dict[str, bool]) -> str:
    """The grade that the proof standard gives."""
    if not have["adoption_risk"]:
        return "blocked"
    if all(have.values()):
        return "earned"
    return "promising" if sum(have[name] for name in CORE) >= 2 else "wish"
