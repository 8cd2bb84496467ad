"""Drafts without a model: the customer's words, ordered by the proof standard, with the gaps named. Deterministic.

Its drafts are short on purpose: one claim for each thing that was said, in the speaker's own words, and no prose that could say
more than the evidence. The wording is `prompts/wording/offline_draft.toml`.
"""

from __future__ import annotations

from typing import Any, Final

from agent.claims import faults
from agent.drafting import case as cases
from agent.drafting.asks import asks_price, on_record, sets_condition
from agent.drafting.case import Case
from agent.drafting.message import message, named_after, says_back, spoken_date
from agent.drafting.quality import quality
from agent.drafting.tags import challenges, use_cases
from agent.hypotheses import Claim, ComponentProof, Draft, DraftedBy, Grade, Pretence
from agent.kinds import CORE, Component, kinds_of
from agent.signals import Signal
from prompts import Wording, wording

MODEL: Final = "offline"
PER_COMPONENT: Final = 2
"""Claims shown for a component: the strongest, newest ones. The ledger keeps the rest."""


def draft(case: Case, economics: dict[str, Any], *, run: str) -> Draft:
    """The draft for one account, with its economics as `agent.economics` worked them out.

    Claims that fail `agent.claims` are left out: a draft never says more than it can show.
    """
    words = wording("offline_draft")
    claims = _sound(_claims(case, words), case)
    pretended = _pretended(case, words)
    letter = message(case, words)
    fields = {
        "account_id": case.account.account_id,
        "owner": case.account.owner_email,
        "title": _title(case, words),
        "grade": case.proof.grade,
        "components": _components(case, words),
        "blockers": case.proof.blockers,
        "push_or_pull": cases.push_or_pull(case.ledger),
        "motion": cases.motion(case),
        "expansion_type": cases.expansion_type(case),
        "what_expands": cases.what_expands(case),
        "adjacency": case.adjacency.item.item_id if case.adjacency else None,
        "use_cases": use_cases(case),
        "challenges": challenges(case, economics),
        "quality": quality(case, economics, words),
        "economics": economics,
        "claims": claims,
        "counter_evidence": cases.counter_evidence(case.ledger),
        "missing_proof": case.proof.missing,
        "pretended": pretended,
        "next_customer_action": _next_action(case, words),
        "risk_if_never": words.say("if_never", case.proof.grade.value),
        "proof_owner": case.account.owner_email,
        "draft_message": letter,
        "message_signals": says_back(letter, case.ledger),
        "evidence_kinds": (),
        "drafted_by": DraftedBy(model=MODEL, prompts={words.name: words.version}, run=run),
    }
    made = Draft.model_validate(fields)
    return made.model_copy(update={"evidence_kinds": cases.cited_kinds(case, made.cited)})


def _title(case: Case, words: Wording) -> str:
    risk = case.first_risk()
    blocker = cases.blocker_label(risk.kind) if risk else ""
    asked = case.asks()
    who = asked[0].speaker if asked and asked[0].speaker else case.account.name
    missing = words.say("missing", case.proof.missing[0]) if case.proof.missing else ""
    title = words.say("title", case.proof.grade.value, item=case.item_name, who=who, blocker=blocker, missing=missing)
    return title[0].upper() + title[1:]


def _claims(case: Case, words: Wording) -> list[Claim]:
    made: list[Claim] = []
    used: set[tuple[str, int]] = set()
    for component in CORE:
        best = _unused(case.best(kinds_of(component), component), used)
        used |= {(signal.record_id, signal.start) for signal in best}
        made += [_observed(case, words, signal) for signal in best]
    if case.adjacency is not None:
        phrase = "seats" if case.adjacency.more_of_the_same else "adjacency"
        text = words.say("claim", phrase, item=case.item_name)
        made.append(Claim(text=text, kind="inferred", signals=case.adjacency.signals))
    made += [_observed(case, words, s) for s in case.ledger if s.measurement and words.has("claim", s.kind)]
    for blocker in case.proof.blockers:
        worst = case.best([blocker.kind])[0]
        label = cases.blocker_label(blocker.kind)
        text = words.say("claim", "open_risk", blocker=label, quote=worst.quote)
        made.append(Claim(text=text, kind="inferred", signals=blocker.signals))
    return made


def _unused(best: list[Signal], used: set[tuple[str, int]]) -> list[Signal]:
    """The first few whose words no claim has quoted yet; where there are none, the first one again: a part that is met is shown."""
    fresh = [signal for signal in best if (signal.record_id, signal.start) not in used]
    return fresh[:PER_COMPONENT] or best[:1]


def _observed(case: Case, words: Wording, signal: Signal) -> Claim:
    return Claim(text=words.say("claim", signal.kind, **_values(case, signal)), kind="observed", signals=(signal.id,))


def _values(case: Case, signal: Signal) -> dict[str, str]:
    measured = signal.measurement
    return {
        "who": case.who(signal),
        "quote": signal.quote,
        "metric": measured.metric if measured else "",
        "formula": measured.formula if measured else "",
    }


def _sound(claims: list[Claim], case: Case) -> tuple[Claim, ...]:
    """The claims that pass the checks."""
    names = [case.account.name, *(f"{c.name} {c.title}" for c in case.contacts), *(item.name for item in case.catalog.items)]
    ledger = {signal.id: signal for signal in case.ledger}
    bad = {fault.claim for fault in faults(claims, ledger, account_id=case.account.account_id, names=names)}
    return tuple(claim for claim in claims if claim not in bad)


def _components(case: Case, words: Wording) -> dict[str, ComponentProof]:
    """The proof with each gap put as a question that the owner can ask."""
    return {
        name: part if part.status == "met" else part.model_copy(update={"gap": _gap(case, name, words)})
        for name, part in case.proof.components.items()
    }


def _gap(case: Case, name: str, words: Wording) -> str:
    doubt = _doubt(case)
    if name == Component.ADOPTION_RISK.value and doubt is not None:
        return words.say("gap", "possible_risk", who=case.who(doubt), quote=doubt.quote)
    return words.say("gap", name)


def _doubt(case: Case) -> Signal | None:
    """What leaves the risk unproven where nothing blocks: something that may have been a warning."""
    if case.proof.blockers:
        return None
    doubtful = [case.signal(key) for key in case.proof.components[Component.ADOPTION_RISK.value].signals]
    return next((s for s in sorted(doubtful, key=lambda s: s.date, reverse=True) if s.blocks and s.quote), None)


def _pretended(case: Case, words: Wording) -> tuple[Pretence, ...]:
    """R014: what looks like a reason and is none. Telemetry is listed while no customer has said what the use achieves."""
    unproven = case.proof.components[Component.PROVEN_VALUE.value].status == "missing"
    always = ("weak_praise", "vendor_push", "tenure", "business_trigger")
    telemetry = ("license_saturation", "usage_growth", "feature_adoption") if unproven else ()
    return tuple(
        Pretence(text=words.say("pretended", signal.kind, **_values(case, signal)), signals=(signal.id,))
        for signal in case.ledger
        if signal.kind in always + telemetry
    )


def _next_action(case: Case, words: Wording) -> str:
    """R011: the one customer behaviour that would show readiness, for the first thing that is missing; never what is on record."""
    values = {"who": case.person(), "item": case.item_name, "account": case.account.name}
    risk = case.first_risk()
    if risk is not None:
        return _settling(case, risk, values, words)
    if case.proof.grade is Grade.EARNED:
        return _deciding(case, values, words)
    if not case.contacts:
        return words.say("next_action", "nobody", **values)
    missing, doubt = case.proof.missing[0], _doubt(case)
    if missing == Component.ADOPTION_RISK.value and doubt is not None:
        values |= {"who": doubt.stakeholder or values["who"], "quote": doubt.quote}
    return words.say("next_action", missing, **{"quote": "", **values})


def _settling(case: Case, risk: Signal, values: dict[str, str], words: Wording) -> str:
    """What ends the open risk that comes first. A condition that they named, or a successor, is not asked for again."""
    values["who"] = risk.stakeholder or values["who"]
    own = [s for s in case.best([risk.kind]) if s.stakeholder == risk.stakeholder and not s.resolved]
    set_out = next((s for s in own if sets_condition(s.quote)), None)
    successor = named_after(case, risk) if risk.kind == "sponsor_risk" else None
    phrase = f"{risk.kind}_named"
    known = successor if risk.kind == "sponsor_risk" else set_out
    if not known or not words.has("next_action", phrase):
        return words.say("next_action", risk.kind, **values)
    day = spoken_date((set_out or risk).date, max(s.date for s in case.ledger))
    return words.say("next_action", phrase, successor=successor or "", date=day, **values)


def _deciding(case: Case, values: dict[str, str], words: Wording) -> str:
    """What an earned case still needs from its buyer: of budget and start, what nobody has named."""
    known = on_record(case.ledger)
    asked = next((s for s in case.asks(values["who"]) if asks_price(s.quote)), None)
    settled = "".join(f"_{name}" for name in ("budget", "start") if name in known)
    if asked is None:
        return words.say("next_action", f"earned{settled}", **values)
    day = spoken_date(asked.date, max(s.date for s in case.ledger))
    return words.say("next_action", f"asked{settled}", date=day, **values)
