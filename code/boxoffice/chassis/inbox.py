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


@dataclass(frozen=True)
class Entry:
    """What a stream holds; `attempt` counts how often somebody was given it, this time included."""

    stream: str
    id: str
    fields: dict
    attempt: int


class Reader:
    """Reads for one context: `acts` says by stream what is called with each message, and must know what it has done (`act_once`).

    Several processes may read side by side, each under a `name` of its own; what one that died has left is
    taken over by the others.
    """

    def __init__(
        self,
        redis: Redis,
        group: str,
        name: str,
        acts: dict[str, Callable[[Message], None]],
        dead: type[DeadLetter],
        patience: float = PATIENCE,
    ):
        self.redis, self.group, self.name = redis, group, name
        self.acts, self.dead, self.patience = acts, dead, patience

    def round(self, wait: float = 0) -> int:
        """Act on what is due again, then on what is new; how many entries were looked at.

        Waits up to so many seconds for something new, in any of the streams. Raises redis.RedisError while there is no Redis.
        """
        try:
            due = sum(self._all(self._due(stream)) for stream in self.acts)
            return due + self._all(self._new(0 if due else wait))
        except ResponseError as problem:
            if "NOGROUP" not in str(problem):
                raise
            self._begin()
            return 0

    def _begin(self) -> None:
        """Never there, or forgotten by Redis: from the beginning, whatever we have done already is passed over."""
        for stream in self.acts:
            try:
                self.redis.xgroup_create(stream, self.group, id="0", mkstream=True)
            except ResponseError as problem:
                if "BUSYGROUP" not in str(problem):
                    raise

    def _new(self, wait: float) -> list[Entry]:
        block = max(1, round(wait * 1000)) if wait else None
        streams = dict.fromkeys(self.acts, ">")
        answer = self.redis.xreadgroup(self.group, self.name, streams, count=BATCH, block=block)
        return [Entry(stream, *one, 1) for stream, found in dict(answer or {}).items() for one in found]

    def _due(self, stream: str) -> Iterator[Entry]:
        """What was given out, and not done in good time: by us, or by one that died.

        Claimed one by one, each when its turn comes: Redis counts how often an entry was given to somebody, and to
        count as tried, it must have been tried.
        """
        idle = round(self.patience * 1000)
        for one in self.redis.xpending_range(stream, self.group, "-", "+", BATCH, idle=idle):
            tried = one["times_delivered"]
            patience = idle * 2 ** min(tried - 1, ATTEMPTS)
            if one["time_since_delivered"] < patience:
                continue
            # by whoever comes first: the others find that it is no longer idle
            for claimed in self.redis.xclaim(stream, self.group, self.name, patience, [one["message_id"]]):
                if claimed[1]:
                    yield Entry(stream, *claimed, tried + 1)

    def _all(self, entries: Iterable[Entry]) -> int:
        number = 0
        for entry in entries:
            number += 1
            if self._one(entry):
                self.redis.xack(entry.stream, self.group, entry.id)
        return number

    def _one(self, entry: Entry) -> bool:
        """Whether this entry is over."""
        fields = entry.fields
        try:
            number = number_of(entry.id)
            message = Message(uuid.UUID(fields["id"]), fields["kind"], json.loads(fields["body"]), number)
        except (KeyError, ValueError) as problem:  # it will not get better
            return self._buried(entry, problem)
        if entry.attempt > DEATHS:
            return self._buried(entry, RuntimeError("whoever acted on it died each time"))
        request_id.set(fields.get("request_id", "-"))
        try:
            self.acts[entry.stream](message)
        except Exception as problem:
            logger.warning(
                "%s %s failed, for the %d. time", message.kind, message.id, entry.attempt, exc_info=True
            )
            return entry.attempt >= ATTEMPTS and self._buried(entry, problem)
        return True

    def _buried(self, entry: Entry, problem: Exception) -> bool:
        logger.error("%s of %s is a dead letter: %s", entry.id, entry.stream, problem)
        told = f"{type(problem).__name__}: {problem}"
        self.dead.objects.get_or_create(
            stream=entry.stream, entry=entry.id, defaults={"fields": entry.fields, "problem": told}
        )
        return True


def number_of(entry: str) -> int:
    """An entry's place in its stream, milliseconds and a count within one, as one number that a browser can hold exactly."""
    milliseconds, count = (int(part) for part in entry.split("-"))
    return milliseconds << 12 | min(count, 4095)
