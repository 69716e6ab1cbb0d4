import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from boxoffice.chassis.idempotency import KeptAnswer
from boxoffice.chassis.models import TimeStampedModel
from boxoffice.chassis.outbox import OutboxMessage as BaseOutboxMessage
from boxoffice.contexts.inventory import contracts
from boxoffice.contexts.inventory.contracts import MOST_SEATS


class Allotment(TimeStampedModel):
    """How many seats of a price band there are, and how many are sold.

    Whoever sells or holds seats locks this row first.
    """

    band_id = models.BigIntegerField(unique=True)
    capacity = models.PositiveIntegerField()
    sold = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sold__gte=0, sold__lte=models.F("capacity")),
                name="allotment_never_oversold",
            )
        ]

    def __str__(self):
        return f"{self.sold} of {self.capacity} sold"


class HoldQuerySet(models.QuerySet):
    def counting(self):
        """The holds that keep seats from others. One that ran out stops counting without anybody's help."""
        return self.filter(state=Hold.State.ACTIVE, expires_at__gt=timezone.now())


class Hold(TimeStampedModel):
    class State(models.TextChoices):
        ACTIVE = contracts.ACTIVE
        CONSUMED = contracts.CONSUMED
        RELEASED = contracts.RELEASED

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    band_id = models.BigIntegerField(db_index=True)
    buyer_id = models.BigIntegerField(null=True, db_index=True)
    quantity = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)]
    )
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    # the payment attempt that consumed it last: no other may return its seats
    attempt = models.UUIDField(null=True, editable=False)

    objects = HoldQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["band_id", "state", "expires_at"], name="hold_counting")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1, quantity__lte=MOST_SEATS), name="hold_of_one_to_ten"
            )
        ]

    def __str__(self):
        return f"{self.quantity} × {self.band_id} ({self.state})"

    @property
    def has_expired(self) -> bool:
        return self.state == self.State.ACTIVE and self.expires_at <= timezone.now()


class KeyedAnswer(KeptAnswer):
    """What was answered to a wish for seats that came with a key."""


class OutboxMessage(BaseOutboxMessage):
    """What inventory has to tell, and has not told every reader yet."""
