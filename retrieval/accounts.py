"""What a book of business says about its accounts, people and catalogue: values, no files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    name: str
    domain: str = ""
    industry: str = ""
    segment: str = ""
    plan: str = ""
    arr: float | None = None
    """Annual recurring revenue in `currency`; None where the export does not say (unknown is not zero)."""
    currency: str = ""
    seats_licensed: int | None = None
    contract_start: str = ""
    renewal_date: str = ""
    owner_email: str = ""
    health_score: float | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    account_id: str
    name: str
    email: str = ""
    title: str = ""
    role: str = ""
    """sponsor | champion | economic_buyer | admin | user | procurement | security"""


@dataclass(frozen=True, slots=True)
class TeamMember:
    name: str
    email: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class CatalogItem:
    """A plan or an add-on."""

    item_id: str
    name: str
    kind: str
    """plan | addon"""
    price: float | None
    """Per seat and month for a plan, per unit and month for an add-on, in the catalogue's currency."""
    unit: str
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    vendor: str = ""
    domains: tuple[str, ...] = ()
    currency: str = ""
    plans: tuple[CatalogItem, ...] = ()
    """In ascending order of price, as the file lists them."""
    addons: tuple[CatalogItem, ...] = ()
    unit_costs: tuple[tuple[str, float], ...] = ()

    @property
    def items(self) -> tuple[CatalogItem, ...]:
        return self.plans + self.addons

    def item(self, item_id: str) -> CatalogItem | None:
        return next((item for item in self.items if item.item_id == item_id), None)

    def owned(self, plan_id: str) -> tuple[CatalogItem, ...]:
        """The plan and every cheaper one: what an account on `plan_id` already pays for."""
        ids = [plan.item_id for plan in self.plans]
        return self.plans[: ids.index(plan_id) + 1] if plan_id in ids else ()
