import os
import socket

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from boxoffice.chassis import tasks
from boxoffice.services.rounds import go_round

MOST = 20  # tasks in a round


class Command(BaseCommand):
    help = "Do the tasks of this service, as they come. Until ended: then after the task that is being done."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is there, and end")
        parser.add_argument("--name", default="", help="tells this process from others that work beside it")

    def handle(self, *, once, name, **options):
        if "django_tasks_db" not in settings.INSTALLED_APPS:
            raise CommandError(f"{settings.SERVICE_NAME} has no tasks.")
        name = name or f"{socket.gethostname()}-{os.getpid()}"[-64:]

        def round() -> int:
            given = tasks.give_back()
            tasks.worker(name, MOST).run()
            return given

        if once:
            round()
        else:
            go_round("work", round, 0.2)
