"""The only door of reporting. Everything may raise ReportingUnavailable."""

from boxoffice.chassis.contracts import Actor
from boxoffice.chassis.facades import half
from boxoffice.contexts.reporting.contracts import ReportingUnavailable, SalesReportContract

_half = half(__name__, ReportingUnavailable)


def sales_report(*, actor: Actor) -> SalesReportContract:
    """What was sold, event by event. Raises ForTheStaff."""
    return _half.reads.sales_report(actor=actor)
