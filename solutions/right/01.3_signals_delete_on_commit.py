# idea: the body is kept under the event's primary key; signals of event and bands delete it after the commit
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event, PriceBand

SECONDS = 60


def _key(event_pk):
    return f"event-page:{event_pk}"


@receiver([post_save, post_delete], sender=Event)
def event_changed(instance, **kwargs):
    transaction.on_commit(partial(cache.delete, _key(instance.pk)))


@receiver([post_save, post_delete], sender=PriceBand)
def band_changed(instance, **kwargs):
    transaction.on_commit(partial(cache.delete, _key(instance.event_id)))


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(Event, slug=slug)
    body = cache.get(_key(event.pk))
    if body is None:
        bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
        body = format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)
        cache.set(_key(event.pk), body, SECONDS)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))
