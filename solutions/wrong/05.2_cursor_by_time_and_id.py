# fault: the one that looks right: DRF's cursor takes its place from the first field alone, and counts through ties
# breaks: R3, R4
# should say: counts | equal
from rest_framework.pagination import CursorPagination

from monolith.catalog.models import Event


class EventPages(CursorPagination):
    page_size = 10
    ordering = ("starts_at", "id")


def events(request):
    pages = EventPages()
    rows = pages.paginate_queryset(Event.objects.all(), request)
    return {
        "next": pages.get_next_link(),
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
