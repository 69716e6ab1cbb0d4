import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "boxoffice.services.notifications.settings")

from boxoffice.services import live

application = live.application()
