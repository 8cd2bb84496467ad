"""How far a judging model may be trusted: calibration from a file of labels, one failure mode and one judge at a time. Pure.

A label is a line `{"id", "failure_mode", "judge_model", "judge_prompt_sha256", "judge": bool, "human": bool | null,
"second": bool | null, "blind": bool, "split"}`. True is a pass. `human` is null where nobody labelled; `second` is another
person's label of the same case. Labels that were given while the judge's verdict was visible are not evidence about the judge
(people anchor: 56 % agreement from scratch, 72 % when they saw it), so they are counted and left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from agent.errors import NotFound, UsageError
from evals.metrics.agreement import cohen_kappa
from evals.metrics.judges import BAR, Judged, calibrate, corrected, corrected_interval, prediction_powered
from evals.metrics.stats import Interval
from evals.runs import finite

FIELDS: Final = ("id", "failure_mode", "judge_model", "judge", "human", "blind", "split")
ENOUGH: Final = 40
"""Labels of the held-out part from which the figures say something; the bar is about 100 in all."""


@dataclass(frozen=True, slots=True)
class Label:
    id: str
    failure_mode: str
    judge_model: str
    judge: bool
    human: bool | None
    blind: bool
    split: str
    second: bool | None = None
    judge_prompt_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """One judge on one failure mode. A new model or prompt is a new judge, and a new series."""

    failure_mode: str
    judge_model: str
    judge_prompt_sha256: str
    judged: Judged
    seen: int
    """Labels left out because they were not blind."""
    raw: float
    """Pass rate that the judge gives over everything."""
    corrected: float
    interval: Interval
    prediction_powered: float
    human_kappa: float
    """Of two people on the same cases: the ceiling. nan where nothing was labelled twice."""

    @property
    def labels(self) -> int:
        return self.judged.passes + self.judged.fails

    def to_json(self) -> dict[str, Any]:
        row = asdict(self)
        row |= {"labels": self.labels, "tpr": self.judged.tpr, "tnr": self.judged.tnr, "kappa": self.judged.kappa}
        row |= {"tpr_interval": self.judged.tpr_interval, "tnr_interval": self.judged.tnr_interval, "usable": self.judged.usable}
        found: dict[str, Any] = finite(row)
        return found


def read(path: Path) -> list[Label]:
    """The labels of a file. Raises NotFound or UsageError with the line that cannot be used."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "evals/README.md says how to write labels.")
    found: list[Label] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            label = Label(**json.loads(line))
            if not (isinstance(label.judge, bool) and isinstance(label.blind, bool) and label.human in (True, False, None)):
                raise ValueError("judge, human and blind are true or false")
        except (ValueError, TypeError) as error:
            raise UsageError(f"{path}:{number} is no label: {error}", f"It needs {', '.join(FIELDS)}.") from error
        found.append(label)
    return found


def calibrations(labels: Iterable[Label], split: str | None = None) -> list[Calibration]:
    """One for each judge and failure mode, in order of first appearance. `split` keeps one split of the labelled cases."""
    groups: dict[tuple[str, str, str], list[Label]] = {}
    for label in labels:
        groups.setdefault((label.failure_mode, label.judge_model, label.judge_prompt_sha256), []).append(label)
    return [_calibration(key, rows, split) for key, rows in groups.items()]


def _calibration(key: tuple[str, str, str], rows: Sequence[Label], split: str | None) -> Calibration:
    labelled = [row for row in rows if row.human is not None and split in (None, row.split)]
    blind = [row for row in labelled if row.blind]
    human, said = [bool(row.human) for row in blind], [row.judge for row in blind]
    judged = calibrate(human, said)
    everything = [row.judge for row in rows]
    twice = [(row.human, row.second) for row in blind if row.second is not None]
    rate = sum(everything) / len(everything)
    return Calibration(
        *key,
        judged=judged,
        seen=len(labelled) - len(blind),
        raw=rate,
        corrected=corrected(rate, judged.tpr, judged.tnr),
        interval=corrected_interval(sum(everything), len(everything), judged),
        prediction_powered=prediction_powered(everything, human, said),
        human_kappa=cohen_kappa(twice),
    )


def show(found: Sequence[Calibration]) -> list[str]:
    """For people."""
    lines: list[str] = []
    for c in found:
        tpr, tnr = c.judged.tpr_interval, c.judged.tnr_interval
        lines += [
            f"{c.failure_mode}: {c.judge_model} {c.judge_prompt_sha256[:12]}".rstrip(),
            f"  TPR {c.judged.tpr:.2f} [{tpr.low:.2f}, {tpr.high:.2f}]  TNR {c.judged.tnr:.2f} [{tnr.low:.2f}, {tnr.high:.2f}]"
            f"  kappa {c.judged.kappa:.2f} (two people: {c.human_kappa:.2f})  {c.labels} blind labels",
            f"  pass rate {c.raw:.2f} -> corrected {c.corrected:.2f} [{c.interval.low:.2f}, {c.interval.high:.2f}],"
            f" prediction-powered {c.prediction_powered:.2f}",
        ]
        if c.seen:
            lines.append(f"  {c.seen} labels left out: the labeller had seen the judge's verdict")
        if not c.judged.usable:
            lines.append(f"  Do not gate on it: TPR and TNR must be {BAR} or more.")
        if c.labels < ENOUGH:
            lines.append(f"  {c.labels} labels say little; label {ENOUGH - c.labels} more.")
    return lines
