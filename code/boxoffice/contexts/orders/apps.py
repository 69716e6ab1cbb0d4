from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "boxoffice.contexts.orders"
    label = "orders"
    verbose_name = "Orders"
