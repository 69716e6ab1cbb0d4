"""What the answers of chapter 05 must do."""

import json
import logging
import re
import sys
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, wraps
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from lab.checks import Exercise, Rejected, queries, reject
from lab.checks.rival import ABILITIES, LOCK

# The world that answers meet. Django is set up by the time a check runs, so its imports stand inside.

START = datetime(2040, 1, 1, 20, tzinfo=UTC)
NOT_BY_HAND = ("boxoffice", "lab.openapi")


def by_hand(check):
    """An answer that asks the box office's own code, or the lab's, shows that there is some, and no more."""

    @wraps(check)
    def judged(answer):
        check(answer)
        if borrowed := [name for name in NOT_BY_HAND if name in sys.modules]:
            reject(
                "your answer",
                f"an import of {borrowed[0]}",
                "an answer of your own, without the finished thing",
                "Read it, close it, and write the small version here.",
            )

    return judged


def house():
    from monolith.catalog.models import Venue

    return Venue.objects.get_or_create(name="The Lantern", city="Leeds", address="1 Mill Lane")[0]


def event(number: int, starts_at=START, bands: int = 0):
    from monolith.catalog.models import Event

    made = Event.objects.create(
        venue=house(), title=f"Evening {number}", slug=f"evening-{number}", starts_at=starts_at
    )
    for position in range(bands):
        made.bands.create(name=f"Row {position + 1}", price=Decimal(10), position=position)
    return made


def user(name: str):
    from monolith.accounts.models import User

    email = f"{name.lower()}@example.org"
    return User.objects.create(username=email, email=email, first_name=name, last_name="Example")


def holds() -> int:
    from monolith.inventory.models import Hold

    return Hold.objects.count()


def so_many(number: int, what: str = "hold") -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def shown(value, most: int = 60) -> str:
    """A body, as the learner would send it."""
    text = value.decode() if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}… ({len(text)} characters)"


# 05.1 --------------------------------------------------------------------------------------------

incoming = Exercise(
    number="05.1",
    title="What may come in",
    kind="write",
    minutes=12,
    provides=("NewHold",),
    review="One answer writes the two fields down, the other takes them from the model and hardens them. Somebody "
    "adds a column to Hold, with a default: what does each of the two let in the day after?",
)


@dataclass
class Answered:
    """What the view gave: its status, the fields that a refusal names, and the crash, if it was one."""

    status: int
    fields: dict
    crash: str = ""

    def __str__(self) -> str:
        if self.crash:
            return f"a crash: {self.crash}"
        return f"{self.status}, and fields {self.fields}" if self.fields else str(self.status)


def post(answer, body) -> Answered:
    """The answer of the task's view to a body, an object or raw bytes."""
    from django.utils import timezone
    from rest_framework.exceptions import ValidationError
    from rest_framework.parsers import JSONParser
    from rest_framework.renderers import JSONRenderer
    from rest_framework.response import Response
    from rest_framework.serializers import BaseSerializer
    from rest_framework.test import APIRequestFactory, force_authenticate
    from rest_framework.views import APIView, exception_handler

    from monolith.accounts.models import User
    from monolith.inventory.models import Hold

    if not (isinstance(answer.NewHold, type) and issubclass(answer.NewHold, BaseSerializer)):
        reject(
            "NewHold",
            f"{answer.NewHold!r}",
            "a class of DRF's serializers",
            "Keep the base that the stub has.",
        )

    def refused(error, context):
        response = exception_handler(error, context)
        if isinstance(error, ValidationError):
            named = response.data if isinstance(response.data, dict) else {"non_field_errors": response.data}
            response.data = {"type": "invalid", "status": 400, "fields": named}
        return response

    class Holds(APIView):
        authentication_classes = ()
        permission_classes = ()
        parser_classes = (JSONParser,)
        renderer_classes = (JSONRenderer,)

        def get_exception_handler(self):
            return refused

        def post(self, request):
            asked = answer.NewHold(data=request.data)
            asked.is_valid(raise_exception=True)
            soon = timezone.now() + timedelta(seconds=60)
            hold = Hold.objects.create(**{"buyer": request.user, "expires_at": soon, **asked.validated_data})
            return Response({"reference": str(hold.reference)}, status=201)

    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = APIRequestFactory().post("/api/v1/holds", raw, content_type="application/json")
    force_authenticate(request, User.objects.get_or_create(username="ann@example.org")[0])
    logging.disable(logging.CRITICAL)  # a refusal is no news
    try:
        response = Holds.as_view()(request)
    except Exception as problem:
        return Answered(500, {}, f"{named_in_full(problem)}: {str(problem)[:120]}")
    finally:
        logging.disable(logging.NOTSET)
    data = response.data if isinstance(response.data, dict) else {}
    return Answered(
        response.status_code, {name: plain(said) for name, said in (data.get("fields") or {}).items()}
    )


def named_in_full(problem: Exception) -> str:
    """The exception's class with its module: there is more than one ValidationError."""
    kind = type(problem)
    place = "" if kind.__module__ in ("builtins", "answer") else f"{kind.__module__}."
    return f"{place}{kind.__name__}"


def plain(said):
    """What a ValidationError says, without DRF's classes around it."""
    if isinstance(said, dict):
        return {name: plain(part) for name, part in said.items()}
    return [plain(part) for part in said] if isinstance(said, list) else str(said)


def counted_rows() -> dict[str, int]:
    from django.apps import apps

    return {model.__name__: model.objects.count() for model in apps.get_models() if model.__name__ != "User"}


def refuses(answer, body, step: str) -> Answered:
    """The body gives a 400, and nothing is written."""
    before = counted_rows()
    got = post(answer, body)
    if got.status != 400:
        reject(f"POST {shown(body)}", str(got), "400", step)
    if written := [name for name, count in counted_rows().items() if count != before[name]]:
        reject(
            f"POST {shown(body)}",
            f"400, and a new row of {', '.join(written)} all the same",
            "400, and nothing written",
            "A serializer looks at what came in. Writing is the view's business, once it is known to be good.",
        )
    return got


def nested(depth: int) -> list:
    inner: list = []
    for _ in range(depth):
        inner = [inner]
    return inner


NO_NUMBER = (
    "JSON has a type for numbers; a text, a flag, a list or an object is none. Look at the type that came."
)


LONG = 2_000_000  # characters: a longer body is refused by Django before anybody looks into it


def not_whole() -> list:
    """(what comes in place of a whole number, what to tell who takes it)."""
    return [
        ("2", 'DRF reads "2" as 2. Be stricter: look at the type before you look at the value.'),
        ("９", "To Python a full-width ９ is a digit, so int() takes it. Take no texts at all."),
        ("1\x00", NO_NUMBER),
        ("", NO_NUMBER),
        ("1" * LONG, NO_NUMBER),
        (True, "In Python True is an int, and equal to 1: isinstance(True, int) says yes."),
        (False, "In Python False is an int, and equal to 0."),
        (None, "null is no number either."),
        (1.5, "int(1.5) is 1: the caller did not say 1."),
        (1e30, "No band has such an id, and nobody holds so many seats."),
        (10**30, "No band has such an id, and nobody holds so many seats."),
        ([1], NO_NUMBER),
        ([], NO_NUMBER),
        ({}, NO_NUMBER),
        ({"id": 1}, NO_NUMBER),
        (nested(300), NO_NUMBER),
    ]


@incoming.requirement(
    "R1",
    'accepted: {"band": 3, "quantity": 2} for a band that there is, and each whole number of seats from 1 to 10; '
    "validated_data makes that hold",
    hints=(
        "What does the view do with validated_data, and which names does Hold know?",
        "DRF has a field for a row named by its primary key. Or keep the number, and let `source` say which column "
        "it is for.",
        "Two fields: band = a PrimaryKeyRelatedField (or a subclass) over PriceBand's rows, quantity = a whole number "
        "with two limits.",
    ),
)
@by_hand
def good_ones(answer):
    from monolith.inventory.models import Hold

    made = list(event(1, bands=3).bands.all())
    over = event(2, starts_at=datetime(2020, 1, 1, tzinfo=UTC), bands=1)
    over.sales_closed = True  # which is decided behind the view
    over.save()
    for quantity in range(1, 11):
        band = over.bands.get().pk if quantity == 9 else made[0].pk
        for body in ({"band": made[2].pk, "quantity": quantity}, {"quantity": quantity, "band": band}):
            before = counted_rows()
            got = post(answer, body)
            if got.status != 201:
                reject(
                    f"POST {shown(body)}",
                    str(got),
                    "201",
                    "validated_data must be what Hold.objects.create takes."
                    if got.crash
                    else "This body is good: what does your serializer want beside it?",
                )
            changed = {name: n - before[name] for name, n in counted_rows().items() if n != before[name]}
            hold = Hold.objects.latest("pk")
            said = (hold.band_id, hold.quantity, hold.buyer and hold.buyer.username, hold.state)
            wanted = (body["band"], quantity, "ann@example.org", "active")
            if changed != {"Hold": 1} or said != wanted:
                reject(
                    f"POST {shown(body)}, by Ann",
                    f"{changed.get('Hold', 0)} holds, the last one (band, quantity, buyer, state) = {said}",
                    f"1 hold, {wanted}",
                    "The serializer only reads; the view writes what validated_data says.",
                )


@incoming.requirement(
    "R2",
    'refused: a band that does not exist, a quantity outside 1 to 10, and whatever is no whole number: "2", true, null, '
    "1.5, a list, an object. Only 2.0 may be either",
    hints=(
        "Which of these does DRF take for whole numbers by itself? Try a few in a cell of your own.",
        "A field's to_internal_value sees what came, before it is made into anything. Both fields need to look.",
        "A subclass with to_internal_value: if the type of data is not int, self.fail(…) with one of the field's own "
        "error names; else what the base does. Mind what bool is a subclass of.",
    ),
)
@by_hand
def bad_ones(answer):
    band = event(1, bands=2).bands.first().pk
    for quantity in (0, -1, 11, 1_000):
        refuses(answer, {"band": band, "quantity": quantity}, "1 to 10, both included: two limits.")
    for value, step in not_whole():
        refuses(answer, {"band": band, "quantity": value}, step)
    for value in (band + 100, 0, -1, 2**63):
        refuses(answer, {"band": value, "quantity": 1}, "No band has this id.")
    for value, step in not_whole():
        refuses(answer, {"band": value, "quantity": 1}, f"{step} (This is the band.)")
    huge = b'{"band": %d, "quantity": 1e400}' % band
    refuses(answer, huge, "Python reads 1e400 as infinity, a float.")
    refuses(answer, b'{"band": 1e400, "quantity": 1}', "Python reads 1e400 as infinity: int() of it raises.")
    for body in ({"band": band, "quantity": 2.0}, {"band": float(band), "quantity": 2}):
        got = post(answer, body)
        if got.status not in (201, 400):
            reject(f"POST {shown(body)}", str(got), "201 or 400", "Either is fine; a crash is not.")


@incoming.requirement(
    "R3",
    "refused: a body in which one of the two is missing, and one that is no object",
    hints=(
        "What is your serializer's `data` when the body is a list, a number, or null?",
        "Code of yours that reads keys runs before DRF has looked whether there are any.",
        "Ask isinstance(data, dict) before you look at names, and leave everything else to the base class.",
    ),
)
@by_hand
def incomplete(answer):
    band = event(1, bands=1).bands.first().pk
    for body in ({"band": band}, {"quantity": 2}, {}, b""):
        refuses(answer, body, "Both fields are required: nobody's default is what the caller meant.")
    for body in ([], [{"band": band, "quantity": 1}], "hold", 5, None, True, b"{", b"{'band': 1}"):
        refuses(answer, body, "This is no object: there are no fields to look at.")


SERVERS = {
    "buyer": 1,
    "buyer_id": 1,
    "expires_at": "2099-01-01T00:00:00Z",
    "state": "consumed",
    "reference": "6f1e1c62-52a3-4f0e-8d3c-0f3f3a3b7c11",
    "id": 7,
    "created_at": "2020-01-01T00:00:00Z",
    "updated_at": "2020-01-01T00:00:00Z",
}
NOBODYS = {"seats": 2, "Quantity": 2, "band_id": 1, "price": "0.01", "quantity ": 2, "note": None}


@incoming.requirement(
    "R4",
    "refused, and not passed over: any other field, be it one that the server sets (buyer, expires_at, state, "
    "reference) or one that nobody knows",
    hints=(
        "What does DRF do with a name in the body that no field of the serializer has?",
        "The names that came stand in `data` (later in self.initial_data), the names that you know in self.fields. "
        "A read-only field is in self.fields, too.",
        "In to_internal_value: the names in data that no field has; if there are any, a ValidationError with a dict, "
        "each name and a list with a sentence.",
    ),
)
@by_hand
def strangers(answer):
    band = event(1, bands=1).bands.first().pk
    user("Eve")
    for name, value in {**SERVERS, **NOBODYS}.items():
        refuses(
            answer,
            {"band": band, "quantity": 2, name: value},
            "The server sets this one. A caller who sends it believes something that is not so: say so."
            if name in SERVERS
            else "Passed over, a slip of the pen becomes a hold that nobody asked for.",
        )
    refuses(answer, {"band": band, "quantity": 2, "buyer": None}, "Also when it is null.")


@incoming.requirement(
    "R5",
    "every refusal names each field that is wrong, as a key of `fields`, and no other",
    hints=(
        "Under which name does a ValidationError that is raised in validate() appear?",
        "What a field raises, or validate_<field>, is filed under that field's name; what validate() raises is filed "
        "under non_field_errors, unless it is a dict.",
        "Let each field refuse for itself, and keep what was said (`detail` of the exception) until you know which names "
        "nobody knows; then one ValidationError({name: [sentence], …}) for all of them.",
    ),
)
@by_hand
def named(answer):
    band = event(1, bands=1).bands.first().pk
    cases = [
        ({"band": band, "quantity": 0}, {"quantity"}),
        ({"band": band, "quantity": 11}, {"quantity"}),
        ({"band": band, "quantity": "2"}, {"quantity"}),
        ({"band": band, "quantity": None}, {"quantity"}),
        ({"band": band}, {"quantity"}),
        ({"band": band + 100, "quantity": 1}, {"band"}),
        ({"band": 1.5, "quantity": 1}, {"band"}),
        ({"band": "x", "quantity": 1}, {"band"}),
        ({"quantity": 1}, {"band"}),
        ({}, {"band", "quantity"}),
        ({"band": True, "quantity": [1]}, {"band", "quantity"}),
        ({"band": band, "quantity": 1, "seats": 2}, {"seats"}),
        ({"band": band, "quantity": 1, "state": "consumed"}, {"state"}),
        ({"band": band, "quantity": 1, "buyer": 1}, {"buyer"}),
        ({"band": band, "quantity": 1, "seats": 2, "buyer": 1}, {"seats", "buyer"}),
        ({"band": band, "quantity": 99, "nonsense": 1}, {"quantity", "nonsense"}),
        ({"band": "x", "quantity": 1, "state": "consumed"}, {"band", "state"}),
        ({"band": band + 100, "quantity": 1, "seats": 2}, {"band", "seats"}),
        ({"Band": band, "quantity": True}, {"Band", "band", "quantity"}),
    ]
    for body, wrong in cases:
        got = post(answer, body)
        if got.status != 400 or set(got.fields) != wrong or not all(got.fields.values()):
            reject(
                f"POST {shown(body)}",
                str(got),
                f"400, and a sentence for {' and for '.join(sorted(wrong))} alone",
                "This one is not refused at all."
                if got.status != 400
                else "Who mends what you name should not meet the next mistake then: name all of them in one answer."
                if set(got.fields) < wrong
                else "A form can only mark what is named. Raise it where the field is, or as a dict with its name.",
            )


def limits_of(checked) -> tuple:
    """The lowest and the highest value that a field says it takes."""
    from django.core.validators import MaxValueValidator, MinValueValidator

    lowest, highest = [], []
    for validator in checked.validators:
        if isinstance(validator, MinValueValidator):
            lowest.append(validator.limit_value)
        elif isinstance(validator, MaxValueValidator):
            highest.append(validator.limit_value)
    return max(lowest, default=None), min(highest, default=None)


@incoming.requirement(
    "R6",
    "an OpenAPI document can be made from the serializer: both fields are declared on it as required numbers, the "
    "limits 1 and 10 among them, and no other may be written",
    hints=(
        "Who reads your rules beside the server? Where would a generator look for them?",
        "A rule in the code of a method is seen by nobody else. Which arguments does IntegerField take?",
        "The limits are min_value and max_value of the field (the model's validators give them, too).",
    ),
)
@by_hand
def declared(answer):
    from rest_framework import serializers

    post(answer, {})
    known = answer.NewHold().fields
    writable = {
        name: one
        for name, one in known.items()
        if not one.read_only and not isinstance(one, serializers.HiddenField)
    }
    if set(writable) != {"band", "quantity"}:
        reject(
            "NewHold().fields",
            f"these may be written: {', '.join(sorted(writable)) or 'none'}",
            "band and quantity",
            "What is declared, a generated client offers.",
        )
    kinds = {
        "band": (serializers.PrimaryKeyRelatedField, serializers.IntegerField),
        "quantity": serializers.IntegerField,
    }
    for name, one in writable.items():
        if not isinstance(one, kinds[name]):
            reject(
                f'NewHold().fields["{name}"]',
                f"a {type(one).__name__} of {type(one).__bases__[0].__name__}",
                "an IntegerField, or a subclass"
                + (" (or a PrimaryKeyRelatedField)" if name == "band" else ""),
                "A document made from this field would not call it a whole number.",
            )
        if not one.required or one.allow_null:
            reject(
                f'NewHold().fields["{name}"]',
                f"required={one.required}, allow_null={one.allow_null}",
                "required=True, allow_null=False",
                "What must come must be declared so.",
            )
    if limits_of(writable["quantity"]) != (1, 10):
        lowest, highest = limits_of(writable["quantity"])
        reject(
            'the limits of NewHold().fields["quantity"]',
            f"min_value {lowest}, max_value {highest}",
            "1 and 10",
            "Declare them on the field: then DRF checks them, and the document has them.",
        )


# 05.2 --------------------------------------------------------------------------------------------

paging = Exercise(
    number="05.2",
    title="Pages that do not slip",
    kind="fix",
    minutes=12,
    core=False,
    limit=30,
    provides=("events",),
    review="One answer asks in one query for all that comes after a row, the other first for the rest of the same "
    "moment, then for what is later. Both need an index: which one, and which of the two makes better use of it?",
)

SIZE = 10
FIRST = "http://testserver/api/v1/events"
LONG_AGO = datetime(2020, 1, 1, 20, tzinfo=UTC)  # a programme has its past, too


def listed(answer, address: str):
    """A page of the answer's as (ids and times, address of the next or None)."""
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    parts = urlsplit(address)
    path = f"{parts.path or '/api/v1/events'}?{parts.query}"
    try:
        gave = answer.events(Request(APIRequestFactory().get(path)))
    except Exception as problem:
        problem.lab_call = f"events(request) for {path[:120]}"
        raise
    if not (isinstance(gave, dict) and {"next", "results"} <= set(gave)):
        reject(
            "events(request)",
            f"{type(gave).__name__}: {gave!r}"[:200],
            '{"next": …, "results": […]}',
            "Keep it.",
        )
    try:
        rows = [(row["id"], row["starts_at"]) for row in gave["results"]]
    except (TypeError, KeyError) as problem:
        reject(
            "events(request)",
            f"results without {problem}",
            "id, title and starts_at in each",
            "Keep the rows.",
        )
    following = gave["next"]
    if following is not None and not isinstance(following, str):
        reject(
            "events(request)", f"next = {following!r}", "an address, or None", "Give the next page's address."
        )
    return rows, following and urljoin(address, following)


def walk(answer, what: str, between=lambda page: None, most: int = 60) -> list[list]:
    """All pages, each a list of ids. `between(number of pages read)` happens before each further page."""
    pages, address, been = [], FIRST, set()
    while address is not None:
        if address in been or len(pages) > most:
            reject(
                f"{what}: page {len(pages) + 1}",
                f"{'the address of a page that was read before' if address in been else 'still no end'}: {address}",
                "one page after another, and an end",
                "A cursor that counts through equal rows stops counting somewhere: what names your place exactly?",
            )
        been.add(address)
        rows, address = listed(answer, address)
        pages.append([pk for pk, _ in rows])
        if address is not None:
            between(len(pages))
    return pages


def met(pages: list[list]) -> list:
    return [pk for page in pages for pk in page]


def complete(what: str, pages: list[list], staying: list, step: str) -> None:
    """Each of the events that stay was met once."""
    seen = met(pages)
    twice = sorted({pk for pk in seen if seen.count(pk) > 1 and pk in set(staying)})
    missed = [pk for pk in staying if pk not in set(seen)]
    if twice or missed:
        said = [f"{len(twice)} met twice"] * bool(twice) + [f"{len(missed)} never met"] * bool(missed)
        reject(
            what,
            f"of {len(staying)} events that stay, {' and '.join(said)}",
            "each of them exactly once",
            step,
        )


def season(count: int, together: int = 1) -> list:
    """Ids of that many events in the order of the list; `together` of them start at the same time each.

    The order of entry is not the order in time, and the database finds equal ones in the order of their slugs first:
    whoever does not say which of them comes first is not given them by id, by luck.
    """
    from django.db import connection

    from monolith.catalog.models import Event

    with connection.cursor() as cursor, connection.schema_editor() as editor:
        for name, found in connection.introspection.get_constraints(cursor, Event._meta.db_table).items():
            if found["columns"] == ["starts_at"] and found["index"]:
                editor.execute(f"DROP INDEX {editor.quote_name(name)}")
        editor.execute(f"CREATE INDEX IF NOT EXISTS by_slug ON {Event._meta.db_table} (starts_at, slug)")

    where, made = house(), []
    for number in range(count):
        day = (number * 7) % count // together if together > 1 else (number * 7) % count
        made.append(
            Event(
                venue=where,
                title=f"Evening {number}",
                slug=f"season-{9999 - number}",
                # the last digits of a moment count, too
                starts_at=LONG_AGO + timedelta(days=day // 2, microseconds=day % 2),
            )
        )
    Event.objects.bulk_create(made)
    return in_order()


def in_order() -> list:
    from monolith.catalog.models import Event

    return list(Event.objects.order_by("starts_at", "pk").values_list("pk", flat=True))


def started(pk):
    from monolith.catalog.models import Event

    return Event.objects.values_list("starts_at", flat=True).get(pk=pk)


def empty() -> None:
    from monolith.catalog.models import Event

    Event.objects.all().delete()


@paging.requirement(
    "R1",
    "pages of 10, by starts_at, events of equal time by id; `next` is the address of the next page, and None on the "
    "last one",
    hints=(
        "Which of two events that start together comes first? Who decides, if you do not?",
        "Order by two columns. And how do you know, on the last page, that it is the last?",
        "Ask for one row more than you show: if it comes, there is a next page.",
    ),
)
@by_hand
def orderly(answer):
    for count, together in ((23, 1), (30, 8), (20, 1), (0, 1), (7, 7)):
        empty()
        expected = season(count, together)
        pages = walk(answer, f"{count} events")
        wanted = [expected[at : at + SIZE] for at in range(0, count, SIZE)] or [[]]
        if pages != wanted:
            lengths = [len(page) for page in pages]
            same = sorted(met(pages)) == sorted(expected)
            reject(
                f"{count} events, up to {together} at the same time, read page by page",
                f"pages of {lengths}, in another order"
                if same and lengths == [len(p) for p in wanted]
                else f"pages of {lengths}",
                f"pages of {[len(p) for p in wanted]}, by starts_at and then by id",
                "There is nothing after the last page: do not point there."
                if len(pages) > 1 and not pages[-1]
                else "Compare your order with the requirement, for events that start together."
                if together > 1
                else "Compare your order with the requirement: the earliest first, whenever it was entered.",
            )


@paging.requirement(
    "R2",
    "new events arrive while you read, before your place, at it, and after it: none is met twice, none that was there is "
    "missed, and a new one after your place is met",
    hints=(
        "What does “page 3” mean, once two more events stand on page 1?",
        "A number counts from the beginning. A place is a row: “after this one”. And DRF's CursorPagination takes its "
        "place from the first field of `ordering` alone.",
        "The address of the next page says starts_at and id of the last row shown; the next page is what comes after "
        "both: later, or at the same time with a higher id.",
    ),
)
@by_hand
def arrivals(answer):
    for together in (1, 8, 30):
        empty()
        staying = season(30, together)
        # read page by page, and while it is read
        late: list = []

        def add(page, late=late, staying=staying):
            here = started(staying[page * SIZE - 1])
            event(1000 + page, LONG_AGO - timedelta(days=page))
            late.append(event(1100 + page, here).pk)  # after the last one shown, and before the next
            # behind those that are there, but before their time in the table
            from monolith.catalog.models import Event

            Event.objects.create(
                pk=10**6 * -1 - page,
                venue=house(),
                title="Early",
                slug=f"early-{page}",
                starts_at=here - timedelta(days=400),
            )
            late.append(event(1200 + page, LONG_AGO + timedelta(days=900, hours=page)).pk)

        what = f"30 events, up to {together} at the same time; new ones arrive before pages 2 and 3"
        pages = walk(answer, what, lambda page, add=add: add(page) if page < 3 else None)
        complete(what, pages, staying, "What does your address name: how many rows to pass over, or a row?")
        order = {pk: place for place, pk in enumerate(in_order())}
        if (places := [order[pk] for pk in met(pages)]) != sorted(places):
            reject(
                what,
                "an earlier event after a later one",
                "the order of R1, from the first page to the last",
                "What arrived before your place lies behind you: go on from your place.",
            )
        if missed := [pk for pk in late if pk not in met(pages)]:
            reject(
                what,
                f"{len(missed)} of {len(late)} new events after your place were never met",
                "all of them: they lie ahead",
                "Ask the database anew for each page, without remembering what there was at first.",
            )
        if [pk for pk in met(pages) if met(pages).count(pk) > 1]:
            reject(what, "a new event met twice", "once", "Something is passed over by counting.")


@paging.requirement(
    "R3",
    "events are removed or put off while you read, also the very last that you were shown: none of the others is missed "
    "or met twice",
    hints=(
        "Your next page begins after a row. What if that row is gone, or has moved?",
        "An address that names only the row's id has to ask the row where it stands now.",
        "Carry both in the address: when the row started, as you saw it, and its id.",
    ),
)
@by_hand
def departures(answer):
    from monolith.catalog.models import Event

    for together in (1, 8, 40):
        for how in ("removed", "put off by a year"):
            empty()
            order = season(40, together)
            going = {1: [order[0], order[4], order[9]], 2: [order[19], order[11]], 3: [order[29]]}
            gone = {pk for those in going.values() for pk in those}

            def happen(page, going=going, how=how):
                those = Event.objects.filter(pk__in=going.get(page, ()))
                if how == "removed":
                    those.delete()
                else:
                    for one in those:
                        Event.objects.filter(pk=one.pk).update(starts_at=one.starts_at + timedelta(days=365))

            what = f"40 events, up to {together} at the same time; some that were shown, the last one too, are {how}"
            try:
                pages = walk(answer, what, happen)
            except Rejected:
                raise
            except Exception as problem:
                reject(
                    what,
                    f"{type(problem).__name__}: {problem}",
                    "the next page",
                    "The row that your address names is no longer where it was: carry what you need in the address.",
                )
            complete(
                what,
                pages,
                [pk for pk in order if pk not in gone],
                "Whoever counts rows counts wrong when one is gone.",
            )


@paging.requirement(
    "R4",
    "1300 events that start at the same time: all of them, once each",
    hints=(
        "How does your address tell the 1 100th of them from the 1 101st?",
        "DRF's cursor knows the first field of `ordering`, and counts through rows that are equal by it, up to a limit.",
        "A place that no two rows share: the time and the id together, compared as a pair.",
    ),
)
@by_hand
def crowd(answer):
    expected = season(1300, 1300)
    what = "1300 events that all start at the same time"
    pages = walk(answer, what, most=140)
    complete(what, pages, expected, "Equal rows need something that tells them apart, in the address, too.")


@contextmanager
def rows_read():
    """Yields a list that grows by one with each row that the database hands out."""
    from django.db import connection

    connection.ensure_connection()
    read: list = []

    def counting(cursor, row):
        read.append(1)
        return row

    connection.connection.row_factory = counting
    try:
        yield read
    finally:
        connection.connection.row_factory = None


@paging.requirement(
    "R5",
    "a page takes at most 2 queries and 12 rows of the database, and 300 characters of address, the thirtieth as the first",
    hints=(
        "How many rows does the database hand out for page 30, and how many do you show?",
        "A slice of a QuerySet becomes a LIMIT, as long as it is a QuerySet that you slice, and not a list.",
        "filter(…) by the place, order_by(…), and [: size + 1] at its end.",
    ),
)
@by_hand
def thrifty(answer):
    season(320)
    address, number = FIRST, 0
    while address is not None and number < 32:
        number += 1
        with queries() as seen, rows_read() as read:
            _, address = listed(answer, address)
        if len(seen) > 2 or len(read) > 12:
            reject(
                f"page {number} of 320 events",
                f"{len(seen)} queries, {len(read)} rows",
                "at most 2 queries and 12 rows",
                "Let the database begin at the place, and stop after a page.",
            )
        if address is not None and len(address) > 300:
            reject(
                f"the address after page {number} of 320 events",
                f"{len(address)} characters",
                "at most 300",
                "An address says where you are, not all that you have seen: browsers and proxies cut long ones off.",
            )


@paging.requirement(
    "R6",
    "an address that nobody handed out gives a page, or an error of DRF's with a status 4xx; never a crash",
    hints=(
        "Who can write into the address of your page?",
        "What do your parsing steps raise, each of them, for text that they did not write?",
        "Catch what parsing raises, and raise DRF's ValidationError or NotFound in its place. Some numbers are too big "
        "for a database, and some texts hold a null byte.",
    ),
)
@by_hand
def tampered(answer):
    from rest_framework.exceptions import APIException

    season(30, 10)
    _, following = listed(answer, FIRST)
    if following is None:
        reject("the first page of 30 events", "next = None", "an address", "Twenty events are still to come.")
    given = parse_qsl(urlsplit(following).query, keep_blank_values=True)
    bad = [
        "nonsense",
        "",
        "\x00",
        "９",
        "-1",
        str(10**30),
        "1e400",
        ",",
        "a,b",
        "2040-01-01T00:00:00",
        "W10=",
        "é",
    ]
    bad += [
        "bnVsbA==",
        "WzEsMl0=",
        "MjA0MCwx",
        "2040-01-01T00:00:00+00:00,x",
        f"2040-01-01T00:00:00+00:00,{10**30}",
    ]
    bad += ["9999-12-31T23:59:59-14:00,1", "0001-01-01T00:00:00+14:00,1", "2040-01-01T00:00:00,1", "{}", "[]"]
    for name, value in given:
        for other in [*bad, value[: len(value) // 2], value + "x", value[1:]]:
            changed = urlencode([(n, other if n == name else v) for n, v in given])
            try:
                listed(answer, f"{FIRST}?{changed}")
            except APIException as refusal:
                if refusal.status_code < 500:
                    continue
                problem = refusal
            except Rejected:
                raise
            except Exception as raised:
                problem = raised
            else:
                continue
            reject(
                f"events(request) with {name}={other[:40]!r}",
                f"{named_in_full(problem)}: {str(problem)[:120]}",
                "a page, or a refusal of DRF's, such as rest_framework.exceptions.ValidationError",
                "The name is right, and the module is not: DRF's views turn their own into a 400, and Django's into a crash."
                if named_in_full(problem) == "django.core.exceptions.ValidationError"
                else "Everybody can write an address: what cannot be read is the caller's mistake, a 4xx, and no crash.",
            )


# 05.3 --------------------------------------------------------------------------------------------

keyed = Exercise(
    number="05.3",
    title="Twice is once",
    kind="write",
    minutes=15,
    provides=("once",),
    review="One answer writes the key first and lets the database refuse the second, the other makes the row, and lets "
    "whoever comes second wait for its lock. What is left in the table when the house is sold out, and does it matter?",
)

BANDS = 3


class SoldOut(Exception):
    """Fewer seats are left than were asked for."""


@cache
def kept_model():
    from django.db import models

    class KeptAnswer(models.Model):
        """What was answered to a caller's request with a key."""

        caller = models.BigIntegerField()
        key = models.CharField(max_length=80)
        asked = models.JSONField(null=True)
        status = models.PositiveSmallIntegerField(null=True)
        answer = models.JSONField(null=True)

        class Meta:
            app_label = "inventory"
            db_table = "kept_answer"
            constraints = [models.UniqueConstraint(fields=["caller", "key"], name="kept_answer_once")]

        def __str__(self):
            return f"{self.key} of {self.caller}"

    return KeptAnswer


class Desk:
    """The table of kept answers, a house with some bands, and `place_hold`."""

    def __init__(self, answer, capacity: int = 1000) -> None:
        from django.db import connection

        from monolith.inventory.models import Allotment

        self.answer, self.kept = answer, kept_model()
        with connection.schema_editor() as editor:
            editor.create_model(self.kept)
        self.bands = [band.pk for band in event(1, bands=BANDS).bands.all()]
        Allotment.objects.bulk_create(Allotment(band_id=band, capacity=capacity) for band in self.bands)
        self.callers = [user(name).pk for name in ("Ann", "Ben")]
        self.body = {"band": self.bands[0], "quantity": 2}

    def place_hold(self, body):
        """What the task promises: (201, answer), or SoldOut and no hold."""
        from django.db import transaction
        from django.utils import timezone

        from monolith.inventory.models import Allotment, Hold

        with transaction.atomic():
            stock = Allotment.objects.select_for_update().get(band_id=body["band"])
            held = Hold.objects.counting().filter(band_id=body["band"]).values_list("quantity", flat=True)
            if stock.capacity - stock.sold - sum(held) < body["quantity"]:
                raise SoldOut("fewer seats are left than were asked for")
            hold = Hold.objects.create(
                band_id=body["band"],
                quantity=body["quantity"],
                expires_at=timezone.now() + timedelta(minutes=1),
            )
        answer = {"reference": str(hold.reference), "band": hold.band_id, "quantity": hold.quantity}
        return 201, {**answer, "expires_at": hold.expires_at.isoformat()}

    def ask(self, body=None, *, caller=None, key="k-1"):
        """The answer's (status, answer). Raises what it raises."""
        caller = self.callers[0] if caller is None else caller
        body = dict(self.body if body is None else body)
        try:
            gave = self.answer.once(self.kept, self.place_hold, caller=caller, key=key, body=body)
        except Exception as problem:
            problem.lab_call = f"once(KeptAnswer, place_hold, caller={caller}, key={key!r}, body={body})"
            raise
        if not (isinstance(gave, tuple | list) and len(gave) == 2):
            reject("once(…)", f"{gave!r}"[:200], "(status, answer)", "Give back a pair, as place_hold does.")
        return tuple(gave)

    def clear(self) -> None:
        from monolith.inventory.models import Hold

        Hold.objects.all().delete()
        self.kept.objects.all().delete()


def one_hold(call: str, gave, expected, count: int, step: str) -> None:
    if gave != expected or holds() != count:
        status = gave[0] if isinstance(gave, tuple) else gave
        same = (
            "the same answer"
            if gave == expected
            else f"status {status}, and an answer that differs: {gave[1]!r}"
        )
        reject(
            call,
            f"{same}; there {'is' if holds() == 1 else 'are'} {so_many(holds())}"[:300],
            f"the first one's status and answer, and {so_many(count)}",
            step,
        )


@keyed.requirement(
    "R1",
    "the same key and the same body again: the same status, the same answer, and one hold, whatever has become of that "
    "hold and of the other seats since",
    hints=(
        "Where does the second request find out what the first was told?",
        "Keep status and answer in the row, as they were given; the hold may be gone by the time somebody asks again.",
        "Whoever has the row of this caller and key has its answer; only where there is none, a hold is placed, and what "
        "was answered is kept.",
    ),
)
@by_hand
def again(answer):
    from monolith.inventory.models import Hold

    desk = Desk(answer, capacity=2)  # so the house is full from here on
    first = desk.ask()
    if first[0] != 201 or not isinstance(first[1], dict) or holds() != 1:
        reject(
            "once(…), the first time",
            f"{first!r}, {so_many(holds())}"[:300],
            "what place_hold gives, and 1 hold",
            "A key that was never here changes nothing about the answer.",
        )
    rows = desk.kept.objects.count()
    if rows != 1:
        reject(
            "once(…) with a key",
            f"{so_many(rows, 'row')} in the table of kept answers",
            "1 row",
            "Another process may get the second request: what it needs to know must stand in the table.",
        )
    try:
        second = desk.ask()
    except SoldOut:
        reject(
            "once(…) again, with the same key and body; the first one took the last seats",
            "SoldOut",
            "the first one's status and answer",
            "There is nothing left to hold, and nothing to be held: look at the key before you do the work.",
        )
    one_hold(
        "once(…) again, with the same key and body",
        second,
        first,
        1,
        "The second request is told what the first was told, and does nothing.",
    )
    Hold.objects.update(state="released", quantity=1)
    one_hold(
        "once(…) a third time, after the hold was given back",
        desk.ask(),
        first,
        1,
        "Keep the answer as it was given; do not make it anew from rows that have changed.",
    )
    Hold.objects.all().delete()
    gave = desk.ask()
    if gave != first or holds():
        reject(
            "once(…) a fourth time, after the hold was deleted",
            f"{gave!r}, {so_many(holds())}"[:300],
            "the first answer, and no new hold",
            "Keep the answer as it was given; do not make it anew from rows that may be gone.",
        )


@keyed.requirement(
    "R2",
    "the same key with another body: status 422, and nothing is held. The order of its fields does not make it another",
    hints=(
        "How does the second request know what the first one asked for?",
        "The row has a column for it. JSON keeps no order of names: what you compare must not depend on it, and must "
        "not run two values into one.",
        "Keep the body itself in `asked`, or a digest of json.dumps with sorted keys; compare before you answer.",
    ),
)
@by_hand
def other_body(answer):
    desk = Desk(answer)
    one, two = desk.bands[:2]
    first = desk.ask({"band": one, "quantity": 2})
    one_hold(
        "once(…) again, with the fields of the body in another order",
        desk.ask({"quantity": 2, "band": one}),
        first,
        1,
        "The same body: compare what it says, not how it is written.",
    )
    cases = [
        ({"band": one, "quantity": 3}, {"band": one, "quantity": 2}),
        ({"band": two, "quantity": 2}, {"band": one, "quantity": 2}),
        ({"band": two, "quantity": one}, {"band": one, "quantity": two}),  # the same two numbers
        ({"band": one, "quantity": 2, "row": "A"}, {"band": one, "quantity": 2}),
    ]
    for number, (body, other) in enumerate(cases):
        key = f"other-{number}"
        desk.clear()
        before = desk.ask(other, key=key)
        gave = desk.ask(body, key=key)
        if gave[0] != 422 or holds() != 1:
            reject(
                f"once(…) with {shown(other)}, then with the same key and {shown(body)}",
                f"status {gave[0]}, and {so_many(holds())}",
                "status 422, and the 1 hold of before",
                "One of the two requests must be a mistake, and you cannot know which: refuse.",
            )
        one_hold(
            f"once(…) with the first body, {shown(other)}, after another one was refused",
            desk.ask(other, key=key),
            before,
            1,
            "The refusal must not touch what was kept.",
        )


@keyed.requirement(
    "R3",
    "a key belongs to its caller: another caller's equal key is another request. So is another key, and each one that has "
    'none (key="")',
    hints=(
        "Two buyers' apps count their requests from 1. What does the second buyer get?",
        "What do you look for in the table: the key, or the key of this caller? And what if the key is empty?",
        "Filter by caller and key, each in its own column. Without a key, do the work and keep nothing.",
    ),
)
@by_hand
def callers(answer):
    desk = Desk(answer)
    ann, ben = desk.callers
    first = desk.ask(key="7")
    for what, ways in (
        ("another caller, with an equal key", {"caller": ben, "key": "7"}),
        ("another caller, with an equal key and another body", {"caller": ben, "key": "8"}),
        ("the same caller, with another key", {"caller": ann, "key": "9"}),
    ):
        if ways["key"] == "8":
            desk.ask({"band": desk.bands[1], "quantity": 1}, key="8")
        before = holds()
        gave = desk.ask(**ways)
        if gave[0] != 201 or gave == first or holds() != before + 1:
            reject(
                f"once(…) by {what}",
                f"{gave!r}, {so_many(holds() - before, 'new hold')}"[:300],
                "201, and a hold of its own",
                "What belongs to one caller is nobody else's: somebody could even read a stranger's answer.",
            )
    # 1 and "12", 11 and "2": written one behind the other they are the same
    desk.ask(caller=1, key="12")
    before = holds()
    if desk.ask(caller=11, key="2")[0] != 201 or holds() != before + 1:
        reject(
            'once(…) by caller 1 with the key "12", then by caller 11 with the key "2"',
            f"{so_many(holds() - before, 'new hold')} for the second",
            "a hold for each",
            "Two columns, two values: do not run them into one text.",
        )
    for _ in range(2):
        before = holds()
        gave = desk.ask(key="")
        if gave[0] != 201 or holds() != before + 1:
            reject(
                'once(…, key="")',
                f"{gave!r}, {so_many(holds() - before, 'new hold')}"[:300],
                "201, and a hold: each request without a key is one of its own",
                "An empty key is no key.",
            )
    other = desk.ask({"band": desk.bands[2], "quantity": 1}, key="")
    if other[0] != 201:
        reject('once(…, key="") with another body', f"{other!r}"[:200], "201", "An empty key is no key.")


@keyed.requirement(
    "R4",
    "SoldOut goes on to whoever called, and the key is not used up: when seats are free again, the same request holds them",
    hints=(
        "When the house is sold out, what does your answer leave in the table?",
        "A seat that was held comes back a minute later. What should the same key be told then?",
        "Do not catch SoldOut. Write the key in the same transaction as the hold: then a refusal takes both away. Or "
        "let a row without an answer mean “not done yet”.",
    ),
)
@by_hand
def refusals(answer):
    from monolith.inventory.models import Allotment

    desk = Desk(answer, capacity=1)
    for number in (1, 2):
        try:
            gave = desk.ask()
        except SoldOut:
            gave = None
        if gave is not None or holds():
            reject(
                f"once(…) when too few seats are left{', again' * (number > 1)}",
                f"{gave!r}, {so_many(holds())}"[:300],
                "SoldOut, as place_hold raises it, and no hold",
                "The view knows what to say to SoldOut: let it through.",
            )
    Allotment.objects.update(capacity=5)
    try:
        gave = desk.ask()
    except SoldOut:
        gave = ("SoldOut", None)
    if gave[0] != 201 or holds() != 1:
        reject(
            "once(…), the same request, after seats became free",
            f"{gave!r}, {so_many(holds())}"[:300],
            "201, and the hold",
            "Nothing was done for this key so far: a refusal must not use it up.",
        )
    one_hold("once(…) once more", desk.ask(), gave, 1, "From here on it is kept.")


class Gone(BaseException):
    """The process is no more: nothing of it catches this, nothing of it tidies up."""


def is_control(sql: str) -> bool:
    return sql.lstrip().upper().startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT"))


def told(sql: str) -> str:
    """A statement in a few words."""
    verb = sql.lstrip().split(None, 1)[0].upper()
    table = re.search(r'\b(?:FROM|INTO|UPDATE)\s+"?(\w+)"?', sql, re.IGNORECASE)
    return f"{verb} {table[1]}" if table else verb


@dataclass
class Steps:
    """What an answer sent so far, each statement in a few words, commits among them."""

    seen: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where the last step stands, in words."""
        if len(self.seen) < 2:
            return f"before its first step, {self.seen[-1]}" if self.seen else "at its beginning"
        return f"after its {self.seen[-2]}, before its {self.seen[-1]}"


@contextmanager
def breaks_down(number: int, problem):
    """The answer's step of that number is not done: `problem()` is raised in its place.

    With Gone, the process is dead from there on: what is not committed is lost, and nothing more is done. Anything
    else happens once. A commit is a step, too.
    """
    from django.db import connection

    steps, dead = Steps(), []

    def due() -> BaseException | None:
        raised = problem()
        if dead or len(steps.seen) == number:
            if isinstance(raised, Gone):
                dead.append(1)
            return raised
        return None

    def step(execute, sql, params, many, context):
        if is_control(sql):
            return execute(sql, params, many, context)
        if not dead:
            steps.seen.append(told(sql))
        if raised := due():
            raise raised
        return execute(sql, params, many, context)

    original = connection._commit

    def commit():
        if not dead:
            steps.seen.append("COMMIT")
        if raised := due():
            connection.connection.rollback()
            raise raised
        return original()

    connection.ensure_connection()
    connection._commit = commit
    try:
        with connection.execute_wrapper(step):
            yield steps
    finally:
        del connection._commit
        if dead:
            connection.in_atomic_block = connection.closed_in_transaction = False
            connection.close()


@keyed.requirement(
    "R5",
    "the process may die and the database fail at any moment: the next try with the same key ends with one hold, and its "
    "answer",
    hints=(
        "Your process ends between two of your statements. What stands in the database, and what does the next try make "
        "of it?",
        "Two transactions can be torn apart; one cannot. except and finally do not run in a process that is dead.",
        "Key, hold and answer inside one atomic() block. Or a row that says “not done yet”, and a second block that "
        "locks it, does the work, and fills it.",
    ),
)
@by_hand
def breakdowns(answer):
    from django.db import OperationalError

    desk = Desk(answer)
    for words, problem in (
        ("its process dies", Gone),
        ("the database fails once", lambda: OperationalError("the connection was lost")),
    ):
        number = 0
        while number < 60:
            number += 1
            desk.clear()
            # whatever it says, nobody hears it
            with suppress(Gone, Exception), breaks_down(number, problem) as steps:
                desk.ask()
            if len(steps.seen) < number:
                break
            what = f"once(…), and {words} {steps.place}; then once(…) again, with the same key"
            try:
                gave = desk.ask()
            except Rejected:
                raise
            except Exception as raised:
                reject(
                    what,
                    f"{type(raised).__name__}: {raised}"[:200],
                    "201, and 1 hold",
                    "Something was left that is half done, and nobody will finish it.",
                )
            one_more = desk.ask()
            if gave[0] != 201 or holds() != 1 or one_more != gave:
                reject(
                    what,
                    f"status {gave[0]}, {so_many(holds())}, then status {one_more[0]}"
                    + (" with another answer" if one_more[0] == gave[0] and one_more != gave else ""),
                    "201, 1 hold, and that answer from then on",
                    "The key was used up by work that was never done: both must come to be together."
                    if holds() < 1
                    else "The work was done, and the key knows nothing of it: both must come to be together."
                    if holds() > 1
                    else "What was kept is not what was done.",
                )


def raw_rows(table: str) -> list[dict]:
    from django.db import connection

    cursor = connection.connection.cursor()
    found = cursor.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


class Twin:
    """The same request, sent a second time, and served in full by another process, in one moment.

    It does what the answer itself did when it was alone: it writes the same rows. So it is told what they are, and
    writes them as they were. It finds what is committed, as PostgreSQL would show it; where the answer has locked a
    row, or has written the key and not yet committed, it waits until that transaction ends.

    There is one connection, so a rollback of the answer's takes the twin's rows away as well: they are written again,
    as soon as the rollback is done.
    """

    def __init__(self, kept: dict, hold: dict, capacity: int) -> None:
        self.kept, self.hold, self.capacity = kept, hold, capacity
        self.place = ""  # where it acted
        self.held = False  # whether it made the hold

    def serve(self) -> None:
        held = self._sql("SELECT coalesce(sum(quantity), 0) FROM inventory_hold")[0]
        row = self._sql(
            "SELECT status, answer FROM kept_answer WHERE caller = ? AND key = ?",
            self.kept["caller"],
            self.kept["key"],
        )
        done = row and [part is None for part in row] == [self.kept[n] is None for n in ("status", "answer")]
        if done or held + self.hold["quantity"] > self.capacity:
            return  # it is told what is kept, or that the house is sold out
        if row is None:
            self._insert("kept_answer", self.kept)
        else:
            self._sql(
                "UPDATE kept_answer SET asked = ?, status = ?, answer = ? WHERE caller = ? AND key = ?",
                *(self.kept[n] for n in ("asked", "status", "answer", "caller", "key")),
            )
        self._insert("inventory_hold", self.hold)
        self.held = True

    def survive(self) -> None:
        """What a rollback took away is there again."""
        if self.held and not self._sql(
            "SELECT 1 FROM inventory_hold WHERE reference = ?", self.hold["reference"]
        ):
            self.held = False
            self.serve()

    def key_is_there(self) -> bool:
        asked = "SELECT 1 FROM kept_answer WHERE caller = ? AND key = ?"
        return self._sql(asked, self.kept["caller"], self.kept["key"]) is not None

    def _insert(self, table: str, row: dict) -> None:
        places = ", ".join("?" * len(row))
        self._sql(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())

    def _sql(self, sql: str, *parameters):
        from django.db import connection

        cursor = connection.connection.cursor()
        try:
            return cursor.execute(sql, parameters).fetchone()
        finally:
            cursor.close()


@contextmanager
def meets(twin: Twin, number: int):
    """Inside the block, the twin comes right before the answer's step of that number. Yields the answer's steps."""
    from django.db import connection

    steps = Steps()
    state = {"blocked": False, "came": False}

    def serve() -> None:
        state["came"] = True
        twin.place = steps.place
        twin.serve()

    def step(execute, sql, params, many, context):
        plain = LOCK.sub("", sql.rstrip())
        if is_control(sql):
            return execute(plain, params, many, context)
        steps.seen.append(told(sql))
        if len(steps.seen) >= number and not state["came"] and not state["blocked"]:
            serve()
        result = execute(plain, params, many, context)
        if connection.in_atomic_block and not state["blocked"]:
            locks = plain != sql.rstrip()
            writes = not sql.lstrip().upper().startswith("SELECT")
            if "kept_answer" in sql:
                state["blocked"] = (locks or writes) and twin.key_is_there()
            elif locks or sql.lstrip().upper().startswith("UPDATE"):
                state["blocked"] = True
        return result

    def ending(original):
        def end(*arguments, **named):
            result = original(*arguments, **named)
            twin.survive()
            if original.__name__ != "_savepoint_rollback":
                state["blocked"] = False
                if len(steps.seen) >= number and not state["came"]:
                    serve()
            return result

        return end

    connection.ensure_connection()
    hooked = ("_commit", "_rollback", "_savepoint_rollback")
    for name in hooked:
        setattr(connection, name, ending(getattr(connection, name)))
    for name in ABILITIES:
        setattr(connection.features, name, True)
    try:
        with connection.execute_wrapper(step):
            yield steps
    finally:
        for name in hooked:
            delattr(connection, name)
        for name in ABILITIES:
            delattr(connection.features, name)


@keyed.requirement(
    "R6",
    "the same request comes twice at the same time, be it for the last seats: one hold, and both are told of it",
    hints=(
        "You looked, and there was no such key. By the time you write it, is that still true?",
        "The table is unique by caller and key. What does the database raise for whoever comes second, and what has to be "
        "undone then? A lock on a row that is not there yet keeps nobody out.",
        "Write the key first, inside atomic(), and the hold after it; on IntegrityError, outside of the block, read the "
        "row: it is the other one's answer.",
    ),
)
@by_hand
def at_once(answer):
    from monolith.inventory.models import Allotment

    desk = Desk(answer)
    first = desk.ask()
    kept, made = raw_rows("kept_answer"), raw_rows("inventory_hold")
    if len(kept) != 1 or len(made) != 1:
        reject(
            "once(…) with a key",
            f"{so_many(len(kept), 'kept answer')}, {so_many(len(made))}",
            "1 of each",
            "Keep what was answered in the table, so that another process finds it.",
        )
    for capacity in (1000, 2):  # seats for all, and the last two
        Allotment.objects.update(capacity=capacity)
        number = 0
        while number < 60:
            number += 1
            desk.clear()
            twin = Twin(kept[0], made[0], capacity)
            problem = None
            with meets(twin, number) as steps:
                try:
                    gave = desk.ask()
                except Rejected:
                    raise
                except Exception as raised:
                    problem = raised
            if len(steps.seen) < number and not problem:
                break
            what = f"once(…), while the same request comes to another process and is served {twin.place}"
            told_twice(what, desk, problem or gave, first if twin.held else None)


def told_twice(what: str, desk: Desk, gave, others) -> None:
    """Whoever met a twin was told what the twin was told (`others`, None if it made no hold), and there is one hold."""
    if isinstance(gave, SoldOut):
        reject(
            f"{what}, and so gets the last seats",
            "SoldOut",
            "the answer that the other one was given: these seats are held for this very request",
            "You asked for seats before you knew whether the key was yours: write the key first. Whoever comes "
            "second then meets the key, and not the empty house.",
        )
    if isinstance(gave, Exception):
        reject(
            what,
            f"{type(gave).__name__}: {gave}"[:200],
            "the answer that the other one was given",
            "The unique index refused your row: then somebody has done the work, and the answer stands in the "
            "table. After an error in a transaction, only what is outside of its block can still read.",
        )
    one_more = desk.ask()
    if holds() != 1 or gave != (others or gave) or one_more != gave:
        status = f"status {gave[0]}" if gave != (others or gave) else "an answer"
        reject(
            what,
            f"{status}, and {so_many(holds())}",
            "the one answer for both, and 1 hold",
            "Between your look and your write the other one did the work: a look alone decides nothing."
            if holds() != 1
            else "The work is done: whoever comes second is told what the first was told.",
        )


# 05.4 --------------------------------------------------------------------------------------------

contract = Exercise(
    number="05.4",
    title="Breaking or not?",
    kind="decide",
    minutes=18,
    provides=("VERDICTS", "is_breaking"),
    review="One answer walks both documents at once and carries the direction along, the other writes down all that a "
    "document says, place by place, and judges by a table. Which one would you rather teach about maxLength, "
    "and which one about a field that may be null?",
)

WHOLE = {"type": "integer"}
TEXT = {"type": "string"}


def thing(properties: dict, required=(), **more) -> dict:
    return {"type": "object", "properties": properties, "required": list(required), **more}


def operation(sent=None, given=None, status="201", name="placeHold") -> dict:
    """An operation with the schema of its request and of its success; {} has neither."""
    made: dict = {"operationId": name, "responses": {status: {"description": "Held."}}}
    if sent is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": sent}}}
    if given is not None:
        made["responses"][status]["content"] = {"application/json": {"schema": given}}
    return made


def sent(**more) -> dict:
    """What a request may hold."""
    quantity = {"type": "integer", "minimum": 1, "maximum": 10}
    delivery = {"type": "string", "enum": ["mail", "desk"]}
    properties = {"band": WHOLE, "quantity": quantity, "delivery": delivery, "note": TEXT}
    return thing(
        {**properties, **more.pop("properties", {})}, more.pop("required", ["band", "quantity"]), **more
    )


def given(**more) -> dict:
    """What an answer holds."""
    state = {"type": "string", "enum": ["active", "released"]}
    properties = {"reference": TEXT, "state": state, "seats": {"type": "integer", "maximum": 10}}
    return thing(
        {**properties, **more.pop("properties", {})}, more.pop("required", ["reference", "state"]), **more
    )


def without(schema: dict, name: str) -> dict:
    left = {one: each for one, each in schema["properties"].items() if one != name}
    return {**schema, "properties": left, "required": [one for one in schema["required"] if one != name]}


def enum(*values: str) -> dict:
    return {"type": "string", "enum": list(values)}


def between(lowest=None, highest=None) -> dict:
    limits = {"minimum": lowest, "maximum": highest}
    return {"type": "integer", **{name: value for name, value in limits.items() if value is not None}}


def pairs() -> dict[str, tuple]:
    """The twelve changes of the stub: (old operation, new operation, whether it breaks, the question to ask)."""
    was = operation(sent(), given())
    closed = sent(additionalProperties=False)
    return {
        "request: an optional field added": (
            was,
            operation(sent(properties={"promo": TEXT}), given()),
            False,
            "Does a caller who has never heard of it have to send it?",
        ),
        "request: a required field added": (
            was,
            operation(sent(properties={"promo": TEXT}, required=["band", "quantity", "promo"]), given()),
            True,
            "Does a caller who has never heard of it send it?",
        ),
        "request: a field removed, the server refuses unknown fields": (
            operation(closed, given()),
            operation(without(closed, "note"), given()),
            True,
            "An old caller still sends the field. What does the new server say?",
        ),
        "request: a field removed, the server passes over unknown fields": (
            was,
            operation(without(sent(), "note"), given()),
            False,
            "An old caller still sends the field. What does the new server say?",
        ),
        "request: a value added to an enumeration": (
            was,
            operation(sent(properties={"delivery": enum("mail", "desk", "courier")}), given()),
            False,
            "Who chooses the value, the caller or the server?",
        ),
        "request: a maximum lowered": (
            was,
            operation(sent(properties={"quantity": between(1, 6)}), given()),
            True,
            "What does a caller get today who holds 8 seats, and tomorrow?",
        ),
        "response: a field added": (
            was,
            operation(sent(), given(properties={"row": TEXT}, required=["reference", "state", "row"])),
            False,
            "What does a caller do with a field that it does not know?",
        ),
        "response: a field removed": (
            was,
            operation(sent(), without(given(), "seats")),
            True,
            "Somebody reads it. Who?",
        ),
        "response: a value added to an enumeration": (
            was,
            operation(sent(), given(properties={"state": enum("active", "released", "waiting")})),
            True,
            "Which branch of an old caller's `if` takes the new value?",
        ),
        "response: a maximum lowered": (
            was,
            operation(sent(), given(properties={"seats": {"type": "integer", "maximum": 6}})),
            False,
            "Can anything come back that could not come before?",
        ),
        "the operationId renamed": (
            was,
            operation(sent(), given(), name="createHold"),
            True,
            "What does a generated client call the method, and who calls that?",
        ),
        "the success status changed from 201 to 200": (
            was,
            operation(sent(), given(), status="200"),
            True,
            "What does a caller compare the status with?",
        ),
    }


def two_good(schema: dict) -> dict:
    """An operation with two successes, of which the second has this schema."""
    made = operation(sent(), given(), "200")
    return {**made, "responses": {**made["responses"], **operation(None, schema, "201")["responses"]}}


def verdict_of(answer, old: dict, new: dict, what: str, breaks: bool, step: str) -> None:
    """`is_breaking` says of the pair what is right, and leaves both documents as they were."""
    copies = deepcopy(old), deepcopy(new)
    try:
        gave = answer.is_breaking(*copies)
    except Exception as problem:
        problem.lab_call = f"is_breaking(old, new): {what}:"
        raise
    if bool(gave) != breaks:
        word = {True: "it breaks", False: "it does not break"}
        reject(f"is_breaking(old, new): {what}", f"{gave!r}"[:120], f"{breaks}: {word[breaks]}", step)
    if copies != (old, new):
        reject(
            f"is_breaking(old, new): {what}",
            "a changed document",
            "both as they were",
            "Look, and change nothing: the caller still needs them.",
        )


SENT_WORD = "Is everything that an old caller may send still taken?"
GIVEN_WORD = "Is everything that may come back something that an old caller knows?"


def many(answer, cases: list) -> None:
    """(what, old, new, breaks) one after the other; the step asks the question of its side."""
    for what, old, new, breaks in cases:
        step = SENT_WORD if what.startswith("request") else GIVEN_WORD if what.startswith("response") else ""
        verdict_of(
            answer, old, new, what, breaks, step or "Ask what an old caller does, who knows the old one only."
        )


def in_request(what: str, old: dict, new: dict, breaks: bool) -> tuple:
    return (f"request: {what}", operation(old, given()), operation(new, given()), breaks)


def in_response(what: str, old: dict, new: dict, breaks: bool) -> tuple:
    return (f"response: {what}", operation(sent(), old), operation(sent(), new), breaks)


@contract.requirement(
    "R1",
    "VERDICTS says of each of the twelve changes whether it breaks an old caller (True) or not (False)",
    hints=(
        "You are the caller, and have not changed a line for a year. What do you send, and what do you read?",
        "Ask for each: who writes this part, caller or server? And does the change allow more, or less?",
        "Less allowed in a request breaks; more allowed in a response breaks. A name that programs use is a promise, too.",
    ),
)
@by_hand
def decided(answer):
    said, right = answer.VERDICTS, pairs()
    if not isinstance(said, dict) or set(said) != set(right):
        reject(
            "VERDICTS",
            "other names than the stub's" if isinstance(said, dict) else type(said).__name__,
            "the twelve changes as the stub names them",
            "Change only what stands behind the colons.",
        )
    if unsaid := [name for name, value in said.items() if not isinstance(value, bool)]:
        reject(
            "VERDICTS",
            f"{said[unsaid[0]]!r} for “{unsaid[0]}”",
            "True or False",
            f"{len(unsaid)} of 12 are not decided yet.",
        )
    wrong = [name for name in right if said[name] != right[name][2]]
    if wrong:
        reject(
            "VERDICTS",
            f"{12 - len(wrong)} of 12 are right; not so “{wrong[0]}”",
            "12 of 12",
            right[wrong[0]][3],
        )


@contract.requirement(
    "R2",
    "is_breaking says the same of these twelve; and of a document that says the same in other words, in another order, or "
    "leaves out what need not be there, that nothing breaks",
    hints=(
        "Which parts of a document does a caller's program never see?",
        "Texts, titles and examples are for people; the order of names and of lists means nothing. Some operations have "
        "no requestBody at all, and an answer 204 has no content.",
        "Compare sets and look names up with .get(…, {}); never compare whole documents.",
    ),
)
@by_hand
def same_verdicts(answer):
    for what, (old, new, breaks, question) in pairs().items():
        verdict_of(answer, old, new, what, breaks, question)
    was = operation(sent(), given())
    worded = operation(
        sent(
            description="What you want.",
            title="NewHold",
            properties={"note": {**TEXT, "description": "For the desk.", "example": "By the door, please."}},
        ),
        given(title="Hold"),
    )
    worded |= {"summary": "Hold seats", "description": "For a minute.", "tags": ["holds"], "deprecated": True}
    turned = operation(
        thing(
            dict(reversed(sent(properties={"delivery": enum("desk", "mail")})["properties"].items())),
            ["quantity", "band"],
        ),
        given(properties={"state": enum("released", "active")}, required=["state", "reference"]),
    )
    spare = thing({"band": WHOLE})
    bare = {"type": "object", "properties": {"band": WHOLE}}
    read, empty_one = operation(None, given(), "200", "readHold"), operation(None, None, "204", "release")
    refuses_too = {**was, "responses": {**was["responses"], "409": {"description": "Sold out."}}}
    many(
        answer,
        [
            ("nothing changed", was, was, False),
            ("descriptions, titles, examples and tags added", was, worded, False),
            ("the order of names and lists changed", was, turned, False),
            ("required is left out, where nothing is", operation(spare), operation(bare), False),
            ("properties are left out, where there are none", operation(thing({})), operation({"type": "object"}), False),
            ("no request body, before and after", read, read, False),
            ("neither a request body nor content, before and after", empty_one, empty_one, False),
            ("no request body, and a field of the answer removed", read, operation(None, without(given(), "seats"), "200", "readHold"), True),
            ("the name changed, of an operation with nothing else", empty_one, {**empty_one, "operationId": "giveBack"}, True),
            ("the success of an empty answer changed from 204 to 200", empty_one, operation(None, None, "200", "release"), True),
            ("one more success status, 200 beside 201", was, {**was, "responses": {**was["responses"], **operation(None, given(), "200")["responses"]}}, True),
            ("of two successes, 200 and 201, the second one has a field less", two_good(given()), two_good(without(given(), "seats")), True),
            ("of two successes, 200 and 201, the second one has a field more", two_good(given()), two_good(given(properties={"row": TEXT})), False),
            ("the text of a refusal changed", refuses_too, {**was, "responses": {**was["responses"], "409": {"description": "None left."}}}, False),
        ],
    )  # fmt: skip


@contract.requirement(
    "R3",
    "of a request: whatever an old caller may send must still be taken",
    hints=(
        "Which requests were good yesterday and are refused today?",
        "A narrower type, enumeration or range; one more name in required; one name less where unknown fields are "
        "refused (additionalProperties is false in the new document).",
        "For each field that both know: new must allow all that old allows. An absent limit or enumeration allows "
        "everything.",
    ),
)
@by_hand
def requests(answer):
    closed = sent(additionalProperties=False)

    def field(name, schema):
        return sent(properties={name: schema})

    many(
        answer,
        [
            in_request("an optional field becomes required", sent(), sent(required=["band", "quantity", "note"]), True),
            in_request("a required field becomes optional", sent(), sent(required=["band"]), False),
            in_request("a value taken out of an enumeration", sent(), field("delivery", enum("mail")), True),
            in_request("one value of an enumeration replaced", sent(), field("delivery", enum("mail", "door")), True),
            in_request("an enumeration where there was none", sent(), field("note", enum("none", "some")), True),
            in_request("an enumeration given up", sent(), field("delivery", TEXT), False),
            in_request("a maximum raised", sent(), field("quantity", between(1, 20)), False),
            in_request("a maximum given up", sent(), field("quantity", between(1)), False),
            in_request("a maximum where there was none", sent(), field("band", between(None, 500)), True),
            in_request("a maximum of 0 where there was none", sent(), field("band", between(None, 0)), True),
            in_request("a minimum raised", sent(), field("quantity", between(2, 10)), True),
            in_request("a minimum lowered to 0", sent(), field("quantity", between(0, 10)), False),
            in_request("a minimum given up", sent(), field("quantity", between(None, 10)), False),
            in_request("a minimum where there was none", sent(), field("band", between(1)), True),
            in_request("a minimum raised from 0", field("quantity", between(0)), field("quantity", between(1)), True),
            in_request("a type changed", sent(), field("band", TEXT), True),
            in_request("a required field removed, unknown ones are passed over", sent(), without(sent(), "quantity"), False),
            in_request("a required field removed, unknown ones are refused", closed, without(closed, "quantity"), True),
            in_request("a field removed, and unknown ones taken from now on", closed, without(sent(), "note"), False),
            in_request("a field removed, and unknown ones refused from now on", sent(), without(closed, "note"), True),
            in_request("an optional field added, unknown ones are refused", closed, sent(properties={"promo": enum("a")}, additionalProperties=False), False),
            in_request("a field renamed, unknown ones are refused", closed, without(sent(properties={"remark": TEXT}, additionalProperties=False), "note"), True),
            in_request("a field removed, additionalProperties is true", sent(additionalProperties=True), without(sent(additionalProperties=True), "note"), False),
            in_request("a required field renamed", sent(), without(sent(properties={"seats": WHOLE}, required=["band", "seats"]), "quantity"), True),
        ],
    )  # fmt: skip


@contract.requirement(
    "R4",
    "of a successful response: whatever may come back must be something that an old caller knows; a field more is passed "
    "over",
    hints=(
        "What may come back today that could not come yesterday? And what no longer comes?",
        "It is the request's question with the sides exchanged: now the new document must lie within the old one. But a "
        "caller who passes over unknown fields minds no field more.",
        "A field gone, or no longer required, breaks; so does a wider type, enumeration or range.",
    ),
)
@by_hand
def responses(answer):

    def field(name, schema):
        return given(properties={name: schema})

    many(
        answer,
        [
            in_response("a required field removed", given(), without(given(), "reference"), True),
            in_response("a required field becomes optional", given(), given(required=["reference"]), True),
            in_response("an optional field becomes required", given(), given(required=["reference", "state", "seats"]), False),
            in_response("an optional field added", given(), field("row", enum("A", "B")), False),
            in_response("a value taken out of an enumeration", given(), field("state", enum("active")), False),
            in_response("one value of an enumeration replaced", given(), field("state", enum("active", "over")), True),
            in_response("an enumeration given up", given(), field("state", TEXT), True),
            in_response("an enumeration where there was none", given(), field("reference", enum("a", "b")), False),
            in_response("a maximum raised", given(), field("seats", between(None, 12)), True),
            in_response("a maximum given up", given(), field("seats", WHOLE), True),
            in_response("a minimum where there was none", given(), field("seats", between(1, 10)), False),
            in_response("a minimum lowered", field("seats", between(1, 10)), field("seats", between(0, 10)), True),
            in_response("a minimum of 0 given up", field("seats", between(0)), field("seats", WHOLE), True),
            in_response("a minimum raised", field("seats", between(0)), field("seats", between(1)), False),
            in_response("a type changed", given(), field("reference", WHOLE), True),
            in_response("a field renamed", given(), without(field("id", TEXT), "reference"), True),
            ("response: of two success statuses, 200 and 201, the second one is no longer given", two_good(given()), operation(sent(), given(), "200"), False),
            ("response: of two success statuses, 200 and 201, the first one is no longer given", two_good(given()), operation(sent(), given()), False),
            ("response: one of two success statuses is no longer given, and the other has a field less", two_good(given()), operation(sent(), without(given(), "seats")), True),
            ("response: of two success statuses, 200 and 201, the second one becomes 202", two_good(given()), {**two_good(given()), "responses": {**operation(None, given(), "200")["responses"], **operation(None, given(), "202")["responses"]}}, True),
        ],
    )  # fmt: skip


@contract.requirement(
    "R5",
    "at any depth: in objects within objects, and in the items of lists; and one change that breaks among others that "
    "do not",
    hints=(
        "An answer holds an order, the order holds lines, a line holds a price band. Where does your code stop looking?",
        "The same questions come again one level further down: which part of your code could be asked again?",
        "A function of (old schema, new schema, direction) that calls itself for each shared property and for items.",
    ),
)
@by_hand
def deep(answer):
    def within(schema: dict) -> dict:
        line = thing({"line": schema, "count": WHOLE}, ["line", "count"])
        return thing({"order": thing({"lines": {"type": "array", "items": line}}, ["lines"])}, ["order"])

    def row(schema: dict) -> dict:
        return {"type": "array", "items": schema}

    wide, narrow = enum("a", "b", "c"), enum("a", "b")
    few, more = sent(), sent(properties={"promo": TEXT})
    must = sent(properties={"promo": TEXT}, required=["band", "quantity", "promo"])
    closed = sent(additionalProperties=False)
    cases = []
    for name, put in (("in a list in two objects", within), ("in a list of lists", lambda s: row(row(s)))):
        cases += [
            in_request(f"{name}, a value added to an enumeration", put(narrow), put(wide), False),
            in_request(f"{name}, a value taken away", put(wide), put(narrow), True),
            in_request(f"{name}, a required field added", put(few), put(must), True),
            in_request(f"{name}, an optional field added", put(few), put(more), False),
            in_request(f"{name}, a field removed", put(more), put(few), False),
            in_request(f"{name}, a field removed, unknown ones refused", put(closed), put(without(closed, "note")), True),
            in_request(f"{name}, a maximum lowered", put(between(1, 9)), put(between(1, 8)), True),
            in_response(f"{name}, a value added to an enumeration", put(narrow), put(wide), True),
            in_response(f"{name}, a value taken away", put(wide), put(narrow), False),
            in_response(f"{name}, a field removed", put(more), put(few), True),
            in_response(f"{name}, a field added", put(few), put(more), False),
            in_response(f"{name}, a required field becomes optional", put(given()), put(given(required=["state"])), True),
            in_response(f"{name}, a maximum lowered", put(between(1, 9)), put(between(1, 8)), False),
        ]  # fmt: skip
    new_object = given(properties={"venue": thing({"name": TEXT}, ["name"])})
    cases += [
        in_request("a field removed in an object that passes over unknown ones, within one that refuses them", thing({"a": few}, additionalProperties=False), thing({"a": without(few, "note")}, additionalProperties=False), False),
        in_request("a field removed in an object that refuses unknown ones, within one that passes over them", thing({"a": closed}), thing({"a": without(closed, "note")}), True),
        in_response("an object of objects added", given(), new_object, False),
        in_request("a list becomes an object", row(TEXT), thing({}), True),
        in_request("a list of numbers becomes a list of texts", row(WHOLE), row(TEXT), True),
        (
            "a request that allows more, and a response that allows more",
            operation(narrow, narrow),
            operation(wide, wide),
            True,
        ),
        (
            "a request that allows less, and a response that allows less",
            operation(wide, wide),
            operation(narrow, narrow),
            True,
        ),
        ("a request that allows more, and a response that allows less", operation(narrow, wide), operation(wide, narrow), False),
        in_response("a field added and another removed", given(), without(new_object, "seats"), True),
    ]  # fmt: skip
    many(answer, cases)
