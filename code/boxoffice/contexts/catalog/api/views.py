from boxoffice.chassis.api import Anybody, View, ViewSet, action, operation
from boxoffice.chassis.contracts import PageContract, SliceContract
from boxoffice.chassis.paging import BadCursor
from boxoffice.contexts.catalog import selectors
from boxoffice.contexts.catalog.api import serializers
from boxoffice.contexts.catalog.contracts import (
    EventContract,
    EventNotFound,
    ListedEventContract,
    OfferContract,
)


class Events(ViewSet):
    permission_classes = [Anybody]
    lookup_value_converter = "int"
    lookup_url_kwarg = "event_id"

    @operation(reads=serializers.Search, answers=SliceContract[ListedEventContract], refuses=(BadCursor,))
    def list(self, request):
        """The events to come, the soonest first, a slice at a time."""
        return self.answer(selectors.search(**self.query()))

    @operation(answers=EventContract, refuses=(EventNotFound,))
    def retrieve(self, request, event_id):
        """One event, by its number."""
        return self.answer(selectors.get_event(event_id))

    @action(detail=False, url_path="by-slug/<slug:slug>")
    @operation(answers=EventContract, refuses=(EventNotFound,))
    def by_slug(self, request, slug):
        """One event, by the name in its address."""
        return self.answer(selectors.get_event_by_slug(slug))

    @action(detail=False)
    @operation(reads=serializers.Ids, answers=dict[int, EventContract])
    def batch(self, request):
        """Many events at once, by number; those that do not exist are left out."""
        return self.answer(selectors.get_events(self.query()["ids"]))


class Programme(View):
    permission_classes = [Anybody]

    @operation(reads=serializers.ProgrammePage, answers=PageContract[ListedEventContract])
    def get(self, request):
        """The events to come in numbered pages, for people who leaf through them."""
        return self.answer(selectors.list_events(**self.query()))


class Offers(View):
    permission_classes = [Anybody]

    @operation(reads=serializers.Ids, answers=dict[int, OfferContract])
    def get(self, request):
        """Many price bands at once, each with its event; those that do not exist are left out."""
        return self.answer(selectors.get_offers(self.query()["ids"]))
