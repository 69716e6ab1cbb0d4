from rest_framework.response import Response

from boxoffice.chassis.api import View, answer, only
from boxoffice.contexts.orders import selectors, services
from boxoffice.contexts.orders.api import serializers


class Checkouts(View):
    """Keep seats that are on sale."""

    reads = serializers.NewCheckout

    def post(self, request):
        reference = services.place_hold(actor=self.actor, **self.body())
        return Response({"reference": str(reference)}, status=201)


class Checkout(View):
    """Held seats about to be paid for."""

    def get(self, request, reference):
        return answer(selectors.get_checkout(actor=self.actor, reference=reference))


class Pay(View):
    """Turn the hold into a paid order."""

    def post(self, request, reference):
        return answer(services.pay(actor=self.actor, reference=reference))


class Release(View):
    """Give the seats back."""

    def post(self, request, reference):
        return answer(services.release(actor=self.actor, reference=reference))


class Orders(View):
    """My orders, a page at a time."""

    reads = serializers.Page

    def get(self, request):
        return answer(selectors.list_orders(actor=self.actor, **self.query()))


class Order(View):
    """One of my orders."""

    def get(self, request, number):
        return answer(selectors.get_order(actor=self.actor, number=number))


class Cancel(View):
    """Refund an order."""

    def post(self, request, number):
        return answer(services.cancel(actor=self.actor, number=number))


class Sales(View):
    """What was sold, event by event."""

    permission_classes = [only("reporting")]

    def get(self, request):
        return answer(selectors.sales_by_event())
