# fault: the right place, found in Python: every page reads the whole table
# breaks: R5
# should say: rows
from datetime import datetime
from urllib.parse import urlencode

from rest_framework.exceptions import ValidationError

from monolith.catalog.models import Event


def events(request):
    rows = list(Event.objects.order_by("starts_at", "pk"))
    if after := request.query_params.get("after"):
        try:
            when, pk = after.split(",")
            place = (datetime.fromisoformat(when), int(pk))
            rows = [row for row in rows if (row.starts_at, row.pk) > place]
        except (ValueError, TypeError):
            raise ValidationError("after") from None
    last = rows[:10][-1] if rows else None
    return answer(rows[:10], len(rows) > 10, after=last and f"{last.starts_at.isoformat()},{last.pk}")


def answer(rows, more, **place):
    return {
        "next": "/api/v1/events?" + urlencode(place) if more else None,
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
