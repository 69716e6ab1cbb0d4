"""The only door of orders: from seats wanted to tickets paid, and back again.

Everything may raise OrdersUnavailable (or another context's Unavailable, where orders cannot do without it),
and what writes OrdersOutcomeUnknown. Then the same write may be made again: nobody is charged twice.
"""

from uuid import UUID

from boxoffice.chassis.contracts import Actor, PageContract
from boxoffice.chassis.facades import half
from boxoffice.contexts.orders.contracts import (
    CheckoutContract,
    OrderContract,
    OrdersUnavailable,
    SalesContract,
)

_half = half(__name__, OrdersUnavailable)


def place_hold(*, actor: Actor, band_id: int, quantity: int, key: str = "") -> UUID:
    """Keep seats for the actor; the hold's reference. Raises SenselessQuantity, BandNotFound, NotOnSale or SoldOut.

    With a `key`, the same wish is granted once (see inventory's place_hold); KeyReused for another wish.
    """
    return _half.writes.place_hold(actor=actor, band_id=band_id, quantity=quantity, key=key)


def get_checkout(*, actor: Actor, reference: UUID) -> CheckoutContract:
    """A hold of the actor's own, on its way to an order. Raises HoldNotFound."""
    return _half.reads.get_checkout(actor=actor, reference=reference)


def release(*, actor: Actor, reference: UUID) -> None:
    """Give the seats back; a hold that was paid for stays as it is. Raises HoldNotFound."""
    return _half.writes.release(actor=actor, reference=reference)


def pay(*, actor: Actor, reference: UUID) -> OrderContract:
    """Turn the hold into a paid order; if it is one already, that order.

    Raises HoldNotFound, HoldOver, NotOnSale, SoldOut or PaymentFailed. The last means either that nothing
    was charged, or that nobody knows: then paying again cannot charge twice.
    """
    return _half.writes.pay(actor=actor, reference=reference)


def list_orders(*, actor: Actor, page: str | int | None) -> PageContract[OrderContract]:
    """A page of the actor's orders, the newest first."""
    return _half.reads.list_orders(actor=actor, page=page)


def get_order(*, actor: Actor, number: str) -> OrderContract:
    """An order of the actor's own. Raises OrderNotFound."""
    return _half.reads.get_order(actor=actor, number=number)


def cancel(*, actor: Actor, number: str) -> OrderContract:
    """Refund a paid order and return its seats; an order that is not paid stays as it is.

    Raises OrderNotFound, or PaymentFailed while the provider does not confirm the refund; it is made good
    later, by cancelling again or by reconciliation.
    """
    return _half.writes.cancel(actor=actor, number=number)


def sales_by_event() -> tuple[SalesContract, ...]:
    """What was sold, a row for each event with sales."""
    return _half.reads.sales_by_event()
