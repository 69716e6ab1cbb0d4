from boxoffice.services.addresses import urls

urlpatterns = urls(("accounts",))
handler404 = "boxoffice.chassis.api.not_found"
handler500 = "boxoffice.chassis.api.server_error"
