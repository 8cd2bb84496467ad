"""`earned eval`: run, compare, gate, judge, reviewers, promote, report. The room `evals` is opened here, lazily."""

from __future__ import annotations

import json
import tempfile
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli import context
from agent.errors import Exit, NotFound, UsageError

if TYPE_CHECKING:
    from evals.judge import Label
    from evals.promoted import Result
    from evals.runs import Run


def run(options: Namespace) -> int:
    verbs: dict[str, Callable[[Namespace], int]] = {
        "run": _run,
        "compare": _compare,
        "gate": _gate,
        "judge": _judge,
        "reviewers": _reviewers,
        "promote": _promote,
        "report": _report,
    }
    return verbs[options.verb](options)


def _run(options: Namespace) -> int:
    from evals import runs

    if options.cases:
        _show_cases(options, _cases(options))
        return Exit.OK
    done = _executed(options)
    path = options.out or context.home(options) / "evals" / f"{done.header.name.replace('/', '-')}.jsonl"
    runs.write(done, path, baseline=options.baseline)
    if options.json:
        context.print_json(runs.summary(done))
    else:
        for line in runs.show(done):
            context.say(line)
    context.say(f"Written: {path}")
    return Exit.OK


def _cases(options: Namespace) -> list[Result]:
    """The confirmed cases of a file, run with the configured pipeline; the catalogue is the data folder's, where it has one."""
    from agent.cli.progress import watched
    from agent.store import accounts, open_store
    from evals import promote, promoted

    if not options.cases.is_file():
        raise NotFound(f"There is no file {options.cases}.", "`earned eval promote --confirm` writes one.")
    rows = promote.read_rows(options.cases)
    catalog = None
    if (context.home(options) / "earned.db").is_file():
        with closing(open_store(context.home(options))) as known, known.read() as conn:
            catalog = accounts.catalog(conn)
    with tempfile.TemporaryDirectory() as folder, watched() as progress:
        store = open_store(Path(folder), create=True)
        with closing(store), context.session(options, store) as session:
            progress.stage("Running cases", len(rows))
            return promoted.run(rows, context.pipeline(store, session), catalog, each=progress.advance)


def _show_cases(options: Namespace, results: list[Result]) -> None:
    from evals import promoted

    if options.json:
        context.print_json(row.to_json() for row in results)
    else:
        print("\n".join(context.safe(line) for line in promoted.show(results)))


def _executed(options: Namespace) -> Run:
    """Run the configured pipeline over the cases that were asked for. Nothing that an earlier run kept is used."""
    from agent.cli.progress import watched
    from agent.store import open_store
    from evals import injections, runs
    from evals.cases import SAMPLE, book_named, dataset

    data = dataset([book_named(name) for name in options.book or []] or [SAMPLE], options.split)
    model = context.model(options)
    with tempfile.TemporaryDirectory() as folder, watched() as progress:
        store = open_store(Path(folder), create=True)
        with closing(store), context.session(options, store) as session:
            pipeline = context.pipeline(store, session)
            bill = session.bill if session else None
            progress.stage("Evaluating", len(data.cases))
            done = runs.execute(data, pipeline, model=model, name=options.name, bill=bill, each=progress.advance)
            if options.injections:
                attacks = injections.read()
                progress.stage("Attacking", len(attacks))
                attempts = injections.run(attacks, pipeline, each=progress.advance)
                done = replace(done, header=replace(done.header, injections=injections.counts(attempts)))
    return done


def _compare(options: Namespace) -> int:
    from evals.compare import compare, lines
    from evals.runs import read

    found = compare(read(options.candidate), read(options.baseline))
    if options.json:
        context.print_json(found.to_json())
    else:
        print("\n".join(lines(found)))
    return Exit.OK


def _gate(options: Namespace) -> int:
    from evals.gate import gate, show
    from evals.runs import BASELINE, read

    if options.cases:
        results = _cases(options)
        _show_cases(options, results)
        return Exit.OK if all(row.passed for row in results) else Exit.GATE
    baseline = read(options.baseline or BASELINE)
    found = gate(read(options.candidate) if options.candidate else _executed(options), baseline)
    if options.json:
        context.print_json(found.to_json())
    else:
        print("\n".join(show(found)))
    return found.exit_code


def _judge(options: Namespace) -> int:
    from evals.judge import calibrations, read, show

    labels = read(options.labels) if options.labels else _judged(options)
    if options.out:
        options.out.write_text("".join(json.dumps(label.to_json(), ensure_ascii=True) + "\n" for label in labels), "utf-8")
        context.say(f"Written: {options.out}")
    found = calibrations(labels, options.split)
    if options.json:
        context.print_json(row.to_json() for row in found)
    else:
        print("\n".join(show(found)) or "No labels.")
    return Exit.OK


def _judged(options: Namespace) -> list[Label]:
    """The labelled items that ship, or those of a file, judged: by the code's checks, or by the model that is named."""
    from agent.cli.progress import watched
    from agent.store import open_store
    from evals import judging

    claims = judging.read_items(options.items or judging.CLAIMS)
    if context.model(options) == context.OFFLINE:
        drafts = [] if options.items else judging.read_items(judging.DRAFTS)
        return judging.by_rules(claims) + judging.by_grade(drafts)
    with tempfile.TemporaryDirectory() as folder, watched() as progress:
        store = open_store(Path(folder), create=True)
        with closing(store), context.session(options, store) as session:
            assert session is not None
            progress.stage("Judging", len({item["account"] for item in claims}))
            found = judging.by_model(claims, session, each=progress.advance)
    if len(found) < len(claims):
        context.say(f"{len(claims) - len(found)} claims got no answer; the figures are of the others.")
    return found


def _reviewers(options: Namespace) -> int:
    from evals import promote, reviewing

    sheets: list[promote.Row] = []
    for path in options.sheet or []:
        if not path.is_file():
            raise NotFound(f"There is no file {path}.", "`earned eval promote --audit` and `--blind` write sheets.")
        sheets += promote.read_rows(path)
    with context.opened(options).read() as conn:
        found = reviewing.reviewing(conn, since=options.since or "", sheets=sheets)
    if options.json:
        context.print_json(found.to_json())
    else:
        print("\n".join(context.safe(line) for line in reviewing.show(found)))
    return Exit.OK


def _promote(options: Namespace) -> int:
    from evals import promote

    folder = context.home(options) / "evals"
    if options.confirm:
        return _confirm(options, folder)
    salt = options.salt or datetime.now(UTC).strftime("%Y-%m")
    with context.opened(options).read() as conn:
        if options.audit:
            rows: list[promote.Row] = promote.audit_sheet(conn, salt=salt)
        elif options.blind:
            rows = promote.blind_sheet(conn, salt=salt)
        else:
            rows = promote.candidates(conn, since=options.since or "", split=options.split)
    path = options.out or folder / ("audit.jsonl" if options.audit else "blind.jsonl" if options.blind else "pending.jsonl")
    if not (options.audit or options.blind):
        known = promote.read_rows(path)  # what a person has worked on since is not written over
        rows = known + [row for row in rows if row["id"] not in {old["id"] for old in known}]
    promote.write_rows(path, rows)
    if options.json:
        context.print_json(rows)
    context.say(f"{len(rows)} rows in {path}. Read each one before anything uses it.")
    return Exit.OK


def _confirm(options: Namespace, folder: Path) -> int:
    """Exit 3 where a row was not taken."""
    from evals import promote

    if not options.labeller:
        raise UsageError("Confirming needs a name.", "Give --labeller NAME.")
    path = options.out or folder / "cases.jsonl"
    existing = promote.read_rows(path)
    taken, why = promote.confirm(promote.read_rows(options.confirm), existing, labeller=options.labeller)
    promote.write_rows(path, [*existing, *taken])
    if options.json:
        context.print_json(taken)
    for line in why:
        context.say(f"Not taken: {context.safe(line)}")
    context.say(f"{len(taken)} cases confirmed in {path}, {len(why)} not taken.")
    return Exit.PARTIAL if why else Exit.OK


def _report(options: Namespace) -> int:
    from evals import learning
    from evals.compare import compare
    from evals.report import render
    from evals.runs import read

    done = read(options.run)
    against = compare(done, read(options.against)) if options.against else None
    path: Path = options.out or options.run.with_suffix(".html")
    path.write_text(render(done, against, learning.read()), "utf-8")
    if options.json:
        context.print_json({"page": str(path)})
    context.say(f"Written: {path}")
    return Exit.OK
