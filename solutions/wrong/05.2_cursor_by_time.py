# fault: DRF's cursor, ordered by a field that is not unique
# breaks: R1, R2, R3, R4
# should say: order | equal | counts | twice | never
from rest_framework.pagination import CursorPagination

from monolith.catalog.models import Event


class EventPages(CursorPagination):
    page_size = 10
    ordering = "starts_at"


def events(request):
    pages = EventPages()
    rows = pages.paginate_queryset(Event.objects.all(), request)
    return {
        "next": pages.get_next_link(),
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
