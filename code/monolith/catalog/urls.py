from django.urls import path

from monolith.catalog import views

app_name = "catalog"

urlpatterns = [
    path("", views.events, name="events"),
    path("events/<slug:slug>/", views.event, name="event"),
]
