from datetime import timedelta
from decimal import Decimal
from unittest import mock

from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, Q, Sum
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from monolith.accounts.models import Organiser, User
from monolith.catalog.models import Event, PriceBand
from monolith.inventory.models import Allotment, Hold
from monolith.inventory.stock import seats_left_in
from monolith.notifications.models import Preference
from monolith.orders.models import Order, OrderLine
from monolith.orders.sales import is_sold_out
from monolith.payments.models import Payment
from monolith.tests.factories import (
    PASSWORD,
    make_admin,
    make_band,
    make_event,
    make_hold,
    make_order,
    make_user,
)
from monolith.tests.provider import WithProvider


class ShopTestCase(WithProvider, TestCase):
    """A buyer in front of ten seats at 20 pounds."""

    def setUp(self):
        super().setUp()
        cache.clear()
        self.buyer = make_user("buyer@example.org", first_name="Ada", last_name="Birch")
        self.client.force_login(self.buyer)
        self.band = make_band(capacity=10, price="20.00")
        self.event = self.band.event

    def sold(self):
        return Allotment.objects.get(band=self.band).sold

    def left(self):
        return seats_left_in(self.event)[self.band.pk]

    def hold(self, quantity=2, band=None):
        return self.client.post(
            reverse("orders:hold", args=[self.event.slug]),
            {"band": band or self.band.pk, "quantity": quantity},
            follow=True,
        )

    def pay(self, hold):
        return self.client.post(reverse("orders:pay", args=[hold.reference]), follow=True)


class HoldTests(ShopTestCase):
    def test_a_hold_keeps_seats_for_a_minute(self):
        answer = self.hold(quantity=3)
        hold = Hold.objects.get()
        self.assertRedirects(answer, hold.get_absolute_url())
        self.assertEqual((hold.buyer, hold.band, hold.quantity), (self.buyer, self.band, 3))
        self.assertAlmostEqual(hold.expires_at.timestamp(), timezone.now().timestamp() + 60, delta=5)
        self.assertEqual(self.left(), 7)
        self.assertContains(answer, 'data-total="60.00"')
        self.assertContains(answer, 'data-state="active"')

    @override_settings(HOLD_SECONDS=7)
    def test_how_long_is_a_setting(self):
        self.hold()
        self.assertIn(Hold.objects.get().seconds_left, (6, 7))

    def test_no_more_is_held_than_there_is(self):
        make_hold(self.band, quantity=8)
        self.assertContains(self.hold(quantity=3), "Only 2 seats left in Stalls.")
        make_hold(self.band, quantity=2)
        self.assertContains(self.hold(quantity=1), "No seats are left in Stalls.")
        self.assertEqual(Hold.objects.filter(buyer=self.buyer).count(), 0)

    def test_a_senseless_wish_is_answered_with_400(self):
        other = make_band()
        for wish in (
            {"quantity": 0},
            {"quantity": 11},
            {"quantity": "two"},
            {"quantity": "9" * 5000},
            {"band": other.pk},
            {"band": "x"},
            {"band": 10**30},
            {"band": "1\0"},
        ):
            with self.subTest(wish), self.assertLogs("django.request", "WARNING"):
                answer = self.hold(**wish)
                self.assertEqual(answer.status_code, 400)
                self.assertContains(answer, 'data-level="error"', status_code=400)
        self.assertEqual(Hold.objects.count(), 0)

    def test_nothing_chosen_is_named(self):
        with self.assertLogs("django.request", "WARNING"):
            answer = self.client.post(reverse("orders:hold", args=[self.event.slug]))
        self.assertContains(answer, "Choose a price band.", status_code=400)
        self.assertContains(answer, "Choose between 1 and 10 seats.", status_code=400)

    def test_only_what_is_on_sale_is_held(self):
        for fields, sentence in (
            ({"sales_closed": True}, "The sale for this event is closed."),
            ({"starts_at": timezone.now()}, "This event has already started."),
            ({"on_sale_at": timezone.now() + timedelta(days=1)}, "Tickets go on sale on"),
        ):
            with self.subTest(fields):
                self.band = make_band(**fields)
                self.event = self.band.event
                self.assertContains(self.hold(), sentence)
        self.assertEqual(Hold.objects.count(), 0)

    def test_a_band_without_an_allotment_is_not_for_sale(self):
        self.band = PriceBand.objects.create(event=self.event, name="Box", price=Decimal("90.00"))
        self.assertContains(self.hold(), "There are no seats for sale in Box.")

    def test_a_stranger_logs_in_first_and_comes_back_to_the_event(self):
        self.client.logout()
        answer = self.hold()
        self.assertRedirects(answer, f"/accounts/login/?next=/events/{self.event.slug}/hold/")
        answer = self.client.post(
            "/accounts/login/",
            {"username": self.buyer.email, "password": PASSWORD, "next": answer.context["next"]},
            follow=True,
        )
        self.assertRedirects(answer, self.event.get_absolute_url())
        self.assertEqual(Hold.objects.count(), 0)

    def test_seats_given_back_are_on_sale_again(self):
        self.hold()
        hold = Hold.objects.get()
        url = reverse("orders:release", args=[hold.reference])
        for _ in range(2):
            self.assertRedirects(self.client.post(url), self.event.get_absolute_url())
        self.assertEqual(self.left(), 10)
        self.assertContains(self.client.get(hold.get_absolute_url()), "data-released")

    def test_a_hold_that_was_paid_for_cannot_be_given_back(self):
        hold = make_order(self.band, self.buyer).lines.get().hold
        self.client.post(reverse("orders:release", args=[hold.reference]))
        hold.refresh_from_db()
        self.assertEqual(hold.state, Hold.State.CONSUMED)

    def test_the_hold_of_somebody_else_does_not_exist(self):
        hold = make_hold(self.band)
        with self.assertLogs("django.request", "WARNING"):
            for name, method in (("checkout", "get"), ("pay", "post"), ("release", "post")):
                with self.subTest(name):
                    url = reverse(f"orders:{name}", args=[hold.reference])
                    self.assertEqual(getattr(self.client, method)(url).status_code, 404)
        hold.refresh_from_db()
        self.assertEqual((hold.state, self.ledger()), (Hold.State.ACTIVE, []))


class PayTests(ShopTestCase):
    def setUp(self):
        super().setUp()
        self.kept = make_hold(self.band, self.buyer, quantity=2)

    def assert_nothing_sold(self):
        self.kept.refresh_from_db()
        self.assertEqual(self.kept.state, Hold.State.ACTIVE)
        self.assertEqual((Order.objects.count(), Payment.objects.count(), self.sold()), (0, 0, 0))
        self.assertEqual(self.left(), 8)

    def test_paying_turns_the_hold_into_an_order(self):
        answer = self.pay(self.kept)
        order = Order.objects.get()
        self.assertRedirects(answer, order.get_absolute_url())
        self.assertEqual((order.state, order.buyer, order.buyer_name), ("paid", self.buyer, "Ada Birch"))
        self.assertEqual(order.total, Decimal("40.00"))
        line = order.lines.get()
        self.assertEqual((line.band, line.hold, line.quantity, line.amount), (self.band, self.kept, 2, 40))
        self.kept.refresh_from_db()
        self.assertEqual(self.kept.state, Hold.State.CONSUMED)
        self.assertEqual((self.sold(), self.left()), (2, 8))
        charge, payment = self.ledger()[0], order.payments.get()
        self.assertEqual((charge["id"], charge["key"]), (payment.provider_id, payment.key))
        self.assertEqual(charge["key"], f"hold-{self.kept.reference}")
        self.assertEqual((Decimal(charge["amount"]), payment.amount), (order.total, order.total))

    def test_paying_twice_is_one_order_and_one_charge(self):
        first, second = self.pay(self.kept), self.pay(self.kept)
        self.assertEqual(first.redirect_chain[-1], second.redirect_chain[-1])
        self.assertEqual((Order.objects.count(), len(self.ledger()), self.sold()), (1, 1, 2))

    def test_declined_sells_nothing_and_may_be_tried_again(self):
        self.fault("declined", times=1)
        self.assertContains(self.pay(self.kept), "declined. Nothing was charged; you can try again.")
        self.assert_nothing_sold()
        self.pay(self.kept)
        self.assertEqual((Order.objects.get().state, len(self.ledger())), ("paid", 1))

    def test_a_time_out_sells_nothing_and_trying_again_charges_once(self):
        for mode in ("timeout", "lost", "error"):
            with self.subTest(mode):
                self.kept = make_hold(self.band, self.buyer)
                before = (Order.objects.count(), self.sold())
                self.fault(mode, times=1)
                self.assertContains(self.pay(self.kept), "The outcome is not known. Please try again")
                self.assertEqual((Order.objects.count(), self.sold()), before)
                self.pay(self.kept)
                self.assertEqual((Order.objects.count(), self.sold()), (before[0] + 1, before[1] + 1))
                keys = [charge["key"] for charge in self.ledger()]
                self.assertEqual(keys.count(f"hold-{self.kept.reference}"), 1)

    def test_an_unreachable_provider_sells_nothing(self):
        self.unreachable()
        self.assertContains(self.pay(self.kept), "you cannot be charged twice")
        self.assert_nothing_sold()

    def test_a_price_that_changed_between_two_attempts_is_refused(self):
        self.fault("timeout", times=1)
        self.pay(self.kept)
        self.band.price = Decimal("25.00")
        self.band.save()
        self.assertContains(self.pay(self.kept), "The payment provider refused the request.")
        self.assert_nothing_sold()

    def test_an_expired_hold_is_refused_before_anything_is_charged(self):
        Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        answer = self.pay(self.kept)
        self.assertContains(answer, "Your hold has expired")
        self.assertContains(answer, 'data-state="expired"')
        self.assertEqual((Order.objects.count(), self.ledger(), self.left()), (0, [], 10))

    def test_a_released_hold_is_refused(self):
        Hold.objects.update(state=Hold.State.RELEASED)
        self.assertContains(self.pay(self.kept), "You gave these seats back.")
        self.assertEqual((Order.objects.count(), self.ledger()), (0, []))

    def test_a_hold_is_still_good_when_the_sale_has_closed_since(self):
        Event.objects.update(sales_closed=True)
        self.pay(self.kept)
        self.assertEqual(Order.objects.get().state, "paid")

    def test_nothing_is_sold_for_an_event_that_has_begun(self):
        Event.objects.update(starts_at=timezone.now())
        self.assertContains(self.pay(self.kept), "This event has already started.")
        self.assertEqual(self.ledger(), [])

    def test_seats_taken_out_of_the_sale_are_not_charged(self):
        Allotment.objects.update(capacity=1)
        self.assertContains(self.pay(self.kept), "These seats were taken out of the sale.")
        self.assertEqual((Order.objects.count(), self.ledger()), (0, []))

    def test_hold_order_and_call_share_one_transaction(self):
        """Coupling 2: what the order wrote is there, uncommitted, when the provider is called."""
        seen = []

        def charge(**asked):
            seen.append((Order.objects.get().state, OrderLine.objects.count(), connection.in_atomic_block))
            raise RuntimeError("the process ends here")

        with mock.patch("monolith.payments.client.charge", charge), self.assertRaises(RuntimeError):
            self.pay(self.kept)
        self.assertEqual(seen, [("pending", 1, True)])
        self.assert_nothing_sold()

    def test_looking_does_not_pay(self):
        self.assertEqual(self.client.get(reverse("orders:pay", args=[self.kept.reference])).status_code, 405)
        self.assertEqual(self.ledger(), [])

    def test_the_checkout_page_of_a_paid_hold_leads_to_the_order(self):
        self.pay(self.kept)
        self.assertRedirects(
            self.client.get(self.kept.get_absolute_url()), Order.objects.get().get_absolute_url()
        )

    def test_the_last_seat_sold_brings_the_badge_and_a_refund_takes_it_away(self):
        make_order(self.band, quantity=8)
        self.assertNotContains(self.client.get("/"), "data-sold-out")
        with self.captureOnCommitCallbacks(execute=True):
            self.pay(self.kept)
        self.assertTrue(is_sold_out(self.event))
        self.assertContains(self.client.get("/"), "data-sold-out")
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(reverse("orders:cancel", args=[self.buyer.orders.get().number]))
        self.assertNotContains(self.client.get("/"), "data-sold-out")


class CancelTests(ShopTestCase):
    def setUp(self):
        super().setUp()
        self.pay(make_hold(self.band, self.buyer, quantity=2))
        self.order = Order.objects.get()

    def cancel(self):
        answer = self.client.post(reverse("orders:cancel", args=[self.order.number]), follow=True)
        self.order.refresh_from_db()
        return answer

    def test_cancelling_refunds_and_returns_the_seats(self):
        self.assertContains(self.cancel(), 'data-state="refunded"')
        self.assertEqual((self.sold(), self.left()), (0, 10))
        self.assertEqual(self.order.payments.get().state, Payment.State.REFUNDED)
        self.assertEqual([charge["status"] for charge in self.ledger()], ["refunded"])

    def test_cancelling_twice_is_harmless(self):
        make_order(self.band, quantity=3)
        self.cancel(), self.cancel()
        self.assertEqual((self.order.state, self.sold()), ("refunded", 3))

    def test_without_the_provider_nothing_changes(self):
        self.unreachable()
        self.assertContains(self.cancel(), "The order was not cancelled; please try again later.")
        self.assertEqual((self.order.state, self.sold()), ("paid", 2))
        self.assertEqual(self.order.payments.get().state, Payment.State.CAPTURED)

    def test_an_order_that_is_not_paid_stays_as_it_is(self):
        Order.objects.update(state=Order.State.PENDING)
        self.cancel()
        self.assertEqual((self.order.state, self.ledger()[0]["status"]), ("pending", "captured"))

    def test_the_order_of_somebody_else_does_not_exist(self):
        self.client.force_login(make_user())
        with self.assertLogs("django.request", "WARNING"):
            self.assertEqual(self.client.get(self.order.get_absolute_url()).status_code, 404)
            self.assertEqual(self.cancel().status_code, 404)
        self.assertEqual(self.order.state, "paid")


class OrderPagesTests(ShopTestCase):
    def test_my_orders_are_mine_the_newest_first(self):
        first = make_order(self.band, self.buyer)
        second = make_order(self.band, self.buyer)
        other = make_order(self.band)
        text = self.client.get("/orders/").content.decode()
        self.assertLess(text.index(second.number), text.index(first.number))
        self.assertNotIn(other.number, text)

    def test_the_list_costs_the_same_however_long(self):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                self.client.get("/orders/")
            return len(captured)

        make_order(make_band(), self.buyer)
        queries()  # the unread counter is kept from here on
        few = queries()
        for _ in range(5):
            make_order(make_band(), self.buyer)
        self.assertEqual(queries(), few)

    def test_an_order_keeps_the_price_that_was_paid(self):
        order = make_order(self.band, self.buyer, quantity=2)
        PriceBand.objects.update(price=Decimal("99.00"))
        self.assertContains(self.client.get(order.get_absolute_url()), "2 × £20.00")

    def test_unknown_numbers_are_not_found(self):
        with self.assertLogs("django.request", "WARNING"):
            for url in (
                "/orders/CC-NO-NE/",
                "/orders/%00/",
                f"/orders/{'x' * 999}/",
                "/checkout/not-a-uuid/",
            ):
                with self.subTest(url):
                    self.assertEqual(self.client.get(url).status_code, 404)

    def test_strangers_are_sent_to_the_login(self):
        self.client.logout()
        self.assertRedirects(self.client.get("/orders/"), "/accounts/login/?next=/orders/")


class OrderAdminTests(TestCase):
    def setUp(self):
        self.client.force_login(make_admin())
        self.order = make_order(make_band(title="Foxglove"), make_user("fox@example.org"))
        self.other = make_order(make_band(title="Moth"), make_user("moth@example.org"))

    def changelist(self, **params):
        return self.client.get(reverse("admin:orders_order_changelist"), params)

    def test_finds_by_number_buyer_and_event(self):
        for words in (self.order.number, "fox@example", "foxglove"):
            with self.subTest(words):
                answer = self.changelist(q=words)
                self.assertContains(answer, self.order.number)
                self.assertNotContains(answer, self.other.number)

    def test_the_list_costs_the_same_however_long(self):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                self.assertEqual(self.changelist().status_code, 200)
            return len(captured)

        few = queries()
        for _ in range(5):
            make_order()
        self.assertEqual(queries(), few)

    def test_money_and_state_cannot_be_changed(self):
        url = reverse("admin:orders_order_change", args=[self.order.pk])
        self.assertContains(self.client.get(url), "Foxglove")
        management = {
            f"{name}-{form}_FORMS": 0 for name in ("lines", "payments") for form in ("TOTAL", "INITIAL")
        }
        self.client.post(
            url, {"buyer_name": "A. Fox", "total": "0.01", "state": "refunded", "number": "X", **management}
        )
        self.order.refresh_from_db()
        self.assertEqual(self.order.buyer_name, "A. Fox")
        self.assertEqual((self.order.total, self.order.state), (Decimal("20.00"), "paid"))
        self.assertNotEqual(self.order.number, "X")

    def test_orders_are_not_made_by_hand(self):
        self.assertEqual(self.client.get(reverse("admin:orders_order_add")).status_code, 403)

    def test_resending_mails_those_who_want_it_and_says_how_many(self):
        Preference.objects.create(email="moth@example.org", wants_mail=False)
        pending = make_order(state=Order.State.PENDING)
        answer = self.client.post(
            reverse("admin:orders_order_changelist"),
            {
                "action": "resend_confirmation",
                "_selected_action": [self.order.pk, self.other.pk, pending.pk],
            },
            follow=True,
        )
        self.assertContains(answer, "Sent 1 confirmations, skipped 2")
        self.assertEqual([message.to for message in mail.outbox], [["fox@example.org"]])
        self.assertIn(self.order.number, mail.outbox[0].subject)
        self.assertIn("Foxglove, Stalls: £20.00", mail.outbox[0].body)


class SeedTests(TestCase):
    def seed(self, **options):
        options = {"events": 8, "orders": 120, "verbosity": 0, **options}
        call_command("seed", **options)

    def dump(self):
        """Everything that was seeded, without ids, time stamps and salted passwords."""
        return {
            model.__name__: sorted(model.objects.values_list(*fields))
            for model, fields in (
                (User, ("email", "first_name", "last_name", "is_staff", "is_superuser")),
                (Organiser, ("user__email", "name", "vat_number")),
                (Event, ("slug", "title", "description", "starts_at", "presented_by", "venue__name")),
                (Allotment, ("band__event__slug", "band__name", "band__price", "capacity", "sold")),
                (Hold, ("reference", "band__name", "buyer__email", "quantity", "state", "expires_at")),
                (Order, ("number", "buyer__email", "buyer_name", "state", "total", "placed_at")),
                (
                    OrderLine,
                    ("order__number", "hold__reference", "band__event__slug", "quantity", "unit_price"),
                ),
                (Payment, ("order__number", "key", "provider_id", "amount", "state")),
            )
        }

    def test_the_same_seed_gives_the_same_data_and_another_does_not(self):
        self.seed()
        first = self.dump()
        self.assertEqual({name: len(rows) > 0 for name, rows in first.items()}, dict.fromkeys(first, True))
        self.seed(flush=True)
        self.assertEqual(self.dump(), first)
        self.seed(flush=True, seed=2)
        self.assertNotEqual(self.dump(), first)

    def test_what_is_sold_agrees_with_lines_and_payments(self):
        self.seed()
        self.assertEqual(Order.objects.count(), 120)
        paid = Sum("band__lines__quantity", filter=Q(band__lines__order__state=Order.State.PAID))
        for allotment in Allotment.objects.annotate(paid=paid):
            self.assertEqual(allotment.sold, allotment.paid or 0)
        of_line = F("lines__quantity") * F("lines__unit_price")
        self.assertFalse(Order.objects.exclude(total=of_line).exists())
        self.assertFalse(Order.objects.exclude(total=F("payments__amount")).exists())
        self.assertEqual(set(Order.objects.values_list("state", flat=True)), {"paid", "refunded"})
        self.assertFalse(
            Order.objects.filter(state="paid").exclude(payments__state=Payment.State.CAPTURED).exists()
        )

    def test_one_event_is_sold_out_and_one_nearly(self):
        self.seed()
        left = [sum(seats_left_in(event).values()) for event in Event.objects.all()]
        self.assertEqual((left.count(0), left.count(3)), (1, 1))
        self.assertEqual([is_sold_out(event) for event in Event.objects.all()].count(True), 1)

    def test_small_and_large_programmes_work(self):
        for events, orders in ((0, 0), (1, 5), (2, 30), (4, 0), (35, 40), (1, 300)):
            with self.subTest(events=events, orders=orders):
                self.seed(events=events, orders=orders, flush=True)
                self.assertEqual((Event.objects.count(), Order.objects.count()), (events, orders))
                self.assertTrue(User.objects.filter(email="buyer001@example.org").exists())

    def test_everybody_can_log_in(self):
        self.seed(events=0, orders=0)
        for email in ("buyer001@example.org", "staff@example.org", "admin@example.org"):
            self.assertTrue(self.client.login(username=email, password="curtain-call"), email)
        self.assertTrue(User.objects.get(email="admin@example.org").is_superuser)
        self.assertFalse(User.objects.get(email="staff@example.org").is_superuser)

    def test_data_is_not_overwritten(self):
        self.seed(events=0, orders=0)
        with self.assertRaisesMessage(CommandError, "add --flush"):
            self.seed()
        User.objects.all().delete()
        make_event()
        with self.assertRaisesMessage(CommandError, "add --flush"):
            self.seed()

    def test_impossible_numbers_are_refused(self):
        for options in ({"events": 0, "orders": 5}, {"events": -1}, {"orders": -1}):
            with self.subTest(options), self.assertRaises(CommandError):
                self.seed(**options)
