from decimal import Decimal
from unittest import mock

import requests
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import SimpleTestCase, TestCase

from monolith.payments import client
from monolith.payments.models import Payment
from monolith.tests.factories import make_order
from monolith.tests.provider import WithProvider


class ClientTests(WithProvider, SimpleTestCase):
    def charge(self, key="k1", amount="12.50"):
        return client.charge(key=key, amount=Decimal(amount), reference="r1")

    def test_charges_once_for_each_key(self):
        self.assertEqual(self.charge(), self.charge())
        self.charge(key="k2")
        self.assertEqual([charge["key"] for charge in self.ledger()], ["k1", "k2"])
        self.assertEqual(self.ledger()[0]["amount"], "12.50")

    def test_declined_charges_nothing(self):
        self.fault("declined")
        with self.assertRaisesMessage(client.Declined, "declined"):
            self.charge()
        self.assertEqual(self.ledger(), [])

    def test_after_a_time_out_the_same_call_ends_with_one_charge(self):
        for mode in ("timeout", "lost", "error"):
            with self.subTest(mode):
                self.fault(mode, times=1)
                with self.assertRaises(client.OutcomeUnknown):
                    self.charge(key=mode)
                self.charge(key=mode)
                self.assertEqual([charge["key"] for charge in self.ledger()].count(mode), 1)

    def test_nobody_there_is_an_unknown_outcome(self):
        self.unreachable()
        with self.assertRaises(client.OutcomeUnknown):
            self.charge()
        with self.assertRaises(client.OutcomeUnknown):
            client.refund(charge_id="ch_1")

    def test_another_amount_under_the_same_key_is_refused(self):
        self.charge()
        with self.assertRaises(client.Refused):
            self.charge(amount="13.00")

    def test_a_refund_may_be_repeated(self):
        charge_id = self.charge()
        client.refund(charge_id=charge_id)
        client.refund(charge_id=charge_id)
        self.assertEqual([charge["status"] for charge in self.ledger()], ["refunded"])
        with self.assertRaisesMessage(client.Refused, "did not confirm"):
            self.charge()

    def test_a_charge_that_the_provider_does_not_know_cannot_be_refunded(self):
        with self.assertRaises(client.Refused):
            client.refund(charge_id="ch_nothing")

    def test_waits_no_longer_than_it_should(self):
        silent = mock.patch("requests.post", side_effect=requests.ReadTimeout)
        with silent as post, self.assertRaises(client.OutcomeUnknown):
            self.charge()
        self.assertEqual(post.call_args.kwargs["timeout"], settings.PAYMENTS_TIMEOUT)

    def test_an_answer_that_makes_no_sense_is_never_a_payment(self):
        for content, problem in (
            (b"<html>", client.OutcomeUnknown),
            (b"[]", client.Refused),
            (b"{}", client.Refused),
        ):
            answer = requests.Response()
            answer.status_code, answer._content = 200, content
            answering = mock.patch("requests.post", return_value=answer)
            with self.subTest(content), answering, self.assertRaises(problem):
                self.charge()


class PaymentTests(TestCase):
    def test_a_key_pays_once_and_an_order_is_paid_once(self):
        first, second = make_order(), make_order()
        key = first.payments.get().key
        for order, twice in ((second, key), (first, "another")):
            with self.assertRaises(IntegrityError), transaction.atomic():
                Payment.objects.create(
                    order=order, key=twice, provider_id="x", amount=1, state=Payment.State.CAPTURED
                )
