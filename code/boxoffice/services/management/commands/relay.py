from django.conf import settings
from django.core.management import BaseCommand, CommandError

from boxoffice.services.messages import outboxes, relays
from boxoffice.services.rounds import go_round


class Command(BaseCommand):
    help = (
        "Send what is in this service's outboxes: into Redis, or without one to whoever listens. Until ended."
    )

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="send what is there, and end")
        parser.add_argument("--pause", type=float, default=0.1, help="seconds between two looks (0.1)")

    def handle(self, *, once, pause, **options):
        if pause <= 0:
            raise CommandError("--pause must be more than 0.")
        if not outboxes():
            raise CommandError(f"{settings.SERVICE_NAME} has no outbox: nothing here is told to others.")
        rounds = (
            [relay.round for relay in relays()]
            if settings.REDIS_URL
            else [outbox.hand_over_left for outbox in outboxes()]
        )
        if once:
            self.stdout.write(f"{sum(act() for act in rounds)} moved")
        else:
            go_round("relay", lambda: sum(act() for act in rounds), pause)
