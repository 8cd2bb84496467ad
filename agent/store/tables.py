"""The tables of hypotheses, decisions and runs, beside retrieval's records, passages and vectors: one metadata, one migration tree.

Written for SQLite and PostgreSQL alike. Content that people read whole is JSON; what is filtered or locked on has a column.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from retrieval.tables import ExactString, ExactText, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", String, primary_key=True),
    Column("name", ExactString, nullable=False),
    Column("owner_email", String, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("input_hash", String, nullable=False),
    Column("pipeline", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("mark", String),
    Column("sources", JSON),
    Index("ix_accounts_owner_email", "owner_email"),
)
"""`mark` and `sources` (`agent.nightly.unchanged`) are there for accounts that were read whole."""

facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("content", JSON, nullable=False),
)
"""What the book says that is of no single account: `catalog`, `book`."""

signals = Table(
    "signals",
    metadata,
    Column("id", String, primary_key=True),
    Column("account_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    Column("run_id", String, nullable=False),
    Index("ix_signals_account_id_active", "account_id", "active"),
)
"""Verified signals. One that a later run no longer finds is kept, inactive, for the revisions that cite it."""

hypotheses = Table(
    "hypotheses",
    metadata,
    Column("id", String, primary_key=True),
    Column("account_id", String, nullable=False),
    Column("adjacency", String),
    Column("owner_email", String, nullable=False),
    Column("grade", String, nullable=False),
    Column("title", ExactText, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("until", String),
    Column("changed", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", String, nullable=False),
    Index("ix_hypotheses_queue", "owner_email", "withdrawn", "state", "id"),
    Index("ix_hypotheses_account_id", "account_id"),
)
"""`state`, `until` and `changed` are what `agent.decisions.standing` folds out of the log, kept here for the queue's filters.
`version` rises with every revision and decision; a decision names the version that it was taken on (a conflict is shown)."""

revisions = Table(
    "revisions",
    metadata,
    Column("hypothesis_id", String, ForeignKey("hypotheses.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("created_at", String, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("hypothesis_id", String, ForeignKey("hypotheses.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("action", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("at", String, nullable=False),
    Column("reason", String),
    Column("note", Text),
    Column("until", String),
    Column("undoes", String),
    Column("prev_hash", String, nullable=False, unique=True),
    Column("hash", String, nullable=False, unique=True),
    Index("ix_decisions_hypothesis_id", "hypothesis_id"),
)
"""Append-only: triggers refuse UPDATE and DELETE. A unique `prev_hash` means that two writers cannot fork the chain."""

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("started", String, nullable=False),
    Column("finished", String),
    Column("status", String, nullable=False),
    Column("book", String, nullable=False),
    Column("model", String, nullable=False),
    Column("pipeline", String, nullable=False),
    Column("report", JSON),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String, nullable=False),
    Column("account_id", String),
    Column("file", ExactString, nullable=False),
    Column("line", Integer),
    Column("field", ExactString),
    Column("why", ExactText, nullable=False),
    Column("remedy", ExactText, nullable=False),
    Index("ix_quarantine_run_id", "run_id"),
    Index("ix_quarantine_account_id", "account_id"),
)

answers = Table(
    "answers",
    metadata,
    Column("key", String, primary_key=True),
    Column("stage", String, nullable=False),
    Column("model", String, nullable=False),
    Column("content", JSON, nullable=False),
    Column("cost", Float, nullable=False),
    Column("created_at", String, nullable=False),
)
"""Finished extraction work by content address: paid once for life, and the crash journal of a run (design section 7)."""

outcomes = Table(
    "outcomes",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("hypothesis_id", String, ForeignKey("hypotheses.id"), nullable=False),
    Column("account_id", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("what", String, nullable=False),
    Column("on_day", String, nullable=False),
    Column("amount", Float),
    Column("unit", String),
    Column("note", Text),
    Column("actor", String, nullable=False),
    Column("at", String, nullable=False),
    Column("undoes", String, unique=True),
    Index("ix_outcomes_account_id", "account_id"),
    Index("ix_outcomes_hypothesis_id", "hypothesis_id"),
)
"""What became of a hypothesis, as people recorded it. Append-only like decisions; an outcome is undone at most once."""

leases = Table(
    "leases",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("account_id", String, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("worker", String),
    Column("until", Float),
    Column("attempt", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("outcome", String),
    Column("said", JSON),
    Index("ix_leases_open", "run_id", "outcome", "ordinal"),
)
"""Who works on which account of the run that is under way, until when (seconds since 1970 by the database's clock). `attempt` rises
with every claim and tells a worker whose lease was taken over from the one who has it; `lost` counts the workers who let it expire."""

run_workers = Table(
    "run_workers",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("seen", Float, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("stopped", String),
    Column("figures", JSON),
    Column("spent_cost", Float, nullable=False),
    Column("spent_tokens", BigInteger, nullable=False),
    Column("held_cost", Float, nullable=False),
    Column("held_tokens", BigInteger, nullable=False),
)
"""The workers of the run that is under way. `held`: what a worker has spent and may still spend of the run's budget; the sum over all
workers never passes the cap."""

rate_grants = Table(
    "rate_grants",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("worker", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("tokens", BigInteger, nullable=False),
)
"""Calls to the model that a worker was allowed to make at that moment: those of the last minute keep to the provider's limits."""
