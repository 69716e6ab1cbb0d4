from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "boxoffice.contexts.inventory"
    label = "inventory"
    verbose_name = "Inventory"
