# fault: both columns greater: a later event with a lower id is never met
# breaks: R1, R2
# should say: never | pages
from datetime import datetime
from urllib.parse import urlencode

from rest_framework.exceptions import ValidationError

from monolith.catalog.models import Event


def events(request):
    rows = Event.objects.order_by("starts_at", "pk")
    params = request.query_params
    if "when" in params:
        try:
            when, pk = datetime.fromisoformat(params["when"]), int(params["pk"])
        except (KeyError, ValueError):
            raise ValidationError("when") from None
        if when.tzinfo is None or not 2000 < when.year < 3000 or abs(pk) > 2**62:
            raise ValidationError("when")
        rows = rows.filter(starts_at__gte=when, pk__gt=pk)
    found = list(rows[:11])
    last = found[:10][-1] if found else None
    return answer(found[:10], len(found) > 10, when=last and last.starts_at.isoformat(), pk=last and last.pk)


def answer(rows, more, **place):
    return {
        "next": "/api/v1/events?" + urlencode(place) if more else None,
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
