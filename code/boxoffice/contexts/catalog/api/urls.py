from django.urls import path

from boxoffice.contexts.catalog.api import views

urlpatterns = [
    path("events", views.Events.as_view()),
    path("events/batch", views.EventBatch.as_view()),
    path("events/<int:event_id>", views.Event.as_view()),
    path("events/by-slug/<slug:slug>", views.Event.as_view()),
    path("offers", views.Offers.as_view()),
]
