from django.urls import path

from monolith.notifications import views

app_name = "notifications"

urlpatterns = [
    path("", views.notifications, name="notifications"),
    path("preference/", views.preference, name="preference"),
]
