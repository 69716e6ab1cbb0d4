from django.urls import path

from boxoffice.contexts.payments.api import views

urlpatterns = [
    path("charges", views.Charges.as_view()),
    path("refunds", views.Refunds.as_view()),
    path("settlements", views.Settlements.as_view()),
    path("payments", views.Payments.as_view()),
]
