"""What crosses the border of inventory. No Django in here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from boxoffice.chassis.errors import NotFound, OutcomeUnknown, Refusal, Unavailable

MOST_SEATS = 10

ACTIVE, CONSUMED, RELEASED = "active", "consumed", "released"


@dataclass(frozen=True)
class AvailabilityContract:
    """The seats of one price band. `sold` counts what is paid for or being paid for, `held` what is not."""

    band_id: int
    capacity: int
    sold: int
    held: int

    @property
    def taken(self) -> int:
        return self.sold + self.held

    @property
    def left(self) -> int:
        return max(0, self.capacity - self.taken)

    @property
    def sold_out(self) -> bool:
        return self.sold >= self.capacity


@dataclass(frozen=True)
class HoldContract:
    """Seats kept for a buyer until `expires_at`; `state` is active, consumed or released."""

    reference: UUID
    band_id: int
    buyer_id: int | None
    quantity: int
    expires_at: datetime
    state: str

    @property
    def has_expired(self) -> bool:
        return self.state == ACTIVE and self.expires_at <= datetime.now(UTC)

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.expires_at - datetime.now(UTC)).total_seconds()))


@dataclass(frozen=True)
class SeatsChangedContract:
    """Seats of that price band were taken or given back: by that hold, which is now in that `state`, or (None, "") by nobody's."""

    band_id: int
    hold: UUID | None
    state: str


class NoSeatsForSale(Refusal):
    """There are no seats for sale in this price band."""

    problem = "no-seats-for-sale"


class SoldOut(Refusal):
    """Fewer seats are left than asked for.

    `left`: how many.
    """

    problem = "sold-out"


class SenselessQuantity(Refusal):
    """A hold is for one to ten seats."""

    problem = "senseless-quantity"
    status = 400


class HoldNotFound(NotFound):
    """There is no such hold."""

    problem = "hold-not-found"


class HoldReleased(Refusal):
    """You gave these seats back. Please choose again."""

    problem = "hold-released"


class HoldExpired(Refusal):
    """Your hold has expired, and nothing was charged by this attempt. Please choose again."""

    problem = "hold-expired"


class SeatsTaken(Refusal):
    """More seats are sold or held than that.

    `taken`: how many.
    """

    problem = "seats-taken"


class InventoryUnavailable(Unavailable):
    """Seats cannot be looked up at the moment. Please try again."""


class InventoryOutcomeUnknown(OutcomeUnknown):
    """The seats may be yours, or not: the answer did not come in time. Please look again."""
