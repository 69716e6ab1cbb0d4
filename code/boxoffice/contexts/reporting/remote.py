"""The same call over HTTP. Reporting asks two others, so it is given more time."""

from django.conf import settings

from boxoffice.chassis.client import Client
from boxoffice.contexts.reporting.contracts import ForTheStaff, ReportingUnavailable, SalesReportContract

client = Client("reporting", ReportingUnavailable, refusals=[ForTheStaff])


def sales_report(*, actor) -> SalesReportContract:
    return client.get("sales-report", SalesReportContract, actor=actor, seconds=settings.CALL_SECONDS * 3)
