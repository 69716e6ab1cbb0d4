from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "boxoffice.contexts.notifications"
    label = "notifications"
    verbose_name = "Notifications"
