"""The monolith's first migration of this app, with its foreign keys to other apps written as the numbers that
they are (see boxoffice.chassis.migrations)."""

import uuid

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Allotment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("capacity", models.PositiveIntegerField()),
                ("sold", models.PositiveIntegerField(default=0)),
                ("band_id", models.BigIntegerField(unique=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sold__gte", 0), ("sold__lte", models.F("capacity"))),
                        name="allotment_never_oversold",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("reference", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "quantity",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ]
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("consumed", "Consumed"), ("released", "Released")],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("band_id", models.BigIntegerField(db_index=True)),
                ("buyer_id", models.BigIntegerField(db_index=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["band_id", "state", "expires_at"], name="hold_counting")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("quantity__lte", 10)),
                        name="hold_of_one_to_ten",
                    )
                ],
            },
        ),
    ]
