"""Seats: never more than there are, each hold ends by itself, and each step may be made twice."""

import random
import uuid

import pytest
from django.db import IntegrityError, transaction

from boxoffice.contexts.inventory import selectors, services
from boxoffice.contexts.inventory.contracts import (
    HoldExpired,
    HoldNotFound,
    HoldReleased,
    NoSeatsForSale,
    SeatsTaken,
    SenselessQuantity,
    SoldOut,
)
from boxoffice.contexts.inventory.models import Allotment, Hold
from boxoffice.tests import world

pytestmark = pytest.mark.django_db

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def ada():
    return world.actor()


@pytest.fixture
def band(ada):
    """Ten seats."""
    return world.band(10).pk


def place(ada, band, quantity=2) -> uuid.UUID:
    return services.place_hold(actor=ada, band_id=band, quantity=quantity).reference


def counted(band) -> tuple[int, int, int]:
    found = selectors.availability([band])[band]
    return found.sold, found.held, found.left


def test_a_hold_keeps_seats_from_others_and_says_how_many_are_left(ada, band):
    place(ada, band, 7)
    assert counted(band) == (0, 7, 3)
    with pytest.raises(SoldOut) as caught:
        place(world.actor(), band, 4)
    assert caught.value.left == 3
    place(world.actor(), band, 3)
    assert counted(band) == (0, 10, 0)
    assert Hold.objects.count() == 2


def test_a_hold_that_ran_out_frees_its_seats_without_anybodys_help(ada, band):
    reference = place(ada, band, 10)
    world.expire(reference)
    assert counted(band) == (0, 0, 10)
    place(world.actor(), band, 10)
    with pytest.raises(HoldExpired):
        services.consume_hold(reference=reference, attempt=ONE)
    assert counted(band) == (0, 10, 0)


def test_how_long_a_hold_lasts_is_a_setting(ada, band, settings):
    settings.HOLD_SECONDS = 7
    assert services.place_hold(actor=ada, band_id=band, quantity=1).seconds_left in (6, 7)


@pytest.mark.parametrize("quantity", [0, -1, 11, 10**30])
def test_a_hold_is_for_one_to_ten_seats(ada, band, quantity):
    with pytest.raises(SenselessQuantity):
        place(ada, band, quantity)
    assert Hold.objects.count() == 0


def test_a_band_without_an_allotment_sells_nothing(ada):
    with pytest.raises(NoSeatsForSale):
        place(ada, world.band(None).pk)


def test_consuming_twice_sells_once_and_the_hold_changes_hands(ada, band):
    reference = place(ada, band, 2)
    for attempt in (ONE, TWO, TWO):
        assert services.consume_hold(reference=reference, attempt=attempt).state == "consumed"
        assert counted(band) == (2, 0, 8)
    services.return_seats(reference=reference, attempt=ONE)
    assert counted(band) == (2, 0, 8)  # it has passed on from that one
    services.return_seats(reference=reference, attempt=TWO)
    assert counted(band) == (0, 0, 10)


def test_returning_twice_returns_once(ada, band):
    other = place(world.actor(), band, 3)
    services.consume_hold(reference=other, attempt=ONE)
    reference = place(ada, band, 2)
    services.consume_hold(reference=reference, attempt=ONE)
    for _ in range(3):
        assert services.return_seats(reference=reference).state == "released"
        assert counted(band) == (3, 0, 7)


@pytest.mark.parametrize("runs", [True, False])
def test_a_returned_hold_may_be_kept_while_its_time_lasts(ada, band, runs):
    reference = place(ada, band, 2)
    services.consume_hold(reference=reference, attempt=ONE)
    if not runs:
        world.expire(reference)
    kept = services.return_seats(reference=reference, attempt=ONE, keep_hold=True)
    assert kept.state == ("active" if runs else "released")
    assert counted(band) == ((0, 2, 8) if runs else (0, 0, 10))


def test_a_hold_given_back_frees_its_seats_and_cannot_be_consumed(ada, band):
    reference = place(ada, band, 2)
    for _ in range(2):
        assert services.release_hold(actor=ada, reference=reference).state == "released"
    with pytest.raises(HoldReleased):
        services.consume_hold(reference=reference, attempt=ONE)
    assert counted(band) == (0, 0, 10)


def test_seats_that_are_paid_for_are_not_given_back_as_a_hold(ada, band):
    reference = place(ada, band, 2)
    services.consume_hold(reference=reference, attempt=ONE)
    assert services.release_hold(actor=ada, reference=reference).state == "consumed"
    assert counted(band) == (2, 0, 8)


def test_somebody_elses_hold_is_none(ada, band):
    reference = place(world.actor(), band)
    for act in (selectors.get_hold, services.release_hold):
        with pytest.raises(HoldNotFound):
            act(actor=ada, reference=reference)
    assert counted(band) == (0, 2, 8)


def test_a_capacity_is_never_cut_below_what_is_taken(ada, band):
    services.consume_hold(reference=place(ada, band, 2), attempt=ONE)
    place(ada, band, 3)
    with pytest.raises(SeatsTaken) as caught:
        services.set_capacity(band, 4)
    assert caught.value.taken == 5
    assert Allotment.objects.get(band_id=band).capacity == 10
    for capacity in (5, 5, 100):
        found = services.set_capacity(band, capacity)
        assert (found.capacity, found.sold, found.held) == (capacity, 2, 3)
        assert Allotment.objects.get(band_id=band).capacity == capacity


def test_a_first_capacity_puts_a_band_on_sale(ada):
    band = world.band(None).pk
    for _ in range(2):
        services.set_capacity(band, 3)
    place(ada, band, 3)
    assert counted(band) == (0, 3, 0)


def test_bands_are_withdrawn_together_or_not_at_all(ada, band):
    free, taken = world.band(5).pk, place(ada, band, 1)
    with pytest.raises(SeatsTaken) as caught:
        services.withdraw([free, band])
    assert caught.value.taken == 1
    assert Allotment.objects.count() == 2
    world.expire(taken)
    for _ in range(2):
        services.withdraw([free, band, 10**6])
        assert Allotment.objects.count() == 0


def test_the_database_itself_refuses_to_oversell(band):
    allotment = Allotment.objects.get(band_id=band)
    for sold in (11, -1):
        allotment.sold = sold
        with pytest.raises(IntegrityError), transaction.atomic():
            allotment.save()


def test_many_bands_are_asked_for_in_one_query(ada, django_assert_num_queries):
    bands = [world.band(5).pk for _ in range(5)]
    place(ada, bands[0], 2)
    with django_assert_num_queries(1):
        found = selectors.availability([*bands, 10**6])
    assert set(found) == set(bands)
    assert [found[one].left for one in bands] == [3, 5, 5, 5, 5]


def test_whatever_is_done_in_whatever_order_the_books_balance(band):
    """Three hundred steps at random: never more than capacity, and `sold` is what consumed holds say."""
    dice = random.Random(7)
    people, held = [world.actor() for _ in range(3)], []
    for _ in range(300):
        step = dice.choice(["place", "consume", "return", "release", "expire", "capacity", "withdraw"])
        who = dice.choice(people)
        reference = dice.choice(held) if held else uuid.UUID(int=0)
        try:
            if step == "place":
                held.append(place(who, band, dice.randint(1, 4)))
            elif step == "consume":
                services.consume_hold(reference=reference, attempt=dice.choice([ONE, TWO]))
            elif step == "return":
                services.return_seats(
                    reference=reference, attempt=dice.choice([ONE, TWO, None]), keep_hold=dice.random() < 0.5
                )
            elif step == "release":
                services.release_hold(actor=who, reference=reference)
            elif step == "expire" and held:
                world.expire(reference)
            elif step == "capacity":
                services.set_capacity(band, dice.randint(0, 20))
            elif step == "withdraw":
                services.withdraw([band])
        except (SoldOut, HoldNotFound, HoldReleased, HoldExpired, SeatsTaken, NoSeatsForSale):
            pass
        consumed = sum(Hold.objects.filter(state="consumed").values_list("quantity", flat=True))
        allotment = Allotment.objects.filter(band_id=band).first()
        assert (allotment.sold if allotment else 0) == consumed
        if allotment:
            sold, kept, _ = counted(band)
            assert sold + kept <= allotment.capacity
    assert len(held) > 10
