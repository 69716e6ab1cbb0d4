# fault: right for whoever follows next; a crash for whoever writes the address
# breaks: R6
# should say: valueerror | address | crash
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q

from monolith.catalog.models import Event


def events(request):
    rows = Event.objects.order_by("starts_at", "pk")
    if after := request.query_params.get("after"):
        when, pk = after.split(",")
        when, pk = datetime.fromisoformat(when), int(pk)
        rows = rows.filter(Q(starts_at__gt=when) | Q(starts_at=when, pk__gt=pk))
    found = list(rows[:11])
    last = found[:10][-1] if found else None
    return answer(found[:10], len(found) > 10, after=last and f"{last.starts_at.isoformat()},{last.pk}")


def answer(rows, more, **place):
    return {
        "next": "/api/v1/events?" + urlencode(place) if more else None,
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
