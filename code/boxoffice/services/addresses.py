"""The addresses that a deployable answers at."""

from django.conf import settings
from django.urls import include, path, re_path

from boxoffice.chassis import api, faults, health
from boxoffice.services import docs


def urls(contexts: tuple[str, ...]) -> list:
    """The addresses of a deployable without pages: its contexts' APIs and admin, and its health."""
    found = [path("api/v1/", include(f"boxoffice.contexts.{context}.api.urls")) for context in contexts]
    found += [
        path("api/docs", docs.index),
        path("api/docs/<slug:context>", docs.page, name="api-docs"),
        path("api/docs/<slug:context>.yaml", docs.document, name="api-document"),
    ]
    found += [re_path("^api/", api.not_found)]  # whoever speaks to an API is never answered with a page
    found += [path("health/live", health.live), path("health/ready", health.ready)]
    if settings.LAB:
        found += [path("_lab/facades", faults.facade_faults)]
    if "django.contrib.admin" in settings.INSTALLED_APPS:
        from django.contrib import admin  # it cannot be imported where it is not installed

        admin.site.site_header = admin.site.site_title = "Curtain Call"
        admin.site.index_title = "Box office"
        found += [path("admin/", admin.site.urls)]
    return found
