from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "boxoffice.services.web"
    label = "web"
