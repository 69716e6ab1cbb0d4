from django.db import models

from boxoffice.chassis.inbox import DeadLetter as BaseDeadLetter
from boxoffice.chassis.inbox import InboxMessage as BaseInboxMessage
from boxoffice.chassis.models import TimeStampedModel


class Notification(TimeStampedModel):
    recipient_id = models.BigIntegerField(null=True, db_index=True)
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


class InboxMessage(BaseInboxMessage):
    """A message that notifications has acted on."""


class DeadLetter(BaseDeadLetter):
    """A message that notifications could not act on."""
