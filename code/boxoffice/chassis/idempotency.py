"""Twice is once: a write that carries a key is done for the first request that brings it, and told to the others.

The key and what was done are rows of one transaction. So a crash in between leaves neither, and the key can be
used again; a rival who brings the same key meanwhile waits at the unique index, until it is known how the
first one ended. A refusal is not kept: the seats that were sold out may be back when the same key comes again.

A key belongs to whoever brought it: another person's equal key is another key. It says nothing of a *different*
request: that is refused (KeyReused), since one of the two must be a mistake.

Kept answers are needed as long as a caller may still ask again: `python manage.py … forget_keys` drops old ones.
"""

import hashlib
import json
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, models

from boxoffice.chassis.databases import atomic
from boxoffice.chassis.errors import KeyReused
from boxoffice.chassis.wire import from_wire, to_wire

T = TypeVar("T")
KEY_LENGTH = 80


class KeptAnswer(models.Model):
    """What was answered to a request with a key. A context that takes keys has a model of its own of this kind."""

    caller = models.BigIntegerField()
    key = models.CharField(max_length=KEY_LENGTH)
    asked = models.CharField(max_length=64)  # a digest of what was asked for
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="%(app_label)s_key_once")]

    def __str__(self):
        return f"{self.key} of {self.caller}"


def once(kept: type[KeptAnswer], kind: type[T], act: Callable[[], T], *, caller: int, key: str, **asked) -> T:
    """What `act` returns, a contract of that `kind`; for a key that was here before, what it returned then.

    `act` runs inside the transaction that keeps its answer, and must not call another context. Without a key
    it runs each time. Raises KeyReused for a key that came with something else `asked`.
    """
    if not key:
        return act()
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    try:
        with atomic(kept):
            row = kept.objects.create(caller=caller, key=key, asked=digest)
            done = act()
            row.answer = to_wire(done, kind)
            row.save(update_fields=["answer"])
            return done
    except IntegrityError:
        row = kept.objects.filter(caller=caller, key=key).first()
        if row is None:
            raise  # it was another constraint's
    if row.asked != digest:
        raise KeyReused()
    return from_wire(row.answer, kind)
