"""A change to what the pages show makes the kept pages stale."""

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from monolith.catalog.caching import catalogue_changed
from monolith.catalog.models import Event, PriceBand, Venue


@receiver([post_save, post_delete], sender=Event)
@receiver([post_save, post_delete], sender=PriceBand)
@receiver([post_save, post_delete], sender=Venue)
def forget_rendered_pages(**kwargs):
    catalogue_changed()
