"""What may be asked of orders."""

from decimal import Decimal

from django.db.models import Count, DecimalField, F, Max, Q, Sum, Value
from django.db.models.functions import Coalesce

from boxoffice.chassis.contracts import Actor, PageContract, SliceContract
from boxoffice.chassis.paging import page_of, slice_of
from boxoffice.chassis.text import pounds
from boxoffice.contexts.catalog import facade as catalog
from boxoffice.contexts.inventory import facade as inventory
from boxoffice.contexts.inventory.contracts import CONSUMED, HoldContract
from boxoffice.contexts.inventory.contracts import HoldNotFound as NoSuchHold
from boxoffice.contexts.orders.contracts import (
    BandNotFound,
    CheckoutContract,
    HoldNotFound,
    LineContract,
    OrderContract,
    OrderNotFound,
    SalesContract,
)
from boxoffice.contexts.orders.models import Order, OrderLine

PAGE_SIZE = 20
STANDS = [Order.State.PAID, Order.State.REFUNDING]
MONEY = DecimalField(max_digits=14, decimal_places=2)


def hold_of(actor: Actor, reference) -> HoldContract:
    """The actor's hold; orders' own HoldNotFound."""
    try:
        return inventory.get_hold(actor=actor, reference=reference)
    except NoSuchHold:
        raise HoldNotFound() from None


def offer_of(band_id: int):
    """The price band with its event. Raises BandNotFound."""
    if (offer := catalog.get_offers([band_id]).get(band_id)) is None:
        raise BandNotFound()
    return offer


def get_checkout(*, actor: Actor, reference) -> CheckoutContract:
    hold = hold_of(actor, reference)
    order = Order.objects.filter(hold_reference=reference).first()
    offer = offer_of(hold.band_id)
    return CheckoutContract(
        reference=hold.reference,
        state=_checkout_state(hold, order),
        slug=offer.slug,
        title=offer.title,
        starts_at=offer.starts_at,
        venue=offer.venue,
        band=offer.band,
        quantity=hold.quantity,
        unit_price=offer.price,
        total=order.total if order else offer.price * hold.quantity,
        expires_at=hold.expires_at,
        seconds_left=hold.seconds_left,
        order_number=order.number if order else "",
    )


def _checkout_state(hold: HoldContract, order: Order | None) -> str:
    if order and order.state in (*STANDS, Order.State.REFUNDED):
        return "ordered"
    if hold.state == CONSUMED:
        return "pending"
    return "expired" if hold.has_expired else hold.state


def list_orders(*, actor: Actor, page) -> PageContract[OrderContract]:
    return page_of(_orders_of(actor), page, PAGE_SIZE, as_contract)


def slice_of_orders(*, actor: Actor, cursor: str, size: int) -> SliceContract[OrderContract]:
    return slice_of(_orders_of(actor), "-placed_at", cursor, size, as_contract)


def _orders_of(actor: Actor):
    mine = Order.objects.filter(buyer_id=actor.id).exclude(state=Order.State.CANCELLED)
    return mine.prefetch_related("lines")


def get_order(*, actor: Actor, number: str) -> OrderContract:
    return as_contract(order_of(actor, number))


def order_of(actor: Actor, number: str) -> Order:
    found = Order.objects.filter(buyer_id=actor.id, number=number).prefetch_related("lines").first()
    if found is None:
        raise OrderNotFound()
    return found


def sales_by_event() -> tuple[SalesContract, ...]:
    stands, given_back = Q(order__state__in=STANDS), Q(order__state=Order.State.REFUNDED)
    amount = F("quantity") * F("unit_price")
    nothing = Value(Decimal(0), output_field=MONEY)
    rows = (
        OrderLine.objects.filter(stands | given_back)
        .values("event_id")
        .annotate(
            **{f"told_{name}": Max(name) for name in ("slug", "title", "starts_at", "venue")},
            orders=Count("order", filter=stands, distinct=True),
            tickets=Coalesce(Sum("quantity", filter=stands), 0),
            revenue=Coalesce(Sum(amount, filter=stands, output_field=MONEY), nothing),
            refunded=Coalesce(Sum(amount, filter=given_back, output_field=MONEY), nothing),
        )
        .order_by("event_id")
    )
    money = ("revenue", "refunded")
    return tuple(
        SalesContract(
            **{
                name.removeprefix("told_"): pounds(value) if name in money else value
                for name, value in row.items()
            }
        )
        for row in rows
    )


def as_contract(order: Order) -> OrderContract:
    return OrderContract(
        number=order.number,
        state=str(order.state),
        total=order.total,
        buyer_name=order.buyer_name,
        placed_at=order.placed_at,
        payment=_payment(order),
        lines=tuple(
            LineContract(
                event_id=line.event_id,
                slug=line.slug,
                title=line.title,
                starts_at=line.starts_at,
                venue=line.venue,
                band=line.band,
                quantity=line.quantity,
                unit_price=line.unit_price,
            )
            for line in order.lines.all()
        ),
    )


def _payment(order: Order) -> str:
    """What became of the money, as the order's own state tells it: no question to payments is needed."""
    if order.state in STANDS:
        return "captured"
    return "refunded" if order.state == Order.State.REFUNDED else ""
