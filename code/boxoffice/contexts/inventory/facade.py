"""The only door of inventory: how many seats are left, and who has them.

Everything may raise InventoryUnavailable, and what writes InventoryOutcomeUnknown. Then the same write may be
made again: it does nothing the second time (of place_hold, with the same `key`).
"""

from uuid import UUID

from boxoffice.chassis.contracts import Actor
from boxoffice.chassis.facades import half
from boxoffice.contexts.inventory.contracts import AvailabilityContract, HoldContract, InventoryUnavailable

_half = half(__name__, InventoryUnavailable)


def availability(band_ids: list[int]) -> dict[int, AvailabilityContract]:
    """The seats of each price band; bands without any are left out."""
    return _half.reads.availability(band_ids)


def place_hold(*, actor: Actor, band_id: int, quantity: int, key: str = "") -> HoldContract:
    """Keep seats for the actor, for some seconds. Raises SoldOut, NoSeatsForSale or SenselessQuantity.

    With a `key`, the same wish of the same actor is granted once, and answered alike each time; the same key with
    another wish raises KeyReused. A wish that was refused leaves its key unused.
    """
    return _half.writes.place_hold(actor=actor, band_id=band_id, quantity=quantity, key=key)


def get_hold(*, actor: Actor, reference: UUID) -> HoldContract:
    """A hold of the actor's own. Raises HoldNotFound."""
    return _half.reads.get_hold(actor=actor, reference=reference)


def release_hold(*, actor: Actor, reference: UUID) -> HoldContract:
    """Give the seats back; a hold that is consumed stays as it is. Raises HoldNotFound."""
    return _half.writes.release_hold(actor=actor, reference=reference)


def consume_hold(*, reference: UUID, attempt: UUID) -> HoldContract:
    """Turn a hold into seats sold, on behalf of the payment attempt of that number.

    A hold that is consumed already changes hands: from now on only this attempt can return it. Raises
    HoldNotFound, HoldReleased, HoldExpired, or SoldOut where the capacity was cut meanwhile.
    """
    return _half.writes.consume_hold(reference=reference, attempt=attempt)


def return_seats(*, reference: UUID, attempt: UUID | None = None, keep_hold: bool = False) -> HoldContract:
    """Take seats sold back into the sale. With `keep_hold` the buyer keeps the hold while its time lasts.

    An `attempt` that the hold has passed on from changes nothing: a payment that was thought dead, and
    is not, cannot return seats that the next one has paid for. Raises HoldNotFound.
    """
    return _half.writes.return_seats(reference=reference, attempt=attempt, keep_hold=keep_hold)


def set_capacity(band_id: int, capacity: int) -> AvailabilityContract:
    """How many seats a price band has. Raises SeatsTaken if more are sold or held."""
    return _half.writes.set_capacity(band_id, capacity)


def withdraw(band_ids: list[int]) -> None:
    """Take price bands out of the sale that have no seats sold or held; others stay. Raises SeatsTaken."""
    return _half.writes.withdraw(band_ids)
