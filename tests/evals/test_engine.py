"""Cases, runs, comparisons and the gate: on the sample book, with pipelines that are the same, renamed, and deliberately worse."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import Exit, NotFound, UsageError
from agent.extraction.proposals import Proposal
from agent.kinds import Component, kinds_of
from agent.nightly import Report
from agent.pipeline import Pipeline
from agent.store import Store, hypotheses, signals
from evals import measures, runs
from evals.cases import SAMPLE, Dataset, book_sha256, dataset, split_of
from evals.compare import compare
from evals.gate import gate, show
from evals.metrics.agreement import balanced_accuracy, confusion, weighted_kappa
from evals.metrics.stats import Verdict
from evals.offline import result
from evals.offline import show as show_figures
from evals.runs import Run, execute
from evals.scoring import LEVELS, CaseScore

BASELINE = Path(runs.__file__).parent / "baselines" / "offline.jsonl"
Worsen = Callable[[Callable[[Proposal], bool], str], Pipeline]


def test_cases_have_stable_ids_and_one_split_a_book(sample_data: Dataset) -> None:
    assert [case.id for case in sample_data.cases[:2]] == ["tessellate/acc-101", "tessellate/acc-102"]
    assert {case.split for case in sample_data.cases} == {"test"}
    assert split_of("a book that nobody listed") == "test", "nothing may be learned from it"


def test_what_is_learned_from_is_never_test_data() -> None:
    from evals.training.corpus import TRAINING

    assert {split_of(book) for book in TRAINING} == {"train"}


def test_the_hash_covers_exports_and_labels_and_not_prose(small_book: Path) -> None:
    before = book_sha256(small_book)
    (small_book / "README.md").write_text("About this book.", "utf-8")
    assert book_sha256(small_book) == before
    (small_book / "gold.jsonl").write_text("{}", "utf-8")
    assert book_sha256(small_book) != before


def test_a_book_without_labels_and_an_empty_split_are_refused(small_book: Path) -> None:
    with pytest.raises(NotFound, match=r"gold\.jsonl"):
        dataset([small_book])
    with pytest.raises(UsageError, match="canary"):
        dataset([SAMPLE], split="canary")


@pytest.mark.book
def test_the_engine_makes_what_a_nightly_run_stores(sample_run: tuple[Store, Report], sample_eval: Run) -> None:
    with sample_run[0].read() as conn:
        stored = {item.account_id: item.draft.grade.value for item in hypotheses.current(conn)}
        found = [signal for signal in signals.ledger(conn) if signal.kind != "inefficient_usage"]
    assert {case.account.rpartition("/")[2]: case.grade[1] for case in sample_eval.cases} == stored
    assert sum(case.signals[1] for case in sample_eval.cases) == len(found)


@pytest.mark.book
def test_every_quote_stands_and_nothing_is_falsely_earned(sample_eval: Run) -> None:
    found = result(sample_eval)
    assert found.grounded == found.quotes > 100
    assert found.false_earned == []
    assert "False earned: none" in show_figures(found)


@pytest.mark.book
def test_a_run_file_is_read_back_as_it_was(sample_eval: Run, tmp_path: Path) -> None:
    runs.write(sample_eval, tmp_path / "a.jsonl")
    assert runs.read(tmp_path / "a.jsonl") == sample_eval


@pytest.mark.book
def test_a_baseline_quotes_nobody_and_is_the_same_for_equal_runs(sample_eval: Run, tmp_path: Path) -> None:
    later = replace(sample_eval, header=replace(sample_eval.header, started="2030-01-01T00:00:00Z", commit="abc"))
    runs.write(sample_eval, tmp_path / "a.jsonl", baseline=True)
    runs.write(later, tmp_path / "b.jsonl", baseline=True)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert 'quote"' not in (tmp_path / "a.jsonl").read_text("utf-8")


def test_a_damaged_run_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no run file"):
        runs.read(tmp_path / "none.jsonl")
    (tmp_path / "bad.jsonl").write_text('{"format": "something else"}\n', "utf-8")
    with pytest.raises(UsageError, match="not a run file"):
        runs.read(tmp_path / "bad.jsonl")
    lines = BASELINE.read_text("utf-8").splitlines()
    (tmp_path / "cut.jsonl").write_text("\n".join(lines[:-2]), "utf-8")
    with pytest.raises(UsageError, match="cut off: 10 of 12"):
        runs.read(tmp_path / "cut.jsonl")


@pytest.mark.book
def test_the_pipeline_passes_the_gate_against_its_committed_baseline(sample_eval: Run) -> None:
    """If this fails after a deliberate change: look at what it prints, then `earned eval run --out evals/baselines/offline.jsonl
    --baseline` blesses the new figures."""
    found = gate(sample_eval, runs.read(BASELINE))
    assert found.verdict is Verdict.PASS, "\n".join(show(found))


@pytest.mark.book
def test_a_renamed_pipeline_passes(sample_eval: Run, worse: Worsen, sample_data: Dataset) -> None:
    renamed = execute(sample_data, worse(lambda _p: True, "renamed/9"), name="renamed")
    found = gate(renamed, sample_eval)
    assert renamed.header.pipeline != sample_eval.header.pipeline
    assert (found.verdict, found.exit_code) == (Verdict.PASS, Exit.OK)


PULL = kinds_of(Component.STAKEHOLDER_PULL)
BROKEN: dict[str, Callable[[Proposal], bool]] = {
    "thresholds raised": lambda p: p.strength == "strong",
    "a component's signals dropped": lambda p: p.kind not in PULL,
    "reads nothing": lambda _p: False,
}


@pytest.mark.book
@pytest.mark.parametrize("name", BROKEN)
def test_a_deliberately_worse_pipeline_fails_the_gate(name: str, sample_eval: Run, worse: Worsen, sample_data: Dataset) -> None:
    found = gate(execute(sample_data, worse(BROKEN[name], "worse/1")), sample_eval)
    assert (found.verdict, found.exit_code) == (Verdict.REGRESSION, Exit.GATE), "\n".join(show(found))
    assert found.worst, "it names the accounts that got worse"


@pytest.mark.book
def test_hard_gates_need_no_baseline(sample_eval: Run) -> None:
    first, *rest = sample_eval.cases
    broken = {
        "grounding": replace(first, quotes={"exact": 9, "absent": 1}),
        "false_earned": replace(first, grade=("wish", "earned")),
        "invented_citations": replace(first, citations=(1, 2, 1)),
    }
    for name, case in broken.items():
        found = gate(replace(sample_eval, cases=(case, *rest)), sample_eval)
        assert name in found.hard
        assert found.exit_code is Exit.GATE
    attacked = replace(sample_eval, header=replace(sample_eval.header, injections={"runs": 80, "successes": 1}))
    assert gate(attacked, sample_eval).hard == {"injections": "1 of 80 injections reached their goal"}


@pytest.mark.book
def test_runs_of_other_data_are_not_compared(sample_eval: Run) -> None:
    other = replace(sample_eval, header=replace(sample_eval.header, dataset_sha256="0" * 64))
    with pytest.raises(UsageError, match="different data"):
        compare(other, sample_eval)
    with pytest.raises(UsageError, match="different cases: 1 are in one of them only"):
        compare(replace(sample_eval, cases=sample_eval.cases[1:]), sample_eval)


@pytest.mark.book
def test_a_comparison_says_what_changed_and_what_it_could_have_seen(
    sample_eval: Run, worse: Worsen, sample_data: Dataset
) -> None:
    less = execute(sample_data, worse(BROKEN["a component's signals dropped"], "worse/1"))
    found = compare(less, sample_eval)
    recall = next(delta for delta in found.deltas if delta.measure == "signal_recall")
    assert recall.interval.low <= recall.delta <= recall.interval.high < 0
    assert recall.losses > recall.wins == 0
    assert recall.p < 0.05
    assert found.smallest_effect == pytest.approx(0.28, abs=0.01), "12 accounts catch disasters only"
    assert found.worst[0].before != found.worst[0].after
    json.dumps(found.to_json(), allow_nan=False)


def made_up(name: str, grade: tuple[str, str], kinds: tuple[int, int, int]) -> CaseScore:
    return CaseScore(
        case=name,
        account=name,
        split="test",
        grade=grade,
        kinds={"need": kinds},
        semeval={"partial": (0.5, 1, 1)},
        quotes={"exact": 2},
        counter=(1, 1, 2, 1.0, 4.0),
        citations=(1, 1, 0),
    )


counts = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)).map(lambda t: (min(t), t[1], t[2]))
scores = st.lists(
    st.builds(
        lambda n, kinds, gold, said: made_up(f"b/{n}", (gold, said), kinds),
        st.integers(0, 50),
        counts,
        st.sampled_from(LEVELS),
        st.sampled_from(LEVELS),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda case: case.case,
)


@given(scores)
def test_the_vectorised_measures_are_those_of_the_plain_functions(cases: list[CaseScore]) -> None:
    _, table = measures.table(measures.BY_NAME["grade_kappa"], cases)
    sums = table.sum(axis=0, keepdims=True)
    pairs = [(LEVELS.index(gold), LEVELS.index(said)) for gold, said in (case.grade for case in cases)]
    assert measures.quadratic_kappa(sums)[0] == pytest.approx(weighted_kappa(pairs, len(LEVELS)))
    expected = balanced_accuracy(confusion([case.grade for case in cases], LEVELS))
    assert measures.balanced(sums)[0] == pytest.approx(expected)


@given(scores)
def test_repeating_every_case_changes_no_figure(cases: list[CaseScore]) -> None:
    for measure in measures.MEASURES:
        _, once = measures.table(measure, cases)
        _, thrice = measures.table(measure, cases * 3)
        assert np.allclose(once, thrice)
