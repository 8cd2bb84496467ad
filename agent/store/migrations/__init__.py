"""The Alembic tree: forward only, the same for SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def config() -> Config:
    """Alembic's configuration without an ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return settings


def upgrade(engine: Engine, revision: str) -> None:
    """Bring a database forward to `revision` in one transaction."""
    settings = config()
    with engine.connect() as connection:
        connection = connection.execution_options(earned_writes=True)
        with connection.begin():
            settings.attributes["connection"] = connection
            command.upgrade(settings, revision)
