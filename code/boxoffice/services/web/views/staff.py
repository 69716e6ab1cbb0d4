"""The sales report."""

import csv
from dataclasses import asdict

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from boxoffice.contexts.reporting import facade as reporting
from boxoffice.services.web.visitors import log_in_first

COLUMNS = ["slug", "event", "venue", "date", "orders", "tickets", "revenue", "refunded"]


@require_safe
@log_in_first
def sales(request):
    """The sales report for the staff; `?format=csv` to take away."""
    report = reporting.sales_report(actor=request.actor)
    if request.GET.get("format") == "csv":
        return _as_csv(report.rows)
    return render(request, "web/sales.html", {"report": report})


def _as_csv(rows) -> HttpResponse:
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="sales.csv"'},
    )
    sheet = csv.DictWriter(response, COLUMNS, extrasaction="ignore")
    sheet.writeheader()
    for row in rows:
        sheet.writerow({**asdict(row), "date": timezone.localtime(row.starts_at).date().isoformat()})
    return response
