from django.urls import path

from boxoffice.chassis.api import Router
from boxoffice.contexts.orders.api import views

router = Router()
router.register("checkouts", views.Checkouts, basename="checkout")
router.register("orders", views.Orders, basename="order")

urlpatterns = [
    *router.urls,
    path("order-pages", views.OrderPages.as_view()),
    path("sales", views.Sales.as_view()),
]
