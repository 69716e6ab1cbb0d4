# idea: compares several fields of os.stat, and keeps what it found as one pair
# shown beside the book's own answer
import logging
import os
from pathlib import Path

ROUTES = ("embedded", "parallel", "remote")

logger = logging.getLogger(__name__)


class NoRoute(Exception):
    """The file names no route, and never did."""


class RouteFile:
    """Which half of the catalogue answers: what a small file says."""

    def __init__(self, path):
        self.path = Path(path)
        self._known = (object(), None)  # what the file looked like, and the route since then

    def route(self):
        """One of ROUTES. Raises NoRoute."""
        looks, route = self._looks(), self._known[1]
        if looks != self._known[0]:
            route = self._read(otherwise=route)
            self._known = (looks, route)
        if route is None:
            raise NoRoute(str(self.path))
        return route

    def _looks(self):
        try:
            stat = os.stat(self.path)
        except OSError as problem:
            return type(problem)
        return stat.st_ino, stat.st_dev, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size

    def _read(self, otherwise):
        try:
            word = self.path.read_bytes().strip().decode("ascii")
            return ROUTES[ROUTES.index(word)]
        except (OSError, ValueError):
            logger.exception("%s names no route: it stays %s", self.path, otherwise)
            return otherwise
