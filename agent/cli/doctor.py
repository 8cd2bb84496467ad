"""`earned doctor`: what is configured, what is stored, whether it hangs together, and what to do where it does not."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from agent.cli import context
from agent.errors import ConfigurationError, EarnedError, Exit
from agent.health import Finding, audit, examine


def run(options: Namespace) -> int:
    """Exit 0 if all is well, 78 if the configuration cannot be used, 1 if something else needs a hand."""
    findings: list[Finding] = []
    code = Exit.FAILED
    try:
        findings.append(_model(options))
        name = context.embedder().name
        findings.append(Finding("embedder", True, name))
    except ConfigurationError as error:
        name = ""
        findings.append(Finding("configuration", False, error.what, error.remedy))
        code = Exit.CONFIG
    try:
        store = context.opened(options)
        findings += examine(context.home(options), store, name)
        if options.audit:
            findings += audit(store)
    except EarnedError as error:
        findings.append(Finding("store", False, error.what, error.remedy))
    if options.json:
        context.print_json({"ok": all(f.ok for f in findings), "checks": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            context.say(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name}: {context.safe(finding.said)}")
            if not finding.ok:
                context.say(f"      {finding.remedy}")
    return Exit.OK if all(finding.ok for finding in findings) else code


def _model(options: Namespace) -> Finding:
    """Whether the model that is configured answers. Raises ConfigurationError for one that cannot be asked at all."""
    name = context.model(options)
    if name == context.OFFLINE:
        return Finding("model", True, "offline: no network, no key")
    if name.startswith("replay:"):
        from agent.models.tape import Tape, read_header

        folder = Path(name.removeprefix("replay:"))
        return Finding("model", True, f"{len(Tape(folder))} recorded answers of {read_header(folder).model}")
    from agent.models import open_session
    from agent.models.probe import probe

    with open_session(name) as session:
        ok, said = probe(session)
    return Finding("model", ok, said, "Check EARNED_MODEL, its key and OPENAI_BASE_URL; a run would read offline.")
