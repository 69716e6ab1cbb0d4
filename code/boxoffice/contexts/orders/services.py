"""From seats wanted to tickets paid, and back again.

A purchase is a saga over three contexts, and no transaction spans it:

    1. a pending order, with the key of its payment, is committed
    2. inventory turns the hold into seats sold
    3. payments charges, once for each key
    4. the order is paid

If step 3 is refused, step 2 is undone. If any answer is lost, the order stays pending: the buyer may press the
button again, or `reconcile` finds out what happened, and finishes it or gives everything back. No lock and no
transaction is open during a call; one attempt at a time works on an order, marked in its row (`attempt`),
and counts as dead when its time is over.
"""

import logging
import uuid
from datetime import timedelta

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone

from boxoffice.chassis.contracts import Actor
from boxoffice.chassis.databases import atomic
from boxoffice.chassis.errors import FacadeError, OutcomeUnknown, Unavailable
from boxoffice.contexts.inventory import contracts as seats
from boxoffice.contexts.inventory import facade as inventory
from boxoffice.contexts.notifications.contracts import OrderNewsContract, TicketsContract
from boxoffice.contexts.orders import deadlines
from boxoffice.contexts.orders.contracts import (
    HoldNotFound,
    HoldOver,
    NotOnSale,
    OrderContract,
    PaymentFailed,
    SenselessQuantity,
    SoldOut,
)
from boxoffice.contexts.orders.events import outbox
from boxoffice.contexts.orders.models import Order, OrderLine
from boxoffice.contexts.orders.numbers import order_number
from boxoffice.contexts.orders.selectors import as_contract, hold_of, offer_of, order_of
from boxoffice.contexts.payments import facade as payments
from boxoffice.contexts.payments.contracts import CAPTURED, PaymentDeclined, PaymentNotFound, PaymentRefused

logger = logging.getLogger(__name__)

PENDING, PAID, CANCELLED = Order.State.PENDING, Order.State.PAID, Order.State.CANCELLED
REFUNDING, REFUNDED = Order.State.REFUNDING, Order.State.REFUNDED

IN_PROGRESS = "This payment is being made at this moment. Please look again in a few seconds."
NOT_KNOWN = "The outcome is not known. Please try again: you cannot be charged twice."


def place_hold(*, actor: Actor, band_id: int, quantity: int, key: str = "") -> uuid.UUID:
    if not 1 <= quantity <= seats.MOST_SEATS:
        raise SenselessQuantity()
    offer = offer_of(band_id)
    if offer.why_not_on_sale:
        raise NotOnSale(offer.why_not_on_sale)
    try:
        return inventory.place_hold(actor=actor, band_id=band_id, quantity=quantity, key=key).reference
    except seats.NoSeatsForSale:
        raise NotOnSale(f"There are no seats for sale in {offer.band}.") from None
    except seats.SoldOut as problem:
        raise SoldOut(_how_many(problem.left, offer.band)) from None


def _how_many(left: int, band: str) -> str:
    if not left:
        return f"No seats are left in {band}."
    return f"Only {left} seat{'s' if left > 1 else ''} left in {band}."


def release(*, actor: Actor, reference) -> None:
    try:
        inventory.release_hold(actor=actor, reference=reference)
    except seats.HoldNotFound:
        raise HoldNotFound() from None


def pay(*, actor: Actor, reference) -> OrderContract:
    order = Order.objects.filter(hold_reference=reference).first() or _open(actor, reference)
    if order.buyer_id != actor.id:
        raise HoldNotFound()
    if order.state not in (PENDING, CANCELLED):
        return as_contract(order)
    attempt = _begin(order)
    if attempt is None:
        order.refresh_from_db()
        if order.state in (PENDING, CANCELLED):
            raise PaymentFailed(IN_PROGRESS)
        return as_contract(order)
    try:
        _take_seats(order, attempt)
        _charge(order, attempt)
    except (Unavailable, OutcomeUnknown) as problem:
        _let_go(order, attempt)
        raise PaymentFailed(f"{problem} {NOT_KNOWN}") from problem
    _finish(order)
    return as_contract(order)


def _open(actor: Actor, reference) -> Order:
    """A pending order for the hold, committed; if two windows get here at once, both get the same."""
    hold = hold_of(actor, reference)
    if hold.state == seats.RELEASED:
        raise HoldOver(str(seats.HoldReleased()))
    if hold.has_expired:
        raise HoldOver(str(seats.HoldExpired()))
    offer = offer_of(hold.band_id)
    if offer.starts_at <= timezone.now():
        raise NotOnSale("This event has already started.")
    try:
        with atomic(Order):
            order = Order.objects.create(
                number=order_number(),
                buyer_id=actor.id,
                buyer_name=actor.name,
                buyer_email=actor.email,
                total=offer.price * hold.quantity,
                hold_reference=hold.reference,
            )
            OrderLine.objects.create(
                order=order,
                band_id=offer.band_id,
                quantity=hold.quantity,
                unit_price=offer.price,
                event_id=offer.event_id,
                slug=offer.slug,
                title=offer.title,
                starts_at=offer.starts_at,
                venue=offer.venue,
                band=offer.band,
            )
    except IntegrityError:
        return Order.objects.get(hold_reference=reference)
    return order


def _begin(order: Order) -> uuid.UUID | None:
    """Mark the order as being paid for by a new attempt; None while another is at work, or it is paid."""
    attempt, now = uuid.uuid4(), timezone.now()
    free = Q(attempt=None) | Q(attempt_ends_at__lte=now)
    taken = Order.objects.filter(free, pk=order.pk, state__in=[PENDING, CANCELLED]).update(
        state=PENDING, attempt=attempt, attempt_ends_at=now + longest_attempt(), updated_at=now
    )
    return attempt if taken else None


def longest_attempt() -> timedelta:
    return timedelta(seconds=deadlines.longest_attempt())


def _let_go(order: Order, attempt: uuid.UUID, state: str = PENDING) -> None:
    """This attempt is over, and leaves the order in that state; nothing happens if it was taken for dead.

    A cancelled order keeps a time at which to look once more: a charge may be slower on its way than we are.
    """
    now = timezone.now()
    look_again_at = now + longest_attempt() if state == CANCELLED else None
    Order.objects.filter(pk=order.pk, attempt=attempt, state=PENDING).update(
        state=state, attempt=None, attempt_ends_at=look_again_at, updated_at=now
    )


def _take_seats(order: Order, attempt: uuid.UUID) -> None:
    try:
        inventory.consume_hold(reference=order.hold_reference, attempt=attempt)
    except seats.HoldNotFound:
        _let_go(order, attempt, CANCELLED)
        raise HoldNotFound() from None
    except (seats.HoldReleased, seats.HoldExpired) as problem:
        _let_go(order, attempt, CANCELLED)
        raise HoldOver(str(problem)) from None
    except seats.SoldOut as problem:
        _let_go(order, attempt, CANCELLED)
        raise SoldOut(str(problem)) from None


def _charge(order: Order, attempt: uuid.UUID) -> None:
    """Charge, or undo what this attempt has done; PaymentFailed says which way it was refused."""
    try:
        payments.charge(
            key=order.payment_key,
            order_id=order.pk,
            amount=order.total,
            reference=str(order.hold_reference),
        )
    except (PaymentDeclined, PaymentRefused) as problem:
        # an earlier attempt, whose answer was lost, may have been charged after all
        if _was_charged(order):
            return
        inventory.return_seats(reference=order.hold_reference, attempt=attempt, keep_hold=True)
        _let_go(order, attempt, CANCELLED)
        advice = (
            "Nothing was charged; you can try again."
            if isinstance(problem, PaymentDeclined)
            else "Please release these seats and choose again."
        )
        raise PaymentFailed(f"{problem} {advice}") from problem


def _was_charged(order: Order) -> bool:
    """Whether the provider has the buyer's money for this order, as far as it knows at this moment."""
    payment = payments.settle(key=order.payment_key, order_id=order.pk)
    return payment is not None and payment.state == CAPTURED


def _finish(order: Order) -> None:
    """The money is there: the order is paid. If it was given up meanwhile, the money goes back."""
    paid = {"state": PAID, "attempt": None, "attempt_ends_at": None, "updated_at": timezone.now()}
    with atomic(Order):
        if Order.objects.filter(pk=order.pk, state=PENDING).update(**paid):
            order.state = PAID
            outbox.tell("order.paid", news_of(order))
            return
    order.refresh_from_db()
    if order.state == CANCELLED:
        payments.refund(key=order.payment_key)
        raise PaymentFailed("The payment came too late, and your money is on its way back.")


def cancel(*, actor: Actor, number: str) -> OrderContract:
    order = order_of(actor, number)
    Order.objects.filter(pk=order.pk, state=PAID).update(state=REFUNDING, updated_at=timezone.now())
    order.refresh_from_db(fields=["state"])
    if order.state == REFUNDING:
        try:
            refund(order)
        except (Unavailable, OutcomeUnknown, PaymentRefused, PaymentNotFound) as problem:
            raise PaymentFailed(
                f"{problem} Your refund is not made yet; please try again later."
            ) from problem
    return as_contract(order)


def refund(order: Order) -> None:
    """Give the money and then the seats back; each may be done again."""
    payments.refund(key=order.payment_key)
    inventory.return_seats(reference=order.hold_reference)
    with atomic(Order):
        if Order.objects.filter(pk=order.pk, state=REFUNDING).update(
            state=REFUNDED, updated_at=timezone.now()
        ):
            order.state = REFUNDED
            outbox.tell("order.refunded", news_of(order))


def news_of(order: Order) -> OrderNewsContract:
    return OrderNewsContract(
        number=order.number,
        state=str(order.state),
        total=order.total,
        buyer_id=order.buyer_id,
        buyer_name=order.buyer_name,
        buyer_email=order.buyer_email,
        tickets=tuple(
            TicketsContract(
                title=line.title,
                starts_at=line.starts_at,
                venue=line.venue,
                band=line.band,
                quantity=line.quantity,
                amount=line.amount,
            )
            for line in order.lines.all()
        ),
    )


def reconcile(older_than: timedelta) -> dict[str, int]:
    """Finish what was left: pending orders, and refunds not yet made, untouched for that long.

    Says how many were "paid", "cancelled" or "refunded", and how many "left" because somebody did not answer;
    and of how many orders that were cancelled before a late charge was "given back".
    """
    before = timezone.now() - older_than
    counted = {"paid": 0, "cancelled": 0, "refunded": 0, "left": 0}
    for order in Order.objects.filter(state__in=[PENDING, REFUNDING], updated_at__lte=before):
        try:
            outcome = _settle(order) if order.state == PENDING else _refunded(order)
        except FacadeError:
            logger.warning("order %s was left as it is", order.number, exc_info=True)
            outcome = "left"
        counted[outcome] += 1
    return counted | {"given back": _give_back_late_charges()}


def _refunded(order: Order) -> str:
    refund(order)
    return "refunded"


def _settle(order: Order) -> str:
    """Find out how a pending order's payment ended, and end the order in the same way."""
    attempt = _begin(order)
    if attempt is None:
        return "left"
    try:
        if not _was_charged(order):
            inventory.return_seats(reference=order.hold_reference)
            _let_go(order, attempt, CANCELLED)
            return "cancelled"
        try:
            inventory.consume_hold(reference=order.hold_reference, attempt=attempt)
        except seats.Refusal:  # the seats are gone to somebody else: the money goes back
            _let_go(order, attempt, CANCELLED)
            payments.refund(key=order.payment_key)
            return "cancelled"
    except (Unavailable, OutcomeUnknown):
        _let_go(order, attempt)
        raise
    _finish(order)
    return "paid"


def _give_back_late_charges() -> int:
    """Each order that was cancelled is looked at once more, and a charge that went through after all goes back."""
    given_back = 0
    for order in Order.objects.filter(state=CANCELLED, attempt=None, attempt_ends_at__lte=timezone.now()):
        try:
            if _was_charged(order):
                payments.refund(key=order.payment_key)
                given_back += 1
            Order.objects.filter(pk=order.pk, state=CANCELLED, attempt=None).update(attempt_ends_at=None)
        except FacadeError:
            logger.warning("order %s: the charge was not looked up", order.number, exc_info=True)
    return given_back
