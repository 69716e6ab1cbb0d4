"""Expand: the columns that orders needs to stand alone, empty for now."""

import django.utils.timezone
from django.db import migrations, models

from boxoffice.chassis.migrations import drop_foreign_keys_to_others


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        drop_foreign_keys_to_others("orders"),
        migrations.AlterField(
            "order",
            "state",
            models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("paid", "Paid"),
                    ("cancelled", "Cancelled"),
                    ("refunding", "Refunding"),
                    ("refunded", "Refunded"),
                ],
                default="pending",
                max_length=10,
            ),
        ),
        migrations.AddField(
            "order", "buyer_email", models.EmailField(blank=True, default="", max_length=254), False
        ),
        migrations.AddField(
            "order", "hold_reference", models.UUIDField(editable=False, null=True, unique=True)
        ),
        migrations.AddField("order", "attempt", models.UUIDField(editable=False, null=True)),
        migrations.AddField("order", "attempt_ends_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("orderline", "event_id", models.BigIntegerField(db_index=True, default=0), False),
        migrations.AddField(
            "orderline", "slug", models.SlugField(db_index=False, default="", max_length=160), False
        ),
        migrations.AddField("orderline", "title", models.CharField(default="", max_length=150), False),
        migrations.AddField(
            "orderline", "starts_at", models.DateTimeField(default=django.utils.timezone.now), False
        ),
        migrations.AddField("orderline", "venue", models.CharField(default="", max_length=210), False),
        migrations.AddField(
            "orderline", "band", models.CharField(default="", max_length=60, verbose_name="price band"), False
        ),
    ]
