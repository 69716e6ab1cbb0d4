"""What may happen to the catalogue, beyond what organisers enter in the admin."""

from django.db.models import QuerySet
from django.utils import timezone

from boxoffice.contexts.catalog.models import Event


def close_sale(events: QuerySet[Event]) -> int:
    """Close the sale of those that are neither over nor closed; says how many that were."""
    now = timezone.now()
    still_selling = Event.objects.filter(pk__in=events.values("pk"), sales_closed=False, starts_at__gt=now)
    return still_selling.update(sales_closed=True, updated_at=now)
