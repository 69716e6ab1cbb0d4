from boxoffice.chassis.api import Anybody, View, ViewSet, action, only, operation
from boxoffice.chassis.errors import KeyReused, NotFound
from boxoffice.chassis.fields import LARGEST
from boxoffice.chassis.throttles import HoldsOfAPerson
from boxoffice.contexts.inventory import selectors, services
from boxoffice.contexts.inventory.api import serializers
from boxoffice.contexts.inventory.contracts import (
    AvailabilityContract,
    HoldContract,
    HoldExpired,
    HoldNotFound,
    HoldReleased,
    NoSeatsForSale,
    SeatsTaken,
    SoldOut,
)


class Seats(View):
    permission_classes = [Anybody]

    @operation(reads=serializers.Ids, answers=dict[int, AvailabilityContract])
    def get(self, request):
        """How many seats there are, of many price bands at once; bands without any are left out."""
        return self.answer(selectors.availability(self.query()["ids"]))


class Holds(ViewSet):
    lookup_value_converter = "uuid"
    lookup_url_kwarg = "reference"

    def get_throttles(self):
        return [HoldsOfAPerson()] if self.action == "create" else []

    @operation(
        reads=serializers.NewHold,
        answers=HoldContract,
        status=201,
        refuses=(NoSeatsForSale, SoldOut, KeyReused),
        keyed=True,
    )
    def create(self, request):
        """Keep seats for whoever is calling."""
        return self.answer(services.place_hold(actor=self.actor, key=self.key, **self.body()))

    @operation(answers=HoldContract, refuses=(HoldNotFound,))
    def retrieve(self, request, reference):
        """A hold of whoever is calling."""
        return self.answer(selectors.get_hold(actor=self.actor, reference=reference))

    @action(detail=True, methods=["post"])
    @operation(answers=HoldContract, refuses=(HoldNotFound,))
    def release(self, request, reference):
        """Give the seats back; a hold that is consumed stays as it is."""
        return self.answer(services.release_hold(actor=self.actor, reference=reference))

    @action(detail=True, methods=["post"], permission_classes=[only("orders")])
    @operation(
        reads=serializers.Attempt,
        answers=HoldContract,
        refuses=(HoldNotFound, HoldReleased, HoldExpired, SoldOut),
    )
    def consume(self, request, reference):
        """Turn a hold into seats sold, on behalf of a payment attempt."""
        return self.answer(services.consume_hold(reference=reference, **self.body()))

    @action(detail=True, methods=["post"], permission_classes=[only("orders")], url_path="return")
    @operation(reads=serializers.Return, answers=HoldContract, refuses=(HoldNotFound,))
    def give_back(self, request, reference):
        """Take seats sold back into the sale."""
        return self.answer(services.return_seats(reference=reference, **self.body()))


class Capacity(View):
    permission_classes = [only("catalog")]

    @operation(reads=serializers.Capacity, answers=AvailabilityContract, refuses=(SeatsTaken, NotFound))
    def put(self, request, band_id):
        """How many seats a price band has from now on."""
        if band_id > LARGEST:
            raise NotFound()
        return self.answer(services.set_capacity(band_id, **self.body()))


class Withdraw(View):
    permission_classes = [only("catalog")]

    @operation(reads=serializers.Bands, refuses=(SeatsTaken,))
    def post(self, request):
        """Take price bands out of the sale that have no seats sold or held."""
        return self.answer(services.withdraw(**self.body()))
