"""The sales report."""

from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from monolith.orders.models import OrderLine
from monolith.payments.models import Payment
from monolith.utils import pounds

MONEY = DecimalField(max_digits=14, decimal_places=2)


# coupling 4: one query that joins five tables of other apps to the order lines
def sales_by_event() -> QuerySet:
    """A row for each event with sales: orders, tickets and revenue that stand, and what was refunded."""
    captured = Q(order__payments__state=Payment.State.CAPTURED)
    refunded = Q(order__payments__state=Payment.State.REFUNDED)
    amount = F("quantity") * F("unit_price")
    nothing = Value(0, output_field=MONEY)
    return (
        OrderLine.objects.filter(captured | refunded)
        .values(
            slug=F("band__event__slug"),
            event=F("band__event__title"),
            starts_at=F("band__event__starts_at"),
            venue=F("band__event__venue__name"),
        )
        .annotate(
            orders=Count("order", filter=captured, distinct=True),
            tickets=Coalesce(Sum("quantity", filter=captured), 0),
            revenue=Coalesce(Sum(amount, filter=captured, output_field=MONEY), nothing),
            refunded=Coalesce(Sum(amount, filter=refunded, output_field=MONEY), nothing),
        )
        .order_by("starts_at", "slug")
    )


def sales_report() -> tuple[list[dict], dict]:
    """The rows, and the line below them."""
    rows = [
        {**row, "revenue": pounds(row["revenue"]), "refunded": pounds(row["refunded"])}
        for row in sales_by_event()
    ]
    totals = {name: sum(row[name] for row in rows) for name in ("orders", "tickets", "revenue", "refunded")}
    return rows, totals
