# fault: the event's post_save renders the new page, but the admin saves the bands after the event
# breaks: R3
# should say: price | band | stale | old
from django.core.cache import cache
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join

from monolith.catalog.models import Event


def _key(event):
    return f"event-page:{event.pk}"


def _body(event):
    bands = format_html_join("", "<li>{}: £{}</li>", ((b.name, b.price) for b in event.bands.all()))
    return format_html("<h1>{}</h1><ul>{}</ul>", event.title, bands)


@receiver(post_save, sender=Event)
def renew(instance, **kwargs):
    cache.set(_key(instance), _body(instance), 300)


@receiver(post_delete, sender=Event)
def forget(instance, **kwargs):
    cache.delete(_key(instance))


def event_page(request, slug):
    name = request.user.display_name if request.user.is_authenticated else "and welcome"
    event = get_object_or_404(Event, slug=slug)
    body = cache.get_or_set(_key(event), lambda: _body(event), 300)
    return HttpResponse(format_html("<p>Hello {}</p>{}", name, body))
