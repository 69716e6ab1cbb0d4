from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from monolith.inventory.models import Allotment, Hold
from monolith.inventory.stock import seats_left_in
from monolith.tests.factories import make_admin, make_band, make_event, make_hold, make_order


class AllotmentTests(TestCase):
    def test_the_database_itself_refuses_to_oversell(self):
        allotment = make_band(capacity=3).allotment
        for sold in (4, -1):
            with self.assertRaises(IntegrityError), transaction.atomic():
                Allotment.objects.filter(pk=allotment.pk).update(sold=sold)

    def test_what_is_left_is_capacity_less_sold_less_held(self):
        band = make_band(capacity=10)
        make_order(band, quantity=3)
        make_hold(band, quantity=2)
        self.assertEqual(seats_left_in(band.event), {band.pk: 5})

    def test_many_holds_count_once_each(self):
        band = make_band(capacity=10)
        for _ in range(3):
            make_hold(band, quantity=2)
        self.assertEqual(seats_left_in(band.event), {band.pk: 4})

    def test_holds_that_ended_hold_nothing(self):
        band = make_band(capacity=10)
        make_hold(band, quantity=2, state=Hold.State.RELEASED)
        make_hold(band, quantity=2, expires_at=timezone.now() - timedelta(seconds=1))
        self.assertEqual(seats_left_in(band.event), {band.pk: 10})

    def test_holds_of_one_band_leave_another_alone(self):
        event = make_event(bands=[("Stalls", "20.00", 5), ("Circle", "10.00", 5)])
        stalls, circle = event.bands.all()
        make_hold(stalls, quantity=5)
        make_hold(make_band(), quantity=1)
        self.assertEqual(seats_left_in(event), {stalls.pk: 0, circle.pk: 5})

    def test_is_never_shown_below_nothing(self):
        band = make_band(capacity=5)
        make_hold(band, quantity=5)
        Allotment.objects.filter(band=band).update(capacity=3)
        self.assertEqual(seats_left_in(band.event), {band.pk: 0})


class HoldTests(TestCase):
    def test_holds_one_to_ten_seats(self):
        for quantity in (0, 11):
            with self.assertRaises(IntegrityError), transaction.atomic():
                make_hold(quantity=quantity)

    def test_knows_how_long_it_has(self):
        hold = make_hold(expires_at=timezone.now() + timedelta(seconds=30))
        self.assertIn(hold.seconds_left, (29, 30))
        self.assertFalse(hold.has_expired)
        hold.expires_at = timezone.now()
        self.assertEqual(hold.seconds_left, 0)
        self.assertTrue(hold.has_expired)

    def test_one_that_was_paid_for_does_not_expire(self):
        self.assertFalse(make_hold(state=Hold.State.CONSUMED, expires_at=timezone.now()).has_expired)

    def test_one_that_was_paid_for_cannot_be_deleted(self):
        order = make_order()
        with self.assertRaises(ProtectedError):
            order.lines.get().hold.delete()

    def test_the_admin_shows_holds_and_changes_none(self):
        self.client.force_login(make_admin())
        hold = make_hold()
        self.assertContains(self.client.get(reverse("admin:inventory_hold_changelist")), str(hold.reference))
        self.assertEqual(self.client.get(reverse("admin:inventory_hold_add")).status_code, 403)
        self.client.post(reverse("admin:inventory_hold_change", args=[hold.pk]), {"quantity": 9})
        hold.refresh_from_db()
        self.assertEqual(hold.quantity, 1)
