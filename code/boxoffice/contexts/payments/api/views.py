from rest_framework.response import Response

from boxoffice.chassis.api import View, answer, only
from boxoffice.chassis.wire import to_wire
from boxoffice.contexts.payments import selectors, services
from boxoffice.contexts.payments.api import serializers


class Charges(View):
    """Charge, once for each key."""

    permission_classes = [only("orders")]
    reads = serializers.Charge

    def post(self, request):
        return answer(services.charge(**self.body()), 201)


class Refunds(View):
    """Give back what was charged."""

    permission_classes = [only("orders")]
    reads = serializers.Key

    def post(self, request):
        return answer(services.refund(**self.body()))


class Settlements(View):
    """What became of a charge: `payment` is null, if nothing was charged."""

    permission_classes = [only("orders")]
    reads = serializers.Settlement

    def post(self, request):
        return Response({"payment": to_wire(services.settle(**self.body()))})


class Payments(View):
    """The payments of many orders at once."""

    permission_classes = [only("orders")]
    reads = serializers.OrderIds

    def get(self, request):
        return answer(selectors.payments_of(self.query()["order_ids"]))
