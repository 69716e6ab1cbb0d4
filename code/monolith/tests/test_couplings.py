"""The couplings that the monolith is known for: exactly these, each where its comment says."""

import re
from collections import Counter
from pathlib import Path

from django.apps import apps
from django.db import models
from django.test import SimpleTestCase

HERE = Path(__file__).resolve().parent.parent
OUR_APPS = {"accounts", "catalog", "inventory", "orders", "payments", "notifications", "reporting"}


def relations_across_apps():
    for model in apps.get_models():
        for field in model._meta.get_fields(include_hidden=True):
            if not field.is_relation or field.auto_created or field.related_model is None:
                continue
            ours = {model._meta.app_label, field.related_model._meta.app_label} <= OUR_APPS
            if ours and model._meta.app_label != field.related_model._meta.app_label:
                yield field


class CouplingTests(SimpleTestCase):
    def test_exactly_eight_foreign_keys_cross_an_app_border(self):
        found = {
            f"{field.model._meta.label}.{field.name}": (
                field.related_model._meta.label,
                type(field),
                field.remote_field.on_delete,
            )
            for field in relations_across_apps()
        }
        self.assertEqual(
            found,
            {
                "inventory.Allotment.band": ("catalog.PriceBand", models.OneToOneField, models.CASCADE),
                "inventory.Hold.band": ("catalog.PriceBand", models.ForeignKey, models.CASCADE),
                "inventory.Hold.buyer": ("accounts.User", models.ForeignKey, models.SET_NULL),
                "orders.Order.buyer": ("accounts.User", models.ForeignKey, models.CASCADE),
                "orders.OrderLine.band": ("catalog.PriceBand", models.ForeignKey, models.PROTECT),
                "orders.OrderLine.hold": ("inventory.Hold", models.OneToOneField, models.PROTECT),
                "payments.Payment.order": ("orders.Order", models.ForeignKey, models.CASCADE),
                "notifications.Notification.recipient": ("accounts.User", models.ForeignKey, models.SET_NULL),
            },
        )

    def test_every_coupling_is_marked_where_it_stands(self):
        marks = Counter()
        for path in HERE.rglob("*.py"):
            if path != Path(__file__).resolve():
                marks.update(int(number) for number in re.findall(r"coupling (\d+):", path.read_text()))
        self.assertEqual(set(marks), set(range(1, 10)))
