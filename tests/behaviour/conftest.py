"""Where the behavioural suite finds a box office: at the addresses given, or in a stack of its own.

    pytest tests/behaviour                                         the monolith on PostgreSQL
    pytest tests/behaviour --database sqlite                       the monolith on SQLite
    pytest tests/behaviour --arrangement split                     the box office, one process a context
    pytest tests/behaviour --code work/curtaincall                 the monolith of that folder, such as your tree
    pytest tests/behaviour --base-url http://… --provider-url http://… [--hold-seconds 6]

A box office given by its address must be seeded, and its provider used by nobody else meanwhile.
"""

import itertools
import uuid
from dataclasses import dataclass

import pytest
from driver import CHOSEN_PASSWORD, FAST_LOGINS, BoxOffice, Provider
from stacks import started

HOLD_SECONDS = 6


def pytest_addoption(parser):
    group = parser.getgroup("behaviour")
    group.addoption("--base-url", help="the box office to test; without it, one is started")
    group.addoption("--provider-url", help="the payment provider of that box office")
    group.addoption("--hold-seconds", type=float, help="how long that box office keeps a hold")
    group.addoption(
        "--code", help="a folder with another monolith in it, to be started in place of the book's"
    )
    group.addoption("--database", choices=["postgres", "sqlite"], default="postgres")
    group.addoption("--arrangement", help="the box office in that arrangement, not the monolith")


@dataclass(frozen=True)
class Running:
    """A box office that runs, and what the suite may know of it."""

    base_url: str
    provider: Provider
    hold_seconds: float | None


@pytest.fixture(scope="session")
def running(request):
    option = request.config.getoption
    if option("base_url", None):
        if not option("provider_url", None):
            pytest.exit("--base-url needs --provider-url", returncode=4)
        yield Running(
            option("base_url"), Provider(option("provider_url").rstrip("/")), option("hold_seconds")
        )
        return
    env = {**FAST_LOGINS, "HOLD_SECONDS": str(HOLD_SECONDS), "PAYMENTS_TIMEOUT": "1"}
    database = option("database", "postgres")
    with started(request.config, database=database, env=env, name="behaviour") as stack:
        yield Running(stack.front, Provider(stack.url("provider")), HOLD_SECONDS)


@pytest.fixture
def provider(running):
    """The provider, in working order before and after."""
    running.provider.fault()
    yield running.provider
    running.provider.fault()


@pytest.fixture
def visitor(running):
    """Somebody who is not logged in."""
    with BoxOffice(running.base_url) as box:
        yield box


@pytest.fixture
def new_buyer(running):
    """Makes buyers: each with an account and a session of their own."""
    made = []

    def make() -> BoxOffice:
        box = BoxOffice(running.base_url)
        made.append(box)
        box.email = f"visitor-{uuid.uuid4().hex[:12]}@example.org"
        box.register(box.email, CHOSEN_PASSWORD, "Ada", "Ashdown").expect(200)
        assert box.user == box.email
        return box

    yield make
    for box in made:
        box.session.close()


@pytest.fixture
def buyer(new_buyer):
    return new_buyer()


@pytest.fixture(scope="session")
def admin(running):
    with BoxOffice(running.base_url) as box:
        box.admin_login()
        yield box


@pytest.fixture(scope="session")
def new_event(admin):
    """Enters events through the admin: `new_event((name, price, capacity), …)` gives the event's page."""
    run = uuid.uuid4().hex[:8]
    numbers = itertools.count(1)
    venue = admin.create_venue(f"Hall {run}")

    def make(*bands, **fields):
        bands = bands or (("Stalls", "20.00", 10),)
        slug = admin.create_event(f"Evening {run} {next(numbers)}", venue, list(bands), **fields)
        return admin.event(slug)

    return make


@pytest.fixture
def event(new_event):
    """An event with ten seats at 20 pounds."""
    return new_event()


@pytest.fixture
def band(event):
    return event.bands[0]
