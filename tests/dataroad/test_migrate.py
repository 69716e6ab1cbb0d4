"""`migrate` carries a real database of the monolith into the box office."""

import random
import time
from pathlib import Path

from driver import CHOSEN_PASSWORD, FAST_LOGINS, BoxOffice, order_on
from offices import QUICK, behaves

from lab import Stack

DIES_BEFORE_IT_IS_RECORDED = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "boxoffice.services.web.settings"
django.setup()
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
record = MigrationRecorder.record_applied
def die(self, app, name):
    if name == "{name}":
        os._exit(9)
    record(self, app, name)
MigrationRecorder.record_applied = die
call_command("migrate", verbosity=0)
"""
DROPPED = {"hold_id"}  # inventory's own number of a hold, in orders' lines
BY_TABLE = {"auth_permission", "django_content_type"}  # Django keeps a row or four for each model
WITH_ACCOUNTS = {"accounts", "auth", "django"}


def test_the_schema_is_that_of_a_box_office_that_was_never_a_monolith(migrated, born):
    ours, theirs = migrated.schema(), born.schema()
    assert set(ours) == set(theirs)
    for table in theirs:
        assert ours[table] == theirs[table], table


def test_no_foreign_key_leaves_its_context(monolith, migrated):
    def leaving(database):
        found = {
            tuple(table.strip('"').partition("_")[0] for table in pair) for pair in database.foreign_keys()
        }
        return {pair for pair in found if pair[0] != pair[1] and not set(pair) <= WITH_ACCOUNTS}

    assert len(leaving(monolith.database)) > 4
    assert leaving(migrated) == set()


def test_every_row_survives_with_its_values(monolith, migrated):
    before, after = monolith.database.dump(but={"django_migrations"}), migrated.dump()
    refunded = [row["id"] for row in before["orders_order"].values() if row["state"] == "refunded"]
    given_back = {
        row["hold_id"] for row in before["orders_orderline"].values() if row["order_id"] in refunded
    }
    assert len(given_back) > 50 and sum(map(len, before.values())) > 8000
    for table, rows in before.items():
        # a table that is new brings new rights, as any migration does
        more = {number for number in set(after[table]) - set(rows) if table in BY_TABLE}
        assert set(after[table]) - more == set(rows), table
        for number, row in rows.items():
            expected = {name: value for name, value in row.items() if name not in DROPPED}
            if table == "inventory_hold" and number in given_back:
                assert row["state"] == "consumed"
                expected["state"] = "released"
            assert {name: after[table][number][name] for name in expected} == expected, (table, number)


def test_what_was_happening_is_in_it(monolith, migrated):
    told = migrated.counts()
    assert (
        told["notifications_notification"] >= 3 and told["django_admin_log"] >= 2 and told["django_session"]
    )
    states = dict(migrated.ask("SELECT number, state FROM orders_order"))
    assert (states[monolith.paid], states[monolith.refunded]) == ("paid", "refunded")
    assert migrated.one("SELECT count(*) FROM inventory_hold WHERE state = 'active'") == 2


def test_snapshots_say_what_the_catalogue_says(migrated):
    wrong = migrated.one(
        """SELECT count(*) FROM orders_orderline l JOIN catalog_priceband b ON b.id = l.band_id
        JOIN catalog_event e ON e.id = b.event_id JOIN catalog_venue v ON v.id = e.venue_id
        WHERE (l.event_id, l.slug, l.title, l.starts_at, l.venue, l.band)
           <> (e.id, e.slug, e.title, e.starts_at, v.name || ', ' || v.city, b.name)"""
    )
    addresses = migrated.one(
        "SELECT count(*) FROM orders_order o JOIN accounts_user u ON u.id = o.buyer_id WHERE o.buyer_email = u.email"
    )
    paid_for = migrated.one(
        "SELECT count(*) FROM orders_order o JOIN inventory_hold h ON h.reference = o.hold_reference "
        "JOIN payments_payment p ON p.order_id = o.id WHERE h.buyer_id = o.buyer_id"
    )
    assert (wrong, addresses, paid_for) == (0, *[migrated.counts()["orders_order"]] * 2)


def test_seats_sold_are_the_seats_of_holds_that_were_paid_for(migrated):
    sold = dict(migrated.ask("SELECT band_id, sold FROM inventory_allotment WHERE sold > 0"))
    consumed = migrated.ask(
        "SELECT band_id, sum(quantity) FROM inventory_hold WHERE state = 'consumed' GROUP BY band_id"
    )
    assert dict(consumed) == sold


def test_migrating_again_does_nothing(office, migrated):
    database = office.clone(migrated)
    before = database.dump(), database.schema()
    assert "No migrations to apply" in office.manage("web", "migrate", DATABASE_URL=database)
    assert (database.dump(), database.schema()) == before


def test_the_behavioural_suite_passes_upon_it_and_what_was_begun_goes_on(office, monolith, migrated):
    database = office.clone(migrated)
    env = {**FAST_LOGINS, "PROVIDER_URL": monolith.provider, "PAYMENTS_TIMEOUT": "1"}
    given = {"databases": {"web": database.url}, "seed": False, "database": office.kind}
    with (
        Stack(arrangement="monolith", env=env, name="migrated", **given) as stack,
        BoxOffice(stack.front) as buyer,
    ):
        left = buyer.event(monolith.event).seats_left
        assert left == 30 - 2 - 4
        buyer.login(monolith.buyer, CHOSEN_PASSWORD)
        assert {order.number for order in buyer.orders()} == {monolith.paid, monolith.refunded}
        assert len(buyer.notifications()) == 3
        assert buyer.get(monolith.expired).one("[data-hold]")["data-state"] == "expired"
        assert order_on(buyer.pay(monolith.running)).state == "paid"
        buyer.cancel(monolith.paid)
        assert buyer.order(monolith.paid).state == "refunded"
        assert buyer.event(monolith.event).seats_left == left + 2
        passed = behaves(stack.front, monolith.provider)
    assert passed == sum(map(len, QUICK.values()))


# Half-way


def test_the_monolith_goes_on_selling_until_the_contract(office, monolith):
    database = office.clone(monolith.database)
    office.manage("web", "migrate", "orders", "0003", DATABASE_URL=database)
    given = {"databases": {"monolith": database.url}, "seed": False, "database": office.kind}
    with (
        Stack("monolith", env=FAST_LOGINS, name="half-way", **given) as stack,
        BoxOffice(stack.front) as buyer,
    ):
        buyer.login(monolith.buyer, CHOSEN_PASSWORD)
        late = buyer.buy(monolith.event, buyer.event(monolith.event).bands[0].id, 1)
        given_back = buyer.buy(monolith.event, buyer.event(monolith.event).bands[0].id, 1)
        buyer.cancel(given_back.number)
    assert database.one("SELECT title FROM orders_orderline ORDER BY id DESC LIMIT 1") is None
    database.ask("UPDATE catalog_event SET title = 'Renamed' WHERE slug = %s", [monolith.event])
    office.manage("web", "migrate", DATABASE_URL=database)
    question = (
        "SELECT l.title, o.buyer_email, h.state FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id "
        "JOIN inventory_hold h ON h.reference = o.hold_reference WHERE o.number = %s"
    )
    assert database.ask(question, [late.number]) == [("Renamed", monolith.buyer, "consumed")]
    assert database.ask(question, [given_back.number]) == [("Renamed", monolith.buyer, "released")]
    filled_before = ("The Last Night of the Monolith", monolith.buyer, "consumed")
    assert database.ask(question, [monolith.paid]) == [filled_before]


def test_killed_at_any_moment_it_can_be_run_again(office, monolith, migrated):
    chance = random.Random(20)
    database = office.clone(monolith.database)
    wanted = migrated.counts()["django_migrations"]
    began = time.monotonic()
    office.manage("web", "migrate", DATABASE_URL=office.clone(monolith.database))
    longest = time.monotonic() - began
    kills = 0
    while database.counts()["django_migrations"] < wanted:
        running = office.begin(
            office.command("web", "migrate"), office.environment("web", DATABASE_URL=database)
        )
        running.wait_for("Running migrations:")
        time.sleep(chance.uniform(0, longest / 4))
        running.kill()
        kills += 1
    assert kills
    office.manage("web", "migrate", DATABASE_URL=database)
    assert database.schema() == migrated.schema()
    assert database.dump(but={"django_migrations"}) == migrated.dump(but={"django_migrations"})


def test_a_machine_that_goes_down_after_a_migrations_last_statement_leaves_nothing_half_done(
    office, monolith, migrated
):
    database = office.clone(monolith.database)
    env = office.environment("web", DATABASE_URL=database)
    for name in ("0002_no_foreign_keys_to_others", "0002_expand", "0003_backfill", "0004_contract"):
        script = Path(office.store.folder, "dies.py")
        script.write_text(DIES_BEFORE_IT_IS_RECORDED.format(name=name))
        assert office.begin([str(script)], env).wait() == 9
    office.manage("web", "migrate", DATABASE_URL=database)
    assert database.schema() == migrated.schema()
    assert database.dump(but={"django_migrations"}) == migrated.dump(but={"django_migrations"})


# What the monolith's code would never leave behind


def test_an_order_without_a_hold_is_kept_and_named(office, monolith):
    database = office.clone(monolith.database)
    order = database.one("SELECT id FROM orders_order WHERE number = %s", [monolith.paid])
    database.ask("DELETE FROM orders_orderline WHERE order_id = %s", [order])
    said = office.manage("web", "migrate", DATABASE_URL=database)
    assert f"{monolith.paid} came without a hold" in said
    question = "SELECT state, buyer_email, hold_reference FROM orders_order WHERE id = %s AND total = 40"
    assert database.ask(question, [order]) == [("paid", monolith.buyer, None)]


def test_a_line_whose_band_is_gone_is_kept_and_named(office, monolith):
    database = office.clone(monolith.database)
    line, total, placed = database.ask(
        "SELECT l.id, o.total, o.placed_at FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id "
        "WHERE o.number = %s",
        [monolith.paid],
    )[0]
    gone = f"UPDATE orders_orderline SET band_id = 999999 WHERE id = {line}"
    if database.path:
        database.ask(gone)
        before = database.dump(), database.schema()
        complaint = office.manage("web", "migrate", DATABASE_URL=database, fails=True)
        assert f"orders_orderline' with primary key '{line}' has an invalid foreign key" in complaint
        assert (database.dump(), database.schema()) == before
        return  # SQLite migrates nothing while a foreign key points nowhere
    database.ask(f"DO $$ BEGIN SET LOCAL session_replication_role = replica; {gone}; END $$")
    assert f"the price band of {monolith.paid} is gone" in office.manage(
        "web", "migrate", DATABASE_URL=database
    )
    kept = database.rows("orders_orderline")[line]
    assert (kept["band_id"], kept["quantity"], kept["quantity"] * kept["unit_price"]) == (999999, 2, total)
    assert kept["title"] == "An event that is no longer listed"
    assert (kept["slug"], kept["event_id"], kept["starts_at"]) == ("no-longer-listed", 0, placed)


def test_an_order_with_two_holds_is_refused_before_anything_is_lost(office, monolith):
    database = office.clone(monolith.database)
    one, other = database.ask("SELECT id, number FROM orders_order WHERE state = 'paid' ORDER BY id LIMIT 2")
    database.ask("UPDATE orders_orderline SET order_id = %s WHERE order_id = %s", [one[0], other[0]])
    complaint = office.manage("web", "migrate", DATABASE_URL=database, fails=True)
    assert f"{one[1]} have several lines, each with a hold" in complaint and "Traceback" not in complaint
    assert "hold_id" in next(iter(database.rows("orders_orderline").values()))
    database.ask(
        "UPDATE orders_orderline SET order_id = %s WHERE id = (SELECT max(id) FROM orders_orderline WHERE order_id = %s)",
        [other[0], one[0]],
    )
    office.manage("web", "migrate", DATABASE_URL=database)
    assert (
        database.one("SELECT count(DISTINCT hold_reference) FROM orders_order")
        == database.counts()["orders_order"]
    )
