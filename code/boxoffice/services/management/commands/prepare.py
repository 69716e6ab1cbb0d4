from django.conf import settings
from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    help = "Migrate every database of this service, and, with --seed, fill the empty ones."

    # they load every address, which takes longer than the rest; `manage.py check` is for them
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--seed", action="store_true")

    def handle(self, *, seed, **options):
        for alias in settings.DATABASES:
            call_command("migrate", database=alias, verbosity=0)
        if seed:
            call_command("seed", verbosity=0)
