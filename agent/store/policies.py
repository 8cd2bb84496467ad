"""Who may see and write what in a team's database, as PostgreSQL enforces it. Pure: statements, no connection.

Rows are told apart by the login (`session_user`), which nothing that a session sends can change, not by a setting. There are four
roles that nobody logs in as:

- `earned_nightly` writes everything but decisions and outcomes; `earned_managers` reads everything;
- `earned_owners` may touch no table, only the views in `earned_team`. A view shows what a function of `earned_gate` returns;
- `earned_gate` is under row security: a row is visible to it if the account's owner address is one of the login's.

Why not plain row security on the tables: a query planner uses a condition of the caller's on an index before it filters by policy,
so `EXPLAIN ANALYZE ... WHERE owner_email = 'somebody'` would count somebody's rows ("Rows Removed by Filter"), and estimates would
come from everybody's statistics. Conditions of the caller never reach the inside of such a function.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

from agent.store import tables as _tables  # noqa: F401 - its tables join the metadata
from agent.store.postgres import TEAM
from retrieval import lexical
from retrieval.tables import metadata

NIGHTLY, MANAGERS, OWNERS, GATE = "earned_nightly", "earned_managers", "earned_owners", "earned_gate"
ROLES: Final = (NIGHTLY, MANAGERS, OWNERS, GATE)

_MY_ADDRESSES: Final = f"ARRAY(SELECT m.email FROM {TEAM}.members m WHERE m.login = session_user)"
_MY_ACCOUNTS: Final = "ARRAY(SELECT a.account_id::text FROM public.accounts a)"
_MY_HYPOTHESES: Final = "ARRAY(SELECT h.id::text FROM public.hypotheses h)"
_OF_ACCOUNT: Final = f"account_id = ANY ({_MY_ACCOUNTS})"
_OF_HYPOTHESIS: Final = f"hypothesis_id = ANY ({_MY_HYPOTHESES})"


@dataclass(frozen=True, slots=True)
class Rule:
    """What of a table an account's owner sees. The tables that `own` reads are under their own rules again."""

    own: str | None
    """The policy's condition; None: nothing."""
    shown: tuple[tuple[str, str], ...] = ()
    """Columns that are shown as something else: numbers that count everybody's rows, hashes of other people's rows."""
    written: tuple[str, ...] = ()
    """What an owner may do: "INSERT" or "UPDATE", through a trigger that checks it."""
    nightly: bool = True
    """Whether the nightly role writes it."""


RULES: Final = {
    "accounts": Rule(f"owner_email = ANY ({_MY_ADDRESSES})", shown=(("mark", "NULL::varchar"), ("sources", "NULL::json"))),
    "records": Rule(_OF_ACCOUNT),
    "passages": Rule(_OF_ACCOUNT),
    lexical.TABLE: Rule(_OF_ACCOUNT),
    "account_contents": Rule(_OF_ACCOUNT),
    "signals": Rule(_OF_ACCOUNT),
    "quarantine": Rule(_OF_ACCOUNT, shown=(("id", "(row_number() OVER (ORDER BY t.id))::int"),)),
    "hypotheses": Rule(_OF_ACCOUNT, written=("UPDATE",)),
    "revisions": Rule(_OF_HYPOTHESIS, written=("INSERT",)),
    "decisions": Rule(
        _OF_HYPOTHESIS,
        shown=(("seq", "(row_number() OVER (ORDER BY t.seq))::int"), ("prev_hash", "''::varchar")),
        written=("INSERT",),
        nightly=False,
    ),
    "outcomes": Rule(
        _OF_ACCOUNT, shown=(("seq", "(row_number() OVER (ORDER BY t.seq))::int"),), written=("INSERT",), nightly=False
    ),
    # A text's vector is shown to whom the text is shown; asking for the hash of somebody else's words finds nothing.
    "vectors": Rule("text_sha256 = ANY (ARRAY(SELECT p.indexed_sha256::text FROM public.passages p))"),
    "facts": Rule("name = 'catalog'"),
    "runs": Rule("true", shown=(("book", "''::varchar"), ("report", "NULL::json"))),
    "answers": Rule(None),
    "leases": Rule(None),
    "run_workers": Rule(None),
    "rate_grants": Rule(None),
}
"""Every table that there is; a test compares. One that is not here is closed to owners."""

_FTS_COLUMNS: Final = ("passage_id text", "account_id text", "body tsvector")
_PINNED: Final = (
    "SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_indexscan = on SET enable_bitmapscan = on "
    "SET debug_print_plan = off SET debug_print_rewritten = off SET debug_print_parse = off SET jit = off"
)
"""What a caller could have set to look into the function by how it runs."""


def statements(keeper: str, others: frozenset[str] = frozenset()) -> Iterator[str]:
    """Everything but the roles themselves, to be run in one transaction, again after every upgrade.

    `keeper`: the role that owns the tables, quoted. `others`: tables in the database that are not in `RULES`.
    """
    yield from _members(keeper)
    for name in (*RULES, *sorted(others)):
        yield from _table(name, RULES.get(name, Rule(None)), keeper)
    yield f"REVOKE ALL ON public.alembic_version FROM PUBLIC, {', '.join(ROLES)}"
    yield f"GRANT SELECT ON public.alembic_version TO {', '.join(ROLES)}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {NIGHTLY}, {GATE}"
    yield f"GRANT USAGE, CREATE ON SCHEMA {TEAM} TO {GATE}"
    for name, rule in RULES.items():
        yield from _view(name, rule)
    yield from _triggers()
    yield f"REVOKE CREATE ON SCHEMA {TEAM} FROM {GATE}"
    yield f"GRANT USAGE ON SCHEMA public, {TEAM} TO {', '.join(ROLES)}"


def _members(keeper: str) -> Iterator[str]:
    yield f"CREATE SCHEMA IF NOT EXISTS {TEAM}"
    yield f"REVOKE ALL ON SCHEMA {TEAM} FROM PUBLIC"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield (
        f'CREATE TABLE IF NOT EXISTS {TEAM}.members (login text COLLATE "C" NOT NULL, email text COLLATE "C" NOT NULL, '
        "PRIMARY KEY (login, email))"
    )
    yield from _guarded(f"{TEAM}.members", keeper)
    yield f"CREATE POLICY earned_self ON {TEAM}.members FOR SELECT TO {OWNERS}, {MANAGERS}, {GATE} USING (login = session_user)"
    yield f"GRANT SELECT ON {TEAM}.members TO {OWNERS}, {MANAGERS}, {GATE}"


def _guarded(table: str, keeper: str) -> Iterator[str]:
    """Row security that holds for the table's owner too, with no policy yet but the keeper's."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    for policy in ("keeper", "nightly", "reads", "managers", "self", "own", "adds", "changes"):
        yield f"DROP POLICY IF EXISTS earned_{policy} ON {table}"
    yield f"REVOKE ALL ON {table} FROM PUBLIC, {', '.join(ROLES)}"
    yield f"CREATE POLICY earned_keeper ON {table} TO {keeper} USING (true) WITH CHECK (true)"


def _table(name: str, rule: Rule, keeper: str) -> Iterator[str]:
    table = f"public.{name}"
    yield from _guarded(table, keeper)
    yield f"CREATE POLICY earned_reads ON {table} FOR SELECT TO {MANAGERS}, {NIGHTLY} USING (true)"
    yield f"GRANT SELECT ON {table} TO {MANAGERS}, {NIGHTLY}"
    if rule.nightly:
        yield f"CREATE POLICY earned_nightly ON {table} TO {NIGHTLY} USING (true) WITH CHECK (true)"
        yield f"GRANT INSERT, UPDATE, DELETE ON {table} TO {NIGHTLY}"
    if rule.own is None:
        return
    yield f"CREATE POLICY earned_own ON {table} FOR SELECT TO {GATE} USING ({rule.own})"
    yield f"GRANT {', '.join(('SELECT', *rule.written))} ON {table} TO {GATE}"
    if "INSERT" in rule.written:
        yield f"CREATE POLICY earned_adds ON {table} FOR INSERT TO {GATE} WITH CHECK ({rule.own})"
    if "UPDATE" in rule.written:
        yield f"CREATE POLICY earned_changes ON {table} FOR UPDATE TO {GATE} USING ({rule.own}) WITH CHECK ({rule.own})"


def _view(name: str, rule: Rule) -> Iterator[str]:
    yield f"DROP VIEW IF EXISTS {TEAM}.{name}"
    yield f"DROP FUNCTION IF EXISTS {TEAM}.own_{name}()"
    if rule.own is None:
        return
    shown = dict(rule.shown)
    if name == lexical.TABLE:
        columns = list(_FTS_COLUMNS)
        names = [column.split()[0] for column in columns]
    else:
        columns = [f'"{column.name}" {_type(column)}' for column in metadata.tables[name].columns]
        names = [column.name for column in metadata.tables[name].columns]
    selected = ", ".join(shown.get(column, f't."{column}"') for column in names)
    yield (
        f"CREATE FUNCTION {TEAM}.own_{name}() RETURNS TABLE ({', '.join(columns)}) LANGUAGE sql STABLE SECURITY DEFINER "
        f"ROWS 10000 {_PINNED} AS $$ SELECT {selected} FROM public.{name} t $$"
    )
    yield f"ALTER FUNCTION {TEAM}.own_{name}() OWNER TO {GATE}"
    yield f"REVOKE ALL ON FUNCTION {TEAM}.own_{name}() FROM PUBLIC"
    yield f"GRANT EXECUTE ON FUNCTION {TEAM}.own_{name}() TO {OWNERS}, {MANAGERS}"
    yield f"CREATE VIEW {TEAM}.{name} AS SELECT * FROM {TEAM}.own_{name}()"
    yield f"ALTER VIEW {TEAM}.{name} OWNER TO {GATE}"
    yield f"GRANT {', '.join(('SELECT', *rule.written))} ON {TEAM}.{name} TO {OWNERS}, {MANAGERS}"


def _type(column: Column[object]) -> str:
    return column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]


_OWN_HYPOTHESIS: Final = """
  SELECT * INTO stands FROM public.hypotheses h WHERE h.id = NEW.hypothesis_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'you have no such hypothesis';
  END IF;
"""
_SIGNED: Final = f"""
  IF NOT EXISTS (SELECT FROM {TEAM}.members m WHERE m.login = session_user AND m.email = NEW.actor) THEN
    RAISE EXCEPTION 'what you decide is signed with your own address';
  END IF;
"""
_FRESH_ID: Final = "substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)"
"""Made here: an id of the caller's choice would tell, by being refused, that somebody else's row has it."""

_DECIDE: Final = f"""
DECLARE stands public.hypotheses;
BEGIN
  {_OWN_HYPOTHESIS} {_SIGNED}
  IF NEW.action NOT IN ('approve', 'reject', 'proof', 'snooze', 'undo', 'check', 'flag') THEN
    RAISE EXCEPTION '% is no decision', NEW.action;
  END IF;
  IF NEW.revision NOT BETWEEN 1 AND (SELECT max(r.revision) FROM public.revisions r WHERE r.hypothesis_id = stands.id) THEN
    RAISE EXCEPTION 'the hypothesis has no such revision';
  END IF;
  IF (NEW.action = 'undo') IS DISTINCT FROM (NEW.undoes IS NOT NULL) OR NEW.undoes IS NOT NULL AND NOT EXISTS (
      SELECT FROM public.decisions d WHERE d.id = NEW.undoes AND d.hypothesis_id = stands.id) THEN
    RAISE EXCEPTION 'there is nothing to undo';
  END IF;
  NEW.id := 'd-' || {_FRESH_ID};
  INSERT INTO public.decisions (id, hypothesis_id, revision, action, actor, at, reason, note, until, undoes, prev_hash, hash)
  VALUES (NEW.id, NEW.hypothesis_id, NEW.revision, NEW.action, NEW.actor, NEW.at, NEW.reason, NEW.note, NEW.until, NEW.undoes, '', '')
  RETURNING hash INTO NEW.hash;
  NEW.seq := 0;
  NEW.prev_hash := '';
  RETURN NEW;
END
"""
_RECORD: Final = f"""
DECLARE stands public.hypotheses;
BEGIN
  {_OWN_HYPOTHESIS} {_SIGNED}
  IF NEW.undoes IS NOT NULL AND (
      NOT EXISTS (SELECT FROM public.outcomes o WHERE o.id = NEW.undoes AND o.hypothesis_id = stands.id)
      OR EXISTS (SELECT FROM public.outcomes o WHERE o.undoes = NEW.undoes)) THEN
    RAISE EXCEPTION 'there is nothing to undo';
  END IF;
  NEW.id := 'o-' || {_FRESH_ID};
  INSERT INTO public.outcomes (id, hypothesis_id, account_id, revision, what, on_day, amount, unit, note, actor, at, undoes)
  VALUES (NEW.id, NEW.hypothesis_id, stands.account_id, NEW.revision, NEW.what, NEW.on_day, NEW.amount, NEW.unit, NEW.note,
          NEW.actor, NEW.at, NEW.undoes);
  NEW.seq := 0;
  NEW.account_id := stands.account_id;
  RETURN NEW;
END
"""
_REWORD: Final = f"""
DECLARE stands public.hypotheses;
BEGIN
  {_OWN_HYPOTHESIS}
  IF NOT EXISTS (SELECT FROM {TEAM}.members m WHERE m.login = session_user AND NEW.run_id = 'edit:' || m.email) THEN
    RAISE EXCEPTION 'what you write is signed with your own address';
  END IF;
  IF NEW.revision IS DISTINCT FROM 1 + (SELECT max(r.revision) FROM public.revisions r WHERE r.hypothesis_id = stands.id) THEN
    RAISE EXCEPTION 'the hypothesis has moved on';
  END IF;
  IF (NEW.content ->> 'grade', NEW.content ->> 'account_id') IS DISTINCT FROM (stands.grade::text, stands.account_id::text) THEN
    RAISE EXCEPTION 'a wording changes neither grade nor account';
  END IF;
  INSERT INTO public.revisions (hypothesis_id, revision, content, content_hash, run_id, created_at)
  VALUES (NEW.hypothesis_id, NEW.revision, NEW.content, NEW.content_hash, NEW.run_id, NEW.created_at);
  RETURN NEW;
END
"""
_RESTATE: Final = """
DECLARE decided text;
BEGIN
  IF (NEW.id, NEW.account_id, NEW.adjacency, NEW.owner_email, NEW.grade, NEW.withdrawn)
      IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.adjacency, OLD.owner_email, OLD.grade, OLD.withdrawn) THEN
    RAISE EXCEPTION 'only a run changes what a hypothesis is';
  END IF;
  PERFORM FROM public.hypotheses h WHERE h.id = OLD.id FOR UPDATE;
  SELECT CASE d.action WHEN 'approve' THEN 'approved' WHEN 'reject' THEN 'rejected' WHEN 'proof' THEN 'proof_asked' ELSE 'snoozed' END
  INTO decided FROM public.decisions d
  WHERE d.hypothesis_id = OLD.id AND d.action IN ('approve', 'reject', 'proof', 'snooze')
    AND NOT EXISTS (SELECT FROM public.decisions u WHERE u.action = 'undo' AND u.undoes = d.id)
  ORDER BY d.seq DESC LIMIT 1;
  IF NEW.state NOT IN (OLD.state, 'open', COALESCE(decided, 'open')) THEN
    RAISE EXCEPTION 'a state follows from decisions';
  END IF;
  IF NEW.revision NOT BETWEEN OLD.revision AND (SELECT max(r.revision) FROM public.revisions r WHERE r.hypothesis_id = OLD.id) THEN
    RAISE EXCEPTION 'the hypothesis has no such revision';
  END IF;
  UPDATE public.hypotheses h SET title = NEW.title, revision = NEW.revision, state = NEW.state, until = NEW.until,
    changed = NEW.changed, version = h.version + (NEW.version > OLD.version)::int, updated_at = NEW.updated_at
  WHERE h.id = OLD.id;
  RETURN NEW;
END
"""


def _triggers() -> Iterator[str]:
    """What owners write goes through these: under row security as `earned_gate`, with the rules of the queue that must hold for SQL too."""
    for name, event, view, body in (
        ("decide", "INSERT", "decisions", _DECIDE),
        ("record_outcome", "INSERT", "outcomes", _RECORD),
        ("reword", "INSERT", "revisions", _REWORD),
        ("restate", "UPDATE", "hypotheses", _RESTATE),
    ):
        function = f"{TEAM}.{name}()"
        yield (
            f"CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {_PINNED} AS $$ {body} $$"
        )
        yield f"ALTER FUNCTION {function} OWNER TO {GATE}"
        yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"
        yield f"CREATE TRIGGER {name} INSTEAD OF {event} ON {TEAM}.{view} FOR EACH ROW EXECUTE FUNCTION {function}"


HIDE_SIZES: Final = """
DO $$
DECLARE one text;
BEGIN
  FOR one IN
    SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND (
      p.proname ~ '^pg_stat_get_(xact_)?(numscans|tuples|live_tuples|dead_tuples|ins_since|mod_since|blocks|db_tuples|db_blocks)'
      OR p.proname ~ '^pg_(relation|table|indexes|total_relation|database|tablespace|relation_filenode)_size$'
      OR p.proname = 'pg_sequence_last_value')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pg_monitor', one);
  END LOOP;
  SELECT string_agg(quote_ident(a.attname), ', ') INTO one FROM pg_attribute a
  WHERE a.attrelid = 'pg_catalog.pg_class'::regclass AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attname NOT IN ('relpages', 'reltuples', 'relallvisible', 'relallfrozen');
  REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC;
  EXECUTE format('GRANT SELECT (%s) ON pg_catalog.pg_class TO PUBLIC', one);
  GRANT SELECT ON pg_catalog.pg_class TO pg_monitor;
END $$
"""
"""How many rows a table has is in the catalogue, for everybody. Only a superuser can take that away, and this does, in this database."""
