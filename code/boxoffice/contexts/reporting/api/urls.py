from django.urls import path

from boxoffice.contexts.reporting.api import views

urlpatterns = [path("sales-report", views.SalesReport.as_view())]
