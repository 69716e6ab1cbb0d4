from boxoffice.chassis.api import Anybody, View, answer, only
from boxoffice.chassis.errors import NotFound
from boxoffice.contexts.inventory import selectors, services
from boxoffice.contexts.inventory.api import serializers


class Seats(View):
    """How many seats there are, of many price bands at once."""

    permission_classes = [Anybody]
    reads = serializers.Ids

    def get(self, request):
        return answer(selectors.availability(self.query()["ids"]))


class Holds(View):
    """Keep seats for whoever is calling."""

    reads = serializers.NewHold

    def post(self, request):
        return answer(services.place_hold(actor=self.actor, **self.body()), 201)


class Hold(View):
    """A hold of whoever is calling."""

    def get(self, request, reference):
        return answer(selectors.get_hold(actor=self.actor, reference=reference))


class Release(View):
    """Give the seats back."""

    def post(self, request, reference):
        return answer(services.release_hold(actor=self.actor, reference=reference))


class Consume(View):
    """Turn a hold into seats sold."""

    permission_classes = [only("orders")]
    reads = serializers.Attempt

    def post(self, request, reference):
        return answer(services.consume_hold(reference=reference, **self.body()))


class Return(View):
    """Take seats sold back into the sale."""

    permission_classes = [only("orders")]
    reads = serializers.Return

    def post(self, request, reference):
        return answer(services.return_seats(reference=reference, **self.body()))


class Capacity(View):
    """How many seats a price band has."""

    permission_classes = [only("catalog")]
    reads = serializers.Capacity

    def post(self, request, band_id):
        if band_id > serializers.BIGGEST_ID:
            raise NotFound()
        return answer(services.set_capacity(band_id, **self.body()))


class Withdraw(View):
    """Take price bands out of the sale."""

    permission_classes = [only("catalog")]
    reads = serializers.Bands

    def post(self, request):
        return answer(services.withdraw(**self.body()))
