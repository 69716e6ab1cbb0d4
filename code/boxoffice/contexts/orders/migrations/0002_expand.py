"""Expand: the columns that orders needs to stand alone, empty for now. They may stay empty, so that the
monolith's own code can go on selling between here and 0004."""

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
        migrations.AddField("order", "buyer_email", models.EmailField(blank=True, max_length=254, null=True)),
        migrations.AddField(
            "order", "hold_reference", models.UUIDField(editable=False, null=True, unique=True)
        ),
        migrations.AddField("order", "attempt", models.UUIDField(editable=False, null=True)),
        migrations.AddField("order", "attempt_ends_at", models.DateTimeField(editable=False, null=True)),
        # its index comes with 0004: one that is made here is made after the last statement, and a migration that
        # dies between the two is neither done nor recorded
        migrations.AddField("orderline", "event_id", models.BigIntegerField(null=True)),
        migrations.AddField("orderline", "slug", models.SlugField(db_index=False, max_length=160, null=True)),
        migrations.AddField("orderline", "title", models.CharField(max_length=150, null=True)),
        migrations.AddField("orderline", "starts_at", models.DateTimeField(null=True)),
        migrations.AddField("orderline", "venue", models.CharField(max_length=210, null=True)),
        migrations.AddField(
            "orderline", "band", models.CharField(max_length=60, null=True, verbose_name="price band")
        ),
    ]
