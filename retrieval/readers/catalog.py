"""What the vendor sells: `catalog.json` to a `Catalog`. Unknown keys are tolerated, missing ones are problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retrieval.accounts import Catalog, CatalogItem
from retrieval.readers.documents import documents_of, list_of, mapping_of
from retrieval.readers.files import FileText
from retrieval.readers.values import UnclearValueError, number_of, text_of
from retrieval.records import Problem

_PRICES = ("price_per_seat_month", "price_month", "price", "price_per_month", "unit_price")


def read_catalog(file: FileText) -> tuple[Catalog, list[Problem]]:
    """The catalogue of a book, as far as it can be read."""
    documents, problems = documents_of(file)
    value = documents[0].value if documents else None
    if value is not None and not isinstance(value, dict):
        problems.append(Problem(file.name, "not a catalogue", "Write an object with vendor, domains, plans and addons"))
    raw = mapping_of(value)
    if not raw:
        return Catalog(), problems
    domains = (
        raw.get("domains")
        if isinstance(raw.get("domains"), list)
        else [raw["domains"]]
        if isinstance(raw.get("domains"), str)
        else []
    )
    for key, remedy in (
        ("vendor", "Name the vendor"),
        ("domains", "List the vendor's own e-mail domains, or its people are taken for outsiders"),
        ("plans", "List the plans"),
    ):
        if not raw.get(key):
            problems.append(Problem(file.name, f"no {key} given", remedy, field=key))
    costs = mapping_of(raw.get("unit_costs"))
    return (
        Catalog(
            vendor=text_of(raw.get("vendor")),
            domains=tuple(text for domain in list_of(domains) if (text := text_of(domain))),
            currency=text_of(raw.get("currency")),
            plans=_items(raw, "plans", "plan", file.name, problems),
            addons=_items(raw, "addons", "addon", file.name, problems),
            unit_costs=tuple(
                (text_of(key), cost)
                for key in costs
                if (cost := _number(costs, key, f"unit_costs.{key}", file.name, problems)) is not None
            ),
        ),
        problems,
    )


def _items(raw: Mapping[str, Any], key: str, kind: str, name: str, problems: list[Problem]) -> tuple[CatalogItem, ...]:
    items: list[CatalogItem] = []
    if raw.get(key) is not None and not isinstance(raw[key], list):
        problems.append(Problem(name, f"{key} is not a list", "Write a list", field=key))
    for place, entry in enumerate(list_of(raw.get(key))):
        path = f"{key}[{place}]"
        item = mapping_of(entry)
        item_id = text_of(item.get("id") or item.get("item_id"))
        if not item_id:
            problems.append(Problem(name, "an entry without an id", "Give every plan and add-on an id", field=f"{path}.id"))
            continue
        priced = next((price for price in _PRICES if price in item), None)
        if priced is None:
            problems.append(
                Problem(name, f"{item_id} has no price", f"Add {_PRICES[0 if kind == 'plan' else 1]}", field=f"{path}.price")
            )
        price = _number(item, priced, f"{path}.{priced}", name, problems) if priced else None
        if not isinstance(item.get("features"), list):
            problems.append(Problem(name, f"{item_id} has no features", "List what it includes", field=f"{path}.features"))
        features = tuple(text for feature in list_of(item.get("features")) if (text := text_of(feature)))
        unit = text_of(item.get("unit")) or ("seat" if kind == "plan" else "")
        items.append(CatalogItem(item_id, text_of(item.get("name")) or item_id, kind, price, unit, features))
    return tuple(items)


def _number(raw: Mapping[str, Any], key: str, path: str, name: str, problems: list[Problem]) -> float | None:
    if raw.get(key) is None:
        return None
    try:
        return number_of(raw[key])
    except UnclearValueError as error:
        problems.append(Problem(name, str(error), "Write a plain number", field=path))
        return None
