"""One database becomes several: the copy is exact, finds what is not, and refuses what it does not know."""

import os
import re

import pytest
from driver import CHOSEN_PASSWORD, FAST_LOGINS, BoxOffice
from offices import QUICK, Database, Office, apart, behaves, one_each

from lab import Stack, arrangements

OF_MIGRATE = {"django_migrations"}
SESSIONS = {"django_session"}


@pytest.fixture(scope="session")
def databases(office, migrated):
    """The monolith's database as the arrangement `databases`; to be read."""
    found = one_each(office)
    office.manage("web", "copy_from", migrated.url, **found)
    return found


@pytest.fixture(scope="session")
def empty_catalog(office):
    return apart(office, "catalog")["DATABASE_URL"]


@pytest.fixture
def catalog(office, empty_catalog, migrated):
    """Catalog's own database, filled."""
    database = office.clone(empty_catalog)
    office.manage("catalog", "copy_from", migrated.url, DATABASE_URL=database)
    return database


def test_each_context_has_its_own_tables_and_nothing_else(migrated, databases):
    source = migrated.dump()
    copied = set()
    for variable, database in databases.items():
        context = variable.removesuffix("DATABASE_URL").rstrip("_").lower() or "accounts"
        own = {"accounts", "auth", "django"} if context == "accounts" else {context}
        lodges = {"notifications": {"django_tasks_database_dbtaskresult"}}.get(context, set())
        for table, rows in database.dump(but=OF_MIGRATE | SESSIONS).items():
            assert table.partition("_")[0] in own or table in lodges, (context, table)
            assert rows == source[table], table
            copied.add(table)
    assert copied == set(source) - OF_MIGRATE - SESSIONS
    assert sum(len(source[table]) for table in copied) > 8000


def test_sessions_stay_behind(migrated, databases):
    assert migrated.counts()["django_session"] > 0
    assert databases["DATABASE_URL"].counts()["django_session"] == 0


def test_the_source_is_only_read(office, migrated):
    before = migrated.dump(), migrated.schema()
    office.manage("orders", "copy_from", migrated.url, **apart(office, "orders"))
    assert (migrated.dump(), migrated.schema()) == before


def test_the_next_row_gets_the_number_that_the_source_would_give_it(office, migrated):
    source = office.clone(migrated)
    last = source.one("SELECT max(id) FROM catalog_venue")
    venue = "INSERT INTO catalog_venue (created_at, updated_at, name, city, address) SELECT created_at, updated_at, 'Gone', city, address FROM catalog_venue WHERE id = 1"
    source.ask(venue)
    source.ask("DELETE FROM catalog_venue WHERE name = 'Gone'")
    target = apart(office, "catalog")["DATABASE_URL"]
    office.manage("catalog", "copy_from", source.url, DATABASE_URL=target)
    target.ask(venue)
    assert target.one("SELECT id FROM catalog_venue WHERE name = 'Gone'") == last + 2


def test_copying_again_copies_nothing(office, migrated, catalog):
    before = catalog.dump()
    said = office.manage("catalog", "copy_from", migrated.url, DATABASE_URL=catalog)
    assert "0 rows copied" in said and "3 tables: rows and checksums are the same" in said
    assert catalog.dump() == before


def test_what_a_service_keeps_besides_stays_its_own(office, migrated):
    """A service with an admin has Django's tables, too: its own, not accounts'."""
    target = apart(office, "inventory")["DATABASE_URL"]
    before = target.dump(but={"inventory_allotment", "inventory_hold"})
    assert before["django_content_type"]
    office.manage("inventory", "copy_from", migrated.url, DATABASE_URL=target)
    assert target.dump(but={"inventory_allotment", "inventory_hold"}) == before


@pytest.mark.parametrize("service", ["web", "reporting"])
def test_a_service_without_rows_says_so(office, migrated, service):
    database = office.new("nothing")
    env = office.environment(service, DATABASE_URL=database) | {"CONTEXTS": "none"}
    urls = {f"{context.upper()}_URL": "http://127.0.0.1:9" for context in arrangements.CONTEXTS}
    said = office.run(office.command(service, "copy_from", migrated.url), {**urls, **env})
    assert said.strip() == "This service keeps no rows of a context: there is nothing to copy."


def test_a_context_that_keeps_the_sources_database_stays(office, migrated):
    source, orders = office.clone(migrated), office.new("orders")
    both = {"DATABASE_URL": source, "ORDERS_DATABASE_URL": orders}
    office.manage("web", "prepare", **both)
    before = source.dump()
    said = office.manage("web", "copy_from", source.url, **both)
    assert "catalog: stays in the source's database" in said and "catalog_event" not in said
    assert source.dump() == before
    assert orders.rows("orders_order") == before["orders_order"]


def test_from_one_kind_of_database_to_the_other(office, migrated, databases):
    other = Office("sqlite" if office.kind == "postgres" else "postgres")
    try:
        target = one_each(other)
        said = other.manage("web", "copy_from", migrated.url, **target)
        checked = office.manage("web", "copy_from", "--check", migrated.url, **databases)
        assert "25 tables: rows and checksums are the same on both sides." in said
        assert said.partition("rows copied")[2].partition("\n")[2] == checked
        assert re.search(r"orders_order +2002 +2002  the same, [0-9a-f]{16}", checked)
    finally:
        other.close()


# Corruption


@pytest.mark.parametrize(
    "corruption, found",
    [
        ("UPDATE catalog_priceband SET price = price + 0.01 WHERE id = 7", "catalog_priceband: the row 7 differs"),
        ("UPDATE catalog_event SET on_sale_at = NULL, presented_by = presented_by || ' ' WHERE id = 3", "catalog_event: the row 3 differs"),
        ("DELETE FROM catalog_priceband WHERE id = 11", "catalog_priceband: the row 11 is missing"),
        ("DELETE FROM catalog_priceband WHERE id = (SELECT max(id) FROM catalog_priceband)", "is missing"),
        (
            "INSERT INTO catalog_venue (id, created_at, updated_at, name, city, address) "
            "SELECT 5000, created_at, updated_at, name, city, address FROM catalog_venue WHERE id = 1",
            "catalog_venue: the row 5000 is not the source's",
        ),
        ("UPDATE catalog_event SET description = '' WHERE id = 5", "catalog_event: the row 5 differs"),
    ],
)  # fmt: skip
def test_the_comparison_finds_what_was_changed(office, migrated, catalog, corruption, found):
    catalog.ask(corruption)
    before = catalog.dump()
    complaint = office.manage(
        "catalog", "copy_from", "--check", migrated.url, DATABASE_URL=catalog, fails=True
    )
    assert complaint.startswith("CommandError: 1 of 3 tables differ from the source: ")
    assert found in complaint
    assert catalog.dump() == before


def test_one_microsecond_is_a_difference(office, migrated, catalog):
    if catalog.path:
        time = catalog.one("SELECT updated_at FROM catalog_venue WHERE id = 2")
        changed = time[:-1] + ("0" if time[-1] != "0" else "1")
        catalog.ask("UPDATE catalog_venue SET updated_at = %s WHERE id = 2", [changed])
    else:
        catalog.ask(
            "UPDATE catalog_venue SET updated_at = updated_at + interval '1 microsecond' WHERE id = 2"
        )
    complaint = office.manage(
        "catalog", "copy_from", "--check", migrated.url, DATABASE_URL=catalog, fails=True
    )
    assert "catalog_venue: the row 2 differs" in complaint


# Refusals


def _strange_row(office, migrated, target):
    target.ask(
        "INSERT INTO catalog_venue (created_at, updated_at, name, city, address) "
        "VALUES ('2026-01-01', '2026-01-01', 'Ours', 'Hull', 'Pier 1')"
    )
    return migrated.url


def _not_migrated_target(office, migrated, target):
    for table in target.tables():
        target.ask(f'DROP TABLE "{table}"' + ("" if target.path else " CASCADE"))
    return migrated.url


def _newer_source(office, migrated, target):
    source = office.clone(migrated)
    source.ask(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('catalog', '0099_tomorrow', '2026-01-01')"
    )
    return source.url


def _a_monolith(office, migrated, target):
    """Its catalogue is the box office's already, so one more of its migrations is taken away."""
    source = office.clone(migrated)
    source.ask("DELETE FROM django_migrations WHERE app = 'catalog'")
    return source.url


def _accounts_own(office, migrated, target):
    """Of `databases`: its list of migrations has them all, and its tables are accounts' alone."""
    source = office.clone(migrated)
    for table in ("catalog_priceband", "catalog_event", "catalog_venue"):
        source.ask(f"DROP TABLE {table}")
    return source.url


def _no_database(office, migrated, target):
    return f"sqlite:///{office.store.folder}/nowhere.sqlite3"


def _no_server(office, migrated, target):
    return "postgres://somebody:secret@127.0.0.1:9/boxoffice"


def _a_letter(office, migrated, target):
    path = office.store.folder / "letter.txt"
    path.write_text("Dear box office,\n" * 100)
    return f"sqlite:///{path}"


@pytest.mark.parametrize(
    "prepare, sentence",
    [
        (lambda office, migrated, target: office.new().url, "The source is no database of the box office: it has no table django_migrations"),
        (_a_monolith, "The source lacks catalog.0001_initial: run `manage.py web prepare` on it first."),
        (_newer_source, "The source is newer than this code, which does not know catalog.0099_tomorrow"),
        (_accounts_own, "The source has no table catalog_event, catalog_priceband, catalog_venue"),
        (lambda office, migrated, target: target.url, "The source and the target are the same database."),
        (_not_migrated_target, "The database of catalog is no database of the box office"),
        (_strange_row, "The database of catalog holds rows that are not the source's (catalog_venue: the row 1 differs)"),
        (_no_database, "The source cannot be opened: unable to open database file."),
        (_no_server, "The source cannot be opened: "),
        (_a_letter, "The source cannot be opened: file is not a database."),
        (lambda *_: "mysql://somebody:secret@localhost/boxoffice", "The source must be postgres://user:password@host:port/name or sqlite:///path."),
        (lambda *_: "nonsense", "The source must be postgres://"),
    ],
)  # fmt: skip
def test_what_it_does_not_know_is_refused_in_a_sentence(office, empty_catalog, migrated, prepare, sentence):
    target = office.clone(empty_catalog)
    url = prepare(office, migrated, target)
    source = (
        Database(url) if "secret" not in url and url.partition(":")[0] in ("postgres", "sqlite") else None
    )
    files = set(os.listdir(office.store.folder))
    read = source and "letter" not in url and "nowhere" not in url
    before = target.dump(), source.dump() if read else None
    complaint = office.manage("catalog", "copy_from", url, DATABASE_URL=target, fails=True)
    assert complaint.startswith(f"CommandError: {sentence}")
    assert len(complaint.strip().splitlines()) == 1 and "secret" not in complaint
    assert (target.dump(), source.dump() if read else None) == before
    assert {name for name in os.listdir(office.store.folder) if "nowhere" in name} == set() and files


def test_a_database_of_the_monolith_must_be_migrated_first(office, monolith):
    database = office.new("databases")
    complaint = office.manage("web", "copy_from", monolith.database.url, DATABASE_URL=database, fails=True)
    assert complaint.startswith(
        "CommandError: The source lacks django_tasks_database.0001_initial, "
        "django_tasks_database.0002_alter_dbtaskresult_options, "
        "django_tasks_database.0003_dbtaskresult_enqueued_at_dbtaskresult_finished_at "
        "and 28 more: run `manage.py web prepare` on it first."
    )
    assert database.tables() == []


def test_a_source_that_was_written_to_since_is_told(office, migrated, catalog):
    source = office.clone(migrated)
    source.ask("UPDATE catalog_event SET title = 'Renamed' WHERE id = 2")
    complaint = office.manage("catalog", "copy_from", source.url, DATABASE_URL=catalog, fails=True)
    assert (
        "(catalog_event: the row 2 differs): it was filled from elsewhere, or the source was written to since"
        in complaint
    )
    assert len(complaint.strip().splitlines()) == 1


# And the box office goes on


def test_the_behavioural_suite_passes_with_a_database_each(office, monolith, databases):
    (part,) = arrangements.parts("databases")
    given = {name: office.clone(databases[variable]).url for variable, name in part.databases.items()}
    _goes_on("databases", office, monolith, given)


def test_the_behavioural_suite_passes_with_services_of_their_own(office, monolith, migrated):
    """On SQLite with one taken out alone, whose web stays where it was: seven processes more show nothing more."""
    arrangement = {"postgres": "split", "sqlite": "apart:inventory"}[office.kind]
    given = {}
    for part in arrangements.parts(arrangement):
        if part.databases and part.name != arrangements.FRONT:
            target = apart(office, part.name)
            office.manage(part.name, "copy_from", migrated.url, **target)
            given[part.name] = target["DATABASE_URL"].url
    if arrangement == "split":
        assert set(given) == set(arrangements.CONTEXTS) - arrangements.STORES_NOTHING
    else:
        given[arrangements.FRONT] = office.clone(migrated).url
    _goes_on(arrangement, office, monolith, given)


def _goes_on(arrangement: str, office, monolith, given: dict[str, str]) -> None:
    env = {**FAST_LOGINS, "PROVIDER_URL": monolith.provider, "PAYMENTS_TIMEOUT": "1"}
    more = {"seed": False, "database": office.kind, "databases": given, "name": f"copied {office.kind}"}
    with Stack(arrangement=arrangement, env=env, **more) as stack, BoxOffice(stack.front) as buyer:
        buyer.login(monolith.buyer, CHOSEN_PASSWORD)
        assert {order.number for order in buyer.orders()} == {monolith.paid, monolith.refunded}
        passed = behaves(stack.front, monolith.provider)
    assert passed == sum(map(len, QUICK.values()))
