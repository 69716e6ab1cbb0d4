# fault: goes by the time in whole seconds, the size and the number of the file
# breaks: R2
# should say: same second
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
        self.seen = self.last_good = None

    def route(self):
        """One of ROUTES. Raises NoRoute."""
        mark = self.mark()
        if mark != self.seen or self.last_good is None:
            self.seen = mark
            said = self.read()
            if said in ROUTES:
                self.last_good = said
            elif self.last_good is None:
                raise NoRoute(f"{self.path} must say one of {', '.join(ROUTES)}")
            else:
                logger.error("%s makes no sense: the catalogue stays %s", self.path, self.last_good)
        return self.last_good

    def mark(self):
        """Another one for every other file; None where there is none."""
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return int(found.st_mtime), found.st_size, found.st_ino

    def read(self):
        try:
            return self.path.read_text().strip()
        except (OSError, UnicodeDecodeError):
            return ""
