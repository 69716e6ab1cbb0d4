"""What the answers of chapter 01 must do."""

import logging
import sys
import types
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from lab.checks import Exercise, elsewhere, queries, reject, rival

# The world that answers meet. Django is set up by the time a check runs, so its imports stand inside.


def venue(name="The Lantern", city="Leeds"):
    from monolith.catalog.models import Venue

    return Venue.objects.get_or_create(name=name, city=city, address="1 Mill Lane")[0]


def event(number: int, title: str | None = None, bands: int = 1, at=None, days: int = 0, **fields):
    """An event far in the future, `number` days after the others' base date, with that many price bands."""
    from monolith.catalog.models import Event

    made = Event.objects.create(
        venue=at or venue(),
        title=title or f"Evening {number}",
        slug=f"evening-{number}",
        starts_at=datetime(2040, 1, 1, 20, tzinfo=UTC) + timedelta(days=days or number),
        **fields,
    )
    for position in range(bands):
        # prices neither rise nor fall with the position
        price = Decimal((10, 15, 12)[position % 3])
        made.bands.create(name=f"Row {position + 1}", price=price, position=position)
    return made


def allotment(capacity: int, sold: int = 0):
    from monolith.inventory.models import Allotment

    band = event(1).bands.get()
    return Allotment.objects.create(band=band, capacity=capacity, sold=sold)


def user(name: str, **fields):
    from monolith.accounts.models import User

    email = f"{name.lower()}@example.org"
    made = User(username=email, email=email, first_name=name, last_name="Example", **fields)
    made.set_unusable_password()
    made.save()
    return made


def plain(value):
    """The value with every tuple in it as a list."""
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value


def differs(got, expected) -> str:
    """The first place where two lists differ, in words."""
    if not isinstance(got, list):
        return f"a {type(got).__name__}, where a list is wanted"
    for number, (mine, right) in enumerate(zip(got, expected, strict=False)):
        if mine != right:
            return f"row {number}: {mine!r}"
    return f"{len(got)} rows"


# 01.1 --------------------------------------------------------------------------------------------

rows = Exercise(
    number="01.1",
    title="The page that asks once per row",
    kind="fix",
    minutes=8,
    provides=("event_list",),
    review="One answer leans on the ORM to gather the bands, the other gathers them itself. "
    "Which would you rather meet in a code review, and what would make you change your mind?",
)


def slow_rows() -> list:
    from monolith.catalog.models import Event

    return [
        (e.title, [(band.name, band.price) for band in e.bands.all()])
        for e in Event.objects.order_by("starts_at", "pk")
    ]


def programme(count: int) -> None:
    """Events whose order of entry is not their order in time; one has no bands, one three, two the same title."""
    for number in range(count):
        title = "Evening 0" if number == 3 else None
        event(number, title, bands={1: 0, 2: 3}.get(number, 2), days=count - number + 1)


def many_more(count: int) -> None:
    """So many events with two bands each, quickly."""
    from monolith.catalog.models import Event, PriceBand

    house = venue()
    start = datetime(2041, 1, 1, 20, tzinfo=UTC)
    made = Event.objects.bulk_create(
        Event(venue=house, title=f"Matinee {n}", slug=f"matinee-{n}", starts_at=start + timedelta(days=n))
        for n in range(count)
    )
    PriceBand.objects.bulk_create(
        PriceBand(event=one, name=f"Row {n}", price=Decimal(10), position=n) for one in made for n in (1, 2)
    )


@rows.requirement(
    "R1",
    "the same rows, in the same order, as the slow version gives",
    hints=(
        "What does the slow version give for an event that has no price bands yet?",
        "Look at where your query starts: from the events, or from the bands? And at the order of both.",
        "Start from Event, ordered by starts_at and pk, and attach bands to each, in the order Meta gives them.",
    ),
)
def same_rows(answer):
    programme(4)
    expected = slow_rows()
    got = answer.event_list()
    if got != expected:
        place = differs(got, expected)
        if isinstance(got, list) and [[t, [list(b) for b in bs]] for t, bs in expected] == plain(got):
            reject(
                "event_list()",
                f"for example {got[-1]!r}",
                f"{expected[-1]!r}",
                "The right rows in another form: each row is a tuple, and so is each band in its list.",
            )
        right = f"{len(expected)} rows, one for each event"
        if place.startswith("row "):
            right = f"row {place.split()[1]} {expected[int(place.split()[1].rstrip(':'))]!r}"
        missing = {title for title, _ in expected} - {r[0] for r in got if isinstance(r, tuple) and r}
        step = (
            f"Missing: {', '.join(sorted(missing))}. Does your query lose events without bands?"
            if missing
            else "Compare the order of the rows, and of the bands within a row, with the stub's. Two events may have one title."
        )
        reject("event_list() with 4 events, one of them without bands", place, right, step)


@rows.requirement(
    "R2",
    "never more than 2 queries, however many events there are",
    hints=(
        "Which line of the stub sends a query, and how often does it run?",
        "A loop over events that touches event.bands asks the database each time, unless the bands came along. "
        "Note that .filter() on a prefetched relation asks again.",
        "Event.objects.….prefetch_related(…) sends two queries in all; then only .all() may be called on it.",
    ),
)
def few_queries(answer):
    programme(3)
    with queries() as seen:
        list(answer.event_list())
    few = len(seen)
    many_more(297)
    with queries() as seen:
        list(answer.event_list())
    if few > 2 or len(seen) > 2:
        reject(
            "event_list()",
            f"{few} queries for 3 events, {len(seen)} for 300",
            "at most 2, for 3 events and for 300",
            "The number grows with the events: find what still asks for each of them, or for each batch."
            if len(seen) > few
            else "The number does not grow any more, but two queries are enough.",
        )


@rows.requirement(
    "R3",
    "a second call sees what was added since the first",
    hints=(
        "Where does your answer keep what it found, and for how long?",
        "A name outside the function, or a decorator that remembers results, outlives the call.",
        "Build the list anew at each call; speed must come from fewer queries, not from memory.",
    ),
)
def never_stale(answer):
    programme(3)
    before = len(list(answer.event_list()))
    event(9, title="Added later")
    got = list(answer.event_list())
    if len(got) != before + 1:
        reject(
            "event_list(), an event added, event_list() again",
            f"{len(got)} rows the second time",
            f"{before + 1} rows",
            "The second call gave the first one's rows: something remembers them.",
        )
    changed = event(10, title="Band added later", bands=0)
    list(answer.event_list())
    changed.bands.create(name="Circle", price=Decimal("7.50"))
    if "7.50" not in repr(list(answer.event_list())):
        reject(
            "event_list() after a price band was added",
            "the rows from before",
            "the new band in its row",
            "Something remembers bands between two calls.",
        )


# 01.2 --------------------------------------------------------------------------------------------

last_seat = Exercise(
    number="01.2",
    title="The last seat",
    kind="fix",
    minutes=10,
    provides=("sell", "SoldOut"),
    review="One answer makes the second buyer wait, the other makes the database decide. "
    "Which would you defend in review: for one seat, and for an on-sale with 5 000 buyers?",
)


def sold_now() -> int:
    from monolith.inventory.models import Allotment

    return Allotment.objects.get().sold


def contested(answer, row, quantity: int, rival_quantity: int, **moment):
    """`sell` with a rival at the worst moment: (tickets of ours, tickets of the rival's, when).

    `moment` says which moment (lab.checks.rival has the choices).
    """

    def buy(cursor):
        cursor.execute(
            "UPDATE inventory_allotment SET sold = sold + ? WHERE id = ? AND sold + ? <= capacity",
            (rival_quantity, row.pk, rival_quantity),
        )
        return cursor.rowcount

    with rival("inventory_allotment", buy, **moment) as other:
        try:
            answer.sell(row.band_id, quantity)
            mine = quantity
        except answer.SoldOut:
            mine = 0
    return mine, other.rows * rival_quantity, other.moment


@last_seat.requirement(
    "R1",
    "two buyers, one seat: one ticket",
    hints=(
        "Between your read and your write, another buyer may write. What does your code then believe?",
        "atomic() makes a block all-or-nothing; it does not make anybody wait. Which call does? And what is read first?",
        "Either lock the row before you read it (inside atomic), or let one UPDATE … WHERE decide, and look at "
        "how many rows it changed.",
    ),
)
def one_ticket(answer):
    for read in (1, 2, 3):
        clear()
        mine, theirs, moment = contested(answer, allotment(capacity=1), 1, 1, read=read)
        column = sold_now()
        if mine + theirs != 1:
            which = "read" if read == 1 else f"read number {read}"
            reject(
                "sell(band, 1) with 1 seat left, while a rival buys it"
                + (f" between your {which} and your write" if moment == "between" else ""),
                f"{mine + theirs} tickets ({mine} of yours, {theirs} of the rival's); the column says {column} sold",
                "1 ticket",
                "The seat went to nobody: who was refused although it was free?"
                if mine + theirs == 0
                else "Your read was stale when you wrote. atomic() alone does not lock what it reads."
                if moment == "between"
                else "You sold a seat that the rival already had.",
            )
        if column != 1:
            reject(
                "sell(band, 1) with 1 seat left",
                f"the column says {column} sold",
                "1",
                "Count what you sell.",
            )


@last_seat.requirement(
    "R2",
    "the sold column always agrees with the tickets, also for several seats at once",
    hints=(
        "Ten seats; you sell 3 while a rival buys 8. What should the column say, and what does it say?",
        "Saving an object writes back the number that you read, whatever happened to the row since.",
        "Add in the database (F) under a condition that it checks itself, or hold the lock from read to write.",
    ),
)
def column_agrees(answer):
    for rival_quantity, quantity in ((8, 3), (2, 3)):
        clear()
        row = allotment(capacity=10)
        mine, theirs, moment = contested(answer, row, quantity, rival_quantity)
        column = sold_now()
        if mine + theirs > 10 or column != mine + theirs:
            reject(
                f"sell(band, {quantity}) of 10 seats, while a rival buys {rival_quantity}",
                f"{mine + theirs} tickets are out, the column says {column} sold",
                f"at most 10 tickets, and a column that says {mine + theirs}"
                if mine + theirs <= 10
                else "at most 10 tickets",
                "The rival's sale was overwritten: you wrote a number that you computed from an old read."
                if moment == "between" and column != mine + theirs
                else "Decide on what is there when you write, not when you read.",
            )


@last_seat.requirement(
    "R3",
    "too few seats left: SoldOut, and the row is as it was",
    hints=(
        "What should happen to the row when the answer is no?",
        "Look at what has been written by the time you raise.",
        "Raise SoldOut before anything is written, or so that the transaction rolls back.",
    ),
)
def refused_untouched(answer):
    row = allotment(capacity=5, sold=3)
    try:
        answer.sell(row.band_id, 3)
    except answer.SoldOut:
        pass
    else:
        reject("sell(band, 3) with 2 seats left", "no error", "SoldOut", "Compare before you sell.")
    if sold_now() != 3:
        reject(
            "sell(band, 3) with 2 seats left",
            f"SoldOut, but the column went from 3 to {sold_now()}",
            "3, as before",
            "A refused sale must leave the row untouched.",
        )


@last_seat.requirement(
    "R4",
    "a quantity below 1 is refused with ValueError",
    hints=(
        "What does selling 0 seats, or −2, do to the column?",
        "The first line of the function is a good place to look at what came in.",
        "if quantity < 1: raise ValueError(…)",
    ),
)
def sensible_quantity(answer):
    row = allotment(capacity=5, sold=3)
    for quantity in (0, -2):
        try:
            answer.sell(row.band_id, quantity)
            came = "no error"
        except ValueError:
            came = None
        except answer.SoldOut:
            came = "SoldOut"
        if came or sold_now() != 3:
            reject(
                f"sell(band, {quantity})",
                came or f"ValueError, but the column went from 3 to {sold_now()}",
                "ValueError, and nothing changed",
                "A quantity below 1 is nobody's order: refuse it before you ask the database.",
            )


@last_seat.requirement(
    "R5",
    "nobody is refused while there are seats",
    hints=(
        "Ten seats, and a rival takes one while you sell three. Who must be refused?",
        "If you notice that the row changed under you, is the house sold out, or should you look again?",
        "After a lost race, read again and try again; raise SoldOut only for too few seats.",
    ),
)
def nobody_turned_away(answer):
    row = allotment(capacity=10)
    mine, _, _ = contested(answer, row, 3, 1)
    if mine != 3:
        reject(
            "sell(band, 3) of 10 seats, while a rival buys 1",
            "SoldOut",
            "3 tickets: 6 seats were still left",
            "The row changed while you sold: look again before you say no.",
        )
    clear()
    if contested(answer, allotment(capacity=10), 3, 1, holds_lock=True)[0] != 3:
        reject(
            "sell(band, 3) of 10 seats, while a rival has the row locked to buy 1",
            "SoldOut",
            "3 tickets, as soon as the rival is done",
            "Somebody else who is buying is no reason to refuse: wait for the lock.",
        )
    clear()
    if contested(answer, allotment(capacity=100), 3, 1, times=20)[0] != 3:
        reject(
            "sell(band, 3) of 100 seats, while a rival buys 1 each time that you look, 20 times",
            "SoldOut",
            "3 tickets: 77 seats were still left",
            "Losing a race is no reason to refuse, however often: only too few seats are. Try again, or lock.",
        )
    clear()
    row = allotment(capacity=10, sold=4)
    left = 10 - sold_now()
    for number in range(left):
        try:
            answer.sell(row.band_id, 1)
        except answer.SoldOut:
            reject(
                f"sell(band, 1) with {left - number} seats left",
                "SoldOut",
                "a ticket",
                "The last seat may be sold, too: compare with <=, not <.",
            )


def clear() -> None:
    from monolith.catalog.models import Event
    from monolith.inventory.models import Allotment

    Allotment.objects.all().delete()
    Event.objects.all().delete()


# 01.3 --------------------------------------------------------------------------------------------

cached = Exercise(
    number="01.3",
    title="Cached, and still true",
    kind="write",
    minutes=15,
    provides=("event_page",),
    review="One answer forgets a page when something changes, the other makes the key change with it. A bulk "
    "update sends no signal and moves no updated_at: what would each of them need to survive one?",
)


def page(answer, shown, visitor=None) -> str:
    """The text of the event page, as the visitor (None: nobody is logged in) gets it."""
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory

    request = RequestFactory().get(f"/events/{shown.slug}/")
    request.user = visitor or AnonymousUser()
    response = answer.event_page(request, shown.slug)
    if not hasattr(response, "content"):
        reject(
            "event_page(request, slug)",
            type(response).__name__,
            "an HttpResponse",
            "Return the response itself.",
        )
    return response.content.decode()


@contextmanager
def organiser():
    """A test client in the admin, and a function that saves an event there with some fields changed."""
    from django.test import Client
    from django.urls import reverse

    client = Client()
    client.force_login(user("Olive", is_staff=True, is_superuser=True))

    def save(changed, **fields):
        address = reverse("admin:catalog_event_change", args=[changed.pk])
        form = posted(client.get(address))
        unknown = fields.keys() - form.keys()
        assert not unknown, f"the admin's form has no field {unknown}"
        response = client.post(address, {**form, **fields})
        assert response.status_code == 302, response.context["errors"]

    yield save


def posted(response) -> dict:
    """What a browser would send if the admin's form were submitted as it stands."""
    data = {}
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            widget = bound.field.widget
            for name, part in zip(widget_names(bound), widget_values(widget, value), strict=True):
                data[name] = "" if part is None else part
    return data


def widget_names(bound) -> list[str]:
    parts = getattr(bound.field.widget, "widgets_names", None)
    return [bound.html_name + part for part in parts] if parts else [bound.html_name]


def widget_values(widget, value) -> list:
    if hasattr(widget, "decompress"):
        return widget.decompress(value)
    return ["on" if value is True else "" if value is False else value]


@cached.requirement(
    "R1",
    "a page asked for a second time costs at most 1 query",
    hints=(
        "Which part of the page is the same for everybody, and is worked out anew each time?",
        "Look at django.core.cache: cache.get, cache.set, cache.get_or_set. What would be the key?",
        "Render the event's part to a string, keep that under a key of its own, and put the greeting around it.",
    ),
)
def warm_is_cheap(answer):
    shown = event(1, bands=3)
    page(answer, shown)
    with queries() as seen:
        page(answer, shown)
    if len(seen) > 1:
        reject(
            "the same page, asked for twice",
            f"{len(seen)} queries the second time",
            "at most 1",
            "What the first call worked out was not kept, or not found again.",
        )


@cached.requirement(
    "R2",
    "every event has its own page",
    hints=(
        "What makes the key of one event's page differ from another's?",
        "Read your key aloud for two events.",
        'Put what identifies the event into the key: f"event:{slug}".',
    ),
)
def own_page(answer):
    twins = [event(number, title="Two of a Name", bands=number) for number in (3, 4)]
    pages = [page(answer, twin) for twin in twins]
    if "Row 4" not in pages[1] or "Row 4" in pages[0]:
        reject(
            "the pages of two events that have the same title",
            "one page for both",
            "each with its own price bands",
            "A title is no identity: the key needs what no other event has.",
        )
    one, two = event(1, title="Hedda at Home"), event(2, title="The Quiet Orchestra")
    page(answer, one)
    got = page(answer, two)
    if two.title not in got or one.title in got:
        reject(
            "the page of one event, then of another",
            f"a page that shows {one.title!r}" if one.title in got else "a page without the event's title",
            f"a page that shows {two.title!r}",
            "The two share a key: what is missing in it?",
        )


@cached.requirement(
    "R3",
    "after an organiser has saved a change in the admin, the next page shows it, also if somebody reads just before the commit",
    hints=(
        "Who knows that a price has changed: the page, or the place where it was saved? And from when on can others see it?",
        "Signals (post_save, post_delete) tell you, but before the commit; so does updated_at, which every save of the "
        "admin's form moves.",
        "Either a receiver for Event and PriceBand that deletes the key in transaction.on_commit, or a key that holds "
        "event.updated_at. Base the key on what never changes: a slug may be edited, too.",
    ),
)
def change_shows(answer):
    from django.http import Http404

    shown = event(1, title="Hedda at Home", bands=2)
    other = event(2, title="The Quiet Orchestra", bands=1)
    page(answer, shown)
    page(answer, other)
    with organiser() as save:
        save(shown, **{"bands-0-price": "99.50"})
        if "99.50" not in page(answer, shown):
            reject(
                "the page after a price went to £99.50 in the admin",
                "the old price",
                "£99.50",
                "Nothing told the cache. A time-out alone leaves every buyer a wrong price until it runs out.",
            )
        while_somebody_reads(answer, save, shown)
        save(shown, title="Hedda Abroad")
        if "Hedda Abroad" not in page(answer, shown):
            reject(
                "the page after the event was renamed in the admin",
                "the old title",
                "'Hedda Abroad'",
                "A price change is noticed, a change of the event itself is not.",
            )
        save(shown, **{"bands-1-DELETE": "on"})
        if "Row 2" in page(answer, shown):
            reject(
                "the page after a price band was deleted in the admin",
                "a page that still offers it",
                "one band",
                "Saving is noticed, deleting is not.",
            )
        save(shown, slug="hedda-abroad")
        try:
            page(answer, shown)
        except Http404:
            pass
        else:
            reject(
                "the page at its old address, after the event's slug was changed in the admin",
                "the old page",
                "Http404: there is no such event any more",
                "What is kept under the old slug must be forgotten, too, or never be found by a slug alone.",
            )


def while_somebody_reads(answer, save, shown) -> None:
    """Change a price, and let visitors look just before and just after the row is written: before the commit."""
    from django.db.models.signals import post_save, pre_save

    from monolith.catalog.models import PriceBand

    def look(**_):
        with elsewhere():
            page(answer, shown)

    for signal in (pre_save, post_save):
        signal.connect(look, sender=PriceBand)
    try:
        save(shown, **{"bands-0-price": "88.25"})
    finally:
        for signal in (pre_save, post_save):
            signal.disconnect(look, sender=PriceBand)
    if "88.25" not in page(answer, shown):
        reject(
            "the page after a price went to £88.25, while somebody read the page just before the commit",
            "the old price",
            "£88.25",
            "What is forgotten before the commit can be filled again from the old rows. When do others see the new ones?",
        )


@cached.requirement(
    "R4",
    "nobody reads another visitor's name",
    hints=(
        "The page greets whoever is logged in. Whose name is in what you keep?",
        "Compare what depends on the visitor with what depends on the event alone.",
        "Keep the event's part only, and add the greeting after it came out of the cache.",
    ),
)
def own_name(answer):
    shown = event(1)
    ada, ben = user("Ada"), user("Ben")
    for visitor, others in ((ada, ()), (ben, (ada,)), (None, (ada, ben)), (ada, (ben,))):
        got = page(answer, shown, visitor)
        name = visitor.display_name if visitor else "nobody"
        for other in others:
            if other.display_name in got:
                reject(
                    f"the page, after others had read it, for {name}",
                    f"a greeting for {other.display_name}",
                    f"a greeting for {name}" if visitor else "no name at all",
                    "What you keep contains a visitor's name: it belongs to one visitor, not to the event.",
                )
        if visitor and name not in got:
            reject(
                f"the page for {name}",
                "a page without the greeting",
                f"a greeting for {name}",
                "The greeting of the stub must stay: it is what makes caching hard.",
            )


@cached.requirement(
    "R5",
    "an emptied cache and an unknown event are both survived",
    hints=(
        "What does your code do when the cache has nothing, for whatever reason?",
        "A cache may forget at any time. So .get may give None, and so may a version kept there.",
        "Treat 'not in the cache' as 'work it out again'; let get_object_or_404 speak before the cache does.",
    ),
)
def survives(answer):
    from django.core.cache import cache
    from django.http import Http404

    shown = event(1)
    first = page(answer, shown)
    cache.clear()
    if page(answer, shown) != first:
        reject("the page, the cache emptied, the page", "another page", "the same", "Work it out again.")
    with organiser() as save:
        cache.clear()
        save(shown, **{"bands-0-price": "77.75"})
        if "77.75" not in page(answer, shown):
            reject(
                "the cache emptied, a price changed, the page",
                "the old price",
                "£77.75",
                "Work it out again.",
            )
    shown.slug = "no-such-evening"
    for _ in range(2):
        try:
            page(answer, shown)
        except Http404:
            continue
        reject(
            "event_page for a slug that does not exist",
            "a page",
            "Http404",
            "Ask for the event before the cache.",
        )


# 01.4 --------------------------------------------------------------------------------------------

desk = Exercise(
    number="01.4",
    title="An admin worth the name",
    kind="complete",
    minutes=12,
    core=False,
    provides=("EventAdmin",),
    review="One answer lets the database add up the seats, the other adds them up in Python. "
    "Which one still works when the list can be sorted by seats left?",
)


@contextmanager
def back_office(answer, visitor):
    """A client logged in as `visitor`, in an admin that knows the answer's EventAdmin alone."""
    from django.contrib.admin import AdminSite
    from django.http import HttpResponse
    from django.test import Client, override_settings
    from django.urls import path

    from monolith.catalog.models import Event, Venue

    class Office(Client):
        """A client to whom a page that breaks is news about the answer."""

        def request(self, **asked):
            try:
                return super().request(**asked)
            except Exception as problem:
                reject(
                    f"{asked['REQUEST_METHOD']} {asked['PATH_INFO']}",
                    f"{type(problem).__name__}: {problem}",
                    "a page",
                    "Django's own message says which name it cannot use: look for it in your class.",
                )

    site = AdminSite(name="admin")
    site.register(Event, answer.EventAdmin)
    site.register(Venue)
    urls = types.ModuleType("back_office_urls")
    urls.urlpatterns = [path("admin/", site.urls)]
    # pages of its own for what goes wrong: the monolith's would link to pages that are not here
    urls.handler404 = lambda request, exception: HttpResponse("missing", status=404)
    urls.handler500 = lambda request: HttpResponse("broken", status=500)
    sys.modules[urls.__name__] = urls
    logging.disable(logging.CRITICAL)  # it is told by the client
    try:
        with override_settings(ROOT_URLCONF=urls.__name__):
            client = Office()
            client.force_login(visitor)
            yield client
    finally:
        logging.disable(logging.NOTSET)


def chief():
    return user("Chief", is_staff=True, is_superuser=True)


LIST = "/admin/catalog/event/"


def titles(response) -> list[str]:
    return sorted(shown.title for shown in response.context["cl"].result_list)


@desk.requirement(
    "R1",
    "the search finds an event by its title, and by its venue's name",
    hints=(
        "search_fields names columns. Which column holds the venue's name?",
        "A foreign key is no text: follow it with two underscores.",
        'search_fields = ["title", "venue__…"]',
    ),
)
def search_finds(answer):
    event(1, title="Hedda at Home", at=venue("The Lantern"))
    event(2, title="The Quiet Orchestra", at=venue("Harbour Hall"))
    with back_office(answer, chief()) as client:
        for words, expected in (("home", "Hedda at Home"), ("hall", "The Quiet Orchestra")):
            got = titles(client.get(LIST, {"q": words}))
            if got != [expected]:
                reject(
                    f"searching the list for {words!r}",
                    ", ".join(got) or "nothing",
                    expected,
                    "Is search_fields set, for the title and for the venue's name?",
                )


@desk.requirement(
    "R2",
    "price bands are edited on the event's own page",
    hints=(
        "Where would an organiser look for the prices of an event?",
        "The admin calls it an inline: a class of its own, named in `inlines`.",
        "A class with admin.TabularInline as its base and `model` set; its name goes into `inlines`.",
    ),
)
def bands_inline(answer):
    shown = event(1, bands=0)
    with back_office(answer, chief()) as client:
        address = f"{LIST}{shown.pk}/change/"
        response = client.get(address)
        prefixes = [inline.formset.prefix for inline in response.context["inline_admin_formsets"]]
        if "bands" not in prefixes:
            reject(
                "the event's page in the admin",
                "no price bands on it",
                "a row for each band",
                "Add an inline for PriceBand.",
            )
        form = {**posted(response), "bands-TOTAL_FORMS": "2"}
        for number, (name, price) in enumerate((("Stalls", "20.00"), ("Circle", "12.50"))):
            form |= {f"bands-{number}-name": name, f"bands-{number}-price": price}
            form |= {f"bands-{number}-position": str(number), f"bands-{number}-id": ""}
            form |= {f"bands-{number}-event": str(shown.pk)}
        client.post(address, form)
    saved = [(band.name, str(band.price)) for band in shown.bands.order_by("position")]
    if saved != [("Stalls", "20.00"), ("Circle", "12.50")]:
        reject(
            "two bands entered on the event's page, and saved",
            f"{saved}",
            "both",
            "Can the inline be edited?",
        )


@desk.requirement(
    "R3",
    "a column `seats_left`, and as many queries for 50 events as for 10",
    hints=(
        "How many rows does the list have, and what does your column ask for each of them?",
        "ModelAdmin.get_queryset is where the list's query is made; the column may use what came along.",
        "Annotate the queryset with Sum of capacity − sold over bands__allotment, or prefetch and add up. "
        "And the venue, if it is shown: list_select_related.",
    ),
)
def seats_column(answer):
    from monolith.inventory.models import Allotment, Hold

    first = event(1, bands=2)
    for band, sold in zip(first.bands.all(), (3, 10), strict=True):
        Allotment.objects.create(band=band, capacity=10, sold=sold)
        for _ in range(2):  # seats that are only held are not sold
            Hold.objects.create(band=band, quantity=1, expires_at=datetime(2040, 1, 1, tzinfo=UTC))
    event(2, bands=0)
    visitor = chief()
    counts = {}
    with back_office(answer, visitor) as client:
        for target in (10, 50):
            for number in range(3 if target == 10 else 11, target + 1):
                more = event(number, bands=2, at=venue(f"House {number}"))
                for band in more.bands.all():
                    Allotment.objects.create(band=band, capacity=100, sold=number)
            with queries() as seen:
                response = client.get(LIST)
            counts[target] = len(seen)
        listed = titles(response)
        if len(listed) != 50 or len(set(listed)) != 50:
            reject(
                "the list of 50 events",
                f"{len(listed)} rows",
                "50 rows, one for each event",
                "A join gives a row for each band: add up with Sum, or apart from the list's own query.",
            )
        cell = shown_cell(response, first)
    if cell is None:
        reject("the list of events", "no column seats_left", "one", 'Name "seats_left" in list_display.')
    if cell != "7":
        reject(
            "seats_left of an event with 10 − 3 and 10 − 10 seats",
            cell,
            "7",
            "Add up capacity − sold over the event's bands, and nothing else: a join that is not needed counts seats twice.",
        )
    if counts[50] != counts[10]:
        reject(
            "the list of events",
            f"{counts[10]} queries for 10 events, {counts[50]} for 50",
            "the same number",
            "A column asks the database for every row.",
        )


def shown_cell(response, shown) -> str | None:
    """The text of the seats_left column in an event's row, or None."""
    from bs4 import BeautifulSoup

    for row in BeautifulSoup(response.content, "html.parser").select("#result_list tbody tr"):
        if row.select_one("a") and row.select_one("a")["href"].split("/")[-3] == str(shown.pk):
            cell = row.select_one(".field-seats_left")
            return cell.get_text(strip=True) if cell else None
    return None


def act(client, chosen):
    return client.post(
        LIST, {"action": "close_sale", "_selected_action": [e.pk for e in chosen]}, follow=True
    )


@desk.requirement(
    "R4",
    "an action `close_sale` closes the sale of events that are still to come, and says how many it closed",
    hints=(
        "Which of the chosen events may be closed, and which need not be?",
        "An action gets the queryset of what was chosen. Narrow it before you update it.",
        "closed = queryset.filter(starts_at__gt=…, sales_closed=False).update(…); then self.message_user(…)",
    ),
)
def closes_sale(answer):
    soon = [event(1), event(2)]
    over = event(3)
    over.starts_at = datetime.now(UTC) - timedelta(seconds=1)  # today, and begun
    over.save()
    closed = event(4, sales_closed=True)
    with back_office(answer, chief()) as client:
        choices = dict(client.get(LIST).context["action_form"].fields["action"].choices)
        if "close_sale" not in choices:
            reject(
                "the list's actions",
                ", ".join(filter(None, choices)),
                "close_sale among them",
                "Name it in `actions`.",
            )
        response = act(client, [*soon, over, closed])
    for one in [*soon, over]:
        one.refresh_from_db()
    if not all(one.sales_closed for one in soon):
        reject(
            "close_sale on two events to come", "a sale still open", "both closed", "Does the action write?"
        )
    if over.sales_closed:
        reject(
            "close_sale on an event that began a second ago",
            "a closed sale",
            "left alone: it is over",
            "Filter before you update, by the moment and not by the day.",
        )
    said = " ".join(str(message) for message in response.context["messages"])
    if "2" not in said or any(figure in said for figure in "1345"):
        reject(
            "close_sale on two events to come, one that is over, one already closed",
            f"the message {said!r}",
            "a message that says 2",
            "Tell the organiser how many sales were closed: message_user, and what update() returned.",
        )


@desk.requirement(
    "R5",
    "staff who may only look are not offered the action",
    hints=(
        "Who sees the list? Everybody with the view permission. Who may change an event?",
        "An action can name the permissions that it needs.",
        '@admin.action(permissions=["change"])',
    ),
)
def looking_only(answer):
    from django.contrib.auth.models import Permission

    looker = user("Lou", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_event"))
    shown = event(1)
    with back_office(answer, looker) as client:
        form = client.get(LIST).context["action_form"]
        offered = [name for name, _ in form.fields["action"].choices] if form else []
        act(client, [shown])
    shown.refresh_from_db()
    if "close_sale" in offered or shown.sales_closed:
        reject(
            "the list, for staff with the view permission alone",
            "an offer to close sales" if "close_sale" in offered else "a sale that they closed",
            "no such action",
            "Say which permission the action needs.",
        )


# 01.5 --------------------------------------------------------------------------------------------

timing = Exercise(
    number="01.5",
    title="Who asked?",
    kind="write",
    minutes=10,
    core=False,
    provides=("QueryCount",),
    review="One answer counts by wrapping every statement, the other by reading Django's log of them. "
    "Which would you leave on in production?",
)


@contextmanager
def counted(answer):
    """A client for a site with three kinds of page, behind the answer's middleware alone."""
    from django.db import connection
    from django.http import Http404, HttpResponse, JsonResponse
    from django.test import Client, override_settings
    from django.urls import path

    def ask(times):
        for _ in range(times):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")

    def fine(request, times):
        ask(times)
        return HttpResponse("fine")

    def missing(request):
        ask(2)
        raise Http404

    def broken(request):
        ask(3)
        raise RuntimeError("on purpose")

    def writing(request):
        ask(1)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_organiser")
        return JsonResponse({"written": True})

    def meanwhile(request):
        """Half of this page, then all of somebody else's, in another thread as it were, then the rest."""
        ask(2)
        with elsewhere():
            client.get("/5/")
        ask(1)
        return HttpResponse("fine")

    site = types.ModuleType("counted_site")
    site.urlpatterns = [
        path("<int:times>/", fine),
        path("missing/", missing),
        path("broken/", broken),
        path("writing/", writing),
        path("meanwhile/", meanwhile),
    ]
    # pages of its own for what goes wrong: the monolith's would ask for its menu, and its menu for the database
    site.handler404 = lambda request, exception: HttpResponse("missing", status=404)
    site.handler500 = lambda request: HttpResponse("broken", status=500)
    site.middleware = answer.QueryCount
    sys.modules[site.__name__] = site
    logging.disable(logging.CRITICAL)  # a page that breaks on purpose is no news
    try:
        with override_settings(ROOT_URLCONF=site.__name__, MIDDLEWARE=[f"{site.__name__}.middleware"]):
            client = Client(raise_request_exception=False)
            yield client
    finally:
        logging.disable(logging.NOTSET)


def header_is(client, address: str, count: int, what: str, status: int | None = None) -> None:
    response = client.get(address)
    if status and response.status_code != status:
        reject(
            f"{what}", f"status {response.status_code}", f"{status}", "Your middleware changed what happened."
        )
    got = response.headers.get("Server-Timing")
    expected = f'db;desc="{count} queries"'
    if got != expected:
        reject(
            f"{what} ({response.status_code})",
            f"Server-Timing: {got}" if got else "no Server-Timing header",
            f"Server-Timing: {expected}",
            "Is DEBUG on where you tried it? connection.queries stays empty without it."
            if got and '"0 ' in got and count
            else "The header belongs on every response, the unhappy ones too."
            if not got
            else "Count from the start of this request to its end, and no further.",
        )


@timing.requirement(
    "R1",
    'the header says how many queries the page sent: Server-Timing: db;desc="7 queries"',
    hints=(
        "Where does a middleware stand when the page's queries run: before, after, or around them?",
        "connection.queries is only filled under DEBUG. connection.execute_wrapper is called for every statement.",
        "Ask for the response inside `with connection.execute_wrapper(…):`, with a function that counts; then set the header.",
    ),
)
def header_right(answer):
    with counted(answer) as client:
        header_is(client, "/7/", 7, "a page with 7 queries, DEBUG off")
        header_is(client, "/0/", 0, "a page with none")
        header_is(client, "/writing/", 2, "JSON, with a query that reads and one that writes")
        header_is(client, "/7/", 7, "a page that asks the same seven times")
        with elsewhere():
            header_is(client, "/7/", 7, "a page with 7 queries, on another thread's connection")


@timing.requirement(
    "R2",
    "also on a page that is missing, and on one that breaks",
    hints=(
        "Which responses have passed through your middleware when a view raises?",
        "By the time the exception reaches a middleware's __call__, Django has made a response of it.",
        "Set the header on whatever get_response returned; no `if status_code == 200`.",
    ),
)
def header_always(answer):
    with counted(answer) as client:
        header_is(client, "/missing/", 2, "a page that raises Http404")
        header_is(client, "/nowhere/", 0, "an address that no view answers", status=404)
        header_is(client, "/broken/", 3, "a page that raises RuntimeError")


@timing.requirement(
    "R3",
    "two requests do not add up, neither in a row nor at the same time",
    hints=(
        "Where does your counter live, and who sets it back?",
        "A middleware object is made once, for all requests: what stands on self or in the module is shared.",
        "Start the count inside __call__, as a local name.",
    ),
)
def header_fresh(answer):
    with counted(answer) as client:
        header_is(client, "/4/", 4, "a first page with 4 queries")
        header_is(client, "/2/", 2, "a second page, with 2")
        header_is(client, "/broken/", 3, "a third page, which breaks after 3")
        header_is(client, "/1/", 1, "a fourth page, with 1")
        header_is(client, "/meanwhile/", 3, "a page with 3 queries, while another thread serves one with 5")
