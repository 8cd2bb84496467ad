"""Alembic's entry point: migrates the connection that it is handed."""

from __future__ import annotations

from alembic import context

from agent.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
    include_object=lambda _object, name, kind, *_: not (kind == "table" and name is not None and name.startswith("passages_fts")),
)
context.run_migrations()
