"""The sales report: what stands, what was refunded, and for the staff alone."""

from decimal import Decimal

import pytest

from boxoffice.contexts.reporting import selectors
from boxoffice.contexts.reporting.contracts import ForTheStaff
from boxoffice.tests import world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("where", ["line", "apart"])
def test_the_sums_are_those_of_the_orders(request, where):
    request.getfixturevalue(where)
    ada, clerk = world.actor(), world.staff()
    event = world.event(("Stalls", "20.10", 50), ("Circle", "0.05", 50), title="Foxglove", slug="foxglove")
    stalls, circle = event.bands.all()
    other = world.band(50, "7.00", slug="another")
    world.event(slug="never-sold")
    for of, quantity, state in [(stalls, 3, "paid"), (circle, 1, "refunding"), (stalls, 2, "refunded"),
                                (circle, 5, "pending"), (circle, 5, "cancelled"), (other, 1, "refunded")]:  # fmt: skip
        world.order(ada, of, quantity, state)
    report = selectors.sales_report(actor=clerk)
    rows = {row.slug: (row.orders, row.tickets, row.revenue, row.refunded) for row in report.rows}
    assert rows == {
        "foxglove": (2, 4, Decimal("60.35"), Decimal("40.20")),
        "another": (0, 0, Decimal("0.00"), Decimal("7.00")),
    }
    assert (report.orders, report.tickets, report.revenue, report.refunded) == (
        2, 4, Decimal("60.35"), Decimal("47.20"),
    )  # fmt: skip


@pytest.mark.parametrize("where", ["line", "apart"])
def test_money_of_an_event_that_left_the_programme_stays_in_the_sums(request, where):
    request.getfixturevalue(where)
    clerk, event = world.staff(), world.event(("Stalls", "20.10", 50), title="Foxglove", slug="foxglove")
    world.order(world.actor(), event.bands.get(), 2, "refunded")
    before = selectors.sales_report(actor=clerk)
    event.delete()
    after = selectors.sales_report(actor=clerk)
    assert after.refunded == before.refunded == Decimal("40.20")
    assert [(row.slug, row.event, row.starts_at) for row in after.rows] == [
        (row.slug, row.event, row.starts_at) for row in before.rows
    ]


def test_nothing_sold_is_a_report_of_nothing():
    report = selectors.sales_report(actor=world.staff())
    assert (report.rows, report.orders, report.revenue) == ((), 0, 0)


def test_the_report_is_for_the_staff():
    with pytest.raises(ForTheStaff):
        selectors.sales_report(actor=world.actor(is_superuser=False))


def test_more_events_cost_no_more_queries(django_assert_num_queries):
    ada, clerk = world.actor(), world.staff()
    for _ in range(2):
        for _ in range(3):
            world.order(ada, world.band(5))
        with django_assert_num_queries(3):  # orders' sums; events with their venues, and their bands
            selectors.sales_report(actor=clerk)
