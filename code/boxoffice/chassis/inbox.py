"""What others told, each message acted on once.

A stream gives every entry at least once: again after a crash, again after Redis has forgotten that it was acknowledged. What a
reader has done is therefore written into its own database, in the transaction that does it. What fails is tried again,
later and later; what fails too often becomes a dead letter, and holds up nobody.
"""

import json
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import IntegrityError, models
from redis import Redis, ResponseError

from boxoffice.chassis.databases import atomic
from boxoffice.chassis.middleware import request_id

logger = logging.getLogger(__name__)

ATTEMPTS = 5  # of which the last one fails
DEATHS = 20  # of processes that acted on it: more than bad luck
PATIENCE = 1.0  # seconds before the second attempt; before each further one twice as long
BATCH = 50


class InboxMessage(models.Model):
    """A message that was acted on. A context that listens has a model of its own of this kind."""

    message_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.kind} {self.message_id}"


class DeadLetter(models.Model):
    """A message that could not be acted on, kept for a person to look at."""

    stream = models.CharField(max_length=60)
    entry = models.CharField(max_length=40)
    fields = models.JSONField()
    problem = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["stream", "entry"], name="%(app_label)s_dead_once")]

    def __str__(self):
        return f"{self.entry} of {self.stream}"


def act_once(inbox: type[InboxMessage], message_id: uuid.UUID, kind: str, act: Callable[[], None]) -> bool:
    """Call `act` in the transaction that remembers it; False, and nothing is done, if it was done before.

    Two at the same time: the second waits at the unique index, until it is known how the first one ended.
    """
    try:
        with atomic(inbox):
            inbox.objects.create(message_id=message_id, kind=kind)
            act()
    except IntegrityError:
        if inbox.objects.filter(message_id=message_id).exists():
            return False
        raise  # it was another constraint's
    return True


@dataclass(frozen=True)
class Message:
    """What came: `body` as the sender wrote it, not looked at yet. A later message has a higher `number`."""

    id: uuid.UUID
    kind: str
    body: dict
    number: int


class Reader:
    """Reads one stream for one context: `act(message)` for each entry, which must know what it has done (`act_once`).

    Several processes may read side by side, each under a `name` of its own; what one that died has left is
    taken over by the others.
    """

    def __init__(
        self,
        redis: Redis,
        stream: str,
        group: str,
        name: str,
        act: Callable[[Message], None],
        dead: type[DeadLetter],
        patience: float = PATIENCE,
    ):
        self.redis, self.stream, self.group, self.name = redis, stream, group, name
        self.act, self.dead, self.patience = act, dead, patience

    def round(self, wait: float = 0) -> int:
        """Act on what is due again, then on what is new; how many entries were looked at.

        Waits up to so many seconds for something new. Raises redis.RedisError while there is no Redis.
        """
        try:
            due = self._all(self._due())
            return due + self._all(self._new(0 if due else wait))
        except ResponseError as problem:
            if "NOGROUP" not in str(problem):
                raise
            # never there, or forgotten by Redis: from the beginning, whatever we have done already is passed over
            self.redis.xgroup_create(self.stream, self.group, id="0", mkstream=True)
            return 0

    def _new(self, wait: float) -> list:
        block = max(1, round(wait * 1000)) if wait else None
        answer = self.redis.xreadgroup(self.group, self.name, {self.stream: ">"}, count=BATCH, block=block)
        entries = dict(answer or {}).get(self.stream, [])
        return [(entry, fields, 1) for entry, fields in entries]

    def _due(self) -> Iterator[tuple[str, dict, int]]:
        """What was given out, and not done in good time: by us, or by one that died.

        Claimed one by one, each when its turn comes: Redis counts how often an entry was given to somebody, and to
        count as tried, it must have been tried.
        """
        pending = self.redis.xpending_range(
            self.stream, self.group, "-", "+", BATCH, idle=round(self.patience * 1000)
        )
        for one in pending:
            tried, entry = one["times_delivered"], one["message_id"]
            patience = round(self.patience * 1000) * 2 ** min(tried - 1, ATTEMPTS)
            if one["time_since_delivered"] < patience:
                continue
            # by whoever comes first: the others find that it is no longer idle
            for claimed, fields in self.redis.xclaim(self.stream, self.group, self.name, patience, [entry]):
                if fields:
                    yield claimed, fields, tried + 1

    def _all(self, entries: Iterable[tuple[str, dict, int]]) -> int:
        number = 0
        for entry, fields, attempt in entries:
            number += 1
            if self._one(entry, fields, attempt):
                self.redis.xack(self.stream, self.group, entry)
        return number

    def _one(self, entry: str, fields: dict, attempt: int) -> bool:
        """Whether this entry is over."""
        try:
            number = number_of(entry)
            message = Message(uuid.UUID(fields["id"]), fields["kind"], json.loads(fields["body"]), number)
        except (KeyError, ValueError) as problem:  # it will not get better
            return self._buried(entry, fields, problem)
        if attempt > DEATHS:
            return self._buried(entry, fields, RuntimeError("whoever acted on it died each time"))
        request_id.set(fields.get("request_id", "-"))
        try:
            self.act(message)
        except Exception as problem:
            logger.warning("%s %s failed, for the %d. time", message.kind, message.id, attempt, exc_info=True)
            return attempt >= ATTEMPTS and self._buried(entry, fields, problem)
        return True

    def _buried(self, entry: str, fields: dict, problem: Exception) -> bool:
        logger.error("%s of %s is a dead letter: %s", entry, self.stream, problem)
        told = f"{type(problem).__name__}: {problem}"
        self.dead.objects.get_or_create(
            stream=self.stream, entry=entry, defaults={"fields": fields, "problem": told}
        )
        return True


def number_of(entry: str) -> int:
    """An entry's place in its stream, milliseconds and a count within one, as one number that a browser can hold exactly."""
    milliseconds, count = (int(part) for part in entry.split("-"))
    return milliseconds << 12 | min(count, 4095)
