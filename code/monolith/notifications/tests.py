from unittest import mock

from django.core import mail
from django.core.cache import cache
from django.test import TestCase
from django.urls import reverse

from monolith.notifications import unread
from monolith.notifications.models import Notification, Preference
from monolith.orders.models import Order
from monolith.tests.factories import make_admin, make_hold, make_order, make_user
from monolith.tests.provider import WithProvider


class AfterThePurchaseTests(WithProvider, TestCase):
    def setUp(self):
        super().setUp()
        cache.clear()
        self.buyer = make_user("buyer@example.org", first_name="Ada", last_name="O'Birch")
        self.client.force_login(self.buyer)
        self.hold = make_hold(buyer=self.buyer, quantity=2)

    def buy(self):
        self.client.post(reverse("orders:pay", args=[self.hold.reference]))
        return Order.objects.get()

    def test_the_buyer_is_told_mailed_and_counted(self):
        self.client.get("/")  # from here on the number is kept
        order = self.buy()
        told = self.buyer.notifications.get()
        self.assertEqual(told.subject, f"Your tickets: order {order.number}")
        self.assertIn("£40.00 is paid", told.text)
        self.assertEqual([message.to for message in mail.outbox], [["buyer@example.org"]])
        self.assertEqual(mail.outbox[0].subject, told.subject)
        self.assertIn("Dear Ada O'Birch,", mail.outbox[0].body)
        self.assertIn("2 × ", mail.outbox[0].body)
        self.assertContains(self.client.get("/"), 'data-unread="1"')

    def test_a_refund_is_told_too(self):
        order = self.buy()
        self.client.post(reverse("orders:cancel", args=[order.number]))
        self.assertEqual(self.buyer.notifications.first().subject, f"Your refund: order {order.number}")
        self.assertIn("£40.00 is on its way back", mail.outbox[1].body)
        self.assertContains(self.client.get("/"), 'data-unread="2"')

    def test_nobody_is_told_of_a_payment_that_failed(self):
        self.fault("declined")
        self.client.post(reverse("orders:pay", args=[self.hold.reference]))
        self.assertEqual((Notification.objects.count(), len(mail.outbox)), (0, 0))

    def test_who_wants_no_mail_gets_none_but_is_told(self):
        Preference.objects.create(email="buyer@example.org", wants_mail=False)
        self.buy()
        self.assertEqual((Notification.objects.count(), len(mail.outbox)), (1, 0))

    def test_an_order_is_sold_even_if_no_mail_goes_out(self):
        with (
            mock.patch("monolith.utils.send_mail", side_effect=ConnectionRefusedError),
            self.assertLogs("monolith.notifications.signals", "ERROR"),
        ):
            self.assertEqual(self.buy().state, "paid")

    def test_mail_and_push_leave_before_the_commit(self):
        """Coupling 3: when what follows in the transaction fails, they are out already."""
        self.client.get("/")
        broken = mock.patch("monolith.orders.checkout._sell", side_effect=RuntimeError)
        with broken, self.assertRaises(RuntimeError):
            self.client.post(reverse("orders:pay", args=[self.hold.reference]))
        self.assertEqual((Order.objects.count(), Notification.objects.count()), (0, 0))
        self.assertEqual(len(mail.outbox), 1)
        self.assertContains(self.client.get("/"), 'data-unread="1"')

    def test_saving_an_order_again_tells_nobody(self):
        order = make_order(buyer=self.buyer)
        order.save()
        order.save(update_fields=["buyer_name"])
        self.assertEqual((Notification.objects.count(), len(mail.outbox)), (0, 0))


class NotificationPageTests(TestCase):
    def setUp(self):
        cache.clear()
        self.buyer = make_user("buyer@example.org")
        self.client.force_login(self.buyer)
        self.url = reverse("notifications:notifications")

    def test_shows_mine_and_then_they_are_read(self):
        Notification.objects.create(recipient=self.buyer, subject="Mine", text="for me")
        other = Notification.objects.create(recipient=make_user(), subject="Theirs", text="not for me")
        self.assertContains(self.client.get("/"), 'data-unread="1"')
        answer = self.client.get(self.url)
        self.assertContains(answer, 'data-read="no"')
        self.assertNotContains(answer, "Theirs")
        self.assertNotContains(self.client.get("/"), "data-unread")
        self.assertContains(self.client.get(self.url), 'data-read="yes"')
        other.refresh_from_db()
        self.assertFalse(other.is_read)

    def test_the_number_of_unread_is_kept(self):
        Notification.objects.create(recipient=self.buyer, subject="Mine", text="for me")
        self.assertEqual(unread.count(self.buyer), 1)
        with self.assertNumQueries(0):
            unread.push(self.buyer.pk)
            self.assertEqual(unread.count(self.buyer), 2)

    def test_mail_is_turned_off_and_on(self):
        url = reverse("notifications:preference")
        self.assertContains(self.client.post(url, {"wants_mail": "0"}, follow=True), 'data-wants-mail="no"')
        self.assertContains(self.client.post(url, {"wants_mail": "1"}, follow=True), 'data-wants-mail="yes"')
        self.assertEqual(Preference.objects.count(), 1)

    def test_a_wish_for_no_mail_outlives_the_account(self):
        self.client.post(reverse("notifications:preference"), {"wants_mail": "0"})
        self.buyer.delete()
        self.assertFalse(Preference.objects.get(email="buyer@example.org").wants_mail)

    def test_strangers_are_sent_to_the_login(self):
        self.client.logout()
        self.assertRedirects(self.client.get(self.url), f"/accounts/login/?next={self.url}")

    def test_the_admin_finds_a_preference(self):
        Preference.objects.create(email="quiet@example.org", wants_mail=False)
        self.client.force_login(make_admin())
        answer = self.client.get(reverse("admin:notifications_preference_changelist"), {"q": "quiet"})
        self.assertContains(answer, "quiet@example.org")
