"""Embedded or over HTTP: every function of every facade gives the same contract, and refuses in the same way.

`CASES` has a line for each way in which a function may end. A function without a line, a refusal that no line
meets, and a half whose signature is another, are failures.
"""

import dataclasses
import inspect
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module

import jwt
import pytest
from django.db import transaction
from django.utils import timezone

from boxoffice.chassis import errors
from boxoffice.contexts.accounts.contracts import TokensContract
from boxoffice.contexts.accounts.models import User
from boxoffice.contexts.catalog.models import PriceBand
from boxoffice.contexts.inventory.models import Allotment, Hold
from boxoffice.contexts.notifications.contracts import OrderNewsContract, TicketsContract
from boxoffice.contexts.notifications.models import Notification, Preference
from boxoffice.contexts.orders.models import Order
from boxoffice.services.common import ALL_CONTEXTS
from boxoffice.tests import world

pytestmark = pytest.mark.django_db

NOBODY, ATTEMPT = uuid.UUID(int=4), uuid.UUID(int=9)


def module(context: str, name: str):
    return import_module(f"boxoffice.contexts.{context}.{name}")


def functions(found) -> dict:
    """The functions that a module itself defines for others."""
    return {
        name: one
        for name, one in vars(found).items()
        if inspect.isfunction(one) and one.__module__ == found.__name__ and not name.startswith("_")
    }


def refusals_of(context: str) -> set[type]:
    return {
        one
        for one in vars(module(context, "contracts")).values()
        if inspect.isclass(one)
        and issubclass(one, errors.Refusal)
        and one.__module__ == f"boxoffice.contexts.{context}.contracts"
    }


FACADES = {
    (context, name): function
    for context in ALL_CONTEXTS
    for name, function in functions(module(context, "facade")).items()
}


class World:
    """Somebody with a hold, a paid and a refunded order; and events of which some are not on sale."""

    def __init__(self, line) -> None:
        self.line = line
        self.account = world.user("ada@example.org", first_name="Ada", last_name="Birch")
        self.ada, self.other, self.clerk = world.actor(self.account), world.actor(), world.staff()
        self.event = world.event(
            ("Stalls", "20.50", 10), ("Circle", "7.00", 1), ("Box", "99.99", None),
            title="Zoë’s “Night”", slug="the-night", presented_by="Bea", description="Two\n\nlines",
        )  # fmt: skip
        self.stalls, self.circle, self.box = self.event.bands.all()
        self.closed = world.band(5, sales_closed=True)
        self.started = world.band(5, starts_at=timezone.now() - timedelta(hours=1))
        self.bandless = world.event(("Stalls", "1.00", 1))
        self.bandless.bands.all().delete()
        self.hold = world.hold(self.ada, self.stalls.pk, 2)
        self.expired = world.hold(
            self.ada, self.stalls.pk, 1, expires_at=timezone.now() - timedelta(seconds=1)
        )
        self.released = world.hold(self.ada, self.stalls.pk, 1, state="released")
        self.late = world.hold(self.ada, self.started.pk, 1)
        self.consumed = world.hold(self.ada, self.stalls.pk, 1, state="consumed", attempt=ATTEMPT)
        Allotment.objects.filter(band_id=self.stalls.pk).update(sold=1)
        # more is held of the circle than there is, as when its capacity is cut
        self.squeezed = world.hold(self.ada, self.circle.pk, 2)
        self.paid = world.order(self.ada, self.stalls, 2)
        self.refunded = world.order(self.ada, self.stalls, 1, state="refunded")
        self.bought = self.buy(self.stalls, 1)
        Notification.objects.create(recipient_id=self.ada.id, subject="One", text="1")
        Notification.objects.create(recipient_id=self.ada.id, subject="Two", text="2", is_read=True)
        Preference.objects.create(email=self.other.email, wants_mail=False)

    def buy(self, band: PriceBand, quantity: int) -> Order:
        """An order whose charge the provider knows."""
        from boxoffice.contexts.orders import services

        hold = world.hold(self.ada, band.pk, quantity)
        return Order.objects.get(number=services.pay(actor=self.ada, reference=hold.reference).number)

    def news(self, state="paid", email="ada@example.org") -> OrderNewsContract:
        ticket = TicketsContract(
            "Zoë’s “Night”", self.event.starts_at, "Room, Bristol", "Stalls", 2, Decimal("41.00")
        )
        return OrderNewsContract(
            "CC-AAAA-AAAA", state, Decimal("41.00"), self.ada.id, "Ada", email, (ticket,)
        )


# (context, function): [(positional arguments, keyword arguments) of a world, …]
CASES = {
    ("accounts", "authenticate"): [
        lambda w: (("ada@example.org", world.PASSWORD), {}),
        lambda w: (("ADA@example.org", world.PASSWORD), {}),
        lambda w: (("ada@example.org", "wrong"), {}),
        lambda w: (("nobody@example.org", " "), {}),
    ],
    ("accounts", "register"): [
        lambda w: ((), registration()),
        lambda w: ((), registration(email="NEW@Example.org", first_name="Zoë")),
        lambda w: ((), registration(email="ada@example.org")),
        lambda w: ((), registration(email="nothing", password2="another")),
        lambda w: ((), registration(email="", first_name="", password1="", password2="")),
    ],
    ("accounts", "renew"): [
        lambda w: ((tokens_of(w.account).refresh,), {}),
        lambda w: ((w.ada.token,), {}),
        lambda w: (("rubbish",), {}),
    ],
    ("accounts", "service_token"): [
        lambda w: (("web", "only for the tests"), {}),
        lambda w: (("web", "wrong"), {}),
        lambda w: (("nobody", "only for the tests"), {}),
    ],
    ("catalog", "list_events"): [
        lambda w: ((), {}),
        lambda w: ((), {"title": "“night”"}),
        lambda w: ((), {"title": "100 % & nothing?", "page": 7}),
        lambda w: ((), {"page": None}),
        lambda w: ((), {"page": " x"}),
    ],
    ("catalog", "get_event"): [
        lambda w: ((w.event.pk,), {}),
        lambda w: ((w.started.event_id,), {}),
        lambda w: ((10**6,), {}),
        lambda w: ((10**30,), {}),
    ],
    ("catalog", "get_event_by_slug"): [
        lambda w: (("the-night",), {}),
        lambda w: ((w.closed.event.slug,), {}),
        lambda w: (("nothing-of-the-kind",), {}),
    ],
    ("catalog", "get_events"): [
        lambda w: (([w.event.pk, w.bandless.pk, w.event.pk, 10**6],), {}),
        lambda w: (([],), {}),
        lambda w: ((list(range(1, 1300)),), {}),
    ],
    ("catalog", "get_offers"): [
        lambda w: (([w.stalls.pk, w.closed.pk, w.started.pk, 10**6],), {}),
        lambda w: (([],), {}),
        lambda w: ((list(range(1, 1300)),), {}),
    ],
    ("inventory", "availability"): [
        lambda w: (([w.stalls.pk, w.circle.pk, w.box.pk, 10**6],), {}),
        lambda w: (([],), {}),
        lambda w: ((list(range(1, 1300)),), {}),
    ],
    ("inventory", "place_hold"): [
        lambda w: ((), {"actor": w.other, "band_id": w.stalls.pk, "quantity": 1}),
        lambda w: ((), {"actor": w.other, "band_id": w.stalls.pk, "quantity": 10}),
        lambda w: ((), {"actor": w.other, "band_id": w.circle.pk, "quantity": 1}),
        lambda w: ((), {"actor": w.other, "band_id": w.box.pk, "quantity": 1}),
        lambda w: ((), {"actor": w.other, "band_id": w.stalls.pk, "quantity": 11}),
        lambda w: ((), {"actor": w.other, "band_id": w.stalls.pk, "quantity": 0}),
        lambda w: ((), again(w, "inventory")),
        lambda w: ((), again(w, "inventory", quantity=2)),
        lambda w: ((), again(w, "inventory", actor=w.ada)),
    ],
    ("inventory", "get_hold"): [
        lambda w: ((), {"actor": w.ada, "reference": w.hold.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.expired.reference}),
        lambda w: ((), {"actor": w.other, "reference": w.hold.reference}),
        lambda w: ((), {"actor": w.ada, "reference": NOBODY}),
    ],
    ("inventory", "release_hold"): [
        lambda w: ((), {"actor": w.ada, "reference": w.hold.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.consumed.reference}),
        lambda w: ((), {"actor": w.other, "reference": w.hold.reference}),
    ],
    ("inventory", "consume_hold"): [
        lambda w: ((), {"reference": w.hold.reference, "attempt": ATTEMPT}),
        lambda w: ((), {"reference": w.consumed.reference, "attempt": NOBODY}),
        lambda w: ((), {"reference": w.expired.reference, "attempt": ATTEMPT}),
        lambda w: ((), {"reference": w.released.reference, "attempt": ATTEMPT}),
        lambda w: ((), {"reference": w.squeezed.reference, "attempt": ATTEMPT}),
        lambda w: ((), {"reference": NOBODY, "attempt": ATTEMPT}),
    ],
    ("inventory", "return_seats"): [
        lambda w: ((), {"reference": w.consumed.reference}),
        lambda w: ((), {"reference": w.consumed.reference, "attempt": ATTEMPT, "keep_hold": True}),
        lambda w: ((), {"reference": w.consumed.reference, "attempt": NOBODY}),
        lambda w: ((), {"reference": w.released.reference}),
        lambda w: ((), {"reference": NOBODY}),
    ],
    ("inventory", "set_capacity"): [
        lambda w: ((w.stalls.pk, 50), {}),
        lambda w: ((w.box.pk, 0), {}),
        lambda w: ((w.stalls.pk, 1), {}),
    ],
    ("inventory", "withdraw"): [
        lambda w: (([w.closed.pk, w.box.pk],), {}),
        lambda w: (([],), {}),
        lambda w: (([w.closed.pk, w.stalls.pk],), {}),
    ],
    ("orders", "place_hold"): [
        lambda w: ((), {"actor": w.other, "band_id": w.stalls.pk, "quantity": 1}),
        lambda w: ((), {"actor": w.other, "band_id": 10**6, "quantity": 1}),
        lambda w: ((), {"actor": w.other, "band_id": w.closed.pk, "quantity": 1}),
        lambda w: ((), {"actor": w.other, "band_id": w.box.pk, "quantity": 1}),
        lambda w: ((), {"actor": w.other, "band_id": w.stalls.pk, "quantity": 10}),
        lambda w: ((), {"actor": w.other, "band_id": w.circle.pk, "quantity": 1}),
        lambda w: ((), {"actor": w.other, "band_id": w.stalls.pk, "quantity": 11}),
        lambda w: ((), {"actor": w.other, "band_id": w.stalls.pk, "quantity": 0}),
        lambda w: ((), again(w, "orders")),
        lambda w: ((), again(w, "orders", quantity=2)),
    ],
    ("orders", "get_checkout"): [
        lambda w: ((), {"actor": w.ada, "reference": w.hold.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.expired.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.released.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.consumed.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.paid.hold_reference}),
        lambda w: ((), {"actor": w.other, "reference": w.hold.reference}),
    ],
    ("orders", "release"): [
        lambda w: ((), {"actor": w.ada, "reference": w.hold.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.paid.hold_reference}),
        lambda w: ((), {"actor": w.other, "reference": w.hold.reference}),
    ],
    ("orders", "pay"): [
        lambda w: ((), {"actor": w.ada, "reference": w.hold.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.paid.hold_reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.expired.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.released.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.late.reference}),
        lambda w: ((), {"actor": w.ada, "reference": w.squeezed.reference}),
        lambda w: ((), {"actor": w.other, "reference": w.hold.reference}),
        lambda w: ((), {"actor": w.other, "reference": w.paid.hold_reference}),
        lambda w: w.line.fault("declined") or ((), {"actor": w.ada, "reference": w.hold.reference}),
        lambda w: w.line.fault("error") or ((), {"actor": w.ada, "reference": w.hold.reference}),
    ],
    ("orders", "list_orders"): [
        lambda w: ((), {"actor": w.ada, "page": 1}),
        lambda w: ((), {"actor": w.ada, "page": None}),
        lambda w: ((), {"actor": w.ada, "page": "\x00"}),
        lambda w: ((), {"actor": w.other, "page": "9"}),
    ],
    ("orders", "get_order"): [
        lambda w: ((), {"actor": w.ada, "number": w.paid.number}),
        lambda w: ((), {"actor": w.ada, "number": w.refunded.number}),
        lambda w: ((), {"actor": w.other, "number": w.paid.number}),
    ],
    ("orders", "cancel"): [
        lambda w: ((), {"actor": w.ada, "number": w.bought.number}),
        lambda w: ((), {"actor": w.ada, "number": w.refunded.number}),
        lambda w: ((), {"actor": w.ada, "number": w.paid.number}),  # the provider knows no such charge
        lambda w: ((), {"actor": w.other, "number": w.bought.number}),
    ],
    ("orders", "sales_by_event"): [lambda w: ((), {})],
    ("payments", "charge"): [
        lambda w: ((), charge(w)),
        lambda w: ((), charge_of(w.bought)),
        lambda w: ((), charge_of(w.refunded)),
        lambda w: ((), charge(w, key=w.bought.payment_key)),
        lambda w: ((), {**charge_of(w.bought), "amount": w.bought.total + 1}),
        lambda w: ((), charge(w, order_id=w.bought.pk)),
        lambda w: w.line.fault("declined") or ((), charge(w)),
        lambda w: w.line.fault("error") or ((), charge(w)),
    ],
    ("payments", "refund"): [
        lambda w: ((), {"key": w.bought.payment_key}),
        lambda w: ((), {"key": w.refunded.payment_key}),
        lambda w: ((), {"key": w.paid.payment_key}),
        lambda w: ((), {"key": "nothing"}),
    ],
    ("payments", "settle"): [
        lambda w: ((), {"key": w.bought.payment_key, "order_id": w.bought.pk}),
        lambda w: ((), {"key": "nothing", "order_id": 10**6}),
    ],
    ("payments", "payments_of"): [
        lambda w: (([w.bought.pk, w.refunded.pk, 10**6],), {}),
        lambda w: (([],), {}),
        lambda w: ((list(range(1, 1300)),), {}),
    ],
    ("reporting", "sales_report"): [
        lambda w: ((), {"actor": w.clerk}),
        lambda w: ((), {"actor": w.ada}),
    ],
    ("notifications", "tell_of_order"): [
        lambda w: ((w.news(),), {"message_id": MESSAGE}),
        lambda w: ((w.news("refunded", w.other.email),), {"message_id": MESSAGE}),
        lambda w: ((w.news(),), {"message_id": told_before(w)}),
    ],
    ("notifications", "mail_of_order"): [
        lambda w: ((w.news(),), {}),
        lambda w: ((w.news("paid", w.other.email),), {}),
    ],
    ("notifications", "list_notifications"): [
        lambda w: ((), {"actor": w.ada, "page": 1}),
        lambda w: ((), {"actor": w.ada, "page": None}),
        lambda w: ((), {"actor": w.other, "page": "x"}),
    ],
    ("notifications", "unread_count"): [lambda w: ((), {"actor": w.ada}), lambda w: ((), {"actor": w.other})],
    ("notifications", "wants_mail"): [lambda w: ((), {"actor": w.ada}), lambda w: ((), {"actor": w.other})],
    ("notifications", "set_wants_mail"): [
        lambda w: ((), {"actor": w.ada, "wanted": False}),
        lambda w: ((), {"actor": w.other, "wanted": True}),
    ],
}  # fmt: skip


def registration(**changed) -> dict:
    fields = {"email": "new@example.org", "first_name": "Ada", "last_name": "Birch"}
    return {**fields, "password1": "a-long-one-indeed", "password2": "a-long-one-indeed", **changed}


def charge(w: World, **changed) -> dict:
    return {"key": "a-key", "order_id": 10**6, "amount": Decimal("20.10"), "reference": "x", **changed}


def charge_of(order) -> dict:
    return {"key": order.payment_key, "order_id": order.pk, "amount": order.total, "reference": "x"}


def again(w: World, context: str, **changed) -> dict:
    """A wish with a key that was granted once already, or one that is changed a little."""
    wish = {"actor": w.other, "band_id": w.stalls.pk, "quantity": 1, "key": "the-key"}
    FACADES[context, "place_hold"](**wish)
    return {**wish, **changed}


MESSAGE = uuid.UUID(int=7)


def told_before(w: World) -> uuid.UUID:
    FACADES["notifications", "tell_of_order"](w.news(), message_id=MESSAGE)
    return MESSAGE


def tokens_of(account) -> TokensContract:
    from boxoffice.contexts.accounts.signing import tokens_for

    return tokens_for(User.objects.get(pk=account.pk))


# What is new at each call, so that only its kind can be compared
NEW = {"reference", "number", "provider_id", "iat", "exp", "seconds_left", "password", "sub"}
SOON = timedelta(seconds=10)


def comparable(value, name: str = ""):
    """The value, with what is new at each call replaced by its kind."""
    if isinstance(value, TokensContract):
        return comparable({"access": claims(value.access), "refresh": claims(value.refresh)})
    if isinstance(value, str) and value.count(".") == 2 and value.startswith("ey"):
        return comparable(claims(value))
    if dataclasses.is_dataclass(value):
        return type(value), comparable(
            {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        )
    if isinstance(value, dict):
        return {key: comparable(one, key) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return type(value), [comparable(one) for one in value]
    if name in NEW:
        return type(value)
    if isinstance(value, uuid.UUID):
        return uuid.UUID
    if isinstance(value, datetime) and abs(value - timezone.now() - timedelta(seconds=60)) < SOON:
        return "in a minute"
    if isinstance(value, datetime) and abs(value - timezone.now()) < SOON:
        return "now"
    return type(value), value


def claims(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def outcome(facade, w: World, case):
    """What the call gives or raises, and what it leaves in the tables; all of it is taken back."""
    from django.core.cache import cache

    cache.clear()
    w.line.fault("ok")
    before = [dict(charge) for charge in w.line.provider._charges]
    with transaction.atomic():
        args, named = case(w)
        try:
            found = "gave", comparable(facade(*args, **named))
        except errors.FacadeError as problem:
            found = "raised", type(problem), str(problem), comparable(problem.details)
        left = (rows(), [charge["status"] for charge in w.line.provider._charges])
        transaction.set_rollback(True)
    w.line.provider._charges[:] = before
    return found, left


def rows() -> dict:
    """What can be compared of the rows that calls change."""
    return {
        "holds": sorted(Hold.objects.values_list("band_id", "state", "quantity")),
        "seats": sorted(Allotment.objects.values_list("band_id", "capacity", "sold")),
        "orders": [order.state for order in Order.objects.order_by("pk")],
        "read": sorted(
            (one.recipient_id, one.subject.partition(": order")[0], one.is_read)
            for one in Notification.objects.all()
        ),
        "mail": sorted(Preference.objects.values_list("email", "wants_mail")),
        "accounts": sorted(User.objects.values_list("email", "first_name")),
    }


def lines() -> list:
    return [
        pytest.param(which, number, id=f"{'.'.join(which)}-{number}")
        for which, cases in CASES.items()
        for number in range(len(cases))
    ]


MANY = {"get_events", "get_offers", "availability", "payments_of"}  # of none, nobody need be asked


@pytest.fixture
def both(line, settings):
    """Calls one case with the context embedded, then apart, in the same world."""

    def call(which, case):
        w = World(line)
        embedded = outcome(FACADES[which], w, case)
        line.take_apart(settings)
        line.calls.clear()
        remote = outcome(FACADES[which], w, case)
        calls = [one for one, _ in line.calls if one.url.startswith("http://boxoffice/")]
        return embedded, remote, calls, which[1] in MANY and case(w)[0] == ([],)

    return call


@pytest.mark.parametrize(("which", "number"), lines())
def test_both_halves_give_and_refuse_the_same(both, which, number):
    embedded, remote, calls, asks_for_nothing = both(which, CASES[which][number])
    assert remote == embedded
    assert calls or asks_for_nothing, "the remote half asked nobody"


def test_every_refusal_is_met_by_a_case(line):
    """Each class of the contracts is raised by some line, or the line between the halves was not tried."""
    w = World(line)
    met = set()
    for which, cases in CASES.items():
        for case in cases:
            found, _ = outcome(FACADES[which], w, case)
            if found[0] == "raised":
                met.add(found[1])
    wanted = {refusal for context in ALL_CONTEXTS for refusal in refusals_of(context)}
    assert wanted - met == set()


def test_every_function_of_every_facade_has_a_case():
    assert set(CASES) == set(FACADES)
    assert len(FACADES) >= 35


def shape(function) -> list[tuple]:
    return [(one.name, one.kind) for one in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("which", FACADES, ids=".".join)
def test_both_halves_take_what_the_facade_takes(which):
    context, name = which
    inside = {**functions(module(context, "selectors")), **functions(module(context, "services"))}
    for half in (inside, functions(module(context, "remote"))):
        assert name in half, f"a half of {context} has no {name}"
        if shape(half[name]) != [("fields", inspect.Parameter.VAR_KEYWORD)]:
            assert shape(half[name]) == shape(FACADES[which])


@pytest.mark.parametrize("context", ALL_CONTEXTS)
def test_the_remote_half_knows_every_refusal_of_the_contracts_and_no_other(context):
    client = module(context, "remote").client
    assert set(client.refusals.values()) == refusals_of(context) | {errors.KeyReused}
    names = [refusal.problem for refusal in refusals_of(context)]
    assert len(set(names)) == len(names), "two refusals of one name cannot be told apart over the wire"


@pytest.mark.parametrize("context", ALL_CONTEXTS)
def test_who_is_away_is_named_by_the_contexts_own_exceptions(context):
    contracts, client = module(context, "contracts"), module(context, "remote").client
    for kind, own in (
        (errors.Unavailable, client.unavailable),
        (errors.OutcomeUnknown, client.outcome_unknown),
    ):
        assert own.__module__ == contracts.__name__
        named = [one for one in vars(contracts).values() if inspect.isclass(one) and issubclass(one, kind)
                 and one.__module__ == contracts.__name__]  # fmt: skip
        if named:
            assert named == [own]
    writes = functions(module(context, "services"))
    assert not writes.keys() & functions(module(context, "facade")).keys() or issubclass(
        client.outcome_unknown, errors.OutcomeUnknown
    )
