"""What crosses the border of reporting. No Django in here."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from boxoffice.chassis.errors import NotAllowed, Unavailable


@dataclass(frozen=True)
class SalesRowContract:
    """What was sold of one event, and what was refunded."""

    slug: str
    event: str
    starts_at: datetime
    venue: str
    orders: int
    tickets: int
    revenue: Decimal
    refunded: Decimal


@dataclass(frozen=True)
class SalesReportContract:
    """A row for each event with sales, by date, and the line below them."""

    rows: tuple[SalesRowContract, ...]
    orders: int
    tickets: int
    revenue: Decimal
    refunded: Decimal


class ForTheStaff(NotAllowed):
    """The reports are for the staff."""

    problem = "for-the-staff"


class ReportingUnavailable(Unavailable):
    """The report cannot be made at the moment. Please try again."""
