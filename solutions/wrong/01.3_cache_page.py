# fault: cache_page keeps the whole response by its address, greeting included, until the time-out
# breaks: R3, R4
# should say: name | change | stale | old
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join
from django.views.decorators.cache import cache_page

from monolith.catalog.models import Event


@cache_page(60)
def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(Event, slug=slug)
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    body = format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))
