from django.urls import path

from boxoffice.contexts.orders.api import views

urlpatterns = [
    path("checkouts", views.Checkouts.as_view()),
    path("checkouts/<uuid:reference>", views.Checkout.as_view()),
    path("checkouts/<uuid:reference>/pay", views.Pay.as_view()),
    path("checkouts/<uuid:reference>/release", views.Release.as_view()),
    path("orders", views.Orders.as_view()),
    path("orders/<slug:number>", views.Order.as_view()),
    path("orders/<slug:number>/cancel", views.Cancel.as_view()),
    path("sales", views.Sales.as_view()),
]
