from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "boxoffice.contexts.reporting"
    label = "reporting"
    verbose_name = "Reporting"
