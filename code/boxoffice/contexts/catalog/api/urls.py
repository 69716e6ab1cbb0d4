from django.urls import path

from boxoffice.chassis.api import Router
from boxoffice.contexts.catalog.api import views

router = Router()
router.register("events", views.Events, basename="event")

urlpatterns = [
    *router.urls,
    path("programme", views.Programme.as_view()),
    path("offers", views.Offers.as_view()),
]
