import csv
from decimal import Decimal

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from monolith.orders.models import Order
from monolith.reporting.sales import sales_report
from monolith.tests.factories import make_event, make_order, make_staff, make_user


class SalesTests(TestCase):
    def setUp(self):
        self.fox = make_event(
            "Foxglove", slug="foxglove", bands=[("Stalls", "20.10", 50), ("Circle", "9.95", 50)]
        )
        stalls, circle = self.fox.bands.all()
        make_order(stalls, quantity=3)
        make_order(circle, quantity=2)
        make_order(circle, quantity=4, state=Order.State.REFUNDED)
        moth = make_event("Moth", slug="moth", bands=[("Stalls", "5.00", 50)])
        make_order(moth.bands.get(), quantity=1)
        make_event("Unsold")

    def test_adds_up_by_event(self):
        rows, totals = sales_report()
        figures = {
            row["slug"]: (row["orders"], row["tickets"], row["revenue"], row["refunded"]) for row in rows
        }
        self.assertEqual(
            figures,
            {
                "foxglove": (2, 5, Decimal("80.20"), Decimal("39.80")),
                "moth": (1, 1, Decimal("5.00"), Decimal("0.00")),
            },
        )
        self.assertEqual(
            totals, {"orders": 3, "tickets": 6, "revenue": Decimal("85.20"), "refunded": Decimal("39.80")}
        )

    def test_is_one_query_with_five_joins(self):
        with CaptureQueriesContext(connection) as captured:
            sales_report()
        self.assertEqual(len(captured), 1)
        self.assertEqual(captured[0]["sql"].count(" JOIN "), 5)
        for table in (
            "orders_order",
            "catalog_priceband",
            "catalog_event",
            "catalog_venue",
            "payments_payment",
        ):
            self.assertIn(f'JOIN "{table}"', captured[0]["sql"])

    def test_the_page_shows_the_totals(self):
        self.client.force_login(make_staff())
        answer = self.client.get("/reports/sales/")
        self.assertContains(answer, 'data-revenue="85.20"')
        self.assertContains(answer, "£80.20")
        self.assertNotContains(answer, "Unsold")

    def test_the_csv_says_the_same(self):
        self.client.force_login(make_staff())
        answer = self.client.get("/reports/sales/", {"format": "csv"})
        self.assertEqual(answer["Content-Type"], "text/csv; charset=utf-8")
        rows = {row["slug"]: row for row in csv.DictReader(answer.content.decode().splitlines())}
        self.assertEqual(set(rows), {"foxglove", "moth"})
        self.assertEqual(
            (rows["foxglove"]["tickets"], rows["foxglove"]["revenue"], rows["foxglove"]["refunded"]),
            ("5", "80.20", "39.80"),
        )
        self.assertEqual(rows["foxglove"]["venue"], "The Lantern Room")
        self.assertEqual(rows["foxglove"]["date"], self.fox.starts_at.date().isoformat())

    def test_is_for_the_staff_alone(self):
        self.assertRedirects(
            self.client.get("/reports/sales/?format=csv"),
            "/accounts/login/?next=/reports/sales/%3Fformat%3Dcsv",
        )
        self.client.force_login(make_user())
        with self.assertLogs("django.request", "WARNING"):
            self.assertEqual(self.client.get("/reports/sales/").status_code, 403)
