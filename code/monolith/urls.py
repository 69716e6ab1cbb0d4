from django.contrib import admin
from django.urls import include, path

from monolith import health

admin.site.site_header = "Curtain Call"
admin.site.site_title = "Curtain Call"
admin.site.index_title = "Box office"

urlpatterns = [
    path("", include("monolith.catalog.urls")),
    path("", include("monolith.orders.urls")),
    path("accounts/", include("monolith.accounts.urls")),
    path("account/notifications/", include("monolith.notifications.urls")),
    path("reports/", include("monolith.reporting.urls")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("admin/", admin.site.urls),
]
