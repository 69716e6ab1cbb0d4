"""Fifty buyers, ten seats."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from driver import FAST_LOGINS, PASSWORD, BoxOffice, Provider, eventually, order_on
from stacks import started

BUYERS, SEATS = 50, 10


def pytest_generate_tests(metafunc):
    """The monolith on both databases; an arrangement on the one that was asked for."""
    if "crowded" in metafunc.fixturenames:
        option = metafunc.config.getoption
        both = ["postgres", "sqlite"]
        databases = [option("database", "postgres")] if option("arrangement", None) else both
        metafunc.parametrize("crowded", databases, indirect=True)


@pytest.fixture
def crowded(request):
    """The address of a box office, and its provider: one at each database, or the one that was given."""
    option = request.config.getoption
    if option("base_url", None):
        if request.param == "sqlite":
            pytest.skip("a box office given by its address has the database that it has")
        running = request.getfixturevalue("running")
        yield running.base_url, running.provider
        return
    env = {**FAST_LOGINS, "PAYMENTS_TIMEOUT": "10"}
    name = f"crowd-{request.param}"
    with started(request.config, database=request.param, env=env, name=name) as stack:
        yield stack.front, Provider(stack.url("provider"))


def logged_in(base_url: str, number: int) -> BoxOffice:
    box = BoxOffice(base_url)
    box.login(f"buyer{number:03}@example.org", PASSWORD)
    return box


def buy_one(box: BoxOffice, slug: str, band: str, start: threading.Barrier) -> str | None:
    """Try for one seat once everybody is ready; the number of the paid order, or None for no seat."""
    start.wait(timeout=60)
    page = box.try_hold(slug, band, 1)
    if not page.has("[data-hold]"):
        assert page.errors, f"neither seats nor a reason on {page}"
        return None
    order = order_on(box.submit(page, "pay"))
    assert order.state == "paid"
    return order.number


def test_fifty_buyers_for_ten_seats_buy_exactly_ten(crowded):
    base_url, provider = crowded
    provider.fault()
    with BoxOffice(base_url) as admin:
        admin.admin_login()
        title = f"The Crush {threading.get_native_id()} {id(admin)}"
        slug = admin.create_event(title, admin.create_venue(title), [("Stalls", "20.00", SEATS)])
        band = admin.event(slug).bands[0].id
        charged_before = len(provider.ledger())

        with ThreadPoolExecutor(8) as pool:
            boxes = list(pool.map(lambda number: logged_in(base_url, number), range(1, BUYERS + 1)))
        start = threading.Barrier(BUYERS)
        with ThreadPoolExecutor(BUYERS) as pool:
            bought = list(pool.map(lambda box: buy_one(box, slug, band, start), boxes))

        numbers = [number for number in bought if number]
        assert len(numbers) == len(set(numbers)) == SEATS
        assert [status for box in boxes for status in box.statuses if status >= 500] == []
        assert admin.event(slug).seats_left == 0
        charges = provider.ledger()[charged_before:]
        assert [(charge["amount"], charge["status"]) for charge in charges] == [("20.00", "captured")] * SEATS
        owned = [order for box in boxes for order in box.paid_orders() if order.title == title]
        assert sorted(order.number for order in owned) == sorted(numbers)
        eventually(lambda: admin.report().get(slug, {}).get("tickets") == SEATS)
        for box in boxes:
            box.session.close()
