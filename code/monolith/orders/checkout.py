"""From seats wanted to tickets paid, and back again."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from monolith.catalog.caching import catalogue_changed
from monolith.catalog.models import PriceBand
from monolith.inventory.models import Allotment, Hold
from monolith.inventory.stock import with_seats_left
from monolith.orders.errors import HoldOver, NotOnSale, PaymentFailed, SoldOut
from monolith.orders.models import Order, OrderLine
from monolith.orders.sales import is_sold_out
from monolith.payments import client
from monolith.payments.models import Payment
from monolith.utils import order_number


def place_hold(request, band: PriceBand, quantity: int) -> Hold:
    """Keep seats for the visitor, for HOLD_SECONDS. Raises NotOnSale or SoldOut, and then keeps none."""
    if reason := band.event.why_not_on_sale:
        raise NotOnSale(reason)
    with transaction.atomic():
        _lock_allotment(band)
        left = (
            with_seats_left(Allotment.objects.filter(band=band)).values_list("seats_left", flat=True).first()
        )
        if not left:
            raise SoldOut(f"No seats are left in {band.name}.")
        if quantity > left:
            raise SoldOut(f"Only {left} seat{'s' if left > 1 else ''} left in {band.name}.")
        # coupling 6: the business asks the request who is buying
        return Hold.objects.create(
            band=band,
            buyer=request.user,
            quantity=quantity,
            expires_at=timezone.now() + timedelta(seconds=settings.HOLD_SECONDS),
        )


def release_hold(hold: Hold) -> None:
    """Give the seats back. A hold that was paid for, or given back before, stays as it is."""
    Hold.objects.filter(pk=hold.pk, state=Hold.State.ACTIVE).update(
        state=Hold.State.RELEASED, updated_at=timezone.now()
    )


def pay(request, hold: Hold) -> Order:
    """Turn the hold into a paid order; if it is one already, that order.

    Raises HoldOver, NotOnSale, SoldOut or PaymentFailed, and then nothing has changed here. The last means
    either that nothing was charged, or that nobody knows: then paying again cannot charge twice.
    """
    # coupling 2: the provider answers, or does not, while this transaction keeps its locks
    with transaction.atomic():
        hold = Hold.objects.select_for_update().get(pk=hold.pk)
        if hold.state == Hold.State.CONSUMED:
            return hold.line.order
        allotment = _lock_allotment(hold.band)
        _check_hold(hold, allotment)
        order = _record_order(request, hold)
        _capture(order, hold)
        order.state = Order.State.PAID
        order.save(update_fields=["state", "updated_at"])
        hold.state = Hold.State.CONSUMED
        hold.save(update_fields=["state", "updated_at"])
        _sell(allotment, hold.quantity)
        return order


def cancel(order: Order) -> None:
    """Refund a paid order and return its seats; an order that is not paid stays as it is.

    Raises PaymentFailed if the provider does not confirm the refund, and then nothing has changed here.
    """
    # coupling 2: here too, the provider is asked inside the transaction
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.state != Order.State.PAID:
            return
        payment = order.payments.get(state=Payment.State.CAPTURED)
        try:
            client.refund(charge_id=payment.provider_id)
        except client.PaymentError as problem:
            raise PaymentFailed(
                f"{problem} The order was not cancelled; please try again later."
            ) from problem
        payment.state = Payment.State.REFUNDED
        payment.save(update_fields=["state", "updated_at"])
        for line in order.lines.select_related("band__event").order_by("band_id"):
            _sell(_lock_allotment(line.band), -line.quantity)
        order.state = Order.State.REFUNDED
        order.save(update_fields=["state", "updated_at"])


def _lock_allotment(band: PriceBand) -> Allotment:
    """The band's allotment, locked until the transaction ends: sales of one band queue here."""
    try:
        return Allotment.objects.select_for_update().get(band=band)
    except Allotment.DoesNotExist:
        raise NotOnSale(f"There are no seats for sale in {band.name}.") from None


def _check_hold(hold: Hold, allotment: Allotment) -> None:
    if hold.state == Hold.State.RELEASED:
        raise HoldOver("You gave these seats back. Please choose again.")
    if hold.has_expired:
        raise HoldOver("Your hold has expired, and nothing was charged by this attempt. Please choose again.")
    if hold.band.event.is_over:
        raise NotOnSale("This event has already started.")
    if allotment.sold + hold.quantity > allotment.capacity:
        raise SoldOut("These seats were taken out of the sale. Please choose again.")


def _record_order(request, hold: Hold) -> Order:
    price = hold.band.price
    # coupling 6: request.user again, three calls below the view
    order = Order.objects.create(
        number=order_number(),
        buyer=request.user,
        buyer_name=request.user.display_name,
        total=price * hold.quantity,
    )
    OrderLine.objects.create(order=order, band=hold.band, hold=hold, quantity=hold.quantity, unit_price=price)
    return order


def _capture(order: Order, hold: Hold) -> None:
    key = f"hold-{hold.reference}"
    try:
        charge_id = client.charge(key=key, amount=order.total, reference=str(hold.reference))
    except client.Declined as problem:
        raise PaymentFailed(f"{problem} Nothing was charged; you can try again.") from problem
    except client.Refused as problem:
        raise PaymentFailed(f"{problem} Please release these seats and choose again.") from problem
    except client.OutcomeUnknown as problem:
        raise PaymentFailed(
            f"{problem} The outcome is not known. Please try again: you cannot be charged twice."
        ) from problem
    Payment.objects.create(
        order=order, key=key, provider_id=charge_id, amount=order.total, state=Payment.State.CAPTURED
    )


def _sell(allotment: Allotment, quantity: int) -> None:
    """Count seats as sold (or, below zero, as returned), and renew the list if the badge changes."""
    event = allotment.band.event
    allotment.sold += quantity
    allotment.save(update_fields=["sold", "updated_at"])
    if quantity < 0 or is_sold_out(event):
        catalogue_changed()
