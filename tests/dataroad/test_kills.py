"""A copy that is killed with -9, again and again, goes on where it was and ends with the same rows."""

import random
import re
import time

import pytest
from offices import Command, apart

IN_MIDDLE, ANYWHERE = 20, 4  # kills while rows are being copied, and kills at any time from the start on
HOLDS = 5_000
SEATS = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
    INSERT INTO inventory_hold (created_at, updated_at, reference, quantity, expires_at, state, band_id, buyer_id)
    SELECT h.created_at, h.updated_at, {uuid}, 1, h.expires_at, 'released', h.band_id, h.buyer_id
    FROM numbers JOIN inventory_hold h ON h.id = 1
"""
TABLES = ("inventory_allotment", "inventory_hold")


@pytest.fixture(scope="session")
def large(office, migrated):
    """The box office with many more holds."""
    database = office.clone(migrated)
    uuid = "lower(hex(randomblob(16)))" if database.path else "gen_random_uuid()"
    database.ask(SEATS.format(uuid=uuid), [HOLDS])
    return database


class Copying:
    """Inventory's copy into a database, as a process that may be killed."""

    def __init__(self, office, source, target) -> None:
        self.office, self.source, self.target = office, source, target
        self.rows = {table: source.rows(table) for table in TABLES}

    def begin(self) -> Command:
        return self.office.begin(
            self.office.command("inventory", "copy_from", self.source.url, "--batch", "100"),
            self.office.environment("inventory", DATABASE_URL=self.target),
        )

    @property
    def all(self) -> int:
        return sum(map(len, self.rows.values()))

    @property
    def there(self) -> int:
        return sum(self.target.one(f"SELECT count(*) FROM {table}") for table in TABLES)

    def ends_well(self) -> str:
        """Run it to its end: what is there then is what the source has, seen without the copy's own eyes."""
        said = self.office.manage("inventory", "copy_from", self.source.url, DATABASE_URL=self.target)
        assert "4 tables: rows and checksums are the same on both sides." in said
        assert {table: self.target.rows(table) for table in TABLES} == self.rows
        return said

    def empty(self) -> None:
        for table in TABLES:
            self.target.ask(f"DELETE FROM {table}")


def test_kills_at_random_moments_lose_nothing_and_double_nothing(office, large):
    chance = random.Random(9)
    copying = Copying(office, large, apart(office, "inventory")["DATABASE_URL"])
    began = time.monotonic()
    running = copying.begin()
    assert running.wait() == 0
    longest = time.monotonic() - began
    seconds = float(re.search(rf"{copying.all} rows copied in ([\d.]+) s", running.said())[1])
    copying.empty()

    killed = partial = completed = 0
    for kill in range(IN_MIDDLE + ANYWHERE):
        before = copying.there
        running = copying.begin()
        if kill < IN_MIDDLE:
            running.wait_for("is not copied")  # it has looked at what is there
            time.sleep(chance.uniform(0, seconds / 5))
        else:
            time.sleep(chance.uniform(0, longest))
        killed += running.kill() == -9
        after = copying.there
        partial += before < after < copying.all
        if after == copying.all:
            copying.ends_well()
            completed += 1
            copying.empty()
    assert f"{copying.all - copying.there} rows copied" in copying.ends_well()
    print(
        f"\n{office.kind}: {copying.all} rows, {seconds} s to copy in one go; {killed} kills, {partial} of "
        f"them with a part of the rows copied; {completed + 1} copies completed"
    )
    assert killed >= 20 and partial >= IN_MIDDLE / 2


def test_two_copies_at_once_do_not_get_into_each_others_way(office, large):
    copying = Copying(office, large, apart(office, "inventory")["DATABASE_URL"])
    both = [copying.begin() for _ in range(2)]
    endings = [running.wait() for running in both]
    if office.kind == "postgres":  # the second waits for the first
        assert endings == [0, 0]
        assert sum("waiting for another copy" in running.said() for running in both) == 1
    assert "0 rows copied" in copying.ends_well()


def test_what_is_written_to_the_source_meanwhile_is_not_followed(office, large):
    """The copy is of one moment, and says that it is; comparing later finds what came after."""
    source = office.clone(large)
    copying = Copying(office, source, apart(office, "inventory")["DATABASE_URL"])
    last = max(copying.rows["inventory_hold"])
    running = copying.begin()
    running.wait_for(
        "What is written to the source from now on is not copied: the box office must be closed."
    )
    with source.connect() as connection:  # SQLite lets nobody write until the reader has ended
        if source.path:
            connection.execute("PRAGMA busy_timeout = 60000")
        connection.execute(f"UPDATE inventory_hold SET quantity = 9 WHERE id = {last}")
    assert running.wait() == 0, running.complaint()
    assert copying.target.rows("inventory_hold") == copying.rows["inventory_hold"]
    complaint = office.manage(
        "inventory", "copy_from", "--check", source.url, DATABASE_URL=copying.target, fails=True
    )
    assert f"inventory_hold: the row {last} differs" in complaint


def test_a_copy_that_dies_between_djangos_own_rows_and_accounts_goes_on(office, migrated):
    """What `migrate` made there was replaced already, and nothing points at it yet."""
    target = apart(office, "accounts")["DATABASE_URL"]
    made = target.rows("django_content_type")
    office.manage("accounts", "copy_from", migrated.url, DATABASE_URL=target)
    assert target.rows("django_content_type") == migrated.rows("django_content_type") != made
    for table in ("django_admin_log", "accounts_organiser", "accounts_user"):
        target.ask(f"DELETE FROM {table}")
    office.manage("accounts", "copy_from", migrated.url, DATABASE_URL=target)
    for table in target.tables():
        if table not in ("django_migrations", "django_session"):
            assert target.rows(table) == migrated.rows(table), table
