"""Leases: which worker of a run does which account, what it may spend, and how fast it may ask."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
"""Code points decide the order, as everywhere (0003)."""


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("run_id", _NAME, nullable=False),
        sa.Column("account_id", _NAME, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("worker", _NAME, nullable=True),
        sa.Column("until", sa.Float(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("outcome", _NAME, nullable=True),
        sa.Column("said", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "account_id", name=op.f("pk_leases")),
    )
    op.create_index("ix_leases_open", "leases", ["run_id", "outcome", "ordinal"], unique=False)
    op.create_table(
        "run_workers",
        sa.Column("run_id", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("seen", sa.Float(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("stopped", _NAME, nullable=True),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("spent_cost", sa.Float(), nullable=False),
        sa.Column("spent_tokens", sa.BigInteger(), nullable=False),
        sa.Column("held_cost", sa.Float(), nullable=False),
        sa.Column("held_tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "name", name=op.f("pk_run_workers")),
    )
    op.create_table(
        "rate_grants",
        sa.Column("run_id", _NAME, nullable=False),
        sa.Column("worker", _NAME, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "worker", "number", name=op.f("pk_rate_grants")),
    )
