# idea: from the last time on, less what was seen of it; time as microseconds, so that no + stands in the address
from datetime import UTC, datetime, timedelta

from rest_framework.exceptions import ValidationError

from monolith.catalog.models import Event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def events(request):
    rows = Event.objects.order_by("starts_at", "id")
    if "t" in request.query_params or "id" in request.query_params:
        try:
            when = EPOCH + timedelta(microseconds=int(request.query_params["t"]))
            last = int(request.query_params["id"])
        except (KeyError, ValueError, OverflowError):
            raise ValidationError("bad cursor") from None
        rows = rows.filter(starts_at__gte=when).exclude(starts_at=when, id__lte=last)
    page = list(rows[:11])
    more = len(page) == 11
    page = page[:10]
    next_page = None
    if more:
        micro = (page[-1].starts_at - EPOCH) // timedelta(microseconds=1)
        next_page = f"?t={micro}&id={page[-1].id}"
    return {
        "next": next_page,
        "results": [{"id": e.id, "title": e.title, "starts_at": e.starts_at} for e in page],
    }
