"""PostgreSQL: logs that nobody can change, a chain of decisions that the server links itself, and text that sorts as in SQLite."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_quarantine_account_id", "quarantine", ["account_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for statement in (_PLAIN_ORDER, *_APPEND_ONLY, *_CHAIN):
            op.execute(statement)


_PLAIN_ORDER = """
DO $$
DECLARE one record;
BEGIN
  FOR one IN
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS kind
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attcollation <> 0
  LOOP
    EXECUTE format('ALTER TABLE public.%I ALTER COLUMN %I TYPE %s COLLATE "C"', one.relname, one.attname, one.kind);
  END LOOP;
END $$
"""
"""Code points decide the order, as they do in SQLite: a night answers alike on both, and no upgrade of a system library can
invalidate an index."""

_APPEND_ONLY = (
    """
CREATE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% are append-only', TG_TABLE_NAME;
END $$
""",
    "REVOKE ALL ON FUNCTION public.refuse_change() FROM PUBLIC",
    *(
        statement
        for table in ("decisions", "outcomes")
        for name, what, each in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"))
        for statement in (
            f"CREATE TRIGGER {table}_no_{name} BEFORE {what} ON public.{table} "
            f"FOR EACH {each} EXECUTE FUNCTION public.refuse_change()",
            f"ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {table}_no_{name}",
        )
    ),
)
"""Decisions and outcomes are never changed (design invariant 5); the hash chain finds whoever switches the triggers off."""

_FIELDS = ("action", "actor", "at", "hypothesis_id", "id", "note", "reason", "revision", "undoes", "until")
_PAYLOAD = " || ', ' || ".join(f"""'"{name}": ' || COALESCE(to_json(NEW.{name})::text, 'null')""" for name in _FIELDS)
_CHAIN = (
    f"""
CREATE FUNCTION public.link_decision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE newest record;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'decisions are taken in read committed transactions';
  END IF;
  PERFORM pg_advisory_xact_lock(1161908814, 2);
  SELECT seq, hash INTO newest FROM public.decisions ORDER BY seq DESC LIMIT 1;
  NEW.seq := COALESCE(newest.seq, 0) + 1;
  NEW.prev_hash := COALESCE(newest.hash, repeat('0', 64));
  NEW.hash := encode(sha256(convert_to(NEW.prev_hash || chr(10) || '{{' || {_PAYLOAD} || '}}', 'UTF8')), 'hex');
  RETURN NEW;
END $$
""",
    "REVOKE ALL ON FUNCTION public.link_decision() FROM PUBLIC",
    "CREATE TRIGGER decisions_chain BEFORE INSERT ON public.decisions FOR EACH ROW EXECUTE FUNCTION public.link_decision()",
    "ALTER TABLE public.decisions ENABLE ALWAYS TRIGGER decisions_chain",
)
"""The server gives every decision its place (`agent.decisions.chained`, in SQL): writers wait for each other here, cannot choose
what they follow, and need not see the decision before theirs, which may be about somebody else's account."""
