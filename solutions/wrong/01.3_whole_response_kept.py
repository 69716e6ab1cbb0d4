# fault: the greeting is kept with the page, so the next visitor reads the first one's name
# breaks: R4
# should say: name | greeting | visitor
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event, PriceBand


@receiver([post_save, post_delete], sender=Event)
def event_changed(instance, **kwargs):
    transaction.on_commit(partial(cache.delete, f"event-page:{instance.pk}"))


@receiver([post_save, post_delete], sender=PriceBand)
def band_changed(instance, **kwargs):
    transaction.on_commit(partial(cache.delete, f"event-page:{instance.event_id}"))


def _page(user, event):
    name = user.display_name if user.is_authenticated else "and welcome"
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    body = format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)
    return format_html("<p>Hello {}</p>{}", name, body)


def event_page(request, slug):
    event = get_object_or_404(Event, slug=slug)
    return HttpResponse(cache.get_or_set(f"event-page:{event.pk}", lambda: _page(request.user, event), 300))
