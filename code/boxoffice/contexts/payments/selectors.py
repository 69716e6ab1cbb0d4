"""What may be asked of payments."""

from boxoffice.contexts.payments.contracts import PaymentContract
from boxoffice.contexts.payments.models import Payment


def payments_of(order_ids) -> dict[int, PaymentContract]:
    rows = Payment.objects.filter(order_id__in=order_ids).order_by("pk")
    return {payment.order_id: as_contract(payment) for payment in rows}


def as_contract(payment: Payment) -> PaymentContract:
    return PaymentContract(
        key=payment.key,
        order_id=payment.order_id,
        provider_id=payment.provider_id,
        amount=payment.amount,
        state=str(payment.state),
    )
