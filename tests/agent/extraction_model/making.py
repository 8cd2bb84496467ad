"""Records of a small account, and sessions with a stub or a scripted model."""

from __future__ import annotations

from typing import Any

from agent.extraction.proposals import Reading
from agent.models import Session
from agent.models.gateway import Gateway, Patience
from retrieval.accounts import Account, Catalog, CatalogItem, Contact
from retrieval.records import Record, Visibility, Voice, stable_id

CATALOG = Catalog(
    "Vendor",
    plans=(CatalogItem("basic", "Basic", "plan", 50.0, "seat", ("forms", "reports")),),
    addons=(CatalogItem("scan", "Scan", "addon", 200.0, "organisation", ("reads paper forms",)),),
)
ACCOUNT = Account("a-1", "Ashgrove Mills", plan="basic")
DANA = Contact("a-1", "Dana Ruiz", "dana@ashgrove.example", "Plant Manager", "sponsor")


def record(text: str, *, document: str = "ticket:7", position: int = 0, **fields: Any) -> Record:
    known: dict[str, Any] = {
        "record_id": stable_id(document, str(position), text),
        "account_id": "a-1",
        "source": document,
        "locator": "",
        "document": document,
        "occurred_at": "2026-06-01",
        "speaker": "Dana Ruiz",
        "speaker_email": "dana@ashgrove.example",
        "voice": Voice.CUSTOMER,
        "voice_reason": "directory",
        "visibility": Visibility.PUBLIC,
        "text": text,
        "position": position,
    }
    return Record(**{**known, **fields})


def vendor(text: str, **fields: Any) -> Record:
    return record(text, **{"speaker": "Kim Vale", "speaker_email": "kim@vendor.example", "voice": Voice.VENDOR, **fields})


def reading(*records: Record) -> Reading:
    return Reading(ACCOUNT, (DANA,), CATALOG, records)


def session(provider: Any, **options: Any) -> Session:
    return Session(lambda: Gateway(provider, patience=Patience(first_pause=0.001), **options))
