from django.urls import path

from boxoffice.contexts.inventory.api import views

urlpatterns = [
    path("seats", views.Seats.as_view()),
    path("seats/withdraw", views.Withdraw.as_view()),
    path("seats/<int:band_id>/capacity", views.Capacity.as_view()),
    path("holds", views.Holds.as_view()),
    path("holds/<uuid:reference>", views.Hold.as_view()),
    path("holds/<uuid:reference>/release", views.Release.as_view()),
    path("holds/<uuid:reference>/consume", views.Consume.as_view()),
    path("holds/<uuid:reference>/return", views.Return.as_view()),
]
