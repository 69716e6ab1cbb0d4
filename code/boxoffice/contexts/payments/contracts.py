"""What crosses the border of payments. No Django in here."""

from dataclasses import dataclass
from decimal import Decimal

from boxoffice.chassis.errors import NotFound, OutcomeUnknown, Refusal, Unavailable

CAPTURED, DECLINED, REFUNDED = "captured", "declined", "refunded"


@dataclass(frozen=True)
class PaymentContract:
    """Money that moved for an order; `state` is captured or refunded, `amount` in pounds."""

    key: str
    order_id: int
    provider_id: str
    amount: Decimal
    state: str


@dataclass(frozen=True)
class SettlementContract:
    """What became of a charge; `payment` is None if nothing was charged."""

    payment: PaymentContract | None


class PaymentDeclined(Refusal):
    """The payment was declined."""

    problem = "payment-declined"
    status = 402


class PaymentRefused(Refusal):
    """The payment provider refused the request."""

    problem = "payment-refused"


class OrderPaid(PaymentRefused):
    """This order was paid for already, with another key."""

    problem = "order-paid"


class PaymentNotFound(NotFound):
    """There is no such payment."""

    problem = "payment-not-found"


class PaymentsUnavailable(Unavailable):
    """Payments cannot be made at the moment."""


class PaymentsOutcomeUnknown(OutcomeUnknown):
    """The payment provider did not answer in time."""
