from django.conf import settings
from django.core.management import BaseCommand, CommandError

from boxoffice.services.messages import readers
from boxoffice.services.rounds import go_round


class Command(BaseCommand):
    help = "Act on what others tell this service, as it comes out of Redis. Until ended."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="act on what is there, and end")
        parser.add_argument("--name", default="", help="tells this process from others that listen beside it")

    def handle(self, *, once, name, **options):
        found = readers(name)
        if not found:
            raise CommandError(f"{settings.SERVICE_NAME} listens to nobody.")
        # of several contexts each is looked at in turn, and waited for a little
        wait = 1 / len(found)

        def round(wait: float) -> int:
            return sum(reader.round(wait) for reader in found)

        if once:
            self.stdout.write(f"{round(0) + round(0)} messages")
        else:
            go_round("listen", lambda: round(wait), 0.01)
