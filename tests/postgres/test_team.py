"""What an owner's login can do in a team's database, with the program or with any SQL: read and decide its own accounts, nothing else.

A real server, a real login of Kim's. Everything of Lee's carries one word, and no answer that Kim gets may hold it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from agent.cli import main
from agent.decisions import broken_link
from agent.errors import ConfigurationError, EarnedError, NotFound, StoreError, UsageError
from agent.hypotheses import State, hypothesis_id
from agent.outcomes.facts import What
from agent.outcomes.recording import record
from agent.queue import Queue
from agent.store import Store, accounts, decisions, open_store, policies, runs, team
from retrieval import lexical
from retrieval.tables import metadata
from tests.postgres.estate import KIM, LEE, NOW, SECRET, estate, fill
from tests.postgres.server import Server

NOW_DAY = date(2026, 10, 1)
KIMS, LEES = hypothesis_id("kim-1", "scan"), hypothesis_id(f"{SECRET}-0", "scan")


@pytest.fixture(scope="module")
def shared(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """For tests that change nothing, or try to."""
    name = postgres_server.database("shared_team", template="migrated")
    store = estate(postgres_server, name, tmp_path_factory.mktemp("keeper"))
    yield store
    store.close()
    postgres_server.drop(name)


@pytest.fixture
def own(postgres_server: Server, database: str, tmp_path: Path) -> Iterator[Store]:
    """A test's own estate."""
    store = estate(postgres_server, database, tmp_path / "keeper")
    yield store
    store.close()


@pytest.fixture
def signed_in(postgres_server: Server, tmp_path: Path) -> Iterator[Any]:
    opened: list[Store] = []

    def as_login(store: Store, login: str) -> Store:
        url = postgres_server.url(str(store.engine.url.database), login)
        opened.append(open_store(tmp_path / login, database=url))
        return opened[-1]

    yield as_login
    for store in opened:
        store.close()


def sql(server: Server, store: Store, login: str, *statements: str) -> list[str]:
    """What a login gets for each statement of its own: rows and notices of every part, or the error. All is rolled back."""
    said: list[str] = []
    with psycopg.connect(host=str(server.folder), dbname=str(store.engine.url.database), user=login) as connection:
        for statement in statements:
            got: list[Any] = []
            connection.add_notice_handler(lambda notice, to=got: to.append(notice.message_primary))  # type: ignore[misc]
            try:
                with connection.transaction(force_rollback=True):
                    done = connection.execute(statement)
                    got.append(done.fetchall() if done.description else done.statusmessage)
                    while done.nextset():
                        got.append(done.fetchall() if done.description else done.statusmessage)
            except psycopg.Error as error:
                got.append(str(error))
            said.append("\n".join(map(str, got)))
    return said


def everything(store: Store) -> str:
    """All that is in the database, as its keeper sees it."""
    with store.read() as conn:
        names = [*metadata.tables, lexical.TABLE]
        rows = {name: sorted(map(repr, conn.execute(text(f"SELECT * FROM public.{name}")))) for name in names}
        rows["members"] = sorted(map(repr, conn.execute(text("SELECT * FROM earned_team.members"))))
        rows["policies"] = sorted(map(repr, conn.execute(text("SELECT * FROM pg_policies"))))
        rows["acl"] = sorted(map(repr, conn.execute(text("SELECT relname, relacl::text, relrowsecurity FROM pg_class"))))
        rows["roles"] = sorted(map(repr, conn.execute(text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles"))))
    return json.dumps(rows)


def test_every_table_has_a_rule() -> None:
    assert policies.RULES.keys() == {*metadata.tables, lexical.TABLE}


def test_every_table_is_under_row_security_that_binds_its_owner_too(shared: Store) -> None:
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    with shared.read() as conn:
        every = set(conn.scalars(text(query)))
        closed = set(conn.scalars(text(f"{query} AND relrowsecurity AND relforcerowsecurity")))
        granted = conn.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relacl::text LIKE '%earned_owners%'"
            )
        ).all()
        definers = conn.scalars(
            text("SELECT proname FROM pg_proc WHERE prosecdef AND NOT proconfig::text LIKE '%search_path=pg_catalog, pg_temp%'")
        ).all()
    assert every - closed == {"alembic_version"}
    assert granted == ["alembic_version"]
    assert definers == []


def test_an_owner_sees_own_rows_of_every_table_and_no_other(postgres_server: Server, shared: Store, signed_in: Any) -> None:
    kim = signed_in(shared, "kim")
    assert (kim.login.capacity, kim.login.emails) == ("owner", (KIM,))
    with shared.read() as conn:
        mine = {name: _count(conn, name, " WHERE account_id LIKE 'kim-%'") for name in _of_accounts()}
        vectors = conn.scalar(text("SELECT count(DISTINCT indexed_sha256) FROM passages WHERE account_id LIKE 'kim-%'"))
    with kim.read() as conn:
        seen = {name: _count(conn, name) for name in policies.RULES if policies.RULES[name].own is not None}
        held = {name: str(conn.execute(text(f"SELECT * FROM {name}")).all()) for name in seen}
    assert {name: seen[name] for name in mine} == mine
    assert all(mine.values())
    assert (seen["vectors"], seen["revisions"], seen["decisions"]) == (vectors, 2, 2)
    assert [name for name, rows in held.items() if SECRET in rows or LEE in rows] == []
    assert seen["facts"] == 1


def _of_accounts() -> list[str]:
    """Tables that owners see their accounts' rows of; a night's leases are nobody's business."""
    return [name for name, table in metadata.tables.items() if "account_id" in table.columns and policies.RULES[name].own]


def _count(conn: Any, name: str, where: str = "") -> int:
    return int(conn.scalar(text(f"SELECT count(*) FROM {name}{where}")) or 0)


def test_a_login_without_a_grant_does_not_get_in(postgres_server: Server, shared: Store, tmp_path: Path) -> None:
    postgres_server.run("DROP ROLE IF EXISTS nobody_yet; CREATE ROLE nobody_yet LOGIN")
    with pytest.raises(ConfigurationError, match="does not let this login in"):
        open_store(tmp_path, database=postgres_server.url("shared_team", "nobody_yet"))
    postgres_server.run("GRANT CONNECT ON DATABASE shared_team TO nobody_yet")
    with pytest.raises(StoreError, match="no place in the team"):
        open_store(tmp_path, database=postgres_server.url("shared_team", "nobody_yet"))


def test_no_table_can_be_touched_past_the_views(postgres_server: Server, shared: Store) -> None:
    for name in [*metadata.tables, lexical.TABLE, "members"]:
        where = f"earned_team.{name}" if name == "members" else f"public.{name}"
        column = {"members": "login", lexical.TABLE: "passage_id"}.get(name) or metadata.tables[name].columns.keys()[0]
        touched = sql(
            postgres_server,
            shared,
            "kim",
            *(
                []
                if name == "members"
                else [f"SELECT count(*) FROM {where}", f"COPY {where} TO STDOUT", f"EXPLAIN SELECT * FROM {where}"]
            ),
            f"DELETE FROM {where}",
            f"TRUNCATE {where}",
            f"LOCK TABLE {where} IN ACCESS EXCLUSIVE MODE",
            f"INSERT INTO {where} SELECT * FROM {where}",
            f"UPDATE {where} SET {column} = NULL",
        )
        assert all("permission denied" in answer for answer in touched), (name, touched)


HOSTILE = [
    "SET ROLE earned_gate",
    "SET ROLE earned_managers",
    "SET ROLE earned_nightly",
    "SET ROLE keeper",
    "SET SESSION AUTHORIZATION lee",
    "SELECT set_config('role', 'lee', false)",
    "SELECT set_config('session_authorization', 'lee', false)",
    "SELECT set_config('app.user', 'lee@vendor.example', false)",
    "SET row_security = off; SELECT * FROM earned_team.accounts",
    "SET search_path = public; SELECT * FROM accounts",
    "SET ROLE earned_owners; SELECT * FROM earned_team.accounts",
    "CREATE FUNCTION public.steal() RETURNS SETOF public.accounts LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM public.accounts'",
    "CREATE FUNCTION pg_temp.steal() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    "CREATE FUNCTION earned_team.steal() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    "CREATE TEMP TABLE accounts (account_id text, owner_email text)",
    "CREATE TABLE public.accounts2 (a int)",
    "CREATE VIEW public.stolen AS SELECT * FROM public.accounts",
    "CREATE OR REPLACE VIEW earned_team.accounts AS SELECT * FROM public.accounts",
    "CREATE OR REPLACE FUNCTION earned_team.own_answers() RETURNS SETOF public.answers LANGUAGE sql AS 'SELECT * FROM public.answers'",
    "CREATE SCHEMA kim",
    "CREATE EXTENSION dblink",
    "CREATE STATISTICS s ON owner_email, name FROM public.accounts",
    "ALTER TABLE public.accounts DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE public.decisions DISABLE TRIGGER ALL",
    "DROP POLICY earned_own ON public.accounts",
    "CREATE POLICY mine ON public.accounts TO kim USING (true)",
    "GRANT earned_managers TO kim",
    "GRANT SELECT ON public.accounts TO kim",
    "ALTER ROLE kim BYPASSRLS",
    "ALTER ROLE kim SUPERUSER",
    "ALTER ROLE lee RENAME TO lee2",
    "CREATE ROLE helper LOGIN",
    "INSERT INTO earned_team.members VALUES ('kim', 'lee@vendor.example')",
    "SELECT * FROM earned_team.members",
    "COPY (SELECT * FROM earned_team.records) TO STDOUT",
    "COPY (SELECT * FROM public.records) TO STDOUT",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT query_to_xml('SELECT * FROM public.accounts', true, true, '')",
    "SELECT table_to_xml('public.accounts', true, true, '')",
    "SELECT database_to_xml(true, true, '')",
    "DO $$ BEGIN PERFORM * FROM public.accounts; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM; END $$",
    "SELECT * FROM pg_stats WHERE schemaname = 'public'",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_stats_ext",
    "SELECT query FROM pg_stat_activity WHERE usename = 'lee'",
    "SELECT * FROM information_schema.column_privileges WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
    "SELECT last_value FROM public.decisions_seq_seq",
    "SELECT nextval('public.decisions_seq_seq')",
    "SELECT * FROM pg_sequences",
    "SELECT earned_team.decide()",
    "SELECT public.link_decision()",
    "SELECT * FROM earned_team.own_accounts() WHERE owner_email = 'lee@vendor.example'",
    "SELECT * FROM earned_team.accounts WHERE 1 / (owner_email <> 'lee@vendor.example')::int >= 0",
    "SELECT * FROM earned_team.decisions d JOIN earned_team.hypotheses h ON true WHERE h.owner_email LIKE 'lee%'",
    "DELETE FROM earned_team.decisions",
    "DELETE FROM earned_team.accounts",
    "UPDATE earned_team.accounts SET owner_email = 'lee@vendor.example'",
    "UPDATE earned_team.hypotheses SET owner_email = 'lee@vendor.example'",
    "UPDATE earned_team.hypotheses SET account_id = 'Zanz' || 'ibar-0'",
    "UPDATE earned_team.hypotheses SET grade = 'earned'",
    "UPDATE earned_team.hypotheses SET state = 'approved'",
    "UPDATE earned_team.hypotheses SET revision = 99",
    "UPDATE earned_team.hypotheses SET withdrawn = true",
    "INSERT INTO earned_team.hypotheses SELECT * FROM earned_team.hypotheses",
    "INSERT INTO earned_team.vectors SELECT * FROM earned_team.vectors",
    "INSERT INTO earned_team.revisions SELECT * FROM earned_team.revisions",
    "INSERT INTO earned_team.decisions SELECT * FROM earned_team.decisions LIMIT 0",
]


@pytest.mark.parametrize("statement", HOSTILE)
def test_hostile_sql_learns_and_changes_nothing(postgres_server: Server, shared: Store, statement: str) -> None:
    before = everything(shared)
    with psycopg.connect(host=str(postgres_server.folder), dbname="shared_team", user="kim", autocommit=True) as connection:
        notices: list[str] = []
        connection.add_notice_handler(lambda notice: notices.append(str(notice.message_primary)))
        rows: Any = ""
        try:
            with connection.cursor() as cursor:
                if statement.startswith("COPY"):
                    with cursor.copy(statement) as copied:
                        rows = [bytes(piece) for piece in copied]
                else:
                    cursor.execute(statement)
                    while cursor.nextset():
                        pass
                    rows = cursor.fetchall() if cursor.description else ""
        except psycopg.Error as error:
            notices.append(str(error))
    assert SECRET not in f"{rows}{notices}"
    assert everything(shared) == before


def decision(key: str = KIMS, *, id_: str = "d-1", actor: str = KIM, **fields: Any) -> str:
    row = {"id": id_, "hypothesis_id": key, "revision": 1, "action": "approve", "actor": actor, "at": NOW}
    row |= {"undoes": None, "prev_hash": "x", "hash": "x"} | fields
    values = ", ".join("NULL" if value is None else f"'{value}'" for value in row.values())
    return f"INSERT INTO earned_team.decisions ({', '.join(row)}) VALUES ({values}) RETURNING seq, prev_hash"


def test_what_is_somebody_elses_and_what_is_nothing_are_told_alike(postgres_server: Server, shared: Store) -> None:
    """Neither keys nor foreign keys nor sequences say that Lee's rows exist."""
    foreign, nothing, taken, free = sql(
        postgres_server,
        shared,
        "kim",
        decision(LEES),
        decision("h-nothing"),
        decision(id_=f"d-{SECRET}-0"),
        decision(id_="d-nothing"),
    )
    assert foreign == nothing
    assert "you have no such hypothesis" in foreign
    assert taken == free == "[(0, '')]"
    undo = [decision(action="undo", undoes=one) for one in (f"d-{SECRET}-0", "d-nothing")]
    assert len({answer.split("CONTEXT")[0] for answer in sql(postgres_server, shared, "kim", *undo)}) == 1
    outcome = (
        "INSERT INTO earned_team.outcomes (id, hypothesis_id, account_id, revision, what, on_day, actor, at, undoes) "
        f"VALUES ('%s', '%s', '%s', 1, 'done', '2026-10-01', '{KIM}', '{NOW}', NULL)"
    )
    answers = sql(
        postgres_server,
        shared,
        "kim",
        outcome % ("o-1", LEES, f"{SECRET}-0"),
        outcome % ("o-1", "h-nothing", "x"),
        outcome % (f"o-{SECRET}-0", KIMS, f"{SECRET}-0"),
    )
    assert answers[0] == answers[1]
    assert answers[2] == "INSERT 0 1"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (decision(actor=LEE), "your own address"),
        (decision(actor="kim"), "your own address"),
        (decision(action="celebrate"), "no decision"),
        (decision(revision=7), "no such revision"),
        (decision(action="undo"), "nothing to undo"),
        (decision(undoes="d-kim-1"), "nothing to undo"),
        ("UPDATE earned_team.hypotheses SET state = 'approved'", "follows from decisions"),
        (
            "INSERT INTO earned_team.revisions SELECT hypothesis_id, 2, "
            "jsonb_set(content::jsonb, '{grade}', '\"earned\"')::json, 'x', 'edit:kim@vendor.example', created_at "
            "FROM earned_team.revisions",
            "neither grade nor account",
        ),
        (
            "INSERT INTO earned_team.revisions SELECT hypothesis_id, 2, content, 'x', 'r-1', created_at FROM earned_team.revisions",
            "your own address",
        ),
        (
            "INSERT INTO earned_team.revisions SELECT hypothesis_id, 3, content, 'x', 'edit:kim@vendor.example', created_at "
            "FROM earned_team.revisions",
            "moved on",
        ),
    ],
)
def test_the_rules_of_the_queue_hold_for_sql_too(postgres_server: Server, shared: Store, statement: str, said: str) -> None:
    (answer,) = sql(postgres_server, shared, "kim", statement)
    assert said in answer


def test_no_probe_tells_how_much_others_have(postgres_server: Server, tmp_path: Path) -> None:
    """Kim's rows are the same in two databases; Lee owns 2 accounts in one and 40 in the other. Every answer must be the same."""
    answers = []
    for lees in (2, 40):
        name = postgres_server.database(f"lees_{lees}", template="migrated")
        store = estate(postgres_server, name, tmp_path / name, lees=lees)
        postgres_server.run("VACUUM ANALYZE", name)
        answers.append(dict(zip(PROBES, sql(postgres_server, store, "kim", *PROBES), strict=True)))
        store.close()
        postgres_server.drop(name)
    assert answers[0] == answers[1]
    told = [probe for probe in PROBES if "EXPLAIN" in probe and "Function Scan" not in answers[0][probe]]
    assert told == []
    (printed,) = (answer for probe, answer in answers[0].items() if "debug_print_plan" in probe)
    assert printed.count("plan:") == 1, "only the caller's own plan is printed, not the one inside the function"


_EXPLAIN = "EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, SUMMARY OFF) SELECT * FROM earned_team."
PROBES = [
    *(f"SELECT count(*) FROM earned_team.{name}" for name, rule in policies.RULES.items() if rule.own),
    *(
        f"{_EXPLAIN}{name} WHERE {column} = '{value}'"
        for name, column, value in (
            ("accounts", "owner_email", LEE),
            ("accounts", "account_id", f"{SECRET}-0"),
            ("hypotheses", "owner_email", LEE),
            ("hypotheses", "id", LEES),
            ("records", "account_id", f"{SECRET}-3"),
            ("signals", "account_id", f"{SECRET}-0"),
            ("vectors", "text_sha256", "0" * 64),
            ("decisions", "id", f"d-{SECRET}-0"),
            ("outcomes", "account_id", f"{SECRET}-0"),
        )
    ),
    "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = on; " + _EXPLAIN + "records",
    "SET LOCAL debug_print_plan = on; SET LOCAL client_min_messages = log; SELECT count(*) FROM earned_team.records",
    f"{_EXPLAIN}decisions d JOIN earned_team.hypotheses h ON h.id = d.hypothesis_id",
    "SELECT relname, reltuples, relpages FROM pg_class WHERE relname IN ('accounts', 'decisions')",
    "SELECT relname, n_live_tup, n_tup_ins FROM pg_stat_user_tables",
    "SELECT * FROM pg_statio_user_tables",
    "SELECT * FROM pg_stat_xact_user_tables",
    "SELECT tup_inserted, tup_returned FROM pg_stat_database WHERE datname = current_database()",
    "SELECT pg_relation_size('public.records')",
    "SELECT pg_total_relation_size('public.records'), pg_table_size('public.records'), pg_indexes_size('public.records')",
    "SELECT pg_database_size(current_database()) > 0",
    "SELECT tablename, n_distinct, most_common_vals FROM pg_stats WHERE schemaname = 'public'",
    "SELECT sequencename, last_value FROM pg_sequences",
    "SELECT pg_sequence_last_value('public.decisions_seq_seq')",
    decision(),
    "SELECT max(seq), max(prev_hash) FROM earned_team.decisions",
    "SELECT max(id) FROM earned_team.quarantine",
    "SELECT report, book FROM earned_team.runs",
]

COMMANDS = [
    ["hypotheses"],
    ["hypotheses", "--owner", LEE],
    ["signals"],
    ["search", "delivery form by hand"],
    ["search", SECRET.lower(), "--mode", "lexical"],
    ["report", "manager"],
    ["report", "outcomes"],
    ["report", "playbooks"],
    ["runs", "list"],
    ["runs", "show", "last"],
    ["doctor", "--audit"],
]
REFUSED = [
    ["hypotheses", "--account", f"{SECRET}-0"],
    ["signals", "--account", f"{SECRET}-0"],
    ["search", "form", "--account", f"{SECRET}-0"],
    ["show", LEES],
    ["show", f"{SECRET}-0"],
    ["plan", LEES],
    ["decide", LEES, "approve"],
    ["decide", LEES, "undo"],
    ["outcome", LEES, "done", "--on", "2026-10-02"],
    ["report", "run"],
    ["report", "review", f"{SECRET}-0"],
    ["purge", "--account", f"{SECRET}-0"],
    ["purge", "--account", "kim-1"],
    ["reindex"],
    ["backup", "copy.db"],
    ["restore", "copy.db"],
    ["team", "list"],
    ["team", "init"],
    ["team", "grant", "--login", "kim", "--manager"],
]


@pytest.mark.parametrize("command", [*COMMANDS, *REFUSED], ids=" ".join)
def test_no_command_tells_an_owner_of_others(
    command: list[str],
    postgres_server: Server,
    shared: Store,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EARNED_DATABASE", postgres_server.url("shared_team", "kim"))
    monkeypatch.chdir(tmp_path)
    before = everything(shared)
    code = main([*command, "--home", str(tmp_path)])
    said = capsys.readouterr()
    typed = " ".join(command)
    assert SECRET not in (said.out + said.err).replace(typed, "").replace(f"{SECRET}-0", "" if f"{SECRET}-0" in typed else SECRET)
    assert LEES not in (said.out + said.err) or LEES in typed
    assert (code != 0) is (command in REFUSED), said.err
    assert everything(shared) == before


def test_an_owner_decides_on_own_accounts_under_own_name(own: Store, signed_in: Any) -> None:
    kim = signed_in(own, "kim")
    desk = Queue(kim, "somebody else")
    assert {item.account_id for item in desk.items()} == {"kim-1", "kim-2"}
    taken = desk.approve(KIMS)
    assert (taken.actor, desk.card(KIMS).hypothesis.state) == (KIM, State.APPROVED)
    desk.undo()
    assert desk.redo().action.value == "approve"
    second = hypothesis_id("kim-2", "scan")
    assert desk.approve_edited(second, claims=["They still type delivery forms by hand."]).revision == 2
    assert desk.card(second).hypothesis.draft.claims[0].text == "They still type delivery forms by hand."
    desk.snooze(KIMS, until=desk.today + timedelta(days=2))
    later = Queue(kim, "", clock=lambda: datetime.now(UTC) + timedelta(days=2))
    assert {item.id: item.state for item in later.items()}[KIMS] is State.OPEN
    made = record(kim, KIMS, What.DONE, NOW_DAY, actor="kim")
    assert made.actor == KIM
    with pytest.raises(NotFound):
        desk.approve(LEES)
    with own.read() as conn:
        log = decisions.whole_log(conn)
    assert broken_link(log) is None
    assert {entry.actor for entry in log if entry.hypothesis_id == KIMS} == {KIM}


def test_a_manager_reads_everything_and_decides_only_for_accounts_of_its_own(own: Store, signed_in: Any) -> None:
    boss = signed_in(own, "boss")
    desk = Queue(boss, "boss")
    assert {item.owner for item in desk.items()} == {KIM, LEE}
    assert desk.card(LEES).account.name.startswith(SECRET)
    for key in (KIMS, LEES):
        with pytest.raises(NotFound):
            desk.approve(key)
    team.revoke(own, "boss")
    team.grant(own, "boss", "manager", [LEE])
    both = Queue(signed_in(own, "boss"), "boss")
    assert both.approve(LEES).actor == LEE
    assert len(both.items()) == 4
    with pytest.raises(NotFound):
        both.approve(KIMS)


def test_the_night_writes_everything_but_decisions(own: Store, signed_in: Any) -> None:
    night = signed_in(own, "night")
    with night.write() as conn:
        assert len(accounts.ids(conn)) == 4
        runs.start(conn, "r-2", started=NOW, book="/books", model="offline", pipeline="p")
        accounts.save_fact(conn, "catalog", {})
    for attempt in (lambda: Queue(night, "night").approve(KIMS), lambda: record(night, KIMS, What.DONE, NOW_DAY, actor="night")):
        with pytest.raises(StoreError, match=r"night \(nightly\) may not do this"):
            attempt()


def test_an_account_that_changes_hands_goes_with_its_log(own: Store, signed_in: Any) -> None:
    with own.write() as conn:
        conn.execute(text(f"UPDATE accounts SET owner_email = '{LEE}' WHERE account_id = 'kim-1'"))
    assert {item.account_id for item in Queue(signed_in(own, "kim"), "").items()} == {"kim-2"}
    assert "kim-1" in {item.account_id for item in Queue(signed_in(own, "lee"), "").items()}


def test_a_revoked_login_sees_nothing(own: Store, signed_in: Any) -> None:
    kim = signed_in(own, "kim")
    team.revoke(own, "kim")
    with pytest.raises(EarnedError), kim.read() as conn:
        conn.execute(select(metadata.tables["accounts"])).all()
    team.grant(own, "kim", "owner", [KIM])
    with kim.read() as conn:
        assert len(accounts.ids(conn)) == 2


def test_logins_that_are_more_than_an_owner_are_not_let_in(postgres_server: Server, own: Store) -> None:
    postgres_server.run("DROP ROLE IF EXISTS strong, reader, away")
    postgres_server.run("CREATE ROLE strong LOGIN BYPASSRLS")
    postgres_server.run("CREATE ROLE reader LOGIN; GRANT pg_read_all_data TO reader")
    for login in ("strong", "reader", "keeper", "night"):
        with pytest.raises(UsageError, match="cannot be let in"):
            team.grant(own, login, "owner", [KIM])
    team.grant(own, "away", "owner", ["Kim@Vendor.example"])
    postgres_server.run("GRANT pg_read_all_data TO away")
    said = {member.login: (*member.warnings, *member.notes) for member in team.members(own)}
    assert said["kim"] == ()
    assert "pg_read_all_data" in said["away"][0]
    assert "the book writes kim@vendor.example" in said["away"][1]
    team.revoke(own, "away")


def test_init_twice_leaves_what_init_once_made(own: Store) -> None:
    before = everything(own)
    team.init(own)
    assert everything(own) == before


def test_a_store_in_a_file_has_no_team(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_store(tmp_path, create=True).close()
    assert main(["team", "list", "--home", str(tmp_path)]) == 78
    assert "EARNED_DATABASE" in capsys.readouterr().err


def test_a_keeper_who_is_no_superuser_makes_the_same_team(postgres_server: Server, tmp_path: Path, signed_in: Any) -> None:
    """As on a managed server: it owns the database and may make roles, nothing more; row security binds it as well."""
    postgres_server.run("DROP ROLE IF EXISTS steward")
    postgres_server.run("CREATE ROLE steward LOGIN CREATEROLE")
    postgres_server.run("CREATE DATABASE managed OWNER steward TEMPLATE template0 ENCODING 'UTF8'")
    store = open_store(tmp_path / "steward", create=True, database=postgres_server.url("managed", "steward"))
    for number, owner in enumerate((KIM, LEE)):
        fill(store, owner, f"{('kim', 'lee')[number]}-1", words=SECRET if number else "")
    assert "superuser hides it" in " ".join(team.init(store))
    team.grant(store, "kim", "owner", [KIM])
    team.grant(store, "night", "nightly")
    kim = Queue(signed_in(store, "kim"), "kim")
    assert kim.approve(KIMS).actor == KIM
    assert [item.account_id for item in kim.items()] == ["kim-1"]
    with signed_in(store, "night").read() as conn:
        assert accounts.ids(conn) == ["kim-1", "lee-1"]
    with store.read() as conn:
        assert accounts.ids(conn) == ["kim-1", "lee-1"]
        assert broken_link(decisions.whole_log(conn)) is None
    with store.write() as conn:
        conn.execute(text("DROP POLICY earned_keeper ON public.accounts"))
        assert accounts.ids(conn) == []
    store.close()
    postgres_server.drop("managed")
