import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "boxoffice.services.web.settings")

from boxoffice.services import live

application = live.application()
