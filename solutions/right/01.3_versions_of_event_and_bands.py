# idea: one query reads what event and bands look like by their updated_at; the band rows are kept under that
from django.core.cache import cache
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event

WITH_VERSION = Event.objects.annotate(
    newest_band=Max("bands__updated_at"), number_of_bands=Count("bands"), last_band=Max("bands__pk")
)


def _key(event):
    newest = event.newest_band.isoformat() if event.newest_band else "-"
    bands = f"{event.number_of_bands}:{event.last_band or '-'}:{newest}"
    return f"event-bands:{event.pk}:{event.updated_at.isoformat()}:{bands}"


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(WITH_VERSION, slug=slug)
    rows = cache.get_or_set(_key(event), lambda: list(event.bands.values_list("name", "price")), 300)
    bands = format_html_join("", "<li>{}: £{}</li>", rows)
    body = format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))
