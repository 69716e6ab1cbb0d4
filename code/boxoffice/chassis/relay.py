"""From the outbox into a Redis stream, and out of the outbox once every reader is done.

Two things may die at any moment, the relay and Redis. So a row goes only when three things are true of its entry: each
reader's group has been given it, has acknowledged it, and the entry is still there. An entry that is *not* there was lost
by Redis (it had not reached its disk, or somebody emptied it): its message is sent again, and readers, who know what they have
done, pass over what they had. Sent twice is possible at any time; not sent is not.
"""

import json
import logging

from redis import Redis, ResponseError

from boxoffice.chassis.databases import atomic
from boxoffice.chassis.outbox import Outbox, OutboxMessage

logger = logging.getLogger(__name__)

BATCH = 200
LONGEST = 10_000  # entries in a stream


class Relay:
    """Sends one context's messages, in the order in which they were written."""

    def __init__(self, outbox: Outbox, readers: tuple[str, ...], redis: Redis):
        self.outbox, self.readers, self.redis = outbox, readers, redis

    def round(self) -> int:
        """One look at the outbox: what is done goes, what is new or lost is sent. How many rows were moved."""
        return self.clear() + self.send()  # in this order, so that what was lost comes before what is new

    def send(self) -> int:
        """Send what is not sent, unless readers are that far behind: then it waits here, where there is room.

        A second relay waits for the rows of the first: the order stays.
        """
        if self.redis.xlen(self.outbox.stream) >= LONGEST:
            return 0
        with atomic(self.outbox.model):
            unsent = self.outbox.model.objects.filter(entry="").order_by("pk").select_for_update()
            for message in (found := list(unsent[:BATCH])):
                message.entry = self.redis.xadd(self.outbox.stream, fields_of(message))
            self.outbox.model.objects.bulk_update(found, ["entry"])
        return len(found)

    def clear(self) -> int:
        """Delete what every reader is done with, and mark what the stream has lost as unsent."""
        rows = self.outbox.model.objects
        sent = list(rows.exclude(entry="").order_by("pk")[:BATCH])
        if not sent:
            return 0
        # first who is done, then what is there: an entry that is lost in between is found missing
        done = [self._done(reader) for reader in self.readers]
        there = self._there([message.entry for message in sent])
        lost = [message.pk for message in sent if message.entry not in there]
        over = [message for message in sent if message.entry in there and all(d(message.entry) for d in done)]
        if lost:
            logger.error("the stream has lost %d entries, which are sent again", len(lost))
            rows.filter(pk__in=lost).update(entry="")
        if over:
            # in this order: a crash in between has them sent once more, and leaves no entry that nobody takes away
            self.redis.xdel(self.outbox.stream, *(message.entry for message in over))
            rows.filter(pk__in=[message.pk for message in over]).delete()
        return len(lost) + len(over)

    def _there(self, entries: list[str]) -> set[str]:
        ordered = sorted(entries, key=place)
        return {entry for entry, _ in self.redis.xrange(self.outbox.stream, ordered[0], ordered[-1])}

    def _done(self, reader: str):
        """Whether that reader has acknowledged an entry, as a function of it."""
        try:
            groups = {group["name"]: group for group in self.redis.xinfo_groups(self.outbox.stream)}
        except ResponseError:  # no stream
            groups = {}
        if reader not in groups:
            return lambda entry: False
        last = place(groups[reader]["last-delivered-id"])
        waiting = self.redis.xpending(self.outbox.stream, reader)
        first = place(waiting["min"]) if waiting["pending"] else (float("inf"),)
        return lambda entry: place(entry) <= last and place(entry) < first


def fields_of(message: OutboxMessage) -> dict[str, str]:
    """The entry of a message: all texts."""
    return {
        "id": str(message.message_id),
        "kind": message.kind,
        "body": json.dumps(message.body),
        "request_id": message.request_id,
    }


def place(entry: str) -> tuple[int, ...]:
    """An entry's place in its stream, to be compared as numbers: "9-1" comes before "10-0"."""
    return tuple(int(part) for part in entry.split("-"))
