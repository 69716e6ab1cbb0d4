"""A purchase over three contexts: whatever fails on the way, the books balance in the end.

Each step is made to fail in each of its ways, and then somebody finishes what is left: the reconciler, the buyer
who presses the button again, or both. The books balance when each captured charge belongs to one paid order and
each paid order to one captured charge, the seats sold are those of paid orders, and nothing is half done.
"""

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone

from boxoffice.chassis import facades
from boxoffice.chassis.errors import FacadeError, OutcomeUnknown, Unavailable
from boxoffice.contexts.inventory import facade as inventory
from boxoffice.contexts.notifications import facade as notifications
from boxoffice.contexts.orders import services
from boxoffice.contexts.orders.contracts import HoldNotFound, HoldOver, NotOnSale, PaymentFailed, SoldOut
from boxoffice.contexts.orders.events import outbox
from boxoffice.contexts.orders.models import Order
from boxoffice.contexts.payments import facade as payments
from boxoffice.tests import world

pytestmark = pytest.mark.django_db

CAPACITY, QUANTITY, PRICE = 10, 2, Decimal("20.00")


class Died(BaseException):
    """The process was killed at this point: no handler runs."""


def before(problem):
    def call(real, *args, **named):
        raise problem

    return call


def after(problem):
    def call(real, *args, **named):
        real(*args, **named)
        raise problem

    return call


WAYS = {
    "unavailable": lambda: before(Unavailable()),
    "unknown, not done": lambda: before(OutcomeUnknown()),
    "unknown, done": lambda: after(OutcomeUnknown()),
    "died before": lambda: before(Died()),
    "died after": lambda: after(Died()),
}
DOORS = {"inventory": inventory, "payments": payments, "notifications": notifications}


class Shop:
    """A buyer with a hold on two of ten seats, a provider, and doors that can be made to fail."""

    def __init__(self, line, monkeypatch, committed=lambda **_: nullcontext()) -> None:
        """`committed`: has done what waits for the commit, where the test's own transaction never commits."""
        self.line, self.monkeypatch, self.committed = line, monkeypatch, committed
        self.band = world.band(CAPACITY, str(PRICE))
        self.buyer = world.actor(email="ada@example.org", first_name="Ada", last_name="Birch")
        self.hold = services.place_hold(actor=self.buyer, band_id=self.band.pk, quantity=QUANTITY)

    def pay(self):
        with self.committed(execute=True):
            return services.pay(actor=self.buyer, reference=self.hold)

    def pressed(self, act=None) -> type | None:
        """What the buyer meets who presses the button: None if all went well."""
        try:
            (act or self.pay)()
        except (FacadeError, Died) as problem:
            return type(problem)
        return None

    def door(self, name: str, way, times: int = 1) -> None:
        """The next calls of a facade's function go that way, the others through."""
        context, _, function = name.partition(".")
        real, left = getattr(DOORS[context], function), [times]

        def call(*args, **named):
            if not left[0]:
                return real(*args, **named)
            left[0] -= 1
            return way(real, *args, **named)

        self.monkeypatch.setattr(DOORS[context], function, call)

    @property
    def order(self) -> Order | None:
        return Order.objects.first()

    def told_in_the_end(self) -> int:
        """Of how much the buyer was told, once what was left in the outbox has been handed over."""
        outbox.hand_over_left()
        assert list(outbox.left()) == []
        return notifications.unread_count(actor=self.buyer)

    def much_later(self) -> None:
        """Every attempt that was at work is dead by now."""
        past = timezone.now() - services.longest_attempt()
        Order.objects.filter(attempt_ends_at__isnull=False).update(attempt_ends_at=past)

    def reconcile(self) -> dict:
        self.much_later()
        return services.reconcile(timedelta(0))

    def assert_books_balance(self, state: str | None) -> None:
        """Nothing is half done, the order ended in that state, and money and seats say the same."""
        orders = list(Order.objects.all())
        assert [order.state for order in orders] == ([state] if state else [])
        paid = [order for order in orders if order.state == "paid"]
        assert [charge["key"] for charge in self.line.captured()] == [order.payment_key for order in paid]
        assert (
            sum(Decimal(charge["amount"]) for charge in self.line.captured()) == len(paid) * QUANTITY * PRICE
        )
        sold, left = world.seats(self.band.pk)
        assert sold == len(paid) * QUANTITY
        world.expire(self.hold)
        assert world.seats(self.band.pk) == (sold, CAPACITY - sold)  # no seat is stuck


@pytest.fixture
def shop(line, monkeypatch, django_capture_on_commit_callbacks):
    return Shop(line, monkeypatch, django_capture_on_commit_callbacks)


def test_a_purchase_takes_seats_and_money_once_and_tells_the_buyer(shop):
    order = shop.pay()
    assert (order.state, order.payment, order.total) == ("paid", "captured", QUANTITY * PRICE)
    assert notifications.unread_count(actor=shop.buyer) == 1
    assert shop.pay() == order  # whoever presses again sees the same order
    assert notifications.unread_count(actor=shop.buyer) == 1
    shop.assert_books_balance("paid")


# every step of a payment, in each way in which it can fail

STEPS = ["inventory.consume_hold", "payments.charge"]
each_step = pytest.mark.parametrize("step", STEPS)
each_way = pytest.mark.parametrize("way", WAYS)


def fail(shop, step, way) -> None:
    shop.door(step, WAYS[way]())
    assert shop.pressed() is (Died if "died" in way else PaymentFailed)
    assert shop.order.state == "pending"
    sold, _ = world.seats(shop.band.pk)
    reached = step == "payments.charge" or "done" in way.replace("not done", "") or "after" in way
    assert sold == (QUANTITY if reached else 0)
    charged = step == "payments.charge" and (way in ("unknown, done", "died after"))
    assert len(shop.line.captured()) == charged


@each_step
@each_way
class TestAFailedPayment:
    def test_is_ended_by_the_reconciler(self, shop, step, way):
        fail(shop, step, way)
        charged = bool(shop.line.captured())
        counted = shop.reconcile()
        assert counted == {
            "paid": int(charged),
            "cancelled": int(not charged),
            "refunded": 0,
            "left": 0,
            "given back": 0,
        }
        shop.assert_books_balance("paid" if charged else "cancelled")

    def test_is_ended_by_the_buyer_who_presses_again(self, shop, step, way):
        fail(shop, step, way)
        shop.much_later()
        assert shop.pressed() is None
        shop.assert_books_balance("paid")

    def test_is_ended_by_either_where_the_hold_ran_out_meanwhile(self, shop, step, way):
        fail(shop, step, way)
        consumed = bool(world.seats(shop.band.pk)[0])
        world.expire(shop.hold)
        shop.much_later()
        # seats that were taken in time are the buyer's, however long the payment takes
        assert shop.pressed() is (None if consumed else HoldOver)
        shop.assert_books_balance("paid" if consumed else "cancelled")
        shop.reconcile()
        shop.assert_books_balance("paid" if consumed else "cancelled")

    def test_is_left_alone_while_it_may_still_be_at_work(self, shop, step, way):
        fail(shop, step, way)
        assert services.reconcile(services.longest_attempt()) == dict.fromkeys(
            ("paid", "cancelled", "refunded", "left", "given back"), 0
        )
        assert shop.order.state == "pending"

    def test_is_ended_later_if_the_reconciler_reaches_nobody_either(self, shop, step, way):
        fail(shop, step, way)
        charged = bool(shop.line.captured())
        shop.much_later()
        for door in ("payments.settle", "inventory.return_seats", "inventory.consume_hold"):
            for again in ("unavailable", "unknown, done"):
                shop.door(door, WAYS[again]())
                shop.reconcile()
        shop.reconcile()
        shop.assert_books_balance("paid" if charged else "cancelled")

    def test_is_ended_later_if_the_reconciler_dies(self, shop, step, way):
        fail(shop, step, way)
        charged = bool(shop.line.captured())
        for door in ("payments.settle", "inventory.return_seats", "inventory.consume_hold"):
            for when in ("died before", "died after"):
                shop.door(door, WAYS[when]())
                shop.pressed(shop.reconcile)
        for _ in range(7):  # doors that were not reached yet are still to kill somebody
            shop.pressed(shop.reconcile)
        shop.assert_books_balance("paid" if charged else "cancelled")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_between_the_charge_and_its_order_is_made_good(shop, when):
    finish = services._finish
    shop.monkeypatch.setattr(services, "_finish", lambda order: before(Died())(finish))
    if when == "after":
        shop.monkeypatch.setattr(services, "_finish", lambda order: after(Died())(finish, order))
    assert shop.pressed() is Died
    shop.monkeypatch.setattr(services, "_finish", finish)
    assert len(shop.line.captured()) == 1
    shop.reconcile()
    shop.assert_books_balance("paid")


def test_nothing_is_begun_where_it_cannot_be_read_what_is_paid_for(shop):
    shop.door("inventory.get_hold", WAYS["unavailable"]())
    assert shop.pressed() is Unavailable
    shop.assert_books_balance(None)


@each_way
def test_a_buyer_who_is_not_told_has_the_tickets_all_the_same(shop, way):
    shop.door("notifications.tell_of_order", WAYS[way]())
    assert shop.pressed() is (Died if "died" in way else None)
    shop.assert_books_balance("paid")
    assert shop.told_in_the_end() == 1


# what the provider says

MODES = {  # the mode: what the buyer meets, the order before and after reconciliation
    "declined": (PaymentFailed, "cancelled", "cancelled"),
    "error": (PaymentFailed, "pending", "cancelled"),
    "timeout": (PaymentFailed, "pending", "paid"),
    "lost": (PaymentFailed, "pending", "cancelled"),
    "duplicate": (None, "paid", "paid"),
}


@pytest.mark.parametrize("mode", MODES)
class TestEachModeOfTheProvider:
    def test_ends_with_balanced_books(self, shop, mode):
        met, state, settled = MODES[mode]
        shop.line.fault(mode, times=1)
        assert shop.pressed() is met
        assert shop.order.state == state
        shop.reconcile()
        shop.assert_books_balance(settled)

    def test_lets_the_buyer_try_again_and_charges_once(self, shop, mode):
        shop.line.fault(mode, times=1)
        shop.pressed()
        assert shop.pressed() is None
        shop.assert_books_balance("paid")


def test_a_declined_payment_says_so_and_leaves_the_hold_to_the_buyer(shop):
    shop.line.fault("declined", times=1)
    with pytest.raises(PaymentFailed, match="Nothing was charged; you can try again"):
        shop.pay()
    assert world.seats(shop.band.pk) == (0, CAPACITY - QUANTITY)


@pytest.mark.parametrize("step", ["payments.settle", "inventory.return_seats"])
@each_way
def test_a_decline_that_cannot_be_undone_at_once_is_undone_later(shop, step, way):
    shop.line.fault("declined", times=1)
    shop.door(step, WAYS[way]())
    assert shop.pressed() is (Died if "died" in way else PaymentFailed)
    assert shop.order.state == "pending"
    shop.reconcile()
    shop.assert_books_balance("cancelled")


def test_a_decline_after_a_lost_capture_is_no_decline(shop):
    """The first charge went through and its answer was lost; the second is refused. The money is there."""
    shop.line.fault("timeout", times=1)
    shop.pressed()
    shop.line.fault("declined", times=1)
    assert shop.pressed() is None
    shop.assert_books_balance("paid")


# refusals of inventory


@pytest.mark.parametrize(
    ("spoil", "met"),
    [
        (lambda shop: world.expire(shop.hold), HoldOver),
        (lambda shop: services.release(actor=shop.buyer, reference=shop.hold), HoldOver),
    ],
    ids=["ran out", "given back"],
)
@pytest.mark.parametrize("when", ["before the order is opened", "after"])
def test_a_hold_that_is_over_is_not_paid_for(shop, spoil, met, when):
    if when == "after":
        shop.door("inventory.consume_hold", WAYS["unavailable"]())
        shop.pressed()
        shop.much_later()
    spoil(shop)
    assert shop.pressed() is met
    shop.assert_books_balance("cancelled" if when == "after" else None)


def test_a_hold_expires_while_paying(shop):
    """It runs out after the seats were taken: they are paid for. Before that: nothing is charged."""
    shop.door("payments.charge", lambda real, **named: world.expire(shop.hold) or real(**named))
    assert shop.pressed() is None
    shop.assert_books_balance("paid")


def test_a_hold_that_expires_between_the_order_and_the_seats_costs_nothing(shop):
    shop.door("inventory.consume_hold", lambda real, **named: world.expire(shop.hold) or real(**named))
    assert shop.pressed() is HoldOver
    assert shop.line.ledger() == []
    shop.assert_books_balance("cancelled")


def test_seats_taken_out_of_the_sale_meanwhile_are_not_charged(shop):
    world.cut(shop.band.pk, 1)
    assert shop.pressed() is SoldOut
    assert shop.line.ledger() == []
    assert shop.order.state == "cancelled"


@pytest.mark.parametrize("left", ["cancelled", "pending"])
def test_an_order_of_a_band_that_was_withdrawn_meanwhile_ends(shop, left):
    """The hold ran out, so the organiser could take the band away; then somebody comes back to the order."""
    shop.line.fault("declined", times=1)
    if left == "pending":
        shop.door("inventory.consume_hold", WAYS["died before"]())
    shop.pressed()
    assert shop.order.state == left
    world.expire(shop.hold)
    inventory.withdraw([shop.band.pk])
    shop.much_later()
    if left == "pending":
        assert shop.reconcile()["cancelled"] == 1
    assert shop.pressed() is HoldOver
    assert shop.order.state == "cancelled"
    assert shop.line.captured() == []


def test_another_mans_hold_is_nobodys(shop):
    stranger = world.actor()
    for _ in range(2):
        with pytest.raises(HoldNotFound):
            services.pay(actor=stranger, reference=shop.hold)
        shop.pay()
    assert Order.objects.get().buyer_id == shop.buyer.id


def test_tickets_for_what_has_begun_are_not_sold(shop):
    shop.band.event.starts_at = timezone.now() - timedelta(minutes=1)
    shop.band.event.save()
    assert shop.pressed() is NotOnSale
    shop.assert_books_balance(None)


# two at once


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", [before, after], ids=["before", "after"])
def test_a_second_window_does_not_pay_again_while_the_first_is_at_work(shop, step, when):
    met = []

    def second_window(real, **named):
        if when is after:
            answer = real(**named)
        met.append(shop.pressed())
        return answer if when is after else real(**named)

    shop.door(step, second_window)
    assert shop.pressed() is None
    assert met == [PaymentFailed]
    shop.assert_books_balance("paid")


def test_two_windows_that_open_the_order_at_once_get_the_same_one(shop):
    """The second has read that there is no order, and meets the first's when it writes its own."""
    opened = services._open(shop.buyer, shop.hold)
    assert services._open(shop.buyer, shop.hold) == opened
    assert Order.objects.count() == 1


@pytest.mark.parametrize("first_ends", ["ok", "declined", "error", "timeout"])
def test_an_attempt_that_was_taken_for_dead_harms_nothing_when_it_wakes(shop, first_ends):
    """It stalls before its charge; its time is over; a second pays; then the first goes on, however it ends."""

    def stalls(real, **named):
        shop.much_later()
        assert shop.pressed() is None
        shop.line.fault(first_ends, times=1)
        return real(**named)

    shop.door("payments.charge", stalls)
    shop.pressed()
    shop.assert_books_balance("paid")


def test_an_attempt_that_wakes_cannot_return_the_seats_of_the_next(shop):
    """The first is declined, and stalls before it returns the seats; meanwhile the second has paid for them."""
    shop.line.fault("declined", times=1)

    def stalls(real, **named):
        shop.much_later()
        assert shop.pressed() is None
        return real(**named)

    shop.door("inventory.return_seats", stalls)
    shop.pressed()
    shop.assert_books_balance("paid")


@pytest.mark.parametrize("dies", [False, True])
def test_a_charge_that_comes_after_the_order_was_given_up_goes_back(shop, dies):
    def late(real, **named):
        assert shop.reconcile()["cancelled"] == 1
        answer = real(**named)
        if dies:
            raise Died
        return answer

    shop.door("payments.charge", late)
    assert shop.pressed() is (Died if dies else PaymentFailed)
    assert shop.order.state == "cancelled"
    assert len(shop.line.captured()) == dies
    assert shop.reconcile()["given back"] == dies
    shop.assert_books_balance("cancelled")


@each_way
def test_a_late_charge_that_cannot_be_given_back_at_once_goes_back_later(shop, way):
    def late(real, **named):
        shop.reconcile()
        return real(**named)

    shop.door("payments.charge", late)
    shop.door("payments.refund", WAYS[way]())
    assert shop.pressed() is not None
    shop.reconcile()
    shop.assert_books_balance("cancelled")


def test_a_reconciler_and_a_buyer_at_once_do_not_meet(shop):
    met = []

    def reconciled(real, **named):
        met.append(services.reconcile(timedelta(0)))
        return real(**named)

    shop.door("payments.charge", reconciled)
    assert shop.pressed() is None
    assert met[0]["left"] == 1
    shop.assert_books_balance("paid")


def test_charged_seats_that_went_to_somebody_else_are_paid_back(shop):
    """The answer to the charge was lost, and so, somehow, were the seats."""
    shop.line.fault("timeout", times=1)
    shop.pressed()
    inventory.return_seats(reference=shop.hold)
    shop.reconcile()
    shop.assert_books_balance("cancelled")


# giving back

CANCEL_STEPS = ["payments.refund", "inventory.return_seats"]


class TestCancelling:
    @pytest.fixture
    def bought(self, shop):
        shop.number = shop.pay().number
        return shop

    def cancel(self, shop):
        def cancel():
            with shop.committed(execute=True):
                return services.cancel(actor=shop.buyer, number=shop.number)

        return shop.pressed(cancel)

    def test_gives_money_and_seats_back_once_and_tells_the_buyer(self, bought):
        for _ in range(2):
            with bought.committed(execute=True):
                order = services.cancel(actor=bought.buyer, number=bought.number)
            assert (order.state, order.payment) == ("refunded", "refunded")
            bought.assert_books_balance("refunded")
        assert notifications.unread_count(actor=bought.buyer) == 2  # paid, refunded

    @pytest.mark.parametrize("step", CANCEL_STEPS)
    @each_way
    @pytest.mark.parametrize("by", ["the reconciler", "the buyer"])
    def test_interrupted_half_way_it_is_ended_by_the_next(self, bought, step, way, by):
        bought.door(step, WAYS[way]())
        assert self.cancel(bought) is (Died if "died" in way else PaymentFailed)
        assert bought.order.state == "refunding"
        if by == "the buyer":
            assert self.cancel(bought) is None
        else:
            assert bought.reconcile()["refunded"] == 1
        bought.assert_books_balance("refunded")

    @each_way
    def test_whoever_is_not_told_has_the_money_all_the_same(self, bought, way):
        bought.door("notifications.tell_of_order", WAYS[way]())
        assert self.cancel(bought) is (Died if "died" in way else None)
        bought.assert_books_balance("refunded")
        assert bought.told_in_the_end() == 2

    @pytest.mark.parametrize("step", CANCEL_STEPS)
    def test_two_windows_at_once_give_back_once(self, bought, step):
        bought.door(step, lambda real, **named: self.cancel(bought) or real(**named))
        assert self.cancel(bought) is None
        bought.assert_books_balance("refunded")
        assert notifications.unread_count(actor=bought.buyer) == 2

    def test_seats_returned_can_be_bought_again_and_an_old_cancel_does_not_return_them(self, bought):
        services.cancel(actor=bought.buyer, number=bought.number)
        other = world.actor()
        hold = services.place_hold(actor=other, band_id=bought.band.pk, quantity=CAPACITY)
        services.pay(actor=other, reference=hold)
        services.cancel(actor=bought.buyer, number=bought.number)
        assert world.seats(bought.band.pk) == (CAPACITY, 0)

    @pytest.mark.parametrize("state", ["pending", "cancelled", "refunded"])
    def test_what_is_not_paid_stays_as_it_is(self, shop, state):
        order = world.order(shop.buyer, shop.band, state=state)
        assert services.cancel(actor=shop.buyer, number=order.number).state == state

    def test_a_refund_that_the_provider_does_not_know_is_said_so_and_tried_again(self, shop):
        shop.number = world.order(shop.buyer, shop.band).number
        assert self.cancel(shop) is PaymentFailed
        assert Order.objects.get(number=shop.number).state == "refunding"
        assert services.reconcile(timedelta(0))["left"] == 1


# no transaction spans a call


@pytest.mark.django_db(transaction=True)
class TestNoTransaction:
    @pytest.fixture
    def watched(self, line, monkeypatch):
        """Notes whether a transaction is open, in any database, whenever a context or the provider is called."""
        noted = []

        def note(*_):
            noted.append([alias for alias in connections if connections[alias].in_atomic_block])

        real = facades.Half._module
        monkeypatch.setattr(facades.Half, "_module", lambda half, name: note() or real(half, name))
        line.check = note
        return noted

    def test_is_open_while_another_context_or_the_provider_is_called(self, line, monkeypatch, watched):
        shop = Shop(line, monkeypatch)
        line.fault("declined", times=1)
        shop.pressed()
        line.fault("timeout", times=1)
        shop.pressed()
        shop.reconcile()
        order = shop.pay()
        services.cancel(actor=shop.buyer, number=order.number)
        assert (order.state, shop.order.state) == ("paid", "refunded")
        assert len(watched) >= 15
        assert [aliases for aliases in watched if aliases] == []

    def test_would_be_noticed(self, line, monkeypatch, watched):
        from boxoffice.chassis.databases import atomic

        shop = Shop(line, monkeypatch)
        with atomic(Order):
            shop.pay()
        assert ["default"] in watched


# oversold never


def test_no_more_is_sold_than_there_is_by_whatever_way(shop):
    """Ten seats, and thirty buyers of whom each fails in another way at first."""
    services.release(actor=shop.buyer, reference=shop.hold)
    ways = [None, *MODES]
    for number in range(30):
        buyer = world.actor()
        shop.line.fault(ways[number % len(ways)] or "ok", times=1)
        try:
            hold = services.place_hold(actor=buyer, band_id=shop.band.pk, quantity=1)
            services.pay(actor=buyer, reference=hold)
        except FacadeError:
            pass
        sold, left = world.seats(shop.band.pk)
        assert sold + left <= CAPACITY
    shop.reconcile()
    sold, left = world.seats(shop.band.pk)
    assert sold == Order.objects.filter(state="paid").count() == len(shop.line.captured())
    assert 0 <= left == CAPACITY - sold - world.held(shop.band.pk)
