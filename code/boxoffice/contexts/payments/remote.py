"""The same calls over HTTP. Whoever charges waits longer than payments waits for the provider."""

from django.conf import settings

from boxoffice.chassis.client import Client
from boxoffice.contexts.payments.contracts import (
    OrderPaid,
    PaymentContract,
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefused,
    PaymentsOutcomeUnknown,
    PaymentsUnavailable,
    SettlementContract,
)

client = Client(
    "payments",
    PaymentsUnavailable,
    PaymentsOutcomeUnknown,
    [OrderPaid, PaymentDeclined, PaymentRefused, PaymentNotFound],
)


def _seconds() -> float:
    return settings.PAYMENTS_TIMEOUT + settings.CALL_SECONDS


def charge(*, key, order_id, amount, reference) -> PaymentContract:
    return client.post(
        "charges",
        PaymentContract,
        as_service=True,
        repeatable=True,
        seconds=_seconds(),
        key=key,
        order_id=order_id,
        amount=str(amount),
        reference=reference,
    )


def refund(*, key) -> PaymentContract:
    return client.post(
        "refunds", PaymentContract, as_service=True, repeatable=True, seconds=_seconds(), key=key
    )


def settle(*, key, order_id) -> PaymentContract | None:
    settlement = client.post(
        "settlements",
        SettlementContract,
        as_service=True,
        repeatable=True,
        seconds=_seconds(),
        key=key,
        order_id=order_id,
    )
    return settlement.payment


def payments_of(order_ids) -> dict[int, PaymentContract]:
    return client.get_many("payments", PaymentContract, "order_ids", order_ids, as_service=True)
