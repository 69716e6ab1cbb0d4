from django.apps import AppConfig


class ServicesConfig(AppConfig):
    """Brings the commands that every deployable has."""

    name = "boxoffice.services"
    label = "services"
