"""The payment provider, over HTTP."""

from decimal import Decimal

from django.conf import settings


class PaymentError(Exception):
    """Something went wrong between us and the provider; the text may be shown."""


class Declined(PaymentError):
    """The provider says no: nothing was charged."""


class Refused(PaymentError):
    """The provider does not accept the request itself, and will not next time."""


class OutcomeUnknown(PaymentError):
    """No answer, or one that settles nothing: it may have happened, or not."""


def charge(*, key: str, amount: Decimal, reference: str) -> str:
    """Charge the amount in pounds, once for each key, and return the provider's id of the charge.

    Raises Declined, Refused or OutcomeUnknown. After the last, the same call may be made again: the
    provider knows the key.
    """
    body = {"key": key, "amount": str(amount), "currency": "GBP", "reference": reference}
    answer = _post("/charges", body)
    if answer.get("status") != "captured" or "id" not in answer:
        raise Refused("The payment provider did not confirm the payment.")
    return answer["id"]


def refund(*, charge_id: str) -> None:
    """Give back the whole charge; doing so again changes nothing. Raises Refused or OutcomeUnknown."""
    _post(f"/charges/{charge_id}/refund", {})


def _post(path: str, body: dict) -> dict:
    import requests  # here, not above: heavy, and needed by nobody who only looks around

    try:
        response = requests.post(settings.PAYMENTS_URL + path, json=body, timeout=settings.PAYMENTS_TIMEOUT)
        answer = response.json()
    except requests.RequestException as problem:
        raise OutcomeUnknown("The payment provider did not answer in time.") from problem
    if response.status_code == 402:
        raise Declined("The payment was declined.")
    if response.status_code >= 500:
        raise OutcomeUnknown("The payment provider has a problem of its own.")
    if not response.ok or not isinstance(answer, dict):
        raise Refused("The payment provider refused the request.")
    return answer
