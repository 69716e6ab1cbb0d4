"""The payment provider, over HTTP. Whoever asks holds no transaction open meanwhile."""

from decimal import Decimal

import requests
from django.conf import settings

from boxoffice.chassis.client import session
from boxoffice.contexts.payments.contracts import PaymentDeclined, PaymentRefused, PaymentsOutcomeUnknown


def charge(*, key: str, amount: Decimal, reference: str) -> str:
    """Charge the amount, once for each key; the provider's id of the charge."""
    body = {"key": key, "amount": str(amount), "currency": "GBP", "reference": reference}
    answer = _ask("POST", "/charges", json=body)
    if answer.get("status") != "captured" or "id" not in answer:
        raise PaymentRefused("The payment provider did not confirm the payment.")
    return answer["id"]


def refund(*, charge_id: str) -> None:
    """Give back the whole charge; doing so again changes nothing."""
    _ask("POST", f"/charges/{charge_id}/refund", json={})


def charges(*, key: str) -> list[dict]:
    """Every charge made under that key: {"id", "amount", "status", …}."""
    return _ask("GET", "/charges", params={"key": key}).get("charges", [])


def _ask(method: str, path: str, **content) -> dict:
    url = settings.PROVIDER_URL + path
    try:
        response = session().request(method, url, timeout=settings.PAYMENTS_TIMEOUT, **content)
        answer = response.json()
    except requests.RequestException as problem:
        raise PaymentsOutcomeUnknown() from problem
    if response.status_code == 402:
        raise PaymentDeclined()
    if response.status_code >= 500:
        raise PaymentsOutcomeUnknown("The payment provider has a problem of its own.")
    if not response.ok or not isinstance(answer, dict):
        raise PaymentRefused()
    return answer
