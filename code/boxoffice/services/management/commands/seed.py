from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.core.management.color import no_style
from django.db import connections, router, transaction

from boxoffice.services.seeding import PASSWORD, Plan


class Command(BaseCommand):
    help = "Fill this service's empty tables with its part of an invented box office: the same for the same seed."

    def add_arguments(self, parser):
        parser.add_argument("--events", type=int, default=20)
        parser.add_argument("--orders", type=int, default=2000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, events, orders, seed, **options):
        if events < 0 or orders < 0:
            raise CommandError("--events and --orders cannot be below zero.")
        if orders and not events:
            raise CommandError("Orders need events: give --orders 0 too, or more --events.")
        models = {
            label: apps.get_model(label)
            for label in Plan(events=1, orders=1, seed=1).rows
            if label.partition(".")[0] in settings.CONTEXTS
        }
        if filled := [label for label, model in models.items() if model.objects.exists()]:
            raise CommandError(f"There are rows already: {', '.join(filled)}. Only empty tables are filled.")
        rows = Plan(events=events, orders=orders, seed=seed).rows
        for alias in {router.db_for_write(model) for model in models.values()}:
            with transaction.atomic(using=alias):
                for label, model in models.items():
                    if router.db_for_write(model) == alias:
                        self._fill(model, rows[label])
        if options["verbosity"]:
            counted = ", ".join(f"{label}: {len(rows[label])}" for label in models)
            self.stdout.write(counted or "This service keeps no rows.")

    def _fill(self, model, rows: list[dict]) -> None:
        if model._meta.label == "accounts.User":
            from django.contrib.auth.hashers import make_password

            password = make_password(PASSWORD)  # once: hashing is slow on purpose
            rows = [{**row, "password": password} for row in rows]
        model.objects.bulk_create([model(**row) for row in rows], batch_size=2000)
        connection = connections[router.db_for_write(model)]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
                cursor.execute(statement)
