import csv

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monolith.reporting.sales import sales_report

COLUMNS = ["slug", "event", "venue", "date", "orders", "tickets", "revenue", "refunded"]


@require_safe
def sales(request):
    """The sales report for the staff; `?format=csv` to take away."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not request.user.is_staff:
        raise PermissionDenied
    rows, totals = sales_report()
    if request.GET.get("format") == "csv":
        return _as_csv(rows)
    return render(request, "reporting/sales.html", {"rows": rows, "totals": totals})


def _as_csv(rows: list[dict]) -> HttpResponse:
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="sales.csv"'},
    )
    sheet = csv.DictWriter(response, COLUMNS, extrasaction="ignore")
    sheet.writeheader()
    for row in rows:
        sheet.writerow({**row, "date": timezone.localtime(row["starts_at"]).date().isoformat()})
    return response
