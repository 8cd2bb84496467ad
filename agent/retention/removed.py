"""What a purge removed, counted, and what it could not remove, named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Removed:
    """Counts are of rows. `notes_kept` are decisions and outcomes whose notes may hold the words: their logs are append-only."""

    what: str
    """`account <id>` or `person`: the report of an erasure does not repeat an address."""
    accounts: list[str] = field(default_factory=list)
    records: int = 0
    records_masked: int = 0
    passages: int = 0
    vectors: int = 0
    signals: int = 0
    signals_masked: int = 0
    hypotheses: int = 0
    revisions: int = 0
    """Deleted with their hypothesis."""
    revisions_rewritten: int = 0
    """Kept for the decisions that were taken on them, without what is forgotten."""
    contacts: int = 0
    answers: int = 0
    quarantined: int = 0
    reports: int = 0
    """Run reports that were rewritten."""
    notes_kept: list[str] = field(default_factory=list)
    bytes_gone: bool = False
    """The search index was rebuilt and the database's file rewritten, so that no deleted row lies in a free page."""
    dry_run: bool = False
    remarks: list[str] = field(default_factory=list)
    """What whoever asked should know."""
    warnings: list[str] = field(default_factory=list)
    """What should be gone and may not be."""

    @property
    def partial(self) -> bool:
        """Something that should be gone is still there."""
        return bool(self.notes_kept or self.warnings) or not (self.bytes_gone or self.dry_run)

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def counts(self) -> dict[str, int]:
        return {name: value for name, value in self.to_json().items() if isinstance(value, int) and not isinstance(value, bool)}
