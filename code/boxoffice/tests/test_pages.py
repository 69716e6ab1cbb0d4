"""Whatever a visitor sends to any page, embedded or apart: never a 500, and nothing is bought by accident."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import get_resolver

from boxoffice.contexts.accounts.models import User
from boxoffice.contexts.inventory.models import Hold
from boxoffice.contexts.notifications.models import Preference
from boxoffice.contexts.orders.models import Order
from boxoffice.tests import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strict")]

RUBBISH = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "0",
    "-1",
    "2",
    "1.5",
    str(2**63),
    "9" * 500,
    "x" * 5000,
    "é",
]
RUBBISH += [
    "'",
    '"',
    "<script>",
    "%",
    "%00",
    "\n",
    "1\r\nX: y",
    "../..",
    "//evil.example",
    "🎭",
    "NaN",
    "None",
    "[]",
]


@pytest.fixture(params=["embedded", "apart"])
def anywhere(request):
    return request.getfixturevalue("line" if request.param == "embedded" else "apart")


@pytest.fixture
def visitor(anywhere):
    return Client(raise_request_exception=False)


@pytest.fixture
def buyer(anywhere):
    return logged_in("buyer@example.org")


def logged_in(email: str, **rights) -> Client:
    """Somebody who logged in through the page."""
    world.user(email, first_name="Ada", last_name="Birch", **rights)
    client = Client(raise_request_exception=False)
    answer = client.post("/accounts/login/", {"username": email, "password": world.PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def fine(response, *allowed: int):
    assert response.status_code < 500, response.content.decode()
    if allowed:
        assert response.status_code in allowed
    return response


def names_of_pages() -> list[str]:
    paths = [str(one.pattern) for one in get_resolver().url_patterns if getattr(one, "name", None)]
    return [path for path in paths if not path.startswith("api/")]


def test_every_page_is_a_page_to_whoever_may_see_it_and_leads_others_to_the_login(visitor, buyer):
    event = world.event(slug="the-event")
    order = world.order(world.actor(User.objects.get(email="buyer@example.org")), event.bands.get())
    hold = world.hold(world.actor(User.objects.get(email="buyer@example.org")), event.bands.get().pk)
    seen = 0
    for pattern in names_of_pages():
        path = "/" + pattern.replace("<slug:slug>", event.slug).replace("<slug:number>", order.number)
        path = path.replace("<uuid:reference>", str(hold.reference))
        if path.startswith("/admin") or path == "/reports/sales/":
            continue
        response = fine(buyer.get(path), 200, 302, 405)
        seen += response.status_code == 200
        login = fine(visitor.get(path), 200, 302, 405)
        if login.status_code == 302 and "/events/" not in path:
            assert login.headers["Location"].startswith("/accounts/login/?next=")
    assert seen >= 7


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ["page", "q"]),
        ("/orders/", ["page"]),
        ("/account/notifications/", ["page"]),
        ("/accounts/login/", ["next"]),
    ],
)
def test_no_question_in_the_address_breaks_a_page(buyer, path, names):
    for name in names:
        for value in RUBBISH:
            fine(buyer.get(path, {name: value}), 200, 302)
    fine(buyer.get(path, QUERY_STRING="page=%FF&q=%FF&next=%FF&unknown=%FF"), 200, 302)


@pytest.mark.parametrize("page", ["0", "-1", "x", " ", "\x00", "999", ""])
def test_a_page_that_there_is_none_of_is_the_nearest_there_is(visitor, page):
    for number in range(13):
        world.event(title=f"Evening {number:02}")
    shown = fine(visitor.get("/", {"page": page}), 200).content.decode()
    there = len(re.findall(r"Evening \d\d", shown))
    assert there in (1, 2) if page in ("999", "-1", "0") else there >= 12


STRANGE = [
    "%00",
    "%FF",
    "%20",
    "%2E%2E",
    "..",
    "x%2Fy",
    "x%3Fy",
    "x%23y",
    "%25",
    "é",
    "x" * 3000,
    "'",
    "CC-NONE-NONE",
]


@pytest.mark.parametrize("path", ["/orders/{}/", "/orders/{}/cancel/", "/events/{}/", "/events/{}/hold/", "/checkout/{}/",
                                  "/checkout/{}/pay/", "/checkout/{}/release/"])  # fmt: skip
def test_no_strange_address_breaks_a_page(buyer, path):
    for strange in (*STRANGE, str(uuid.UUID(int=4))):
        ask = buyer.post if path.endswith(("cancel/", "hold/", "pay/", "release/")) else buyer.get
        fine(ask(path.format(strange)), 404)
    assert Order.objects.count() == Hold.objects.count() == 0


def test_no_wish_for_seats_that_makes_no_sense_takes_any(buyer):
    band = world.band(10)
    other = world.band(10)
    path = f"/events/{band.event.slug}/hold/"
    for wish in ({}, {"band": band.pk}, {"quantity": 1}, {"band": other.pk, "quantity": 1}):
        fine(buyer.post(path, wish), 400)
    for value in (*RUBBISH, "11"):
        if value not in ("2",):
            fine(buyer.post(path, {"band": band.pk, "quantity": value}), 400)
        if value != str(band.pk):
            fine(buyer.post(path, {"band": value, "quantity": 1}), 400)
    fine(buyer.post(path, b"\xff\x00nonsense", content_type="application/json"), 400)
    fine(buyer.post(path, "x", content_type="multipart/form-data; boundary="), 400)
    assert Hold.objects.count() == 0
    fine(buyer.post(path, {"band": band.pk, "quantity": "2"}), 302)
    assert Hold.objects.count() == 1


def test_no_registration_that_makes_no_sense_makes_an_account(visitor):
    good = {"email": "new@example.org", "first_name": "Ada", "last_name": "Birch",
            "password1": "a-long-one-indeed", "password2": "a-long-one-indeed"}  # fmt: skip
    for name in good:
        for value in RUBBISH:
            wrong = {**good, name: value}
            if name in ("password1", "password2") or (
                name in ("first_name", "last_name") and len(value) < 151 and "\x00" not in value
            ):
                continue
            fine(visitor.post("/accounts/register/", wrong), 200)
    for password in ("", "short", "12345678901", "new@example.org", "x" * 5000, "a\x00bcdefghijk"):
        fine(visitor.post("/accounts/register/", {**good, "password1": password, "password2": password}), 200)
        fine(visitor.post("/accounts/register/", {**good, "password1": password}), 200)
    assert User.objects.count() == 0
    fine(visitor.post("/accounts/register/", good), 302)
    assert User.objects.count() == 1


def test_no_rubbish_logs_in_or_breaks_the_login(visitor):
    world.user("ada@example.org")
    for path in ("/accounts/login/", "/admin/login/"):
        for value in RUBBISH:
            fine(visitor.post(path, {"username": value, "password": world.PASSWORD}), 200)
            fine(visitor.post(path, {"username": "ada@example.org", "password": value}), 200)
    assert "access" not in visitor.session


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example"]
)
def test_a_login_leads_to_no_other_site(anywhere, wanted):
    world.user("ada@example.org")
    client = Client()
    answer = client.post(
        "/accounts/login/", {"username": "ada@example.org", "password": world.PASSWORD, "next": wanted}
    )
    assert answer.headers["Location"] == "/"


def test_a_post_from_another_site_is_refused_and_changes_nothing(anywhere):
    logged_in("buyer@example.org")
    client = Client(enforce_csrf_checks=True)
    band = world.band(10)
    for path, fields in {
        "/accounts/login/": {"username": "buyer@example.org", "password": world.PASSWORD},
        f"/events/{band.event.slug}/hold/": {"band": band.pk, "quantity": 1},
        "/account/notifications/preference/": {},
    }.items():
        assert client.post(path, fields).status_code == 403
    assert Hold.objects.count() == Preference.objects.count() == 0


def test_a_wrong_method_is_refused_and_changes_nothing(buyer):
    account = User.objects.get()
    band = world.band(10)
    hold = world.hold(world.actor(account), band.pk)
    for path in (f"/checkout/{hold.reference}/pay/", f"/checkout/{hold.reference}/release/",
                 "/accounts/logout/", "/account/notifications/preference/"):  # fmt: skip
        for ask in (buyer.get, buyer.put, buyer.delete, buyer.head):
            fine(ask(path), 405)
    hold.refresh_from_db()
    assert hold.state == "active"
    assert Order.objects.count() == Preference.objects.count() == 0


def test_somebody_elses_hold_and_order_are_nothing_here(buyer):
    other = world.actor()
    band = world.band(10)
    hold, order = world.hold(other, band.pk), world.order(other, band)
    for path in (f"/checkout/{hold.reference}/", f"/orders/{order.number}/"):
        fine(buyer.get(path), 404)
    for path in (
        f"/checkout/{hold.reference}/pay/",
        f"/checkout/{hold.reference}/release/",
        f"/orders/{order.number}/cancel/",
    ):
        fine(buyer.post(path), 404)
    hold.refresh_from_db()
    order.refresh_from_db()
    assert (hold.state, order.state, Order.objects.count()) == ("active", "paid", 1)


def test_the_report_is_for_the_staff(buyer, visitor):
    fine(visitor.get("/reports/sales/"), 302)
    fine(buyer.get("/reports/sales/"), 403)
    clerk = logged_in("clerk@example.org", is_staff=True)
    for value in ("csv", "pdf", "\x00", ""):
        fine(clerk.get("/reports/sales/", {"format": value}), 200)


def test_what_other_contexts_count_on_cannot_be_deleted_in_the_admin(line):
    order = world.order(world.actor(), world.band(10))
    hold = Hold.objects.get(reference=order.hold_reference)
    admin = logged_in("admin@example.org", is_staff=True, is_superuser=True)
    for model, row in (("orders/order", order), ("inventory/hold", hold)):
        assert admin.post(f"/admin/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
        row.refresh_from_db()


ADMINS = ["accounts/user", "accounts/organiser", "catalog/event", "catalog/venue", "inventory/hold",
          "orders/order", "notifications/preference"]  # fmt: skip


@pytest.mark.parametrize("model", ADMINS)
def test_no_search_breaks_a_list_of_the_admin(line, model):
    """What Django's own admin makes of numbers too large in an address is its own affair."""
    admin = logged_in("admin@example.org", is_staff=True, is_superuser=True)
    world.order(world.actor(), world.band())
    assert fine(admin.get(f"/admin/{model}/")).status_code == 200
    for value in RUBBISH:
        fine(admin.get(f"/admin/{model}/", {"q": value}), 200, 302, 400)
    for name in ("state", "unknown", "p", "o"):
        fine(admin.get(f"/admin/{model}/", {name: "x"}), 200, 302)
    for strange in ("0", "x", "%2E%2E"):
        for rest in ("change/", "delete/", "history/"):
            fine(admin.get(f"/admin/{model}/{strange}/{rest}"), 302, 404, 403)


def test_a_page_says_so_when_its_context_is_away_and_the_next_one_works_again(visitor, anywhere, monkeypatch):
    from boxoffice.contexts.catalog.contracts import CatalogUnavailable

    world.event(slug="the-event")
    with monkeypatch.context() as patch:

        def away(**_):
            raise CatalogUnavailable()

        patch.setattr("boxoffice.contexts.catalog.facade.list_events", away)
        response = visitor.get("/")
        assert response.status_code == 503
        assert str(CatalogUnavailable()) in response.content.decode()
    fine(visitor.get("/"), 200)


def test_the_programme_can_be_read_while_inventory_is_away(visitor, monkeypatch):
    from boxoffice.contexts.inventory.contracts import InventoryUnavailable

    world.event(slug="the-event", title="The Understudy")

    def away(_):
        raise InventoryUnavailable()

    monkeypatch.setattr("boxoffice.contexts.inventory.facade.availability", away)
    for path in ("/", "/events/the-event/"):
        assert "The Understudy" in fine(visitor.get(path), 200).content.decode()
