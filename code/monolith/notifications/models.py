from django.conf import settings
from django.db import models

from monolith.utils import TimeStampedModel


class Notification(TimeStampedModel):
    # coupling 1: a foreign key into accounts
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="notifications"
    )
    subject = models.CharField(max_length=200)
    text = models.TextField()
    is_read = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.subject


class Preference(TimeStampedModel):
    """Whether an address wants mail. Kept by address: a wish to be left alone outlives the account."""

    email = models.EmailField("e-mail address", unique=True)
    wants_mail = models.BooleanField(default=True)

    def __str__(self):
        return f"{self.email}: {'mail' if self.wants_mail else 'no mail'}"
