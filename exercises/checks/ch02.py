"""What the answers of chapter 02 must do.

02.2 to 02.5 are steps of the road: their checks get the folder of a copy of the learner's tree, and `monolith` is the
one in it. They rely on what every version of the tree has: addresses, forms, models, and the names in the task.
"""

import importlib
import re
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from lab.checks import Exercise, poison, queries, reject, tables
from lab.checks.poison import Poisoned
from lab.home import CODE

# The world that trees meet. Django is set up by the time a check runs, so its imports stand inside.


def event(number: int, title: str, bands=(("Stalls", 4),), **fields):
    """An event far in the future with (name, capacity) price bands."""
    from monolith.catalog.models import Event, Venue
    from monolith.inventory.models import Allotment

    venue = Venue.objects.get_or_create(name="The Lantern", city="Leeds", address="1 Mill Lane")[0]
    starts_at = datetime(2040, 1, 1, 20, tzinfo=UTC) + timedelta(days=number)
    made = Event.objects.create(
        venue=venue, title=title, slug=f"evening-{number}", starts_at=starts_at, **fields
    )
    for position, (name, capacity) in enumerate(bands):
        price = Decimal("12.50") + position
        band = made.bands.create(name=name, price=price, position=position)
        Allotment.objects.create(band=band, capacity=capacity)
    return made


def user(name: str):
    from monolith.accounts.models import User

    email = f"{name.lower()}@example.org"
    made = User(username=email, email=email, first_name=name, last_name="Example")
    made.set_unusable_password()
    made.save()
    return made


def visitor(name: str = ""):
    """A browser; with a name, that of somebody who is logged in."""
    from django.test import Client

    client = Client()
    if name:
        client.force_login(user(name))
    return client


@contextmanager
def box_office():
    """Inside, purchases can be paid for: the provider answers in this process."""
    from lab.borders.walk import provider_in_here

    with provider_in_here():
        yield


def hold(client, band, quantity: int) -> str:
    """Hold seats as a browser does; the address of the checkout page."""
    address = f"/events/{band.event.slug}/hold/"
    answer = client.post(address, {"band": band.pk, "quantity": quantity})
    place = answer.headers.get("Location", "")
    if not place.startswith("/checkout/"):
        told = f"{answer.status_code} {place}".strip()
        reject(
            f"POST {address} for {quantity} free seats",
            told,
            "a redirect to the checkout page",
            "Holding seats worked before: what has changed on its way?",
        )
    return place


def buy(client, band, quantity: int) -> str:
    """Hold and pay; the address of the order's page."""
    place = hold(client, band, quantity)
    answer = client.post(f"{place}pay/")
    order = answer.headers.get("Location", "")
    if not order.startswith("/orders/"):
        told = f"{answer.status_code} {order}".strip()
        reject(
            f"POST {place}pay/ for seats that are held",
            told,
            "a redirect to the order's page",
            "Paying worked before: what has changed on its way?",
        )
    return order


def text_of(client, address: str) -> str:
    answer = client.get(address)
    if answer.status_code != 200:
        reject(f"GET {address}", str(answer.status_code), "200", "This page was there before.")
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", answer.content.decode())


def listed(page: str, slug: str) -> str:
    """What the list shows of one event."""
    found = re.search(rf'<li class="event" data-event="{slug}">.*?</li>', page, re.DOTALL)
    return found[0] if found else ""


# 02.2 --------------------------------------------------------------------------------------------

circle = Exercise(
    number="02.2",
    title="Break the circle",
    kind="the step",
    minutes=15,
    provides=(),
    tree=True,
    review="In one answer catalog asks inventory, in the other it is asked nothing and says only what it wants to "
    "know. Which would you defend in review, and what would make you choose the other?",
)

STATES = {
    "sold out": "whose seats are all paid for",
    "half sold": "of which one band is sold out and the other is not",
    "held": "whose seats are all held and none paid for",
    "without seats": "that has no seats for sale yet",
    "on sale": "of which nobody has bought a seat",
}


def programme(buyer) -> dict:
    """An event in each of STATES, by it. What is sold was bought on the pages, so that nobody was passed over."""
    made = {
        "sold out": event(1, "Sold to the Last Seat", bands=[("Stalls", 2), ("Circle", 1)]),
        "half sold": event(2, "Half of a Hall", bands=[("Stalls", 2), ("Circle", 3)]),
        "held": event(3, "Held & Hoped For", bands=[("Stalls", 2)]),
        "without seats": event(4, "Nothing to Sit On", bands=[]),
        "on sale": event(5, "Plenty of Room", bands=[("Stalls", 30)]),
    }
    for band, quantity in zip(made["sold out"].bands.all(), (2, 1), strict=True):
        buy(buyer, band, quantity)
    buy(buyer, made["half sold"].bands.first(), 2)
    hold(buyer, made["held"].bands.get(), 2)
    return made


def of_the_monolith(template: str, request, **context) -> str:
    """What the monolith's own template makes of the context: not the one in the tree."""
    from django.conf import settings
    from django.template.backends.django import DjangoTemplates

    ours = settings.TEMPLATES[0]
    wanted = {"NAME": "book", "DIRS": [CODE / "monolith" / "templates"], "APP_DIRS": True}
    engine = DjangoTemplates({**wanted, "OPTIONS": dict(ours["OPTIONS"])})
    return engine.get_template(template).render(context, request)


def as_before(sold_out: set[str]) -> str:
    """The list as the monolith shows it to somebody who is not logged in."""
    from django.contrib.auth.models import AnonymousUser
    from django.core.paginator import Paginator
    from django.db.models import Min
    from django.test import RequestFactory
    from monolith.catalog.forms import SearchForm
    from monolith.catalog.models import Event

    found = Event.objects.select_related("venue").annotate(from_price=Min("bands__price"))
    page = Paginator(found.order_by("starts_at", "pk"), 12).get_page("1")
    for each in page:
        each.sold_out = each.slug in sold_out
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    listing = of_the_monolith("catalog/_listing.html", None, page=page, title="")
    form = SearchForm(request.GET)
    return of_the_monolith("catalog/events.html", request, form=form, listing=listing, title="")


def way(place: Path, start: str, goal: str) -> list:
    """The imports that lead from one app to another, one after the other; [] if none do."""
    from lab.borders import borders
    from lab.borders.imports import LIVE

    out = {}
    for each in borders(str(place / "monolith")).imports:
        if each.kind in LIVE:
            out.setdefault(each.app, []).append(each)
    ways = {start: []}
    waiting = [start]
    for app in waiting:
        for each in out.get(app, ()):
            if each.to_app not in ways:
                ways[each.to_app] = [*ways[app], each]
                waiting.append(each.to_app)
    return ways.get(goal, [])


def in_words(each) -> str:
    how = {"function": ", inside a function", "registry": ", by get_model", "typing": ", for a type"}
    return f"{each.path}:{each.line} imports {each.imported}{how.get(each.kind, '')}"


@circle.requirement(
    "R1",
    "no import leads from catalog to orders: not at the top, not in a function, not by get_model, not through another app",
    hints=(
        "Which app knows first when the last seat is sold: the one that records orders, or the one that counts seats?",
        "Look at inventory's Allotment: `capacity`, and `sold`, which every sale and every refund brings up to date.",
        "Either a function in inventory takes the ids of a page's events and gives back those that are sold out; or "
        "catalog has a place for a function, and whoever can answer puts one in when the site starts (AppConfig.ready).",
    ),
)
def no_way_to_orders(tree):
    found = way(tree, "catalog", "orders")
    if len(found) == 1:
        reject(
            "the imports of catalog, as `lab borders` counts them",
            in_words(found[0]),
            "no import of orders, wherever it stands",
            "An import in a function, or by its name, is an import: the circle is as closed as before.",
        )
    if found:
        apps = " → ".join(["catalog", *(each.to_app for each in found)])
        reject(
            "the imports of catalog, and of those that it imports",
            f"{apps}: {'; '.join(in_words(each) for each in found)}",
            "no way to orders",
            "The circle has become longer, and is still one. What does the app in between know by itself?",
        )


@circle.requirement(
    "R2",
    "with orders out of reach, catalog can be imported and its pages come as before; and nobody reads orders' tables for it",
    hints=(
        "Read your list view with orders deleted: which line would raise, and which table would be missing?",
        "A query reaches orders' tables without an import, too: by get_model, by SQL, or by the way back of a "
        "foreign key (`lines`).",
        "Ask for numbers that inventory keeps in its own table. Neither Order nor OrderLine is needed for them.",
    ),
)
def without_orders(tree):
    from django.core.cache import cache

    from lab.borders.tables import touched

    anybody = visitor()
    with box_office():
        events = programme(visitor("Ada"))
    addresses = ["/", *(f"/events/{each.slug}/" for each in events.values())]
    before = {}
    for address in addresses:
        cache.clear()
        with tables() as seen, touched() as by:
            before[address] = text_of(anybody, address)
        named = {pair for pair in by.counted if pair[1].startswith("orders_")}
        told = {
            f"{app}'s code reads {table}, at {by.places[app, table]}"
            for app, table in named
            if app != "orders"
        }
        unseen = {name for name in seen if name.startswith("orders_")} - {table for _, table in named}
        told |= {f"{table} was read" for table in unseen}
        if told:
            reject(
                f"GET {address}, with a look at the tables that it touches",
                sorted(told)[0],
                "no table of orders, but by the code of orders",
                "Without an import, and coupled all the same: if orders changes its tables, catalog breaks.",
            )
    with poison("monolith.orders"):
        for name in modules_of(tree, "catalog"):
            with afresh(name):
                import_alone(tree, name)
        for address in addresses:
            cache.clear()
            try:
                page = text_of(anybody, address)
            except Poisoned as problem:
                if whose(problem, tree) == "orders":  # it was handed to catalog, and imports what is its own
                    continue
                refuse_import(f"GET {address}", problem, tree)
            if page != before[address]:
                reject(
                    f"GET {address} with orders out of reach",
                    "another page than before",
                    "the same, badges and all",
                    "Something asks orders, and goes on without an answer. Ask somebody who is there.",
                )


def modules_of(place: Path, app: str) -> list[str]:
    """The modules of an app that can be imported twice: not models and admin, which register themselves, nor tests."""
    left_out = {"models", "admin", "apps", "signals", "__init__", "conftest"}
    names = []
    for path in sorted((place / "monolith" / app).rglob("*.py")):
        parts = path.relative_to(place).with_suffix("").parts
        if not left_out & {*parts} and not any("test" in part or part == "migrations" for part in parts):
            names.append(".".join(parts))
    return names


@contextmanager
def afresh(name: str):
    """Inside, the module has not been imported yet; afterwards it is the one that it was."""
    parent, _, child = name.rpartition(".")
    aside = sys.modules.pop(name, None)
    try:
        yield
    finally:
        sys.modules.pop(name, None)
        if aside is not None:
            sys.modules[name] = aside
            setattr(sys.modules[parent], child, aside)


def import_alone(place: Path, name: str) -> None:
    try:
        importlib.import_module(name)
    except Poisoned as problem:
        refuse_import(f"import {name}", problem, place)


def refuse_import(call: str, problem: Poisoned, place: Path) -> None:
    reject(
        f"{call} with orders out of reach",
        f"an import of orders, at {where(problem, place)}",
        "the page, or the module, without any import of orders",
        "Whatever orders would have answered there, somebody else has to, or hand it in.",
    )


def frames(problem: BaseException, place: Path) -> list:
    """The frames of the tree that an exception went through, the innermost last."""
    import traceback

    found = traceback.extract_tb(problem.__traceback__)
    return [frame for frame in found if Path(frame.filename).is_relative_to(place)]


def where(problem: BaseException, place: Path) -> str:
    last = frames(problem, place)[-1:]
    return f"{Path(last[0].filename).relative_to(place)}:{last[0].lineno}" if last else "an unknown place"


def whose(problem: BaseException, place: Path) -> str:
    """The app whose code raised it."""
    last = frames(problem, place)[-1:]
    return Path(last[0].filename).relative_to(place).parts[1] if last else ""


@circle.requirement(
    "R3",
    "the list is the monolith's, byte for byte: for events sold out, half sold, held, without seats, and on sale",
    hints=(
        "When does an event deserve the badge: when no seat is free, or when every seat is paid for?",
        "Compare five cases with the monolith's rule: all paid, one band of two paid, all held, no bands, nothing sold.",
        "Sold out means: there is at least one seat, and `sold` equals `capacity` in every band of the event.",
    ),
)
def byte_for_byte(tree):
    from django.core.cache import cache

    with box_office():
        events = programme(visitor("Ada"))
    cache.clear()
    got, expected = text_of(visitor(), "/"), as_before({events["sold out"].slug})
    for state, each in events.items():
        mine, right = (listed(page, each.slug) for page in (got, expected))
        badges = ["data-sold-out" in part for part in (mine, right)]
        if badges[0] != badges[1]:
            badge = ["no badge", "the badge “Sold out”"]
            reject(
                f"GET /, for an event {STATES[state]} ({state})",
                badge[badges[0]],
                badge[badges[1]],
                "The badge is for seats paid for, all of them, of an event that has some.",
            )
    if got != expected:
        pairs = zip(got.splitlines(), expected.splitlines(), strict=False)
        mine, right = next((pair for pair in pairs if pair[0] != pair[1]), ("fewer lines", "more"))
        reject(
            "GET /, compared byte for byte",
            repr(mine.strip()[:150]),
            repr(right.strip()[:150]),
            "Nobody who reads the page may notice this step: put the page back.",
        )


@circle.requirement(
    "R4",
    "when the last seat is sold, the next list shows the badge; when the order is cancelled, it goes",
    hints=(
        "The list is kept for a minute. Who says that it is no longer true, and when?",
        "Look at the end of the purchase in orders/checkout.py: what did it ask there, and what did it call?",
        "After the seats are counted as sold, ask whoever knows now whether the event is sold out; if so, "
        "catalogue_changed(). After a refund, always.",
    ),
)
def the_last_seat(tree):
    anybody, buyer = visitor(), visitor("Ada")
    shown = event(1, "Two to Go", bands=[("Stalls", 1), ("Circle", 1)])
    stalls, circle_seats = shown.bands.all()

    def badge() -> bool:
        return "data-sold-out" in listed(text_of(anybody, "/"), shown.slug)

    with box_office():
        buy(buyer, stalls, 1)
        if badge():
            reject("GET / with one seat left", "the badge", "no badge", "One seat can still be bought.")
        order = buy(buyer, circle_seats, 1)
        if not badge():
            reject(
                "GET / after the last seat was sold, the list having been shown before",
                "no badge",
                "the badge “Sold out”",
                "Either nobody was told about the sale, or the list is still the one that was kept.",
            )
        buyer.post(f"{order}cancel/")
        if badge():
            reject(
                "GET / after the order for the last seat was cancelled",
                "the badge",
                "no badge: there is a seat again",
                "A refund changes the list as well as a sale.",
            )


@circle.requirement(
    "R5",
    "the list costs no more queries than before: two, and one for each event; none while it is kept",
    hints=(
        "How many queries does the list send for 3 events, and how many for 10?",
        "A question for each event was the price so far. A question for each band of each event is dearer.",
        "Hand over the ids of all events on the page at once, and get those back that are sold out.",
    ),
)
def no_dearer(tree):
    from django.core.cache import cache

    anybody = visitor()
    text_of(anybody, "/")  # Django reads the addresses and templates once
    for number in range(10):
        event(number, f"Evening {number}", bands=[("Stalls", 1), ("Circle", 2), ("Gods", 3)])
    cache.clear()
    with queries() as cold:
        text_of(anybody, "/")
    with queries() as warm:
        text_of(anybody, "/")
    if len(cold) > 12 or warm:
        reject(
            "GET / with 10 events, twice",
            f"{len(cold)} queries, then {len(warm)}",
            "at most 12, then none",
            "Ask once for all events of the page." if len(cold) > 12 else "What was kept is asked for again.",
        )
