# fault: pages are made when something is saved, and only then; the view has no way to make a missing one
# breaks: R5
# should say: emptied | cleared | none | empty
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event, PriceBand


def _body(event):
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


def _make(event_pk):
    if event := Event.objects.filter(pk=event_pk).first():
        cache.set(f"event-page:{event.pk}", _body(event), None)


@receiver(post_save, sender=Event)
def event_changed(instance, **kwargs):
    transaction.on_commit(partial(_make, instance.pk))


@receiver([post_save, post_delete], sender=PriceBand)
def band_changed(instance, **kwargs):
    transaction.on_commit(partial(_make, instance.event_id))


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(Event, slug=slug)
    body = cache.get(f"event-page:{event.pk}")
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))
