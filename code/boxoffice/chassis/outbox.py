"""What happened here, for others to hear of: written with the change itself, and sent afterwards.

A message is a row of the transaction that it tells of, so there is neither news of a change that was rolled back, nor
a change without its news. `relay` sends it on, at least once: it is a row until each reader has said that it is
done with it, whatever Redis forgets meanwhile (chassis.relay). Where there is no Redis, it is handed over by a call after the
commit; what fails is handed over by `relay`, too.
"""

import logging
import uuid
from collections.abc import Callable, Iterator
from functools import cached_property, partial

from django.apps import apps
from django.conf import settings
from django.db import models, router, transaction

from boxoffice.chassis.databases import on_commit
from boxoffice.chassis.middleware import request_id
from boxoffice.chassis.wire import to_wire

logger = logging.getLogger(__name__)


class OutboxMessage(models.Model):
    """A message that not every reader is done with. A context that tells others has a model of its own of this kind."""

    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=60)
    body = models.JSONField()
    request_id = models.CharField(max_length=64)  # of the request that it came of
    entry = models.CharField(
        max_length=40, blank=True, db_index=True
    )  # in the stream; empty: not sent, or lost
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self):
        return f"{self.kind} {self.message_id}"


class Outbox:
    """What one context tells others.

    `hand_over`: who is called, by the kind of message, where there is no Redis: `act(message_id, body)`, which may
    raise. A kind that nobody is called for is told over Redis alone, and nothing is written where there is none.
    """

    def __init__(self, context: str, hand_over: dict[str, Callable[[uuid.UUID, dict], None]] | None = None):
        self.context = context
        self.hand_over = hand_over or {}

    @cached_property
    def model(self) -> type[OutboxMessage]:
        return apps.get_model(self.context, "OutboxMessage")

    @property
    def stream(self) -> str:
        return f"boxoffice:{self.context}"

    def tell(self, kind: str, contract) -> None:
        """Write the message, in the transaction that makes it true. Raises TransactionManagementError outside of one."""
        alias = router.db_for_write(self.model)
        if not transaction.get_connection(alias).in_atomic_block:
            raise transaction.TransactionManagementError(
                f"{kind}: a message is part of the change that it tells of"
            )
        if not settings.REDIS_URL and kind not in self.hand_over:
            return
        message = self.model.objects.create(kind=kind, body=to_wire(contract), request_id=request_id.get())
        if not settings.REDIS_URL:
            on_commit(self.model, partial(self._handed_over, message))

    def left(self) -> Iterator[OutboxMessage]:
        """What was handed over to nobody yet, in order."""
        return self.model.objects.order_by("pk").iterator()

    def hand_over_left(self) -> int:
        """Hand over what is left, without Redis; how many messages went."""
        return sum(self._handed_over(message) for message in list(self.left()))

    def _handed_over(self, message: OutboxMessage) -> bool:
        try:
            self.hand_over[message.kind](message.message_id, message.body)
        except Exception:  # whoever made the change is done: it is for us to try again
            logger.warning("%s was not handed over", message, exc_info=True)
            return False
        self.model.objects.filter(pk=message.pk).delete()  # `relay` may have been quicker
        return True
