from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "monolith.catalog"
    label = "catalog"
    verbose_name = "Catalogue"

    def ready(self):
        from monolith.catalog import signals  # noqa: F401  (connects the receivers)
