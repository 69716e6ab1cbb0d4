from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "boxoffice.contexts.catalog"
    label = "catalog"
    verbose_name = "Catalogue"
