"""What the answers of chapter 02 must do.

02.2 to 02.5 are steps of the road: their checks get the folder of a copy of the learner's tree, and `monolith` is the
one in it. They rely on what every version of the tree has: addresses, forms, models, and the names in the task.
"""

import copy
import dataclasses
import importlib
import inspect
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import wraps
from pathlib import Path

from lab.checks import Exercise, poison, queries, reject, tables
from lab.checks.poison import Poisoned
from lab.home import CODE

# The world that trees meet. Django is set up by the time a check runs, so its imports stand inside.


def event(number: int, title: str, bands=(("Stalls", 4),), **fields):
    """An event far in the future with (name, capacity) price bands; a capacity of None: no seats are for sale yet."""
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
        if capacity is not None:
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


# 02.1 --------------------------------------------------------------------------------------------

drawn = Exercise(
    number="02.1",
    title="Draw the map yourself",
    kind="write",
    minutes=8,
    provides=("cross_app_imports",),
    review="Both answers read the syntax tree, and one lets the standard library resolve the dots. What would either of "
    "them never see, however carefully it is written: a foreign key, raw SQL, get_model?",
)


def edges(answer, files: dict) -> set:
    """The answer's edges, as a set of pairs; a rejection if they are something else."""
    found = answer.cross_app_imports(dict(files))
    if not isinstance(found, set):
        reject(
            "cross_app_imports(files)",
            f"a {type(found).__name__}",
            "a set of pairs (module, app)",
            "Two imports of one app in one module are one edge: a set says that by itself.",
        )
    return found


def must_find(answer, cases: dict, next_step: str, importer: str = "monolith.orders.views") -> None:
    """For each {source: apps}: the importer has an edge to these apps, and no other."""
    for source, apps in cases.items():
        found = edges(answer, {importer: source})
        expected = {(importer, app) for app in apps}
        if found != expected:
            reject(
                f"cross_app_imports of {importer}, which says\n{indented(source)}",
                shown(found),
                shown(expected),
                next_step,
            )


def indented(source: str) -> str:
    return "\n".join(f"      {line}" for line in source.strip().splitlines())


def shown(pairs: set) -> str:
    return "{" + ", ".join(sorted(map(repr, pairs))) + "}" if pairs else "an empty set"


@drawn.requirement(
    "R1",
    "every way to write it: `from a.b import c`, `import a.b as c`, `from a import b`, several names at once",
    hints=(
        "How many ways does Python have to import monolith.orders.models, and which of them does your function know?",
        "ast.Import has names alone; ast.ImportFrom has a module and names, and a name may be a module itself.",
        "For ImportFrom look at the module and the name together, of each alias; for Import at each alias.name. Then app_of.",
    ),
)
def every_spelling(answer):
    must_find(
        answer,
        {
            "from monolith.catalog.models import Event\n": {"catalog"},
            "import monolith.inventory.models\n": {"inventory"},
            "import json, monolith.payments.models as money\n": {"payments"},
            "from monolith import catalog\n": {"catalog"},
            "from monolith import utils, payments, accounts\n": {"payments", "accounts"},
            "from monolith.catalog import models, views\nfrom monolith.catalog import forms\n": {"catalog"},
            "from monolith.inventory.stock import *\n": {"inventory"},
            "from monolith.payments.facade import charge\nimport monolith.catalog.contracts\n": {
                "payments",
                "catalog",
            },
            "import monolith.utils\nfrom django.contrib import admin\n": set(),
        },
        "An edge is a pair: the module that imports, and the app that it imports from.",
    )


@drawn.requirement(
    "R2",
    "wherever it stands: in a function, a class, a try, an if, under TYPE_CHECKING",
    hints=(
        "Where does the monolith hide the import that closes its circle?",
        "tree.body has the statements at the top of the module. What do they have inside them?",
        "ast.walk(tree) gives every node, however deep.",
    ),
)
def every_place(answer):
    typing = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from monolith.accounts.models import User\n"
    must_find(
        answer,
        {
            "def late():\n    from monolith.catalog.models import Event\n": {"catalog"},
            "class Late:\n    async def ask(self):\n        import monolith.payments.client\n": {"payments"},
            "try:\n    import monolith.catalog.models\nexcept ImportError:\n    pass\n": {"catalog"},
            "if True:\n    with open('x'):\n        from monolith import reporting\n": {"reporting"},
            "try:\n    import json\nexcept ImportError:\n    import monolith.catalog.models\n": {"catalog"},
            "if ready():\n    pass\nelse:\n    import monolith.payments.models\n": {"payments"},
            "try:\n    work()\nfinally:\n    from monolith import accounts\n": {"accounts"},
            "match work():\n    case 1:\n        import monolith.inventory.stock\n": {"inventory"},
            typing: {"accounts"},
        },
        "An import is one wherever it stands: inside a function it only comes later.",
    )


@drawn.requirement(
    "R3",
    "relative imports: `from ..catalog import models`",
    hints=(
        "In monolith.orders.views, what do one dot and two dots stand for?",
        "node.level is the number of dots: one is the package of the module itself, each further one its parent. "
        "node.module may be None.",
        "Take node.level parts off the end of the module's name: that is where the dots lead to. node.module, if there is "
        "one, goes behind it.",
    ),
)
def relative(answer):
    must_find(
        answer,
        {
            "from ..catalog import models\n": {"catalog"},
            "from ..catalog.models import Event\n": {"catalog"},
            "from .. import payments, utils\n": {"payments"},
            "def late():\n    from ..inventory.stock import left\n": {"inventory"},
            "from . import forms\nfrom .models import Order\n": set(),
            "from .catalog import pages\nfrom .payments.models import Method\n": set(),
        },
        "Work out the full name that the dots stand for, then ask app_of.",
    )
    must_find(
        answer,
        {"from ....catalog import models\nfrom ...models import Order\n": {"catalog"}},
        "Further down it takes more dots to get out.",
        importer="monolith.orders.management.commands.seed",
    )


@drawn.requirement(
    "R4",
    "nothing else: no import of the app's own, none by a module of no app, no text that looks like one",
    hints=(
        "Which imports do not cross a border, although they name an app?",
        "Three cases: orders imports orders; urls.py, which belongs to no app, imports everybody; a docstring shows an "
        "example.",
        "Compare app_of(module) with the app that is imported: neither may be None, nor both the same.",
    ),
)
def nothing_else(answer):
    must_find(
        answer,
        {
            "from monolith.orders.models import Order\nimport monolith.orders.forms\n": set(),
            "from monolith import orders\nfrom . import checkout\n": set(),
        },
        "Its own modules are no other app's.",
    )
    must_find(
        answer,
        {
            '"""How to use it:\n\n    from monolith.catalog.models import Event\n"""\n': set(),
            "text = 'x'\n# import monolith.payments.models\n": set(),
            'import importlib\nimportlib.import_module("monolith.catalog.models")\n': set(),
            "example = '''\nfrom monolith.payments import client\n'''\n": set(),
        },
        "A docstring, a comment and a text are no imports.",
    )
    must_find(
        answer,
        {"import monolith.catalogue\nfrom monolith.orders_archive import models\n": set()},
        "A name that only begins like an app's is another name: ask app_of.",
    )
    must_find(
        answer,
        {"from monolith.orders import urls\nimport monolith.catalog.urls\n": set()},
        "urls.py belongs to no app: it puts them together, and may know them all.",
        importer="monolith.urls",
    )


@drawn.requirement(
    "R5",
    "a module that does not parse gives the pair (module, None), and costs no other edge",
    hints=(
        "What does ast.parse do with half a line of Python?",
        "It raises SyntaxError, for one module of many. Which of the others have you seen by then?",
        "try … except SyntaxError around the parsing of each module: add (module, None), and go on.",
    ),
)
def broken_module(answer):
    files = {
        "monolith.accounts.views": "from monolith.orders.models import Order\n",
        "monolith.catalog.views": "from monolith.orders.models import\n",
        "monolith.reporting.views": "import monolith.payments.models\n",
    }
    found = edges(answer, files)
    expected = {
        ("monolith.accounts.views", "orders"),
        ("monolith.catalog.views", None),
        ("monolith.reporting.views", "payments"),
    }
    if found != expected:
        reject(
            "cross_app_imports of three modules, of which monolith.catalog.views does not parse",
            shown(found),
            shown(expected),
            "Say which module it was, and go on with the next.",
        )


@drawn.requirement(
    "R6",
    "of the monolith, the same edges as the lab finds",
    hints=(
        "Which edges have you too many, or too few?",
        "`lab borders code/monolith` counts the same imports, and names files and lines.",
        "Look at what is missing: is it an import in a function, a relative one, or a test's? All count here.",
    ),
)
def the_monolith(answer):
    from lab.borders import cross_app_imports

    files = {}
    for path in sorted((CODE / "monolith").rglob("*.py")):
        parts = path.relative_to(CODE).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    expected = {(each.module, each.to_app) for each in cross_app_imports(files) if each.kind != "registry"}
    found = edges(answer, files)
    if found != expected:
        wrong = [f"{pair} is missing" for pair in sorted(expected - found)]
        wrong += [f"{pair} is none" for pair in sorted(found - expected, key=str)]
        reject(
            f"cross_app_imports of the monolith's {len(files)} modules",
            f"{len(found)} edges; {'; '.join(wrong[:3])}",
            f"{len(expected)} edges",
            "Open the module that is named, and look for the statement.",
        )


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
    "partly on sale": "of which one band is sold out, and the others have no seats",
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
        "partly on sale": event(6, "Circle Closed", bands=[("Stalls", 2), ("Circle", None), ("Gods", 0)]),
    }
    for band, quantity in zip(made["sold out"].bands.all(), (2, 1), strict=True):
        buy(buyer, band, quantity)
    buy(buyer, made["half sold"].bands.first(), 2)
    buy(buyer, made["partly on sale"].bands.first(), 2)
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
    return f"monolith/{each.path}:{each.line} imports {each.imported}{how.get(each.kind, '')}"


@circle.requirement(
    "R1",
    "no import leads from catalog to orders: not at the top, not in a function, not by get_model, not through another app or module",
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
    "with orders out of reach, catalog starts and its pages come as before; and nobody but orders reads orders' tables for it",
    hints=(
        "Read your list view with orders deleted: which line would raise, and which table would be missing?",
        "A query reaches orders' tables without an import, too: by get_model, by SQL, or by the way back of a "
        "foreign key (`lines`).",
        "Ask for numbers that inventory keeps in its own table. Neither Order nor OrderLine is needed for them.",
    ),
)
def without_orders(tree):
    from django.apps import apps
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
            f"the code of {app} reads {table}, at {by.places[app, table]}"
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
        between = modules_between(tree)
        for name in modules_of(tree, "catalog"):
            with afresh(name, *between):
                import_alone(tree, name)
        borrowed_tags(tree)
        try:
            apps.get_app_config("catalog").ready()
        except Poisoned as problem:
            refuse_import("the start of catalog", problem, tree)
        for address in addresses:
            cache.clear()
            try:
                with afresh(*between):
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


def modules_between(place: Path) -> list[str]:
    """The modules that belong to no app, but for those that put the site together."""
    together = {"urls", "settings", "wsgi", "asgi", "manage", "__init__", "conftest"}
    found = sorted(path.stem for path in (place / "monolith").glob("*.py"))
    return [f"monolith.{stem}" for stem in found if stem not in together and "test" not in stem]


def borrowed_tags(tree: Path) -> None:
    """Reject a template of catalog that loads tags of orders: Django imports them for it."""
    from django.template import engines

    libraries = engines["django"].engine.libraries
    for path in sorted((tree / "monolith").rglob("templates/catalog/*.html")):
        for names in re.findall(r"{%\s*load\s+(.+?)\s*%}", path.read_text()):
            for name in names.split():
                if libraries.get(name, "").startswith("monolith.orders"):
                    reject(
                        f"{path.relative_to(tree)}, which loads {name}",
                        f"tags of orders ({libraries[name]})",
                        "a template that needs nobody of orders",
                        "Without orders the page could not even be compiled.",
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
def afresh(*names: str):
    """Inside, these modules have not been imported yet; afterwards they are the ones that they were."""
    aside = {name: sys.modules.pop(name, None) for name in names}
    try:
        yield
    finally:
        for name, module in aside.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
        for name, module in aside.items():
            parent, _, child = name.rpartition(".")
            if module is not None and parent in sys.modules:
                setattr(sys.modules[parent], child, module)


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
    "the list is the monolith's, byte for byte: for events sold out, half sold, held, on sale, without seats, and with seats in some bands alone",
    hints=(
        "When does an event deserve the badge: when no seat is free, or when every seat is paid for?",
        "Compare six cases with the monolith's rule: all paid, one band of two paid, all held, no bands, nothing sold, and all "
        "paid beside a band that has no seats.",
        "Sold out means: there is an allotment, and `sold` equals `capacity` in every allotment of the event.",
    ),
)
def byte_for_byte(tree):
    from django.core.cache import cache

    with box_office():
        events = programme(visitor("Ada"))
    cache.clear()
    got = text_of(visitor(), "/")
    expected = as_before({events["sold out"].slug, events["partly on sale"].slug})
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


# 02.3 --------------------------------------------------------------------------------------------

contract = Exercise(
    number="02.3",
    title="A contract, not a row",
    kind="write",
    minutes=10,
    provides=(),
    tree=True,
    review="A frozen dataclass and a NamedTuple both keep their promise. Which of the two still compares, unpacks "
    "and grows a field as you want it in a year, and which would you defend in review?",
)

FIELDS = ("id", "slug", "title", "starts_at", "bands")


def facade_of(tree: Path):
    from monolith.catalog import facade

    if not hasattr(facade, "get_event"):
        reject(
            "facade.get_event(event_id), of monolith/catalog/facade.py",
            "no such function",
            "an EventContract",
            "Write it beside get_event_by_slug, and give the contract the fields that the task names.",
        )
    return facade


def a_hall(bands: int = 4):
    """An event whose bands are not in the order of their names, prices or numbers; two have one position."""
    names = [
        ("Stalls", 4),
        ("Gods", 2),
        ("Circle", 3),
        ("Boxes", 1),
        *((f"Row {n}", 1) for n in range(bands)),
    ]
    made = event(1, "Foxglove", bands=names[:bands])
    told = (("20.10", 2), ("12.30", 1), ("35.70", 0), ("8.10", 1))
    for band, (price, position) in zip(made.bands.order_by("pk"), told, strict=False):
        band.price, band.position = Decimal(price), position
        band.save()
    return made


def values(thing, name: str) -> dict:
    """What a contract holds, by the name of the field: also what is not in FIELDS."""
    held = [field for field in dir(type(thing)) if isinstance(getattr(type(thing), field, None), property)]
    held += list(getattr(type(thing), "__dataclass_fields__", ())) + list(getattr(thing, "_fields", ()))
    held += list(getattr(thing, "__dict__", ()))
    return {f"{name}.{field}": getattr(thing, field) for field in held if not field.startswith("__")}


def all_values(found) -> dict:
    """The values of an event's contract and of its bands', with their names."""
    held = values(found, "event")
    for number, band in enumerate(found.bands):
        held |= values(band, f"event.bands[{number}]")
    return held


def seen_in(thing, fields, call: str) -> dict:
    """The fields of a contract; a rejection if one cannot be read as an attribute."""
    missing = [field for field in fields if not hasattr(thing, field)]
    if missing:
        reject(
            call,
            f"{a(type(thing).__name__)} without the attribute {missing[0]!r}",
            f"an object with {', '.join(fields)}",
            "A contract says what it holds: one attribute for each thing that the task names.",
        )
    if "bands" in fields and not hasattr(thing.bands, "__iter__"):
        reject(f"{call}.bands", brief(thing.bands), "a tuple of bands", "A collection, ready made.")
    return {field: getattr(thing, field) for field in fields}


@contract.requirement(
    "R1",
    "get_event(event_id) gives id, slug, title, starts_at and bands; each band id, name and price, a Decimal, in the organiser's order",
    hints=(
        "What do the pages of orders show of an event? What would somebody who adds prices up want them to be?",
        "Event and PriceBand have all of it. The order of the bands is that of the model's Meta.",
        "Two classes in contracts.py with these fields, and in facade.py a function that fills them from the rows, value "
        "by value: a DecimalField gives a Decimal already.",
    ),
)
def values_of_the_event(tree):
    made = a_hall()
    call = "facade.get_event(event_id)"
    found = facade_of(tree).get_event(made.pk)
    seen = seen_in(found, FIELDS, call)
    for thing in (found, *found.bands):
        kind = type(thing)
        if thing is found and kind.__name__ != "EventContract":
            reject(call, a(kind.__name__), "an EventContract", "That is what the task calls it.")
        if is_row(thing):
            break  # said below
        if kind.__module__ != "monolith.catalog.contracts":
            reject(
                call,
                f"{a(kind.__name__)} of {kind.__module__}",
                "an EventContract with its bands, all of monolith.catalog.contracts",
                "Callers import contracts.py: what they are handed has to be known there.",
            )
    expected = {field: getattr(made, field) for field in FIELDS[:-1]}
    for field, right in expected.items():
        if seen[field] != right or type(seen[field]) is not type(right):
            reject(f"{call}.{field}", repr(seen[field]), repr(right), "Hand the value over as it is.")
    bands = [seen_in(band, ("id", "name", "price"), f"{call}.bands[…]") for band in found.bands]
    again = len(list(found.bands))
    if again != len(bands):
        reject(
            f"{call}.bands, read twice",
            f"{len(bands)} bands, then {again}",
            f"{len(bands)} both times",
            "What can be read only once is no value: make a tuple of it.",
        )
    right = [{"id": b.pk, "name": b.name, "price": b.price} for b in made.bands.all()]
    for mine in bands:
        if type(mine["price"]) is not Decimal:
            reject(
                f"{call}.bands[…].price",
                f"{mine['price']!r}, {a(type(mine['price']).__name__)}",
                "Decimal('20.10')",
                "Money that passed through a float or a text has to be trusted again: hand the Decimal over.",
            )
    if bands != right:
        shown = [f"{band['name']} at {band['price']!s:.12}" for band in bands]
        wanted = [f"{band['name']} at {band['price']}" for band in right]
        reject(
            f"{call}.bands",
            ", ".join(shown),
            ", ".join(wanted),
            "The right bands with their prices, in the order that PriceBand's Meta gives them.",
        )
    if rows := [name for name, value in all_values(found).items() if is_row(value)] or is_row(found) * [
        "event"
    ]:
        reject(
            call,
            f"a row of the database, or a query: {rows[0]}",
            "plain values",
            "Whoever holds a row, holds the whole model, and can ask and save. Copy what is needed.",
        )
    every_event_every_time(tree)


def every_event_every_time(tree) -> None:
    """An event is known whether or not tickets for it can be bought, and is told as it is now."""
    from django.utils import timezone

    facade = facade_of(tree)
    made = event(2, "Yesterday", bands=[("Stalls", 4), ("Circle", None)])
    for state, fields in {
        "whose sale is closed": {"sales_closed": True},
        "that is over": {"starts_at": timezone.now() - timedelta(days=1)},
        "whose title has changed since it was asked for": {"title": "The Day Before"},
    }.items():
        facade.get_event(made.pk)
        for name, value in fields.items():
            setattr(made, name, value)
        made.save()
        call = f"facade.get_event(event_id), of an event {state}"
        try:
            found = facade.get_event(made.pk)
        except LookupError as problem:
            reject(
                call,
                type(problem).__name__,
                "the event",
                "It exists: what can be bought is another question.",
            )
        if found.title != made.title:
            reject(
                f"{call}: title", repr(found.title), repr(made.title), "What was kept is not true any more."
            )
        if len(found.bands) != 2:
            reject(
                f"{call}, with a band that has no seats yet",
                f"{len(found.bands)} of its 2 bands",
                "both: a band is catalog's, its seats are inventory's",
                "Ask for the event's bands, and for nothing else.",
            )


def is_row(value) -> bool:
    """Whether a value can ask the database."""
    from django.db.models import Manager, Model, QuerySet

    return isinstance(value, Model | QuerySet | Manager)


def a(noun: str) -> str:
    """The noun with its article."""
    return f"{'an' if noun[:1] in 'AEIOUaeiou' else 'a'} {noun}"


def brief(value) -> str:
    text = repr(value)
    return text if len(text) < 80 else text[:79] + "…"


@contract.requirement(
    "R2",
    "two queries at most, for 30 bands as well; none when it is read, not even after the event is gone",
    hints=(
        "When are your queries sent: when the contract is made, or when somebody reads it?",
        "A queryset asks when it is looped over, and a row asks for what it is related to.",
        "Read the event, read its bands once, and build the tuple inside the facade.",
    ),
)
def asks_nothing_more(tree):
    made = a_hall(30)
    facade = facade_of(tree)
    with queries() as making:
        found = facade.get_event(made.pk)
    if len(making) > 2:
        reject(
            "facade.get_event(event_id), for an event with 30 bands",
            f"{len(making)} queries",
            "2 at most",
            "One for the event, and one for all its bands: what are the others for?",
        )
    with queries() as reading:
        seen_in(found, FIELDS, "facade.get_event(event_id)")
        list(found.bands)
        first = str(all_values(found))
    if reading:
        reject(
            "every field of the contract, read after it was made",
            f"{len(reading)} {'query' if len(reading) == 1 else 'queries'}: {reading[0][:70]}…",
            "none",
            "Something in it is a queryset, or a row that asks for a related one (a venue, the bands).",
        )
    made.delete()
    with queries() as later:
        second = str(all_values(found))
    if later or first != second:
        reject(
            "the contract, read again after the event was deleted",
            "another content than before",
            "the same values: they were handed over",
            "What a contract shows may not depend on the database any more.",
        )


@contract.requirement(
    "R3",
    "nobody can change it: neither a field of the event or of a band, nor the collection of bands",
    hints=(
        "If orders sets `event.title`, or appends to `event.bands`, who else sees that?",
        "frozen=True keeps a name from being bound anew; it does not keep a list from growing.",
        "@dataclass(frozen=True), or NamedTuple, for both classes; and the bands in a tuple.",
    ),
)
def nobody_changes_it(tree):
    found = facade_of(tree).get_event(a_hall().pk)
    seen_in(found, FIELDS, "facade.get_event(event_id)")
    if not isinstance(found.bands, tuple):
        kind = type(found.bands).__name__
        reject(
            "event.bands",
            f"a {kind}",
            "a tuple",
            "Whatever is not a tuple can be changed, or asks, or runs out.",
        )
    things = {
        "event": (found, "title"),
        **{f"event.bands[{n}]": (b, "name") for n, b in enumerate(found.bands)},
    }
    for name, (thing, field) in things.items():
        acts = {
            f'{name}.{field} = "Changed"': lambda thing=thing, field=field: setattr(thing, field, "Changed"),
            f"del {name}.{field}": lambda thing=thing, field=field: delattr(thing, field),
        }
        for words, act in acts.items():
            try:
                act()
            except (AttributeError, TypeError):
                continue
            reject(
                words,
                "the contract was changed",
                "an error: it is frozen",
                "One that anybody may change is shared state under a better name.",
            )
    loose = [n for n, v in all_values(found).items() if isinstance(v, list | dict | set) or is_row(v)]
    if loose:
        reject(
            loose[0], "something that can be changed", "a value", "Also what lies inside has to stand still."
        )


@contract.requirement(
    "R4",
    "an unknown id raises EventNotFound, of contracts",
    hints=(
        "What does a caller have to import to catch what your function raises?",
        "contracts.py has an error of its own for this already; which line in the facade can raise another?",
        "try … except Event.DoesNotExist: raise EventNotFound(…) from None",
    ),
)
def unknown_is_said(tree):
    from django.core.exceptions import ObjectDoesNotExist

    from monolith.catalog import contracts

    call = "facade.get_event(0), of which there is none"
    facade = facade_of(tree)
    try:
        found = facade.get_event(0)
    except getattr(contracts, "EventNotFound", ()) as problem:
        if isinstance(problem, ObjectDoesNotExist):
            reject(
                call,
                "an EventNotFound that is Django's",
                "one of contracts' own",
                "Derive it from LookupError.",
            )
        return
    except Exception as problem:
        reject(
            call,
            f"{type(problem).__module__}.{type(problem).__qualname__}",
            "contracts.EventNotFound",
            "To catch DoesNotExist, a caller imports catalog.models: the coupling that was to go."
            if isinstance(problem, ObjectDoesNotExist)
            else "Callers know contracts.py alone: raise the EventNotFound that stands there.",
        )
    reject(call, repr(found), "EventNotFound", "None is found out later, and somewhere else.")


@contract.requirement(
    "R5",
    "contracts.py can be imported where there is no Django",
    hints=(
        "Who will import contracts.py one day: only Django applications?",
        "Read its import lines, and the import lines of what it imports of the monolith.",
        "The standard library is enough: dataclasses or typing, datetime, decimal. Errors derive from LookupError.",
    ),
)
def without_django(tree):
    ours = [name for name in sys.modules if name.startswith("monolith.") and name != "monolith.catalog"]
    with poison("django"), afresh(*ours):
        try:
            importlib.import_module("monolith.catalog.contracts")
        except Poisoned as problem:
            what = str(problem).partition(" was")[0]
            reject(
                "import monolith.catalog.contracts, without Django",
                f"an import of {what}, at {where(problem, tree)}",
                "no import of Django, nor of a module of the monolith that needs it",
                "A payment service in Flask will read this contract: what it needs is in the standard library.",
            )


@contract.requirement(
    "R6",
    "what orders asks of the facade already is answered as before",
    hints=(
        "Which functions of catalog's facade does orders call today?",
        "Search orders/ for `catalog.`: views.py asks for an event by its slug, and forms.py reads its bands.",
        "Keep get_event_by_slug, and let both functions build the contract in one place.",
    ),
)
def orders_still_works(tree):
    from monolith.catalog import contracts
    from monolith.inventory.models import Hold

    buyer = visitor("Ada")
    made = a_hall()
    if not hasattr(facade_of(tree), "get_event_by_slug"):
        reject("facade.get_event_by_slug", "no such function", "the event", "orders/views.py calls it.")
    for slug in ("nothing", made.slug.upper()):
        call = f"facade.get_event_by_slug({slug!r}), of which there is none"
        try:
            found = facade_of(tree).get_event_by_slug(slug)
        except contracts.EventNotFound:
            continue
        except Exception as problem:
            came = f"{type(problem).__module__}.{type(problem).__qualname__}"
            reject(call, came, "contracts.EventNotFound", "orders catches that one, and makes a 404 of it.")
        reject(call, brief(found), "contracts.EventNotFound", "It has been so: orders makes a 404 of it.")
    by_slug = facade_of(tree).get_event_by_slug(made.slug)
    shown = [band.name for band in by_slug.bands]
    wanted = [band.name for band in made.bands.all()]
    if shown != wanted:
        reject(
            "facade.get_event_by_slug(slug).bands",
            ", ".join(shown),
            ", ".join(wanted),
            "It was in order before.",
        )
    hold(buyer, made.bands.first(), 2)
    if Hold.objects.count() != 1:
        reject(
            "POST a wish for 2 seats",
            f"{Hold.objects.count()} holds",
            "1",
            "The form reads the contract's bands.",
        )
    missing = buyer.post("/events/nothing/hold/", {"band": 1, "quantity": 1}).status_code
    if missing != 404:
        reject("POST /events/nothing/hold/", str(missing), "404", "The view catches EventNotFound.")


# 02.4 --------------------------------------------------------------------------------------------

actor = Exercise(
    number="02.4",
    title="Take the request out of the business",
    kind="the step",
    minutes=12,
    provides=(),
    tree=True,
    core=False,
    review="One answer hands over an Actor, the other an id and a name. When the provider wants the buyer's e-mail address "
    "next month, what changes in each of them, and which would you defend in review?",
)

SERVICES = {"place_hold": ("band_id", "quantity"), "place_order": ("reference",)}


def service(name: str):
    from monolith.orders import checkout

    if not hasattr(checkout, name):
        reject(
            f"checkout.{name}, of monolith/orders/checkout.py",
            "no such function",
            f"{name}(*, who acts, {', '.join(SERVICES[name])})",
            "The business keeps its place; only who acts comes in another way.",
        )
    return getattr(checkout, name)


@contextmanager
def overheard():
    """Notes what the pages hand to the services: {name: arguments of its last call}."""
    originals = {name: service(name) for name in SERVICES}
    heard = {}

    def listening(name, original):
        @wraps(original)
        def called(*arguments, **named):
            heard[name] = inspect.signature(original).bind(*arguments, **named).arguments
            return original(*arguments, **named)

        return called

    changed = []
    for name, original in originals.items():
        instead = listening(name, original)
        for module in [m for n, m in sys.modules.items() if n.startswith("monolith.") and m]:
            for key, value in list(vars(module).items()):
                if value is original:
                    setattr(module, key, instead)
                    changed.append((module, key, original))
    try:
        yield heard
    finally:
        for module, key, original in changed:
            setattr(module, key, original)


@dataclass
class Sale:
    """A purchase on the pages, and what the services were told for it; `who` has the part that says who acts."""

    buyer: object
    band: object
    told: dict
    who: dict

    def again(self, name: str, who: dict | None = None, **others):
        """Call the service as the page did, without a request, for other seats."""
        return service(name)(**{**self.told[name], **(self.who[name] if who is None else who), **others})


def a_sale() -> Sale:
    from monolith.accounts.models import User

    browser = visitor("Ada")
    band = event(1, "Foxglove", bands=[("Stalls", 20)]).bands.get()
    with overheard() as heard:
        buy(browser, band, 2)
    buyer = User.objects.get(first_name="Ada")
    for name, others in SERVICES.items():
        if name not in heard:
            reject(
                "a purchase on the pages",
                f"checkout.{name} was not called",
                f"the view calls checkout.{name}",
                "The view reads the request, and hands what it found to the service.",
            )
        if missing := [other for other in others if other not in heard[name]]:
            reject(
                f"the page's call of checkout.{name}",
                f"called with {', '.join(heard[name]) or 'nothing'}",
                f"among them {', '.join(others)}",
                f"Call it {missing[0]}, as the task does.",
            )
    who = {
        name: {k: v for k, v in heard[name].items() if k not in others} for name, others in SERVICES.items()
    }
    return Sale(buyer, band, heard, who)


def slots(value) -> list[str]:
    """The names in the __slots__ of its class and of those above, if the class is the learner's."""
    if not type(value).__module__.startswith("monolith."):
        return []
    names = [getattr(kind, "__slots__", ()) for kind in type(value).__mro__]
    return [name for some in names for name in ([some] if isinstance(some, str) else some)]


def parts(value, name: str, depth: int = 5) -> dict:
    """What a value is made of, by name: also what a dataclass, a named tuple, a dict or an object holds, in some depth."""
    from django.db.models import Model
    from django.http import HttpRequest

    found = {name: value}
    if isinstance(value, HttpRequest | Model) or not depth:
        return found
    if isinstance(value, dict):
        inside = value
    elif hasattr(value, "_asdict"):
        inside = value._asdict()
    elif dataclasses.is_dataclass(value):
        inside = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif isinstance(value, tuple | list):
        inside = dict(enumerate(value))
    else:
        inside = {slot: getattr(value, slot) for slot in slots(value) if hasattr(value, slot)}
        inside |= getattr(value, "__dict__", {})
    for key, each in inside.items():
        found |= parts(each, f"{name}.{key}", depth - 1)
    return found


@actor.requirement(
    "R1",
    "the views tell place_hold and place_order who acts, in plain values: no request, no row of User, nothing left to a default",
    hints=(
        "What do place_hold and place_order need to know of the request: all of it?",
        "Look for `request` in orders/checkout.py: it is asked for the buyer's id and display name, and for nothing else.",
        "A frozen dataclass Actor with an id and a name, made in the view, and a keyword-only parameter `actor`; or two "
        "parameters, buyer_id and buyer_name.",
    ),
)
def told_in_values(tree):
    from django.db.models import Model
    from django.http import HttpRequest

    with box_office():
        sale = a_sale()
    for name in SERVICES:
        held = {}
        for key, value in sale.told[name].items():
            held |= parts(value, key)
        for where_it_is, value in held.items():
            kind = (
                isinstance(value, HttpRequest)
                and "the request"
                or isinstance(value, Model)
                and "a row of the database"
            )
            if kind:
                reject(
                    f"the page's call of checkout.{name}",
                    f"{where_it_is} is {kind} ({type(value).__name__})",
                    "plain values, such as an id and a name",
                    "Another name, or a wrapper, and it still leans on a web page or on accounts' table.",
                )
        identity = [
            key for key in sale.who[name] if sale.buyer.pk in parts(sale.who[name][key], key).values()
        ]
        if not identity:
            reject(
                f"the page's call of checkout.{name}",
                f"called with {', '.join(sale.told[name])}: who acts is not among it",
                "the buyer's id, as an argument or inside `actor`",
                "What a service finds out behind its signature (a thread-local, a global), nobody else can tell it.",
            )
        for key, parameter in inspect.signature(service(name)).parameters.items():
            if parameter.default is not inspect.Parameter.empty:
                reject(
                    f"the signature of checkout.{name}",
                    f"{key} has a default",
                    "no default: whoever calls it has to say who acts",
                    "A forgotten argument should be an error at the call, and not a sale to nobody.",
                )


@actor.requirement(
    "R2",
    "both work where there is no request, and nobody but notifications reads accounts' tables for them",
    hints=(
        "Could a script sell a ticket with your services, for somebody whose id and name it knows?",
        "Which lines of checkout.py send a query to accounts_user, themselves or by a facade?",
        "buyer_id=… on the new row needs no query; the name comes with whoever acts.",
    ),
)
def without_a_request(tree):
    from lab.borders.tables import touched
    from monolith.orders.models import Order

    with box_office():
        sale = a_sale()
        orders = Order.objects.count()
        with touched() as by:
            sale.again("place_hold", quantity=1)
            sale.again("place_order", reference=newest_hold().reference)
    read = [pair for pair in by.counted if pair[1].startswith("accounts_") and pair[0] != "notifications"]
    for app, table in sorted(read):
        reject(
            "place_hold and place_order, called without a request",
            f"{table} was read, by the code of {app}, at {by.places[app, table]}",
            "no table of accounts",
            "Whoever calls says all that there is to know of the buyer; the row in accounts is not needed.",
        )
    if Order.objects.count() != orders + 1:
        reject(
            "place_order, called without a request",
            f"{Order.objects.count() - orders} new orders",
            "1",
            "The service has to do all of it.",
        )


def newest_hold():
    from monolith.inventory.models import Hold

    return Hold.objects.latest("pk")


@actor.requirement(
    "R3",
    "the order keeps the id and the display name that the service was told, whatever accounts says by then",
    hints=(
        "The buyer marries, and changes names. Which name should last year's order show?",
        "Look at what _record_order writes to buyer and buyer_name, and from where it has it.",
        "buyer_id and buyer_name of the Order are set from what was told, without a look at the user.",
    ),
)
def a_snapshot(tree):
    from monolith.accounts.models import User
    from monolith.orders.models import Order

    with box_office():
        sale = a_sale()
        sale.buyer.first_name = "Renamed"
        sale.buyer.save()
        sale.again("place_hold", quantity=1)
        sale.again("place_order", reference=newest_hold().reference)
    order = Order.objects.latest("pk")
    expected = (sale.buyer.pk, "Ada Example")
    if (order.buyer_id, order.buyer_name) != expected:
        reject(
            "place_order for Ada Example, whose row in accounts says “Renamed” by now",
            f"an order with buyer_id {order.buyer_id!r} and buyer_name {order.buyer_name!r}",
            f"buyer_id {expected[0]!r} and buyer_name {expected[1]!r}",
            "An order is a receipt: it says what was true, and was told, when it was made.",
        )
    nameless = User.objects.create(username="n@example.org", email="n@example.org")
    browser = visitor()
    browser.force_login(nameless)
    with box_office():
        buy(browser, sale.band, 1)
    name = Order.objects.latest("pk").buyer_name
    if name != nameless.display_name:
        reject(
            "a purchase on the pages by somebody who gave no name",
            f"an order with buyer_name {name!r}",
            f"{nameless.display_name!r}, the user's display_name",
            "What the view hands over as the name is what accounts shows: display_name.",
        )


def nobody(value, buyer):
    """The same value for somebody who is not logged in: without id, name and address."""
    if isinstance(value, bool):
        return False
    if value is not None and str(value) == str(buyer.pk):
        return None
    if value in (buyer.display_name, buyer.email, buyer.first_name, buyer.last_name, buyer.username):
        return ""
    if isinstance(value, dict):
        return {key: nobody(each, buyer) for key, each in value.items()}
    if hasattr(value, "_asdict"):
        return type(value)(**nobody(value._asdict(), buyer))
    if dataclasses.is_dataclass(value):
        fields = [field.name for field in dataclasses.fields(value) if field.init]
        return dataclasses.replace(value, **{name: nobody(getattr(value, name), buyer) for name in fields})
    if isinstance(value, tuple | list):
        return type(value)(nobody(each, buyer) for each in value)
    if isinstance(getattr(value, "__dict__", None), dict) or slots(value):
        other = copy.copy(value)
        for name in {*getattr(value, "__dict__", {}), *slots(value)} - {"__dict__", "__weakref__"}:
            if hasattr(value, name):
                object.__setattr__(other, name, nobody(getattr(value, name), buyer))
        return other
    return value


@actor.requirement(
    "R4",
    "both refuse somebody who is not logged in (no id), by themselves, with an error of orders' own, and write nothing",
    hints=(
        "login_required stands in front of the view. What stands in front of the service?",
        "Call place_hold with an id of None, as a careless view would: is a hold written, for nobody?",
        "The first lines of both raise an error of orders' own (a CheckoutError) if there is no id; or an actor without an "
        "id cannot be made.",
    ),
)
def nobody_is_refused(tree):
    from django.db import DatabaseError

    from monolith.inventory.models import Hold
    from monolith.orders.models import Order

    with box_office():
        sale = a_sale()
        sale.again("place_hold", quantity=1)
        Hold.objects.filter(pk=newest_hold().pk).update(buyer=None)
        paid = sale.told["place_order"]["reference"]
        wishes = (
            ("place_hold", "", {"quantity": 1}),
            ("place_order", ", for a hold of nobody's", {"reference": newest_hold().reference}),
            ("place_order", ", for a hold that was paid for", {"reference": paid}),
        )
        for name, for_what, wish in wishes:
            before = (Hold.objects.count(), Order.objects.count())
            came = "no error"
            try:
                sale.again(name, nobody(sale.who[name], sale.buyer), **wish)
            except (DatabaseError, AttributeError, TypeError, KeyError, NameError, ImportError) as problem:
                came = f"{type(problem).__name__}: {problem}"
            except Exception:
                came = ""
            written = (Hold.objects.count(), Order.objects.count()) != before
            if came or written:
                reject(
                    f"checkout.{name} for nobody in particular: the same call, with no id{for_what}",
                    f"{came or 'an error'}{', and a new row' if written else ''}",
                    "an error that says who may buy, and nothing written",
                    "The view is not the only caller that there will ever be: the rule belongs to the service.",
                )


@actor.requirement(
    "R5",
    "the pages behave as before: whoever is not logged in is sent to log in, a stranger's hold is not found, paying twice is one order",
    hints=(
        "What did the view make sure of before it called the service?",
        "Try the addresses of somebody else's hold: its checkout page, and a payment for it.",
        "A hold that is not the actor's is HoldNotFound, in the service; the view turns that into Http404.",
    ),
)
def pages_as_before(tree):
    from monolith.orders.models import Order

    band = event(1, "Foxglove", bands=[("Stalls", 20)]).bands.get()
    ada, bob = visitor("Ada"), visitor("Bob")
    wish = {"band": band.pk, "quantity": 1}
    address = f"/events/{band.event.slug}/hold/"
    try:
        answer = visitor().post(address, wish)
        came = f"{answer.status_code} {answer.headers.get('Location', '')}"
    except Exception as problem:
        came = f"{type(problem).__name__}: {problem}"
    if came != f"302 /accounts/login/?next={address}":
        reject(
            f"POST {address}, not logged in",
            came,
            f"a redirect to /accounts/login/?next={address}",
            "The view still asks people to log in, and remembers where they were.",
        )
    with box_office():
        place = hold(ada, band, 1)
        for method, address in (("get", place), ("post", f"{place}pay/")):
            status = getattr(bob, method)(address).status_code
            if status != 404 or Order.objects.exists():
                reject(
                    f"{method.upper()} {address} by somebody else than who holds the seats",
                    f"{status}{', and an order' if Order.objects.exists() else ''}",
                    "404, and no order",
                    "Whose hold it is has to be asked, whoever asks it now.",
                )
        first, second = (ada.post(f"{place}pay/").headers.get("Location") for _ in range(2))
    if first != second or Order.objects.count() != 1:
        reject(
            f"POST {place}pay/, twice",
            f"{Order.objects.count()} orders, at {first} and {second}",
            "one order, twice the same address",
            "Whoever pays twice is sent to the order that there is.",
        )
    shown = text_of(ada, first)
    if "Ada Example" not in shown:
        reject(f"GET {first}", "a page without the buyer's name", "Ada Example", "The order keeps the name.")


# 02.5 --------------------------------------------------------------------------------------------

linted = Exercise(
    number="02.5",
    title="The rule that would have caught you",
    kind="write",
    minutes=8,
    provides=(),
    tree=True,
    starts_processes=True,
    limit=30,
    review="One answer lists what is forbidden, the other protects catalog and lists its doors. Next month catalog gets "
    "a new module, and the monolith a new app: which of the two still holds, and which would you defend in review?",
)

RULES = ".importlinter"


@dataclass(frozen=True)
class Plant:
    """An import that is planted in a module: at its end, or inside a function."""

    importer: str
    imported: str
    in_a_function: bool = False

    @property
    def where(self) -> str:
        place = ", inside a function" if self.in_a_function else ""
        return f"{self.importer} imports {self.imported}{place}"

    def text(self) -> str:
        package, _, name = self.imported.rpartition(".")
        line = f"from {package} import {name} as planted\n"
        return f"\n\ndef planted_here():\n    {line}" if self.in_a_function else f"\n\n{line}"


IN_A_VIEW = Plant("monolith.orders.views", "monolith.catalog.models")
HIDDEN = (
    Plant("monolith.orders.checkout", "monolith.catalog.models", in_a_function=True),
    Plant("monolith.reporting.sales", "monolith.catalog.selectors"),
    Plant("monolith.payments.services", "monolith.catalog.caching"),
    Plant("monolith.accounts.views", "monolith.catalog.views", in_a_function=True),
    Plant("monolith.inventory.admin", "monolith.catalog.models"),
    Plant("monolith.orders.seeding", "monolith.catalog.seeding"),
    Plant("monolith.orders.management.commands.seed", "monolith.catalog.programme"),
    Plant("monolith.orders.views", "monolith.catalog.factories"),
    Plant("monolith.inventory.factories", "monolith.catalog.models"),
    Plant("monolith.notifications.services", "monolith.catalog.signals"),
    Plant("monolith.orders.forms", "monolith.catalog.forms", in_a_function=True),
    Plant("monolith.accounts.admin", "monolith.catalog.admin"),
    Plant("monolith.reporting.views", "monolith.catalog.urls"),
    Plant("monolith.inventory.services", "monolith.catalog.apps"),
)
HONEST = (
    Plant("monolith.notifications.services", "monolith.catalog.facade"),
    Plant("monolith.payments.services", "monolith.catalog.contracts"),
    Plant("monolith.accounts.views", "monolith.catalog.facade", in_a_function=True),
    Plant("monolith.payments.tests", "monolith.catalog.models"),
    Plant("monolith.orders.factories", "monolith.catalog.factories"),
)


@contextmanager
def planted(tree: Path, plants):
    """Inside, the tree's files have these imports, too."""
    before = {}
    for plant in plants:
        path = tree.joinpath(*plant.importer.split(".")).with_suffix(".py")
        before.setdefault(path, path.read_bytes() if path.exists() else None)
        with path.open("a") as file:
            file.write(plant.text())
    try:
        yield
    finally:
        for path, content in before.items():
            path.write_bytes(content) if content is not None else path.unlink()


def lint(tree: Path) -> tuple[str, str]:
    """("kept", "broken" or "no answer", what import-linter said) of the tree as it stands."""
    if not (tree / RULES).is_file():
        reject(
            f"the rules in {RULES}, beside the folder monolith",
            "no such file",
            "a file with a section [importlinter], and one for each contract",
            f"%%work {RULES} writes it from a cell.",
        )
    run = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", run, "--no-cache", "--no-logo", RULES],
        cwd=tree,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tree), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    if done.returncode == 0:
        return "kept", said
    return ("broken" if " BROKEN" in said else "no answer"), said


def first_lines(said: str) -> str:
    """What import-linter said of the first thing that is wrong, in a line or two."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    chains = [line for line in lines if re.search(r"->| \(l\.\s?\d+", line)]
    shown = chains[:2] or [line for line in lines if not set(line) <= {"-", "="}][-3:]
    return "; ".join(shown)[:300]


def named_in(said: str, plant: Plant) -> bool:
    """Whether import-linter complained of that very import."""
    return bool(re.search(rf"{re.escape(plant.importer)}\b.*{re.escape(plant.imported)}\b", said))


def must_be_caught(tree: Path, plants, next_step: str) -> None:
    """Reject unless each of these imports, planted, breaks a contract that was kept before."""
    with planted(tree, plants):
        state, said = lint(tree)
    for plant in plants:
        if state == "broken" and named_in(said, plant):
            continue
        if state == "no answer":
            reject(
                f"lint-imports, while {plant.where}", first_lines(said), "BROKEN", "The linter does not run."
            )
        with planted(tree, [plant]):
            alone, said_alone = lint(tree)
        if alone != "broken" or lint(tree)[0] != "kept":
            reject(
                f"lint-imports, while {plant.where}",
                "KEPT" if alone == "kept" else f"the same as without it: {first_lines(said_alone)}",
                "BROKEN, because of that import",
                next_step,
            )


@linted.requirement(
    "R1",
    "your tree, as it is, keeps every contract",
    hints=(
        "Run it yourself: in work/curtaincall, PYTHONPATH=. lint-imports. Which import does it name?",
        "Does it name a test, or factories? Those have a door of their own: ignore_imports. A chain that goes through "
        "catalog.facade? Then the rule counts indirect imports.",
        "A `forbidden` contract wants allow_indirect_imports = True; both kinds want tests let through, with a pattern "
        "(monolith.**.tests) under ignore_imports.",
    ),
)
def kept_as_it_is(tree):
    state, said = lint(tree)
    if state != "kept":
        reject(
            "lint-imports, on your tree as it is",
            f"{'BROKEN' if state == 'broken' else 'an error'}: {first_lines(said)}",
            "KEPT: every import of catalog from outside is one of its facade or contracts, a test's, or one of factories by factories",
            "A rule that is red for honest work is switched off within a week."
            if state == "broken"
            else "The linter could not judge: is a module's name misspelt?",
        )


@linted.requirement(
    "R2",
    "an import of catalog.models in a view of orders breaks it",
    hints=(
        "If somebody writes `from monolith.catalog.models import Event` into orders/views.py, which of your lines says no?",
        "Try it, and run lint-imports. A line under ignore_imports may be what lets it pass.",
        "The module that is imported has to be named, or lie in what is named, under forbidden_modules or protected_modules.",
    ),
)
def a_view_is_caught(tree):
    must_be_caught(tree, [IN_A_VIEW], "No line of your contract forbids it, or one lets it pass: which?")


@linted.requirement(
    "R3",
    "so does an import inside a function, of any other of catalog's inner modules, from any module of any other app; "
    "only tests, and factories among themselves, have a door of their own",
    hints=(
        "Which modules of catalog may others meet, and which of all the others have you named?",
        "selectors, caching and views are as much inside as models; reporting, payments and accounts as much outside as "
        "orders.",
        "Either protect the whole of catalog and let the two doors through (ignore_imports), or list every inner module "
        "and every other app.",
    ),
)
def others_are_caught(tree):
    must_be_caught(tree, HIDDEN, "It is as much behind the door as catalog.models is.")


@linted.requirement(
    "R4",
    "an import of catalog.facade or catalog.contracts is allowed, from any app; and tomorrow's tests may import what they like",
    hints=(
        "What will the next colleague do who follows the rule to the letter: is that green?",
        "Plant `from monolith.catalog import facade` in an app that has not used it so far, and run lint-imports.",
        "monolith.** -> monolith.catalog.facade, and the same for contracts, if your contract protects all of catalog.",
    ),
)
def the_door_is_open(tree):
    with planted(tree, HONEST):
        state, said = lint(tree)
    if state == "kept":
        return
    if lint(tree)[0] != "kept":
        reject(
            "lint-imports, with further imports of catalog.facade",
            "the same as without them: see R1",
            "KEPT",
            "First the tree as it is has to keep every contract.",
        )
    named = [plant for plant in HONEST if named_in(said, plant)] or HONEST
    reject(
        f"lint-imports, while {named[0].where}",
        f"{'BROKEN' if state == 'broken' else 'an error'}: {first_lines(said)}",
        "KEPT: that is what the facade and the contracts are for",
        "The door has to be open for everybody, also for those who do not use it yet.",
    )
