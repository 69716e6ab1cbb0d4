import time
from datetime import timedelta

from django.core.management import BaseCommand, CommandError

from boxoffice.contexts.orders import services


class Command(BaseCommand):
    help = "Finish or give back what purchases left half done: orders whose payment nobody knows the end of."

    def add_arguments(self, parser):
        parser.add_argument(
            "--older-than",
            type=float,
            metavar="SECONDS",
            help="leave alone what is younger (one attempt's time)",
        )
        parser.add_argument("--every", type=float, metavar="SECONDS", help="again and again, until ended")

    def handle(self, *, older_than, every, **options):
        if (older_than or 0) < 0 or (every is not None and every <= 0):
            raise CommandError("--older-than must be 0 or more, and --every more than 0.")
        age = services.longest_attempt() if older_than is None else timedelta(seconds=older_than)
        while True:
            counted = services.reconcile(age)
            if every is None or any(counted.values()):
                self.stdout.write(", ".join(f"{name}: {number}" for name, number in counted.items()))
            if every is None:
                return
            time.sleep(every)
