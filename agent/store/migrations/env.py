"""Alembic's entry point: migrates the connection that it is handed."""

from __future__ import annotations

from alembic import context

from agent.store import tables  # noqa: F401 - its tables join the metadata
from retrieval.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_object=lambda _object, name, kind, *_: not (kind == "table" and name is not None and name.startswith("passages_fts")),
)
context.run_migrations()
