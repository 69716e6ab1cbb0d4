# fault: a unique field, and no slip; but the list is not in the order of time
# breaks: R1
# should say: order | starts_at
from rest_framework.pagination import CursorPagination

from monolith.catalog.models import Event


class EventPages(CursorPagination):
    page_size = 10
    ordering = "id"


def events(request):
    pages = EventPages()
    rows = pages.paginate_queryset(Event.objects.all(), request)
    return {
        "next": pages.get_next_link(),
        "results": [{"id": row.pk, "title": row.title, "starts_at": row.starts_at} for row in rows],
    }
