from decimal import Decimal

from django.db import models
from django.utils import timezone

from boxoffice.chassis.models import TimeStampedModel
from boxoffice.chassis.outbox import OutboxMessage as BaseOutboxMessage


class Order(TimeStampedModel):
    class State(models.TextChoices):
        PENDING = "pending"  # a payment was begun
        PAID = "paid"
        CANCELLED = "cancelled"  # nothing was charged, or it was given back at once
        REFUNDING = "refunding"  # the buyer wants the money back, and the provider has not confirmed it yet
        REFUNDED = "refunded"

    number = models.CharField(max_length=20, unique=True)
    buyer_id = models.BigIntegerField(db_index=True)
    buyer_name = models.CharField(max_length=310)
    buyer_email = models.EmailField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    placed_at = models.DateTimeField(default=timezone.now)
    hold_reference = models.UUIDField(unique=True, null=True, editable=False)
    # the payment attempt that is at work, and when it counts as dead if nothing was heard of it; of a cancelled
    # order, when to look once more whether it was charged after all
    attempt = models.UUIDField(null=True, editable=False)
    attempt_ends_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-placed_at", "-pk"]

    def __str__(self):
        return self.number

    @property
    def payment_key(self) -> str:
        """The provider charges once for each key, so one hold can be paid for once, however often it is tried."""
        return f"hold-{self.hold_reference}"


class OrderLine(TimeStampedModel):
    """Seats bought. What the catalogue said of them is kept with them: a foreign key would show what it
    says today, and needs the catalogue in the same database."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    band_id = models.BigIntegerField(db_index=True)
    quantity = models.PositiveSmallIntegerField()
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)
    event_id = models.BigIntegerField(db_index=True)
    slug = models.SlugField(max_length=160, db_index=False)
    title = models.CharField(max_length=150)
    starts_at = models.DateTimeField()
    venue = models.CharField(max_length=210)
    band = models.CharField("price band", max_length=60)

    def __str__(self):
        return f"{self.quantity} × {self.title}, {self.band}"

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price


class OutboxMessage(BaseOutboxMessage):
    """What orders has to tell, and has not told every reader yet."""
