from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "monolith.notifications"
    label = "notifications"
    verbose_name = "Notifications"

    def ready(self):
        from monolith.notifications import signals  # noqa: F401  (connects the receivers)
