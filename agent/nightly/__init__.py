"""One nightly pass: read, compare with what is stored, and redo the accounts that changed. Resumable at any instant."""

from agent.nightly.inputs import Options, inputs_of
from agent.nightly.report import Report
from agent.nightly.runner import Runner
from agent.nightly.watching import Free, Meter, Metered, Progress, Silent

__all__ = ["Free", "Meter", "Metered", "Options", "Progress", "Report", "Runner", "Silent", "inputs_of"]
