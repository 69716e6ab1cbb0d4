"""The same calls over HTTP. Whoever pays waits longer than orders waits for all that it calls."""

from urllib.parse import quote
from uuid import UUID, uuid4

from django.conf import settings

from boxoffice.chassis.client import Client
from boxoffice.chassis.contracts import PageContract
from boxoffice.contexts.orders.contracts import (
    BandNotFound,
    CheckoutContract,
    HoldNotFound,
    HoldOver,
    NotOnSale,
    OrderContract,
    OrderNotFound,
    OrdersOutcomeUnknown,
    OrdersUnavailable,
    PaymentFailed,
    ReferenceContract,
    SalesContract,
    SenselessQuantity,
    SoldOut,
)
from boxoffice.contexts.orders.deadlines import longest_attempt

client = Client(
    "orders",
    OrdersUnavailable,
    OrdersOutcomeUnknown,
    [
        BandNotFound,
        NotOnSale,
        SoldOut,
        SenselessQuantity,
        HoldOver,
        HoldNotFound,
        OrderNotFound,
        PaymentFailed,
    ],
)


def place_hold(*, actor, band_id, quantity, key="") -> UUID:
    return client.post(
        "checkouts",
        ReferenceContract,
        actor=actor,
        seconds=settings.CALL_SECONDS * 3,
        idempotency_key=key or uuid4().hex,  # so that a call that was cut off can be made again
        invalid=SenselessQuantity,
        band_id=band_id,
        quantity=quantity,
    ).reference


def get_checkout(*, actor, reference) -> CheckoutContract:
    return client.get(
        f"checkouts/{reference}", CheckoutContract, actor=actor, seconds=settings.CALL_SECONDS * 3
    )


def release(*, actor, reference) -> None:
    seconds = settings.CALL_SECONDS * 2
    client.post(f"checkouts/{reference}/release", None, actor=actor, seconds=seconds, repeatable=True)


def pay(*, actor, reference) -> OrderContract:
    return client.post(
        f"checkouts/{reference}/pay", OrderContract, actor=actor, seconds=longest_attempt(), repeatable=True
    )


def list_orders(*, actor, page) -> PageContract[OrderContract]:
    return client.get("order-pages", PageContract[OrderContract], actor=actor, page=page or 1)


def get_order(*, actor, number) -> OrderContract:
    return client.get(f"orders/{quote(number, safe='')}", OrderContract, actor=actor)


def cancel(*, actor, number) -> OrderContract:
    path = f"orders/{quote(number, safe='')}/cancel"
    return client.post(path, OrderContract, actor=actor, seconds=longest_attempt(), repeatable=True)


def sales_by_event() -> tuple[SalesContract, ...]:
    return client.get("sales", tuple[SalesContract, ...], as_service=True)
