# fault: a row that is gone ends the walk with an error, in the middle of the list
# breaks: R3
# should say: validationerror | no longer where it was
from urllib.parse import urlencode

from django.db.models import Q
from rest_framework.exceptions import ValidationError

from monolith.catalog.models import Event


def events(request):
    rows = Event.objects.order_by("starts_at", "pk")
    if after := request.query_params.get("after"):
        try:
            last = Event.objects.filter(pk=int(after)).first()
        except (ValueError, OverflowError):
            raise ValidationError("after") from None
        if last is None:
            raise ValidationError("this row is gone")
        rows = rows.filter(Q(starts_at__gt=last.starts_at) | Q(starts_at=last.starts_at, pk__gt=last.pk))
    found = list(rows[:11])
    return answer(found[:10], len(found) > 10, after=found[9].pk if len(found) > 10 else "")


def answer(rows, more, **place):
    return {
        "next": "/api/v1/events?" + urlencode(place) if more else None,
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
