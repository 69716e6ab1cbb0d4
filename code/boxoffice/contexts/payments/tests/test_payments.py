"""Money: once for each key, and found again where an answer was lost."""

from decimal import Decimal

import pytest
import requests

from boxoffice.contexts.payments import selectors, services
from boxoffice.contexts.payments.contracts import (
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefused,
    PaymentsOutcomeUnknown,
)
from boxoffice.contexts.payments.models import Payment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("line")]

CHARGE = {"key": "a-key", "order_id": 5, "amount": Decimal("12.50"), "reference": "hold"}
SETTLE = {"key": "a-key", "order_id": 5}


def test_a_charge_is_made_once_for_each_key_and_kept(line):
    first = services.charge(**CHARGE)
    assert services.charge(**CHARGE) == first
    assert (first.state, first.amount, first.order_id) == ("captured", Decimal("12.50"), 5)
    assert [charge["id"] for charge in line.ledger()] == [first.provider_id]
    assert selectors.payments_of([5, 6]) == {5: first}


def test_a_charge_that_is_known_asks_the_provider_nothing(line):
    services.charge(**CHARGE)
    line.calls.clear()
    services.charge(**CHARGE)
    services.settle(**SETTLE)
    assert line.calls == []


def test_every_question_to_the_provider_has_a_deadline(line, settings):
    settings.PAYMENTS_TIMEOUT = 0.7
    services.settle(**SETTLE)
    services.charge(**CHARGE)
    services.refund(key="a-key")
    assert [timeout for _, timeout in line.calls] == [0.7] * 3


@pytest.mark.parametrize(
    ("mode", "met", "captured"),
    [
        ("declined", PaymentDeclined, 0),
        ("error", PaymentsOutcomeUnknown, 0),
        ("timeout", PaymentsOutcomeUnknown, 1),
        ("lost", PaymentsOutcomeUnknown, 0),
    ],
)
def test_each_trouble_of_the_provider_has_a_name_and_settling_finds_out(line, mode, met, captured):
    line.fault(mode, times=1)
    with pytest.raises(met):
        services.charge(**CHARGE)
    assert Payment.objects.count() == 0
    assert len(line.captured()) == captured
    for _ in range(2):
        found = services.settle(**SETTLE)
        assert (found is not None) == bool(captured)
        assert Payment.objects.count() == captured
    assert services.charge(**CHARGE).state == "captured"
    assert len(line.captured()) == 1


def test_a_provider_that_nobody_reaches_leaves_the_outcome_unknown(line, monkeypatch):
    def refused(request):
        raise requests.ConnectionError("refused")

    line.check = refused
    for ask in (lambda: services.charge(**CHARGE), lambda: services.settle(**SETTLE)):
        with pytest.raises(PaymentsOutcomeUnknown):
            ask()


@pytest.mark.parametrize(
    ("status", "content", "met"),
    [
        (502, b"<html>", PaymentsOutcomeUnknown),
        (200, b"<html>", PaymentsOutcomeUnknown),
        (500, b"{}", PaymentsOutcomeUnknown),
        (200, b"[]", PaymentRefused),
        (200, b"{}", PaymentRefused),
        (200, b'{"status": "captured"}', PaymentRefused),
        (409, b'{"error": "used before"}', PaymentRefused),
        (404, b"{}", PaymentRefused),
        (402, b"{}", PaymentDeclined),
    ],
)
def test_no_strange_answer_passes_for_a_payment(monkeypatch, status, content, met):
    def send(session, request, **_):
        response = requests.Response()
        response.status_code, response._content, response.request = status, content, request
        return response

    monkeypatch.setattr("requests.Session.send", send)
    with pytest.raises(met):
        services.charge(**CHARGE)
    assert Payment.objects.count() == 0


def test_money_goes_back_once(line):
    services.charge(**CHARGE)
    for _ in range(2):
        assert services.refund(key="a-key").state == "refunded"
    assert [charge["status"] for charge in line.ledger()] == ["refunded"]
    with pytest.raises(PaymentRefused):
        services.charge(**CHARGE)
    assert len(line.ledger()) == 1
    assert services.settle(**SETTLE).state == "refunded"


def test_what_was_never_charged_is_not_given_back():
    with pytest.raises(PaymentNotFound):
        services.refund(key="nothing")


def test_a_refund_that_fails_can_be_made_again(line):
    services.charge(**CHARGE)

    def refused(request):
        raise requests.ConnectionError("refused")

    line.check = refused
    with pytest.raises(PaymentsOutcomeUnknown):
        services.refund(key="a-key")
    assert Payment.objects.get().state == "captured"
    line.check = None
    services.refund(key="a-key")
    assert line.captured() == []


def test_two_who_settle_at_once_keep_one_row(line, monkeypatch):
    """The second asks between the first's question and its row."""
    from boxoffice.contexts.payments import provider

    real, met = provider.charges, []

    def slow(**named):
        found = real(**named)
        if not met:
            met.append(None)
            met[0] = services.settle(**SETTLE)
        return found

    line.fault("timeout", times=1)
    with pytest.raises(PaymentsOutcomeUnknown):
        services.charge(**CHARGE)
    monkeypatch.setattr(provider, "charges", slow)
    assert services.settle(**SETTLE) == met[0]
    assert Payment.objects.count() == 1


def test_many_orders_are_asked_for_in_one_query(line, django_assert_num_queries):
    for number in range(5):
        services.charge(**{**CHARGE, "key": f"key-{number}", "order_id": number})
    with django_assert_num_queries(1):
        assert set(selectors.payments_of(range(10))) == set(range(5))
