from django.conf import settings
from django.urls import path, re_path

from boxoffice.services.addresses import urls
from boxoffice.services.web import gateway
from boxoffice.services.web.views import buying, people, programme, staff

urlpatterns = [
    path("", programme.events, name="events"),
    path("events/<slug:slug>/", programme.event, name="event"),
    path("events/<slug:slug>/seats/", programme.seats, name="seats"),
    path("events/<slug:slug>/hold/", buying.hold, name="hold"),
    path("checkout/<uuid:reference>/", buying.checkout, name="checkout"),
    path("checkout/<uuid:reference>/state/", buying.state, name="hold-state"),
    path("checkout/<uuid:reference>/pay/", buying.pay, name="pay"),
    path("checkout/<uuid:reference>/release/", buying.release, name="release"),
    path("orders/", buying.order_list, name="orders"),
    path("orders/<slug:number>/", buying.order, name="order"),
    path("orders/<slug:number>/cancel/", buying.cancel, name="cancel"),
    path("accounts/login/", people.login, name="login"),
    path("accounts/logout/", people.logout, name="logout"),
    path("accounts/live-token/", people.live_token, name="live-token"),
    path("accounts/register/", people.register, name="register"),
    path("account/notifications/", people.notifications_page, name="notifications"),
    path("account/notifications/unread/", people.unread, name="unread"),
    path("account/notifications/preference/", people.preference, name="preference"),
    path("reports/sales/", staff.sales, name="sales"),
    path("admin/login/", people.admin_login, name="admin-login"),
    path("admin/logout/", people.logout),
    *(
        re_path(rf"^admin/(?P<context>{context})/(?P<rest>.*)$", gateway.forward)
        for context in gateway.elsewhere()
    ),
]
if "django.contrib.admin" not in settings.INSTALLED_APPS:
    urlpatterns += [
        path("admin/autocomplete/", gateway.autocomplete),
        path("admin/", gateway.index),
    ]
urlpatterns += urls(settings.CONTEXTS)
handler500 = "boxoffice.services.web.failures.server_error"
