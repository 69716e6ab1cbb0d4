# fault: newest entry first, which is DRF's habit, and not the order asked for
# breaks: R1
# should say: order | starts_at
from rest_framework.pagination import CursorPagination

from monolith.catalog.models import Event


class EventPages(CursorPagination):
    page_size = 10
    ordering = "-created_at"


def events(request):
    pages = EventPages()
    rows = pages.paginate_queryset(Event.objects.all(), request)
    return {
        "next": pages.get_next_link(),
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
