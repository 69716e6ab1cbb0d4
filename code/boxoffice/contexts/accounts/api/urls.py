from django.urls import path

from boxoffice.contexts.accounts.api import views

urlpatterns = [
    path("tokens", views.Tokens.as_view()),
    path("tokens/renew", views.Renewal.as_view()),
    path("tokens/service", views.ServiceTokens.as_view()),
    path("accounts", views.Accounts.as_view()),
]
