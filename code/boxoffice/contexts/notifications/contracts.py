"""What crosses the border of notifications. No Django in here."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from boxoffice.chassis.errors import OutcomeUnknown, Unavailable


@dataclass(frozen=True)
class TicketsContract:
    """What an order is for, as the mail tells it."""

    title: str
    starts_at: datetime
    venue: str
    band: str
    quantity: int
    amount: Decimal


@dataclass(frozen=True)
class OrderNewsContract:
    """News of an order; `state` is paid or refunded."""

    number: str
    state: str
    total: Decimal
    buyer_id: int
    buyer_name: str
    buyer_email: str
    tickets: tuple[TicketsContract, ...]


@dataclass(frozen=True)
class NotificationContract:
    id: int
    subject: str
    text: str
    is_read: bool
    created_at: datetime


@dataclass(frozen=True)
class UnreadContract:
    """How many notifications a person has not seen."""

    count: int


@dataclass(frozen=True)
class PreferenceContract:
    """Whether a person wants mail about orders."""

    wants_mail: bool


@dataclass(frozen=True)
class SentContract:
    """Whether a mail was sent."""

    sent: bool


@dataclass(frozen=True)
class SeatsChanged:
    """What we read of inventory's message of that name."""

    band_id: int
    hold: UUID | None
    state: str


class NotificationsUnavailable(Unavailable):
    """Notifications cannot be read at the moment. Please try again."""


class NotificationsOutcomeUnknown(OutcomeUnknown):
    """Notifications did not answer in time."""
