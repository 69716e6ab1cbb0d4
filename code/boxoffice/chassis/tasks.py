"""Background tasks, in rows of the database: django-tasks and its database backend, and what these leave to us.

A task is enqueued in the transaction that wants it done, and a worker does it later. The backend's own worker runs a task once: one that
raises is FAILED for good, and one whose worker was killed is RUNNING for ever. `give_back` makes both READY again, the first a
little later each time, the second once its lease is over. So a task runs at least once, and perhaps twice: it must bear that.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from boxoffice.chassis.databases import atomic

logger = logging.getLogger(__name__)

ATTEMPTS = 5
DEATHS = 20
DIED = " (died)"


def worker(name: str, most: int):
    """The backend's own worker, which does what is READY, so many tasks at most, and then returns."""
    from django_tasks_db.management.commands.db_worker import Worker

    return Worker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=most,
        worker_id=name,
    )


def give_back() -> int:
    """Make READY again what failed, or was left by a worker that died; how many tasks.

    After so many failures a task stays FAILED, for a person to look at in the admin; after so many deaths, too: it may be what
    kills them. A task that was only near when workers died is no failure.
    """
    from django_tasks_db.models import DBTaskResult as Row

    now = timezone.now()
    failed = models.Q(status="FAILED", finished_at__gt=now - timedelta(days=1))
    left = models.Q(status="RUNNING", started_at__lt=now - timedelta(seconds=settings.TASK_LEASE))
    given = 0
    with atomic(Row):
        for row in Row.objects.select_for_update(skip_locked=True).filter(failed | left):
            given += _fails(row) if row.status == "FAILED" else _died(row, now)
            row.save(update_fields=["status", "run_after", "finished_at", "worker_ids"])
    return given


def _fails(row) -> bool:
    """Whether it is to be tried again."""
    failures = sum(not name.endswith(DIED) for name in row.worker_ids)
    if failures >= ATTEMPTS or len(row.worker_ids) - failures >= DEATHS:
        return False
    row.status, row.run_after = "READY", row.finished_at + timedelta(seconds=2 ** (failures - 1))
    return True


def _died(row, now) -> bool:
    """The same, of one whose worker is dead. (The backend notes the name of each worker that begins.)"""
    row.worker_ids[-1] = row.worker_ids[-1][: 64 - len(DIED)] + DIED
    deaths = sum(name.endswith(DIED) for name in row.worker_ids)
    if deaths >= DEATHS:
        logger.error("task %s is given up: %d workers died over it", row.id, deaths)
        row.status, row.finished_at = "FAILED", now
        return False
    row.status = "READY"
    return True
