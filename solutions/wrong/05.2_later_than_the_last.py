# fault: after the last time that was shown: the rest of those that start together is lost
# breaks: R1, R2, R3, R4
# should say: never met | pages | order
from datetime import datetime
from urllib.parse import urlencode

from rest_framework.exceptions import ValidationError

from monolith.catalog.models import Event


def events(request):
    rows = Event.objects.order_by("starts_at", "pk")
    if after := request.query_params.get("after"):
        try:
            rows = rows.filter(starts_at__gt=datetime.fromisoformat(after))
        except ValueError:
            raise ValidationError("after") from None
    found = list(rows[:11])
    return answer(
        found[:10], len(found) > 10, after=found[9].starts_at.isoformat() if len(found) > 10 else ""
    )


def answer(rows, more, **place):
    return {
        "next": "/api/v1/events?" + urlencode(place) if more else None,
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
