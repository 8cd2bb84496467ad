"""Accounts as last seen, and what the book says beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from agent.store import tables
from retrieval.accounts import Account, Catalog, CatalogItem, Contact


@dataclass(frozen=True, slots=True)
class Unit:
    """The state of an account's unit of work: unchanged input and pipeline mean that there is nothing to do."""

    account_id: str
    input_hash: str
    pipeline: str
    mark: str | None = None
    """What tells, without reading its files, that the input is unchanged (`agent.nightly.unchanged`)."""
    sources: Mapping[str, Any] | None = None
    """What its files gave; beside a mark."""


def unit(conn: Connection, account_id: str) -> Unit | None:
    return units(conn, [account_id]).get(account_id)


def units(conn: Connection, account_ids: Sequence[str]) -> dict[str, Unit]:
    """Units by account, of those (500 at most) that have been done before."""
    table = tables.accounts.c
    query = select(table.account_id, table.input_hash, table.pipeline, table.mark, table.sources)
    return {row.account_id: Unit(*row) for row in conn.execute(query.where(table.account_id.in_(list(account_ids))))}


def save_marks(conn: Connection, rows: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
    """New marks and sources of accounts whose units stay as they are."""
    for account_id, (mark, sources) in rows.items():
        changed = update(tables.accounts).where(tables.accounts.c.account_id == account_id)
        conn.execute(changed.values(mark=mark, sources=sources))


def save(
    conn: Connection,
    account: Account,
    contacts: Sequence[Contact],
    *,
    input_hash: str,
    pipeline: str,
    run_id: str,
    mark: str | None = None,
    sources: Mapping[str, Any] | None = None,
) -> None:
    """Say that the account's unit is done; the last statement of its transaction."""
    conn.execute(delete(tables.accounts).where(tables.accounts.c.account_id == account.account_id))
    conn.execute(
        insert(tables.accounts).values(
            account_id=account.account_id,
            name=account.name,
            owner_email=account.owner_email,
            facts={"account": asdict(account), "contacts": [asdict(contact) for contact in contacts]},
            input_hash=input_hash,
            pipeline=pipeline,
            run_id=run_id,
            mark=mark,
            sources=sources,
        )
    )


def ids(conn: Connection) -> list[str]:
    return list(each_id(conn))


def each_id(conn: Connection) -> Iterator[str]:
    """In order, some at a time."""
    query = select(tables.accounts.c.account_id).order_by(tables.accounts.c.account_id)
    yield from conn.scalars(query.execution_options(yield_per=500))  # of the query: those of a connection stay with it


def names(conn: Connection) -> dict[str, str]:
    """Account names by id."""
    return {row.account_id: row.name for row in conn.execute(select(tables.accounts.c.account_id, tables.accounts.c.name))}


def get(conn: Connection, account_id: str) -> tuple[Account, tuple[Contact, ...]] | None:
    """The account and its contacts as last read, or None."""
    row = conn.execute(select(tables.accounts.c.facts).where(tables.accounts.c.account_id == account_id)).first()
    if row is None:
        return None
    return Account(**row.facts["account"]), tuple(Contact(**contact) for contact in row.facts["contacts"])


def several(conn: Connection, account_ids: Sequence[str]) -> dict[str, tuple[Account, tuple[Contact, ...]]]:
    """Accounts and contacts by id, as far as they are there."""
    query = select(tables.accounts.c.account_id, tables.accounts.c.facts)
    rows = conn.execute(query.where(tables.accounts.c.account_id.in_(list(account_ids))))
    return {
        row.account_id: (Account(**row.facts["account"]), tuple(Contact(**contact) for contact in row.facts["contacts"]))
        for row in rows
    }


def save_catalog(conn: Connection, catalog: Catalog) -> None:
    save_fact(conn, "catalog", asdict(catalog))


def catalog(conn: Connection) -> Catalog:
    """The catalogue as last read; an empty one before the first run."""
    content = fact(conn, "catalog")
    if content is None:
        return Catalog()
    items = {
        part: tuple(CatalogItem(**{**item, "features": tuple(item["features"])}) for item in content[part])
        for part in ("plans", "addons")
    }
    return Catalog(
        vendor=content["vendor"],
        domains=tuple(content["domains"]),
        currency=content["currency"],
        plans=items["plans"],
        addons=items["addons"],
        unit_costs=tuple((name, cost) for name, cost in content["unit_costs"]),
    )


def fact(conn: Connection, name: str) -> dict[str, Any] | None:
    row = conn.execute(select(tables.facts.c.content).where(tables.facts.c.name == name)).first()
    return row.content if row else None


def save_fact(conn: Connection, name: str, content: dict[str, Any]) -> None:
    conn.execute(delete(tables.facts).where(tables.facts.c.name == name))
    conn.execute(insert(tables.facts).values(name=name, content=content))
