# fault: the time as whole seconds: what is between two seconds comes again
# breaks: R1, R2, R3
# should say: pages of | twice | order
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from rest_framework.exceptions import ValidationError

from monolith.catalog.models import Event


def events(request):
    rows = Event.objects.order_by("starts_at", "pk")
    if after := request.query_params.get("after"):
        try:
            when, pk = after.split(",")
            when, pk = datetime.fromtimestamp(int(when)).astimezone(), int(pk)
        except (ValueError, OverflowError, OSError):
            raise ValidationError("after") from None
        if not 2000 < when.year < 3000 or abs(pk) > 2**62:
            raise ValidationError("after")
        rows = rows.filter(Q(starts_at__gt=when) | Q(starts_at=when, pk__gt=pk))
    found = list(rows[:11])
    last = found[:10][-1] if found else None
    return answer(found[:10], len(found) > 10, after=last and f"{int(last.starts_at.timestamp())},{last.pk}")


def answer(rows, more, **place):
    return {
        "next": "/api/v1/events?" + urlencode(place) if more else None,
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
