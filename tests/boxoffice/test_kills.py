"""kill -9 of every service in the middle of a crowd: nothing is oversold, nothing is paid for and lost.

The box office as separate services on PostgreSQL. While 200 purchases and more run, each service that a purchase
needs is killed in turn with requests in its hands (the lab counts them), and started again. Afterwards
`reconcile` runs, and every seat, order and pound is accounted for.
"""

import itertools
import threading
import time
from collections import Counter

import pytest
import requests
from driver import FAST_LOGINS, BoxOffice, Page, Provider, Unexpected, order_on

from lab import Stack

PURCHASES, CLIENTS = 200, 8  # at least so many purchases: they go on until the last kill
PLENTY, FEW = 400, 12  # seats: some always left, so that every step is under way, and some fought over
ROUNDS = 2  # kills of each
# reporting is not asked during a purchase, so it never has one in its hands
KILLED = ["inventory", "orders", "payments", "catalog", "notifications", "web", "accounts"]
HOLD_SECONDS = 8
DEADLINES = {"PAYMENTS_TIMEOUT": "1", "CALL_SECONDS": "1"}
ATTEMPT_SECONDS = 1 * 2 + 1 * 6  # orders takes an attempt for dead after that (services.longest_attempt)
AWAY_SECONDS = 0.3  # between a kill and the new start
SLOWED_MS = 30  # the victim, so that it has somebody in its hands more often


@pytest.fixture(scope="module")
def stack():
    env = {**FAST_LOGINS, **DEADLINES, "HOLD_SECONDS": str(HOLD_SECONDS)}
    with Stack(arrangement="split", env=env, name="kills") as started:
        yield started


class Buyers:
    """Purchases by several clients at once, each told apart by how it ended."""

    def __init__(self, base_url: str, slug: str, bands: list[str]) -> None:
        self.base_url, self.slug, self.bands = base_url, slug, bands
        self.numbers = itertools.count(1)
        self.enough = threading.Event()
        self.endings: Counter[str] = Counter()
        self.silent: list[str] = []

    def run(self) -> None:
        """Until it is `enough`, and PURCHASES were made."""
        clients = [threading.Thread(target=self.go_on) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def go_on(self) -> None:
        while (number := next(self.numbers)) <= PURCHASES or not self.enough.is_set():
            band = self.bands[number % len(self.bands)]
            self.endings[self.buy(f"buyer{number % 100 + 1:03}@example.org", band)] += 1

    def buy(self, email: str, band: str) -> str:
        """One purchase, from the login on: how it ended for the buyer."""
        with BoxOffice(self.base_url) as box:
            try:
                page = box.submit(
                    box.get("/accounts/login/"), "login", username=email, password="curtain-call"
                )
                if page.status != 200 or page.errors:
                    return self.told(page)
                page = box.get(f"/events/{self.slug}/")
                if not page.has('form[data-form="hold"] button'):
                    return self.told(page)
                page = box.submit(page, "hold", band=band, quantity=1)
                if not page.has('form[data-form="pay"]'):
                    return self.told(page)
                page = box.submit(page, "pay")
                return "paid" if page.status == 200 and self.paid(page) else self.told(page)
            except requests.ConnectionError:
                time.sleep(0.2)
                return "no connection"  # the front itself was killed
            except requests.Timeout:
                return "silence"

    @staticmethod
    def paid(page: Page) -> bool:
        try:
            return order_on(page).state == "paid"
        except Unexpected:
            return False

    def told(self, page: Page) -> str:
        """Whatever went wrong, the page must say something about it."""
        if page.messages or page.has("[data-none-left]") or page.has("[data-not-on-sale]"):
            return "told why"
        self.silent.append(f"{page}: {page.response.text[:500]}")
        return "silence"


def kill_in_turn(stack: Stack) -> list[tuple[str, int]]:
    """Kill each service ROUNDS times, at a moment when it is answering somebody; (name, requests hit)."""
    hits = []
    for name in KILLED * ROUNDS:
        stack.faults(name, latency_ms=SLOWED_MS)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not stack.in_flight(name):
            time.sleep(0.0005)
        hits.append((name, stack.kill(name)))
        time.sleep(AWAY_SECONDS)
        stack.start(name)
        time.sleep(0.5)  # the crowd takes up again
    return hits


def look(stack: Stack, context: str, source: str) -> dict:
    ran = stack.inside(context, source, ["found"])
    assert ran.error is None, ran.error
    return ran.values["found"]


def test_a_service_killed_in_the_middle_of_purchases_loses_nothing(stack):
    provider = Provider(stack.url("provider"))
    with BoxOffice(stack.front) as admin:
        admin.admin_login()
        bands = [("Stalls", "20.00", PLENTY), ("Box", "20.00", FEW)]
        slug = admin.create_event("The Massacre", admin.create_venue("Abattoir"), bands)
        bands = [band.id for band in admin.event(slug).bands]

    crowd = Buyers(stack.front, slug, bands)
    runner = threading.Thread(target=crowd.run)
    runner.start()
    hits = kill_in_turn(stack)
    crowd.enough.set()
    runner.join()

    hit_in_flight = Counter(name for name, number in hits if number)
    print(f"\nkills that hit requests: {dict(hit_in_flight)} of {len(hits)}; buyers: {dict(crowd.endings)}")
    assert set(hit_in_flight) == set(KILLED), f"not every service was hit: {hits}"
    assert sum(hit_in_flight.values()) >= len(hits) * 0.8
    assert crowd.silent == []
    assert crowd.endings["paid"] > 0 and sum(crowd.endings.values()) >= PURCHASES

    time.sleep(max(HOLD_SECONDS, ATTEMPT_SECONDS) + 1)
    print("reconciled:", stack.manage("orders", "reconcile", "--older-than", "0").strip())

    seats = look(
        stack,
        "inventory",
        f"""
from boxoffice.contexts.inventory.models import Allotment, Hold
allotments = Allotment.objects.filter(band_id__in={[int(band) for band in bands]})
holds = Hold.objects.filter(band_id__in={[int(band) for band in bands]})
found = {{
    "capacity": [allotment.capacity for allotment in allotments.order_by("band_id")],
    "sold": [allotment.sold for allotment in allotments.order_by("band_id")],
    "held": holds.counting().count(),
    "consumed": sorted(str(hold.reference) for hold in holds.filter(state="consumed")),
}}
""",
    )
    orders = look(
        stack,
        "orders",
        f"""
from boxoffice.contexts.orders.models import Order
found = {{}}
for order in Order.objects.filter(lines__band_id__in={[int(band) for band in bands]}):
    found.setdefault(str(order.state), []).append(str(order.hold_reference))
""",
    )
    paid = sorted(orders.get("paid", []))
    charged = sorted(charge["reference"] for charge in provider.ledger() if charge["status"] == "captured")
    assert set(orders) <= {"paid", "cancelled"}, f"left over: {orders.keys()}"
    assert seats["capacity"] == [PLENTY, FEW]
    assert seats["sold"][0] <= PLENTY and seats["sold"][1] <= FEW
    assert charged == paid, "money without an order, or an order without money"
    assert seats["consumed"] == paid, "seats without an order, or an order without seats"
    assert sum(seats["sold"]) == len(paid)
    assert seats["held"] == 0
    assert len(paid) >= crowd.endings["paid"]


def test_what_cannot_be_reached_is_said_and_the_rest_goes_on(stack):
    """One service at a time is dead for good: which pages still answer, and how."""
    with BoxOffice(stack.front) as box:
        box.login("buyer001@example.org")
        order = box.order(box.orders()[0].number)
        stack.kill("notifications")
        assert box.get("/").expect(200).has("[data-user]")  # only the number of the unread is missing
        assert box.get("/account/notifications/").status == 503
        stack.start("notifications")

        stack.kill("inventory")
        listed = box.events()
        assert listed
        assert box.get(f"/events/{listed[0].slug}/").expect(200).has("[data-not-on-sale]")
        assert box.order(order.number) == order
        stack.start("inventory")

        stack.kill("catalog")
        page = box.get("/")
        assert page.status == 503 and page.errors
        assert box.order(order.number) == order  # the order keeps what it was told of the event
        stack.start("catalog")

        stack.kill("accounts")
        assert box.order(order.number) == order  # the token is good without whoever signed it
        with BoxOffice(stack.front) as stranger:
            page = stranger.submit(
                stranger.get("/accounts/login/"), "login", username="x@example.org", password="x"
            )
            assert page.status == 503 and page.errors
        stack.start("accounts")
