# fault: a full page is taken for one with more behind it: after the last comes an empty one
# breaks: R1
# should say: after the last page | pages of
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
            when, pk = datetime.fromisoformat(when), int(pk)
        except ValueError:
            raise ValidationError("after") from None
        if when.tzinfo is None or not 2000 < when.year < 3000 or abs(pk) > 2**62:
            raise ValidationError("after")
        rows = rows.filter(Q(starts_at__gt=when) | Q(starts_at=when, pk__gt=pk))
    found = list(rows[:10])
    last = found[-1] if found else None
    return answer(found, len(found) == 10, after=last and f"{last.starts_at.isoformat()},{last.pk}")


def answer(rows, more, **place):
    return {
        "next": "/api/v1/events?" + urlencode(place) if more else None,
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
