"""The staff: the admin and the sales report."""

from decimal import Decimal

import pytest
from driver import STAFF, BoxOffice, Unexpected, eventually


def test_the_admin_asks_for_a_login_and_takes_no_buyers(running, visitor, buyer):
    visitor.admin_login(password="wrong")
    assert visitor.get("/admin/").path == "/admin/login/"
    assert buyer.get("/admin/").path == "/admin/login/"


def test_an_event_entered_in_the_admin_is_on_sale(visitor, buyer, provider, new_event):
    made = new_event(("Stalls", "30.00", 5), ("Balcony", "12.50", 7))
    assert eventually(lambda: visitor.events(made.title))[0].slug == made.slug
    assert buyer.buy(made.slug, made.band("Balcony").id, 2).total == Decimal("25.00")


def test_a_change_in_the_admin_is_shown(admin, visitor, new_event):
    made = new_event()
    visitor.event(made.slug), visitor.events(made.title)
    admin.edit_event(made.title, title=f"{made.title} renamed")
    eventually(lambda: visitor.event(made.slug).title == f"{made.title} renamed")
    assert eventually(lambda: visitor.events(f"{made.title} renamed"))[0].slug == made.slug


def test_the_admin_refuses_what_makes_no_sense(admin, new_event):
    made = new_event()
    for wrong in ({"bands-0-price": "-1"}, {"bands-0-capacity": "-5"}, {"title": ""}, {"slug": "not a slug"}):
        with pytest.raises(Unexpected, match="the admin refuses"):
            admin.edit_event(made.title, **wrong)


def test_capacity_is_never_cut_below_what_is_sold(admin, buyer, provider, new_event):
    made = new_event(("Stalls", "20.00", 10))
    buyer.buy(made.slug, made.bands[0].id, 4)
    with pytest.raises(Unexpected, match="sold or held"):
        admin.edit_event(made.title, **{"bands-0-capacity": "3"})
    admin.edit_event(made.title, **{"bands-0-capacity": "4"})
    eventually(lambda: buyer.event(made.slug).seats_left == 0)


def test_a_closed_sale_sells_nothing(admin, buyer, new_event):
    made = new_event()
    admin.close_sale(made.title)
    eventually(lambda: not buyer.event(made.slug).on_sale)
    assert buyer.try_hold(made.slug, made.bands[0].id).errors


def test_the_report_is_for_the_staff_alone(running, visitor, buyer):
    assert visitor.get("/reports/sales/").path == "/accounts/login/"
    buyer.get("/reports/sales/").expect(403)
    with BoxOffice(running.base_url) as staff:
        staff.login(STAFF)
        assert staff.report()


def test_the_report_is_the_sum_of_what_was_sold(admin, buyer, new_buyer, provider, new_event):
    made = new_event(("Stalls", "20.10", 10), ("Balcony", "9.95", 10))
    stalls, balcony = made.band("Stalls").id, made.band("Balcony").id
    orders = [
        buyer.buy(made.slug, stalls, 2),
        buyer.buy(made.slug, balcony, 3),
        new_buyer().buy(made.slug, balcony, 1),
    ]
    cancelled = buyer.buy(made.slug, stalls, 4)
    buyer.cancel(cancelled.number)
    expected = {
        "orders": 3,
        "tickets": 6,
        "revenue": sum(order.total for order in orders),
        "refunded": cancelled.total,
    }
    eventually(lambda: admin.report().get(made.slug) == expected)


def test_the_report_page_adds_up(admin):
    page = admin.get("/reports/sales/").expect(200)
    rows = page.soup.select("tr[data-event]")
    assert rows
    for figure in ("orders", "tickets", "revenue", "refunded"):
        column = [Decimal(row.select_one(f"[data-{figure}]")[f"data-{figure}"]) for row in rows]
        assert sum(column) == Decimal(page.one(f"tr[data-totals] [data-{figure}]")[f"data-{figure}"])


def test_an_order_is_found_in_the_admin(admin, buyer, provider, event, band):
    order = buyer.buy(event.slug, band.id)
    for words in (order.number, buyer.email, event.title):
        assert order.number in admin.get("/admin/orders/order/", q=words).expect(200).response.text
