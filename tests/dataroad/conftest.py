"""A real database of the monolith: made by its migrations, seeded, and then used through its pages."""

from dataclasses import dataclass

import pytest
from driver import ADMIN, CHOSEN_PASSWORD, FAST_LOGINS, BoxOffice
from offices import Database, Office

from lab import Stack


def pytest_xdist_make_scheduler(config, log):
    """Each kind of database is one worker's, so what is made of it once is made once. (By hand: xdist 3.8 puts its
    groups into the ids of tests, and pytest 9 does not let it.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByKind(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "postgres" if "[postgres" in nodeid else "sqlite"

    return ByKind(config, log)


@pytest.fixture(scope="session", params=["postgres", "sqlite"])
def office(request):
    made = Office(request.param)
    yield made
    made.close()


@dataclass
class Monolith:
    """The database, and what happened in it through the pages."""

    database: Database
    provider: str
    buyer: str
    paid: str
    refunded: str
    running: str  # the checkout of a hold that runs
    expired: str
    event: str


@pytest.fixture(scope="session")
def monolith(office):
    database = office.new("monolith")
    env = {**FAST_LOGINS, "HOLD_SECONDS": "3600"}
    with Stack(
        "monolith",
        database=office.kind,
        env=env,
        databases={"monolith": database.url},
        name=f"born {office.kind}",
    ) as stack:
        with BoxOffice(stack.front) as admin, BoxOffice(stack.front) as buyer:
            admin.admin_login(ADMIN)
            venue = admin.create_venue("The Old Hall")
            slug = admin.create_event("The Last Night of the Monolith", venue, [("Stalls", "20.00", 30)])
            event = admin.event(slug)
            band = event.bands[0].id
            email = "regular@example.org"
            buyer.register(email, CHOSEN_PASSWORD, "Ada", "Ashdown").expect(200)
            paid, refunded = buyer.buy(slug, band, 2), buyer.buy(slug, band, 3)
            buyer.cancel(refunded.number)
            assert buyer.order(refunded.number).state == "refunded"
            running, expired = buyer.hold(slug, band, 4), buyer.hold(slug, band, 5)
        stack.kill("monolith")
        reference = expired.strip("/").rpartition("/")[2]
        database.ask(
            "UPDATE inventory_hold SET expires_at = '2026-01-01 00:00:00' WHERE reference = %s",
            [reference.replace("-", "") if database.path else reference],
        )
        yield Monolith(
            database, stack.url("provider"), email, paid.number, refunded.number, running, expired, slug
        )


@pytest.fixture(scope="session")
def born(office):
    """A box office that was never a monolith: freshly migrated, without rows."""
    database = office.new("born")
    office.manage("web", "prepare", DATABASE_URL=database)
    return database


@pytest.fixture(scope="session")
def migrated(office, monolith):
    """The monolith's database, carried into the box office. To be read; whoever writes takes a clone."""
    database = office.clone(monolith.database, "migrated")
    office.manage("web", "migrate", DATABASE_URL=database)
    return database
