from datetime import timedelta

from django.apps import apps
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from boxoffice.chassis.idempotency import KeptAnswer


class Command(BaseCommand):
    help = "Forget the answers kept for Idempotency-Keys that nobody will ask for again."

    def add_arguments(self, parser):
        parser.add_argument("--hours", type=int, default=24, help="how long an answer is kept (24)")

    def handle(self, *, hours, **options):
        if hours < 1:
            raise CommandError("--hours must be 1 or more: a caller may be asking again at this moment")
        before = timezone.now() - timedelta(hours=hours)
        for model in apps.get_models():
            if issubclass(model, KeptAnswer):
                dropped, _ = model.objects.filter(created_at__lt=before).delete()
                self.stdout.write(f"{model._meta.app_label}: {dropped} forgotten")
