"""What may happen to money. The provider is asked first and the row written after: it knows the key, so a
crash in between loses nothing that `settle` cannot find again."""

from decimal import Decimal

from django.db import IntegrityError

from boxoffice.chassis.errors import KeyReused
from boxoffice.contexts.payments import provider
from boxoffice.contexts.payments.contracts import (
    OrderPaid,
    PaymentContract,
    PaymentNotFound,
    PaymentRefused,
    PaymentsOutcomeUnknown,
)
from boxoffice.contexts.payments.models import Payment
from boxoffice.contexts.payments.selectors import as_contract


def charge(*, key: str, order_id: int, amount: Decimal, reference: str) -> PaymentContract:
    known = Payment.objects.filter(key=key).first()
    if known is None:
        if Payment.objects.filter(order_id=order_id, state=Payment.State.CAPTURED).exists():
            raise OrderPaid()
        charge_id = provider.charge(key=key, amount=amount, reference=reference)
        known = _keep(key=key, order_id=order_id, provider_id=charge_id, amount=amount)
    elif (known.order_id, known.amount) != (order_id, amount):
        raise KeyReused()
    if known.state != Payment.State.CAPTURED:
        raise PaymentRefused("This payment was given back.")
    return as_contract(known)


def refund(*, key: str) -> PaymentContract:
    payment = Payment.objects.filter(key=key).first()
    if payment is None:
        raise PaymentNotFound()
    if payment.state != Payment.State.REFUNDED:
        provider.refund(charge_id=payment.provider_id)
        payment.state = Payment.State.REFUNDED
        payment.save(update_fields=["state", "updated_at"])
    return as_contract(payment)


def settle(*, key: str, order_id: int) -> PaymentContract | None:
    known = Payment.objects.filter(key=key).first()
    if known is None:
        captured = [charge for charge in provider.charges(key=key) if charge.get("status") == "captured"]
        if not captured:
            return None
        try:
            found = {"provider_id": captured[0]["id"], "amount": Decimal(captured[0]["amount"])}
        except (KeyError, ArithmeticError) as problem:
            raise PaymentsOutcomeUnknown() from problem
        known = _keep(key=key, order_id=order_id, **found)
    return as_contract(known)


def _keep(*, key: str, **fields) -> Payment:
    """The row of a captured charge; the one that is there, if two attempts got here at once.

    An order is paid for once: a charge with another key that comes second is given back. Raises OrderPaid.
    """
    try:
        kept, _ = Payment.objects.get_or_create(key=key, defaults={**fields, "state": Payment.State.CAPTURED})
    except IntegrityError:
        provider.refund(charge_id=fields["provider_id"])
        raise OrderPaid() from None
    return kept
