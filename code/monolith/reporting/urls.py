from django.urls import path

from monolith.reporting import views

app_name = "reporting"

urlpatterns = [
    path("sales/", views.sales, name="sales"),
]
