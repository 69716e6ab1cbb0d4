"""The only door of payments: the provider, and what moved through it.

Everything may raise PaymentsUnavailable or PaymentsOutcomeUnknown. After either the same call may be made
again: the key makes twice once.
"""

from decimal import Decimal

from boxoffice.chassis.facades import half
from boxoffice.contexts.payments.contracts import PaymentContract, PaymentsUnavailable

_half = half(__name__, PaymentsUnavailable)


def charge(*, key: str, order_id: int, amount: Decimal, reference: str) -> PaymentContract:
    """Charge the amount in pounds, once for each key. Raises PaymentDeclined or PaymentRefused."""
    return _half.writes.charge(key=key, order_id=order_id, amount=amount, reference=reference)


def refund(*, key: str) -> PaymentContract:
    """Give back all of what was charged under that key. Raises PaymentNotFound or PaymentRefused."""
    return _half.writes.refund(key=key)


def settle(*, key: str, order_id: int) -> PaymentContract | None:
    """What became of a charge whose answer was lost: asks the provider, and keeps what it says.

    None if nothing was charged under that key so far.
    """
    return _half.writes.settle(key=key, order_id=order_id)


def payments_of(order_ids: list[int]) -> dict[int, PaymentContract]:
    """The payment of each order that has one."""
    return _half.reads.payments_of(order_ids)
