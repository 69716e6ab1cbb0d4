from boxoffice.chassis.api import View, ViewSet, action, only, operation
from boxoffice.chassis.contracts import PageContract, SliceContract
from boxoffice.chassis.errors import KeyReused
from boxoffice.chassis.paging import BadCursor
from boxoffice.chassis.throttles import HoldsOfAPerson
from boxoffice.contexts.orders import selectors, services
from boxoffice.contexts.orders.api import serializers
from boxoffice.contexts.orders.contracts import (
    BandNotFound,
    CheckoutContract,
    HoldNotFound,
    HoldOver,
    NotOnSale,
    OrderContract,
    OrderNotFound,
    OrdersOutcomeUnknown,
    OrdersUnavailable,
    PaymentFailed,
    ReferenceContract,
    SalesContract,
    SoldOut,
)

# orders asks other services, and their troubles become its own
READS, WRITES = (OrdersUnavailable,), (OrdersUnavailable, OrdersOutcomeUnknown)


class Checkouts(ViewSet):
    lookup_value_converter = "uuid"
    lookup_url_kwarg = "reference"

    def get_throttles(self):
        return [HoldsOfAPerson()] if self.action == "create" else []

    @operation(
        reads=serializers.NewCheckout,
        answers=ReferenceContract,
        status=201,
        refuses=(BandNotFound, NotOnSale, SoldOut, KeyReused, *WRITES),
        keyed=True,
    )
    def create(self, request):
        """Keep seats that are on sale; a reference to what follows."""
        reference = services.place_hold(actor=self.actor, key=self.key, **self.body())
        return self.answer(ReferenceContract(reference))

    @operation(answers=CheckoutContract, refuses=(HoldNotFound, BandNotFound, *READS))
    def retrieve(self, request, reference):
        """Held seats about to be paid for."""
        return self.answer(selectors.get_checkout(actor=self.actor, reference=reference))

    @action(detail=True, methods=["post"])
    @operation(
        answers=OrderContract,
        refuses=(HoldNotFound, BandNotFound, HoldOver, NotOnSale, SoldOut, PaymentFailed, *WRITES),
    )
    def pay(self, request, reference):
        """Turn the hold into a paid order; if it is one already, that order."""
        return self.answer(services.pay(actor=self.actor, reference=reference))

    @action(detail=True, methods=["post"])
    @operation(refuses=(HoldNotFound, *WRITES))
    def release(self, request, reference):
        """Give the seats back; a hold that was paid for stays as it is."""
        return self.answer(services.release(actor=self.actor, reference=reference))


class Orders(ViewSet):
    lookup_value_converter = "slug"
    lookup_url_kwarg = "number"

    @operation(reads=serializers.Slice, answers=SliceContract[OrderContract], refuses=(BadCursor,))
    def list(self, request):
        """My orders, the newest first, a slice at a time."""
        return self.answer(selectors.slice_of_orders(actor=self.actor, **self.query()))

    @operation(answers=OrderContract, refuses=(OrderNotFound,))
    def retrieve(self, request, number):
        """One of my orders."""
        return self.answer(selectors.get_order(actor=self.actor, number=number))

    @action(detail=True, methods=["post"])
    @operation(answers=OrderContract, refuses=(OrderNotFound, PaymentFailed, *WRITES))
    def cancel(self, request, number):
        """Refund an order; one that is not paid stays as it is."""
        return self.answer(services.cancel(actor=self.actor, number=number))


class OrderPages(View):
    @operation(reads=serializers.Page, answers=PageContract[OrderContract])
    def get(self, request):
        """My orders in numbered pages, for people who leaf through them."""
        return self.answer(selectors.list_orders(actor=self.actor, **self.query()))


class Sales(View):
    permission_classes = [only("reporting")]

    @operation(answers=tuple[SalesContract, ...])
    def get(self, request):
        """What was sold, event by event."""
        return self.answer(selectors.sales_by_event())
