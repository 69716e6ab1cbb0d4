# idea: DRF's own cursor, over one column that no two rows share: time and id written as one text that sorts as they do
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat, LPad
from rest_framework.pagination import CursorPagination

from monolith.catalog.models import Event


class EventPages(CursorPagination):
    page_size = 10
    ordering = "place"


def events(request):
    text = CharField()
    rows = Event.objects.annotate(
        place=Concat(
            Cast(F("starts_at"), text),  # "2040-01-01 20:00:00" or "2040-01-01 20:00:00.000001"
            Value(" "),
            LPad(Cast(F("pk"), text), 20, Value("0")),
            output_field=text,
        )
    )
    pages = EventPages()
    found = pages.paginate_queryset(rows, request)
    return {
        "next": pages.get_next_link(),
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in found],
    }
