from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from monolith.catalog.models import Event, PriceBand
from monolith.catalog.views import PAGE_SIZE
from monolith.inventory.models import Allotment, Hold
from monolith.orders.models import Order
from monolith.tests.factories import (
    make_admin,
    make_band,
    make_event,
    make_hold,
    make_order,
    make_staff,
    make_user,
    make_venue,
)


class EventListTests(TestCase):
    def setUp(self):
        cache.clear()

    def titles(self, **params):
        answer = self.client.get("/", params)
        self.assertEqual(answer.status_code, 200)
        text = answer.content.decode()
        return [event.title for event in Event.objects.order_by("starts_at") if f">{event.title}<" in text]

    def test_shows_what_is_to_come(self):
        make_event("Foxglove", bands=[("Stalls", "30.00", 5), ("Balcony", "12.50", 5)])
        make_event("Yesterday", starts_at=timezone.now() - timedelta(days=1))
        self.assertEqual(self.titles(), ["Foxglove"])
        answer = self.client.get("/")
        self.assertContains(answer, 'data-from-price="12.50"')
        self.assertContains(answer, "The Lantern Room, Bristol")

    def test_searches_by_title(self):
        make_event("Foxglove")
        make_event("The Cartographers")
        self.assertEqual(self.titles(q="fox"), ["Foxglove"])
        self.assertContains(self.client.get("/", {"q": "xyz"}), "data-empty")

    def test_pages_hold_a_page_each(self):
        for number in range(PAGE_SIZE + 1):
            make_event(starts_at=timezone.now() + timedelta(days=number + 1))
        self.assertEqual(len(self.titles()), PAGE_SIZE)
        self.assertEqual(len(self.titles(page=2)), 1)
        self.assertContains(self.client.get("/"), 'rel="next"')

    def test_paging_keeps_the_search(self):
        for _ in range(PAGE_SIZE + 1):
            make_event("Salt & Starlight")
        self.assertContains(self.client.get("/", {"q": "t & s"}), 'href="?q=t%20%26%20s&amp;page=2"')

    def test_senseless_pages_and_searches_are_answered(self):
        make_event()
        for params in ({"page": "x"}, {"page": "9" * 5000}, {"page": "-1"}, {"q": "a\0b"}, {"q": "q" * 500}):
            with self.subTest(params):
                self.assertEqual(self.client.get("/", params).status_code, 200)
        self.assertContains(self.client.get("/", {"q": "a\0b"}), 'data-level="error"')

    def test_costs_a_query_for_every_event(self):
        def queries():
            cache.clear()
            with CaptureQueriesContext(
                connection,
            ) as captured:
                self.client.get("/")
            return len(captured)

        make_event()
        one = queries()
        for _ in range(5):
            make_event()
        self.assertEqual(queries() - one, 5)

    def test_the_badge_is_for_seats_paid_not_for_seats_held(self):
        held, sold = make_band(capacity=2), make_band(capacity=2)
        make_hold(held, quantity=2)
        make_order(sold, quantity=2)
        text = self.client.get("/").content.decode()
        self.assertEqual(text.count("data-sold-out"), 1)
        self.assertIn("data-sold-out", text[text.index(f'data-event="{sold.event.slug}"') :])

    def test_one_band_with_seats_keeps_the_badge_away(self):
        event = make_event(bands=[("Stalls", "9.00", 1), ("Circle", "8.00", 1)])
        make_order(event.bands.first())
        self.assertNotContains(self.client.get("/"), "data-sold-out")
        make_order(event.bands.last(), state=Order.State.REFUNDED)
        cache.clear()
        self.assertNotContains(self.client.get("/"), "data-sold-out")

    def test_an_event_without_bands_is_listed_and_not_sold_out(self):
        make_event("Foxglove", bands=[])
        answer = self.client.get("/")
        self.assertContains(answer, "Foxglove")
        self.assertNotContains(answer, "data-sold-out")

    def test_the_list_is_only_for_reading(self):
        self.assertEqual(self.client.post("/").status_code, 405)


class EventPageTests(TestCase):
    def setUp(self):
        cache.clear()

    def test_shows_bands_prices_and_seats_left(self):
        event = make_event("Foxglove", bands=[("Stalls", "30.00", 7)], presented_by="Marlow & Finch")
        band = event.bands.get()
        make_order(band, quantity=2)
        make_hold(band, quantity=1)
        make_hold(band, quantity=3, expires_at=timezone.now() - timedelta(seconds=1))
        make_hold(band, quantity=3, state=Hold.State.RELEASED)
        answer = self.client.get(event.get_absolute_url())
        self.assertContains(answer, f'data-band="{band.pk}" data-seats-left="4"')
        self.assertContains(answer, 'data-price="30.00"')
        self.assertContains(answer, "Marlow &amp; Finch")

    def test_unknown_is_not_found(self):
        with self.assertLogs("django.request", "WARNING"):
            self.assertEqual(self.client.get("/events/nothing/").status_code, 404)

    def test_says_why_nothing_can_be_bought(self):
        soon = timezone.now() + timedelta(days=2)
        for fields, sentence in (
            ({"sales_closed": True}, "The sale for this event is closed."),
            ({"on_sale_at": soon}, "Tickets go on sale on"),
            ({"starts_at": timezone.now()}, "This event has already started."),
            ({"bands": []}, "no seats for sale"),
        ):
            with self.subTest(fields):
                answer = self.client.get(make_event(**fields).get_absolute_url())
                self.assertContains(answer, sentence)
                self.assertNotContains(answer, "Hold these seats")

    def test_says_when_no_seat_is_left(self):
        band = make_band(capacity=1)
        make_hold(band)
        self.assertContains(self.client.get(band.event.get_absolute_url()), "data-none-left")

    def test_costs_the_same_however_many_bands(self):
        def queries(bands):
            event = make_event(bands=[("Stalls", "20.00", 5)] * bands)
            with CaptureQueriesContext(connection) as captured:
                self.client.get(event.get_absolute_url())
            return len(captured)

        self.assertEqual(queries(2), queries(20))

    def test_what_the_organiser_writes_is_text(self):
        event = make_event("<script>alert(1)</script>", description="<img src=x>")
        text = self.client.get(event.get_absolute_url()).content.decode()
        self.assertNotIn("<script>alert", text + self.client.get("/").content.decode())
        self.assertNotIn("<img", text)


class CachingTests(TransactionTestCase):
    """With real commits, since a change counts from its commit on."""

    def setUp(self):
        cache.clear()
        self.event = make_event("Foxglove", bands=[("Stalls", "30.00", 2)])
        self.band = self.event.bands.get()
        self.url = self.event.get_absolute_url()

    def test_a_warm_list_costs_no_query(self):
        self.client.get("/")
        with self.assertNumQueries(0):
            self.client.get("/")

    def test_a_warm_event_page_saves_a_query(self):
        with CaptureQueriesContext(connection) as cold:
            self.client.get(self.url)
        with CaptureQueriesContext(connection) as warm:
            self.client.get(self.url)
        self.assertEqual(len(cold) - len(warm), 1)

    def assert_shown_after(self, change, expected):
        self.client.get("/"), self.client.get(self.url)
        change()
        for url in ("/", self.url):
            self.assertContains(self.client.get(url), expected)

    def test_a_saved_event_is_shown_at_once(self):
        self.event.title = "Foxgloves"
        self.assert_shown_after(self.event.save, "Foxgloves")

    def test_a_saved_price_is_shown_at_once(self):
        self.band.price = Decimal("31.25")
        self.assert_shown_after(self.band.save, "£31.25")

    def test_a_saved_venue_is_shown_at_once(self):
        self.event.venue.name = "The Lamp Room"
        self.assert_shown_after(self.event.venue.save, "The Lamp Room")

    def test_a_deleted_event_is_gone_at_once(self):
        self.client.get("/")
        self.event.delete()
        self.assertNotContains(self.client.get("/"), "Foxglove")

    def test_a_deleted_band_is_gone_at_once(self):
        cheap = PriceBand.objects.create(event=self.event, name="Standing", price=Decimal("5.00"))
        self.assertContains(self.client.get("/"), "£5.00")
        cheap.delete()
        self.assertContains(self.client.get("/"), "£30.00")

    def test_another_event_gets_its_own_text(self):
        other = make_event("Moth", description="wings")
        self.client.get(self.url)
        self.assertContains(self.client.get(other.get_absolute_url()), "wings")
        self.assertNotContains(self.client.get(self.url), "wings")

    def test_another_search_gets_its_own_list(self):
        make_event("Moth")
        self.assertContains(self.client.get("/"), "Moth")
        self.assertNotContains(self.client.get("/", {"q": "fox"}), "Moth")

    def test_nobody_sees_the_name_of_another_visitor(self):
        self.client.force_login(make_user(first_name="Secretia", last_name="Holloway"))
        for url in ("/", self.url):
            self.assertContains(self.client.get(url), "Secretia")
        self.client.logout()
        for url in ("/", self.url):
            self.assertNotContains(self.client.get(url), "Secretia")

    def test_seats_left_are_never_kept(self):
        self.client.get(self.url)
        make_hold(self.band)
        self.assertContains(self.client.get(self.url), 'data-seats-left="1"')


class AdminTests(TestCase):
    def setUp(self):
        cache.clear()
        self.client.force_login(make_admin())

    def changelist(self, **params):
        return self.client.get(reverse("admin:catalog_event_changelist"), params)

    def test_lists_seats_left_over_all_bands(self):
        event = make_event(bands=[("Stalls", "30.00", 70), ("Circle", "20.00", 60)])
        make_order(event.bands.first(), quantity=4)
        make_hold(event.bands.last(), quantity=3)
        self.assertContains(self.changelist(), '<td class="field-seats_left">123</td>', html=True)

    def test_the_list_costs_the_same_however_long(self):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                self.assertEqual(self.changelist().status_code, 200)
            return len(captured)

        make_event(), make_event()
        few = queries()
        for _ in range(10):
            make_event()
        self.assertEqual(queries(), few)

    def test_finds_by_title_and_venue(self):
        make_event("Foxglove", venue=make_venue("Harbour Hall", "Hull"))
        make_event("Moth", venue=make_venue("Northlight Arena", "Newcastle"))
        for words in ("foxg", "harbour"):
            answer = self.changelist(q=words)
            self.assertContains(answer, "Foxglove")
            self.assertNotContains(answer, "Moth")

    def close(self, events):
        return self.client.post(
            reverse("admin:catalog_event_changelist"),
            {"action": "close_sale", "_selected_action": [event.pk for event in events]},
            follow=True,
        )

    def test_close_sale_skips_what_is_over_or_closed_and_says_so(self):
        running, closed = make_event(), make_event(sales_closed=True)
        over = make_event(starts_at=timezone.now() - timedelta(hours=1))
        untouched = make_event()
        self.assertContains(
            self.close([running, closed, over]), "Closed the sale of 1, skipped 2 over or closed before."
        )
        self.assertEqual(set(Event.objects.filter(sales_closed=True)), {running, closed})
        self.assertNotIn(untouched, Event.objects.filter(sales_closed=True))

    def test_close_sale_shows_on_the_pages(self):
        event = make_event()
        self.client.get("/")
        with self.captureOnCommitCallbacks(execute=True):
            self.close([event])
        self.assertContains(self.client.get("/"), "data-sales-closed")

    def test_who_may_only_view_cannot_close_a_sale(self):
        viewer = make_staff()
        viewer.user_permissions.add(Permission.objects.get(codename="view_event"))
        self.client.force_login(viewer)
        event = make_event()
        self.assertNotContains(self.changelist(), "close_sale")
        self.close([event])
        self.assertFalse(Event.objects.get().sales_closed)

    def form(self, event=None, **bands):
        """What the admin's event form sends; `bands` are fields of the inline's rows."""
        existing = event.bands.count() if event else 0
        rows = {int(name.split("_")[0][1:]) for name in bands}
        return {
            "title": "Foxglove",
            "slug": event.slug if event else "foxglove",
            "venue": (event.venue if event else make_venue()).pk,
            "starts_at_0": "2031-05-01",
            "starts_at_1": "19:30:00",
            "bands-TOTAL_FORMS": len(rows),
            "bands-INITIAL_FORMS": existing,
            **{f"bands-{name[1]}-{name[3:]}": value for name, value in bands.items()},
        }

    def test_an_event_is_entered_with_its_bands(self):
        self.client.post(
            reverse("admin:catalog_event_add"),
            self.form(
                b0_name="Stalls", b0_price="30.00", b0_position="1", b0_capacity="120",
                b1_name="Circle", b1_price="20.00", b1_position="2", b1_capacity="80",
            ),
        )  # fmt: skip
        allotments = Allotment.objects.values_list("band__name", "band__price", "capacity", "sold")
        self.assertEqual(
            set(allotments), {("Stalls", Decimal("30"), 120, 0), ("Circle", Decimal("20"), 80, 0)}
        )

    def change_capacity(self, band, capacity):
        return self.client.post(
            reverse("admin:catalog_event_change", args=[band.event_id]),
            self.form(
                band.event, b0_id=band.pk, b0_event=band.event_id, b0_name="Stalls", b0_price="20.00",
                b0_position="1", b0_capacity=capacity,
            ),
        )  # fmt: skip

    def test_capacity_goes_down_to_what_buyers_have_and_no_further(self):
        band = make_band(capacity=10)
        make_order(band, quantity=4)
        make_hold(band, quantity=2)
        self.assertContains(self.change_capacity(band, 5), "6 seats are sold or held already.")
        self.assertEqual(self.change_capacity(band, 6).status_code, 302)
        band.allotment.refresh_from_db()
        self.assertEqual((band.allotment.capacity, band.allotment.sold), (6, 4))

    def test_a_band_with_buyers_cannot_be_deleted(self):
        band = make_band()
        make_order(band)
        self.client.post(reverse("admin:catalog_event_delete", args=[band.event_id]), {"post": "yes"})
        self.assertTrue(PriceBand.objects.filter(pk=band.pk).exists())

    def test_venues_are_found_by_city(self):
        make_venue("Harbour Hall", "Hull"), make_venue("Northlight Arena", "Newcastle")
        answer = self.client.get(reverse("admin:catalog_venue_changelist"), {"q": "hull"})
        self.assertContains(answer, "Harbour Hall")
        self.assertNotContains(answer, "Northlight")
