from django.core.management import BaseCommand, CommandError, call_command
from django.db import transaction

from monolith.accounts.models import User
from monolith.catalog.caching import catalogue_changed
from monolith.catalog.models import Event
from monolith.orders import seeding


class Command(BaseCommand):
    help = "Fill an empty database with an invented programme, users and orders: the same for the same seed."

    def add_arguments(self, parser):
        parser.add_argument("--events", type=int, default=20)
        parser.add_argument("--orders", type=int, default=2000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--flush", action="store_true", help="empty the whole database first")

    def handle(self, *, events, orders, seed, flush, **options):
        if events < 0 or orders < 0:
            raise CommandError("--events and --orders cannot be below zero.")
        if orders and not events:
            raise CommandError("Orders need events: give --orders 0 too, or more --events.")
        if flush:
            call_command("flush", interactive=False, verbosity=0)
        elif Event.objects.exists() or User.objects.filter(email=seeding.ADMIN).exists():
            raise CommandError("The database is not empty. To throw everything in it away, add --flush.")
        with transaction.atomic():
            counted = seeding.seed(events=events, orders=orders, seed=seed)
            catalogue_changed()  # bulk_create() sends no signal
        if options["verbosity"]:
            self.stdout.write(", ".join(f"{name}: {number}" for name, number in counted.items()))
