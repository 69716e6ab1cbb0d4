# fault: raises Django's ValidationError, of which DRF makes no 400 in a view
# breaks: R6
# should say: django.core.exceptions.validationerror
from datetime import datetime
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Q

from monolith.catalog.models import Event

SIZE = 10
LARGEST = 2**63 - 1  # what a primary key can hold


def events(request):
    """GET /api/v1/events: a page of the programme, and the address of the next one."""
    rows = Event.objects.order_by("starts_at", "pk")
    if "after" in request.query_params:
        when, pk = place(request.query_params["after"])
        rows = rows.filter(Q(starts_at__gt=when) | Q(starts_at=when, pk__gt=pk))
    found = list(rows[: SIZE + 1])
    shown, following = found[:SIZE], None
    if len(found) > SIZE:
        last = shown[-1]
        following = "?" + urlencode({"after": f"{last.starts_at.isoformat()},{last.pk}"})
    return {
        "next": request.build_absolute_uri(following) if following else None,
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in shown],
    }


def place(text):
    """The time and the id of the last row that was shown, as the address says them."""
    try:
        when, pk = text.split(",")
        when, pk = datetime.fromisoformat(when), int(pk)
    except ValueError:
        raise ValidationError({"after": ["This is no place in the list."]}) from None
    if when.tzinfo is None or not 1970 <= when.year < 9999 or abs(pk) > LARGEST:
        raise ValidationError({"after": ["This is no place in the list."]})
    return when, pk
