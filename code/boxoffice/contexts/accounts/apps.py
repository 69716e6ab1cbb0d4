from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "boxoffice.contexts.accounts"
    label = "accounts"
    verbose_name = "Accounts"
