"""The same calls over HTTP."""

from uuid import uuid4

from boxoffice.chassis.client import Client
from boxoffice.contexts.inventory.contracts import (
    AvailabilityContract,
    HoldContract,
    HoldExpired,
    HoldNotFound,
    HoldReleased,
    InventoryOutcomeUnknown,
    InventoryUnavailable,
    NoSeatsForSale,
    SeatsTaken,
    SenselessQuantity,
    SoldOut,
)

client = Client(
    "inventory",
    InventoryUnavailable,
    InventoryOutcomeUnknown,
    [
        SoldOut,
        NoSeatsForSale,
        SenselessQuantity,
        HoldNotFound,
        HoldReleased,
        HoldExpired,
        SeatsTaken,
    ],
)


def availability(band_ids) -> dict[int, AvailabilityContract]:
    return client.get_many("seats", AvailabilityContract, "ids", band_ids)


def place_hold(*, actor, band_id, quantity, key="") -> HoldContract:
    key = key or uuid4().hex  # so that a call that was cut off can be made again
    body = {"band_id": band_id, "quantity": quantity}
    return client.post(
        "holds", HoldContract, actor=actor, idempotency_key=key, invalid=SenselessQuantity, **body
    )


def get_hold(*, actor, reference) -> HoldContract:
    return client.get(f"holds/{reference}", HoldContract, actor=actor)


def release_hold(*, actor, reference) -> HoldContract:
    return client.post(f"holds/{reference}/release", HoldContract, actor=actor, repeatable=True)


def consume_hold(*, reference, attempt) -> HoldContract:
    path = f"holds/{reference}/consume"
    return client.post(path, HoldContract, as_service=True, repeatable=True, attempt=str(attempt))


def return_seats(*, reference, attempt=None, keep_hold=False) -> HoldContract:
    return client.post(
        f"holds/{reference}/return",
        HoldContract,
        as_service=True,
        repeatable=True,
        attempt=attempt and str(attempt),
        keep_hold=keep_hold,
    )


def set_capacity(band_id, capacity) -> AvailabilityContract:
    path = f"seats/{band_id}/capacity"
    return client.put(path, AvailabilityContract, as_service=True, capacity=capacity)


def withdraw(band_ids) -> None:
    client.post("seats/withdraw", None, as_service=True, repeatable=True, band_ids=list(band_ids))
