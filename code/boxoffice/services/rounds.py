"""A process that does something over and over, until it is told to end."""

import logging
import signal
import threading
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import close_old_connections, connections
from redis import RedisError

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 5.0  # seconds between two attempts, while the database or Redis is away


def go_round(name: str, act: Callable[[], int], pause: float) -> None:
    """Call `act` until SIGTERM or SIGINT; rest `pause` seconds after a round in which it had nothing to do.

    Without its database or Redis it says so once, and tries again, less and less often.
    """
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    logger.info("%s: begins", name)
    away = 0.0
    while not over.is_set():
        try:
            done = act()
        except (DatabaseError, RedisError) as problem:
            if not away:
                logger.error("%s: waits for what is away: %s", name, problem)
            away = min(LONGEST_PAUSE, away * 2 or 0.1)
            connections.close_all()
            over.wait(away)
            continue
        if away:
            logger.info("%s: goes on", name)
        away = 0.0
        close_old_connections()
        if not done:
            over.wait(pause)
    logger.info("%s: ends", name)
