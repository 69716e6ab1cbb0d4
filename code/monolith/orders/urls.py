from django.urls import path

from monolith.orders import views

app_name = "orders"

urlpatterns = [
    path("events/<slug:slug>/hold/", views.hold, name="hold"),
    path("checkout/<uuid:reference>/", views.checkout_page, name="checkout"),
    path("checkout/<uuid:reference>/pay/", views.pay, name="pay"),
    path("checkout/<uuid:reference>/release/", views.release, name="release"),
    path("orders/", views.orders, name="orders"),
    path("orders/<str:number>/", views.order, name="order"),
    path("orders/<str:number>/cancel/", views.cancel, name="cancel"),
]
