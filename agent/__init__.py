"""Signals, proof, grades, drafts, the store and the nightly run: the flow of a hypothesis, one module a step.

records -> extraction | telemetry -> verification -> ledger -> resolution -> readiness -> drafting -> claims -> store -> queue
"""

__version__ = "0.1.0"
