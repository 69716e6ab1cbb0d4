from django.urls import path

from boxoffice.chassis.api import Router
from boxoffice.contexts.inventory.api import views

router = Router()
router.register("holds", views.Holds, basename="hold")

urlpatterns = [
    *router.urls,
    path("seats", views.Seats.as_view()),
    path("seats/withdraw", views.Withdraw.as_view()),
    path("seats/<int:band_id>/capacity", views.Capacity.as_view()),
]
