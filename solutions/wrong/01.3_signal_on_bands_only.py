# fault: only the bands' signals delete the page, so a new title is not shown
# breaks: R3
# should say: title | stale | old | change
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event, PriceBand


@receiver([post_save, post_delete], sender=PriceBand)
def forget(instance, **kwargs):
    transaction.on_commit(partial(cache.delete, f"event-page:{instance.event_id}"))


def _body(event):
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(Event, slug=slug)
    body = cache.get_or_set(f"event-page:{event.pk}", lambda: _body(event), 300)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))
