from boxoffice.chassis.api import Anybody, View, answer
from boxoffice.contexts.catalog import selectors
from boxoffice.contexts.catalog.api import serializers


class Events(View):
    """The events to come, a page at a time."""

    permission_classes = [Anybody]
    reads = serializers.Search

    def get(self, request):
        return answer(selectors.list_events(**self.query()))


class Event(View):
    """One event, by its number or its slug."""

    permission_classes = [Anybody]

    def get(self, request, event_id=None, slug=None):
        found = selectors.get_event(event_id) if slug is None else selectors.get_event_by_slug(slug)
        return answer(found)


class EventBatch(View):
    """Many events at once."""

    permission_classes = [Anybody]
    reads = serializers.Ids

    def get(self, request):
        return answer(selectors.get_events(self.query()["ids"]))


class Offers(View):
    """Many price bands at once, each with its event."""

    permission_classes = [Anybody]
    reads = serializers.Ids

    def get(self, request):
        return answer(selectors.get_offers(self.query()["ids"]))
