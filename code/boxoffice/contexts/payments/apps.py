from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "boxoffice.contexts.payments"
    label = "payments"
    verbose_name = "Payments"
