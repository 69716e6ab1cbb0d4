"""What crosses the border of orders. No Django in here."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from boxoffice.chassis.errors import NotFound, OutcomeUnknown, Refusal, Unavailable


@dataclass(frozen=True)
class LineContract:
    """Seats bought, with what the buyer was told of them then: the programme may change afterwards."""

    event_id: int
    slug: str
    title: str
    starts_at: datetime
    venue: str
    band: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True)
class OrderContract:
    """An order; `state` is pending, paid, cancelled, refunding or refunded, and `payment` captured or refunded,
    or empty while no money has moved."""

    number: str
    state: str
    total: Decimal
    buyer_name: str
    placed_at: datetime
    payment: str
    lines: tuple[LineContract, ...]


@dataclass(frozen=True)
class CheckoutContract:
    """Held seats about to be paid for.

    `state`   active    the seats are the buyer's for `seconds_left`
              pending   a payment was begun, and nobody knows yet how it ended: paying again cannot charge twice
              expired, released
              ordered   the order is `order_number`
    """

    reference: UUID
    state: str
    slug: str
    title: str
    starts_at: datetime
    venue: str
    band: str
    quantity: int
    unit_price: Decimal
    total: Decimal
    expires_at: datetime
    seconds_left: int
    order_number: str


@dataclass(frozen=True)
class SalesContract:
    """What was sold of one event: orders, tickets and revenue that stand, and what was refunded.

    What the event was called is what a buyer was told: the programme may know it no longer.
    """

    event_id: int
    slug: str
    title: str
    starts_at: datetime
    venue: str
    orders: int
    tickets: int
    revenue: Decimal
    refunded: Decimal


@dataclass(frozen=True)
class ReferenceContract:
    """What a checkout is called from now on."""

    reference: UUID


class SenselessQuantity(Refusal):
    """Tickets are sold one to ten at a time."""

    problem = "senseless-quantity"
    status = 400


class BandNotFound(NotFound):
    """There is no such price band."""

    problem = "band-not-found"


class NotOnSale(Refusal):
    """Tickets cannot be bought for this event."""

    problem = "not-on-sale"


class SoldOut(Refusal):
    """Fewer seats are left than asked for."""

    problem = "sold-out"


class HoldOver(Refusal):
    """The hold ran out, or was given back."""

    problem = "hold-over"


class HoldNotFound(NotFound):
    """There is no such hold."""

    problem = "hold-not-found"


class OrderNotFound(NotFound):
    """There is no such order."""

    problem = "order-not-found"


class PaymentFailed(Refusal):
    """The payment was not made, or nobody knows. The text says which, and what to do."""

    problem = "payment-failed"


class OrdersUnavailable(Unavailable):
    """Orders cannot be taken or shown at the moment. Please try again."""


class OrdersOutcomeUnknown(OutcomeUnknown):
    """The answer did not come in time. Please look again: you cannot be charged twice."""
