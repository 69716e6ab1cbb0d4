"""What is on: contracts that need no further query, and what organisers enter."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from boxoffice.contexts.catalog import selectors, services
from boxoffice.contexts.catalog.contracts import EventNotFound
from boxoffice.contexts.catalog.models import Event, PriceBand, Venue
from boxoffice.contexts.inventory import facade as inventory
from boxoffice.contexts.inventory.contracts import InventoryOutcomeUnknown, InventoryUnavailable
from boxoffice.tests import world

pytestmark = pytest.mark.django_db


class TestTheProgramme:
    def test_more_rows_cost_no_more_queries(self, django_assert_num_queries):
        asked = {
            lambda: selectors.list_events(title="", page=1): 3,
            lambda: selectors.get_events(range(50)): 2,
            lambda: selectors.get_offers(range(50)): 1,
        }
        for _ in range(2):
            for _ in range(4):
                world.event(("A", "1.00", 1), ("B", "2.00", 1))
            for ask, queries in asked.items():
                with django_assert_num_queries(queries):
                    found = ask()
                with django_assert_num_queries(0):
                    repr(found)  # every field of every contract is there

    def test_lists_what_is_to_come_the_soonest_first(self):
        now = timezone.now()
        for title, hours in {"Later": 48, "Soon": 1, "Over": -1}.items():
            world.event(title=title, starts_at=now + timedelta(hours=hours))
        page = selectors.list_events(title="", page=1)
        assert [event.title for event in page.items] == ["Soon", "Later"]
        assert [event.title for event in selectors.list_events(title="LAT", page=1).items] == ["Later"]
        assert selectors.list_events(title="100%", page=1).items == ()

    def test_a_page_holds_twelve_and_a_number_that_makes_no_sense_is_the_nearest(self):
        for _ in range(13):
            world.event()
        shown = {page: selectors.list_events(title="", page=page) for page in (1, "2", "99", "x", None, 0)}
        assert [(page.number, len(page.items)) for page in shown.values()] == [
            (1, 12), (2, 1), (2, 1), (1, 12), (1, 12), (2, 1),
        ]  # fmt: skip
        assert {(page.pages, page.count) for page in shown.values()} == {(2, 13)}

    def test_the_cheapest_band_gives_the_price_and_without_bands_there_is_none(self):
        world.event(("A", "9.50", 1), ("B", "2.00", 1), title="A")
        world.event(title="B").bands.all().delete()
        assert [one.from_price for one in selectors.list_events(title="", page=1).items] == [
            Decimal("2.00"),
            None,
        ]

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({}, ""),
            ({"sales_closed": True}, "The sale for this event is closed."),
            ({"starts_at": timezone.now() - timedelta(hours=1)}, "This event has already started."),
            ({"on_sale_at": timezone.now() - timedelta(hours=1)}, ""),
        ],
        ids=["on sale", "closed", "over", "since an hour"],
    )
    def test_why_an_event_is_not_on_sale_is_a_sentence(self, fields, sentence):
        event = world.event(**fields)
        assert selectors.get_event(event.pk).why_not_on_sale == sentence
        band = event.bands.get().pk
        assert selectors.get_offers([band])[band].why_not_on_sale == sentence

    def test_what_does_not_exist_is_left_out_or_refused(self):
        assert selectors.get_events([5]) == selectors.get_offers([5]) == {}
        for ask in (lambda: selectors.get_event(5), lambda: selectors.get_event_by_slug("x")):
            with pytest.raises(EventNotFound):
                ask()

    def test_a_sale_is_closed_once(self):
        (
            world.event(),
            world.event(sales_closed=True),
            world.event(starts_at=timezone.now() - timedelta(hours=1)),
        )
        assert [services.close_sale(Event.objects.all()) for _ in range(2)] == [1, 0]


class TestTheAdmin:
    @pytest.fixture
    def admin(self, line):
        world.user("admin@example.org", is_staff=True, is_superuser=True)
        client = Client()
        client.post("/accounts/login/", {"username": "admin@example.org", "password": world.PASSWORD})
        return client

    @staticmethod
    def form(event=None, *bands, **changed) -> dict:
        """The event's form; bands as (id or "", name, price, capacity, delete)."""
        fields = {
            "venue": event.venue_id if event else Venue.objects.create(name="Hall", city="Hull", address="1").pk,
            "title": "Foxglove", "slug": "foxglove", "starts_at_0": "2031-01-01", "starts_at_1": "19:30:00",
            "bands-TOTAL_FORMS": len(bands), "bands-INITIAL_FORMS": sum(bool(one[0]) for one in bands),
            "bands-MIN_NUM_FORMS": 0, "bands-MAX_NUM_FORMS": 1000, **changed,
        }  # fmt: skip
        for number, (pk, name, price, capacity, *delete) in enumerate(bands):
            given = {"id": pk, "event": event.pk if event else "", "name": name, "price": price, "position": number,
                     "capacity": capacity}  # fmt: skip
            given |= {"DELETE": "on"} if delete else {}
            fields |= {f"bands-{number}-{key}": value for key, value in given.items()}
        return fields

    @pytest.fixture
    def committed(self, django_capture_on_commit_callbacks):
        """What is told after the commit is told at the end of the block; its number is counted."""
        return lambda: django_capture_on_commit_callbacks(execute=True)

    def test_a_new_event_puts_its_seats_on_sale_once_it_is_committed(self, admin, committed):
        with committed() as told:
            answer = admin.post("/admin/catalog/event/add/", self.form(None, ("", "Stalls", "20.00", 30)))
            assert answer.status_code == 302
            band = PriceBand.objects.get()
            assert inventory.availability([band.pk]) == {}
        assert len(told) >= 1
        assert inventory.availability([band.pk])[band.pk].capacity == 30

    @pytest.mark.parametrize("failure", [InventoryUnavailable, InventoryOutcomeUnknown])
    def test_where_inventory_goes_away_meanwhile_saving_again_mends_it(
        self, admin, committed, monkeypatch, failure
    ):
        def away(*_):
            raise failure()

        with monkeypatch.context() as patch, committed():
            patch.setattr(inventory, "set_capacity", away)
            admin.post("/admin/catalog/event/add/", self.form(None, ("", "Stalls", "20.00", 30)))
        event, band = Event.objects.get(), PriceBand.objects.get()
        assert inventory.availability([band.pk]) == {}
        with committed():
            answer = admin.post(
                f"/admin/catalog/event/{event.pk}/change/", self.form(event, (band.pk, "Stalls", "20.00", 30))
            )
        assert answer.status_code == 302
        assert inventory.availability([band.pk])[band.pk].capacity == 30

    def test_while_inventory_is_away_nothing_is_saved_and_everything_can_be_read(self, admin, monkeypatch):
        band = world.band(10)

        def away(*_):
            raise InventoryUnavailable()

        monkeypatch.setattr(inventory, "availability", away)
        for page in ("", f"{band.event_id}/change/", f"{band.event_id}/delete/"):
            assert admin.get(f"/admin/catalog/event/{page}").status_code == 200
        form = self.form(band.event, (band.pk, "Renamed", "20.00", 10))
        answer = admin.post(f"/admin/catalog/event/{band.event_id}/change/", form)
        assert "Seats cannot be looked up at the moment." in answer.content.decode()
        admin.post(f"/admin/catalog/event/{band.event_id}/delete/", {"post": "yes"})
        assert PriceBand.objects.get().name == "Stalls"

    def test_a_capacity_below_what_is_taken_is_refused(self, admin, committed):
        band = world.band(10)
        world.order(world.actor(), band, 3)
        world.hold(world.actor(), band.pk, 2)
        for capacity, status in ((4, 200), (-1, 200), ("x", 200), ("", 200), (5, 302)):
            with committed():
                answer = admin.post(
                    f"/admin/catalog/event/{band.event_id}/change/",
                    self.form(band.event, (band.pk, "S", "1.00", capacity)),
                )
            assert answer.status_code == status
        assert inventory.availability([band.pk])[band.pk].capacity == 5

    def test_a_band_with_seats_sold_is_not_deleted_and_another_is_withdrawn(self, admin, committed):
        event = world.event(("Sold", "1.00", 5), ("Free", "2.00", 5))
        sold, free = event.bands.all()
        world.order(world.actor(), sold, 1)
        for gone, status in ((sold, 200), (free, 302)):
            bands = [
                (one.pk, one.name, one.price, 5, *(["on"] if one == gone else [])) for one in (sold, free)
            ]
            with committed():
                answer = admin.post(f"/admin/catalog/event/{event.pk}/change/", self.form(event, *bands))
            assert answer.status_code == status
        assert list(event.bands.all()) == [sold]
        assert set(inventory.availability([sold.pk, free.pk])) == {sold.pk}

    def test_an_event_with_seats_taken_is_not_deleted_and_another_takes_its_seats_along(
        self, admin, committed
    ):
        taken, free = world.band(5), world.band(5)
        world.hold(world.actor(), taken.pk, 1)
        for band in (taken, free):
            with committed():
                admin.post(f"/admin/catalog/event/{band.event_id}/delete/", {"post": "yes"})
        assert list(PriceBand.objects.all()) == [taken]
        chosen = {"action": "delete_selected", "_selected_action": [taken.event_id], "post": "yes"}
        with committed():
            admin.post("/admin/catalog/event/", chosen)
        assert list(PriceBand.objects.all()) == [taken]
        assert set(inventory.availability([taken.pk, free.pk])) == {taken.pk}

    def test_the_list_asks_inventory_once(self, admin, monkeypatch):
        for _ in range(3):
            world.event(("A", "1.00", 4), ("B", "2.00", 3))
        world.band(None)
        real, asked = inventory.availability, []
        monkeypatch.setattr(inventory, "availability", lambda ids: asked.append(ids) or real(ids))
        shown = admin.get("/admin/catalog/event/").content.decode()
        assert len(asked) == 1
        assert shown.count('<td class="field-seats_left">7</td>') == 3
        assert shown.count('<td class="field-seats_left">–</td>') == 1
