from boxoffice.chassis.api import View, only, operation
from boxoffice.chassis.errors import KeyReused
from boxoffice.contexts.payments import selectors, services
from boxoffice.contexts.payments.api import serializers
from boxoffice.contexts.payments.contracts import (
    OrderPaid,
    PaymentContract,
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefused,
    PaymentsOutcomeUnknown,
    PaymentsUnavailable,
    SettlementContract,
)

# the provider's troubles
TROUBLE = (PaymentsUnavailable, PaymentsOutcomeUnknown)


class Charges(View):
    permission_classes = [only("orders")]

    @operation(
        reads=serializers.Charge,
        answers=PaymentContract,
        status=201,
        refuses=(OrderPaid, PaymentDeclined, PaymentRefused, KeyReused, *TROUBLE),
    )
    def post(self, request):
        """Charge, once for each key."""
        return self.answer(services.charge(**self.body()))


class Refunds(View):
    permission_classes = [only("orders")]

    @operation(
        reads=serializers.Key,
        answers=PaymentContract,
        refuses=(PaymentNotFound, PaymentRefused, *TROUBLE),
    )
    def post(self, request):
        """Give back what was charged."""
        return self.answer(services.refund(**self.body()))


class Settlements(View):
    permission_classes = [only("orders")]

    @operation(
        reads=serializers.Settlement,
        answers=SettlementContract,
        refuses=(OrderPaid, PaymentRefused, *TROUBLE),
    )
    def post(self, request):
        """What became of a charge: `payment` is null, if nothing was charged."""
        return self.answer(SettlementContract(services.settle(**self.body())))


class Payments(View):
    permission_classes = [only("orders")]

    @operation(reads=serializers.OrderIds, answers=dict[int, PaymentContract])
    def get(self, request):
        """The payments of many orders at once; orders without one are left out."""
        return self.answer(selectors.payments_of(self.query()["order_ids"]))
