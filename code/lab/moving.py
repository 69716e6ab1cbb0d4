"""A tree in which the catalogue moves out (chapter 06): its second service, and what a lesson does with the pair.

`Stack("monolith", code=TREE)` starts the service `catalog` too where the tree has one: with a database and a key of its
own, and addresses by which the two know each other. The monolith answers from its own tables until the route is flipped.
"""

import json
import secrets
from pathlib import Path

from lab.backend import Backend, Service
from lab.errors import LabError
from lab.home import folder_of

NAME, PACKAGE = "catalog", "catalog_service"
ROUTES = ("embedded", "parallel", "remote")

CATALOG = Service(
    name=NAME,
    app=f"{PACKAGE}.wsgi:application",
    settings=f"{PACKAGE}.settings",
    prepare=(("migrate", "--verbosity=0"),),
    threads=32,
)


class Moving:
    """What the pair knows of each other, and the two files between the lab and the monolith."""

    def __init__(self, tree: Path, backend: Backend) -> None:
        from boxoffice.chassis.keys import new_pair

        self.tree = tree
        self.route_file = backend.file("catalog.route")
        self.record = backend.file("catalog.mismatches")
        self.urls = {name: backend.reserve(name) for name in (NAME, "monolith")}
        self.keys = {name: new_pair() for name in self.urls}
        self._write("embedded")

    def environment(self, name: str) -> dict[str, str]:
        """What that service must know, beyond what every service of a stack does."""
        if name not in self.urls:
            return {}
        other = "monolith" if name == NAME else NAME
        known = {"TOKEN_PRIVATE_KEY": self.keys[name][0], "TOKEN_PUBLIC_KEYS": self.keys[other][1]}
        if name == NAME:
            return known | {
                "SECRET_KEY": secrets.token_urlsafe(40),
                "INVENTORY_URL": self.urls["monolith"],
            }
        return known | {
            "CATALOG_URL": self.urls[NAME],
            "CATALOG_ROUTE": str(self.route_file),
            "CATALOG_MISMATCHES": str(self.record),
        }

    def route(self, wanted: str | None) -> str:
        room = self.tree / "monolith" / "catalog"
        if not (room / "routing.py").exists():
            gone = not (room / "models.py").exists()
            if gone:
                raise LabError(
                    "there is one way to this tree's catalogue, and nothing to flip: its old half is deleted"
                )
            by_setting = (room / "parallel.py").exists()
            meanwhile = (
                '; until then Stack(…, env={"CATALOG_PARALLEL": "1"}) asks both halves' if by_setting else ""
            )
            raise LabError(f"this tree reads no route yet: the step `route` of the road brings it{meanwhile}")
        if wanted is not None:
            if wanted not in ROUTES:
                raise LabError(f"there is no route {wanted!r}. There are: {', '.join(ROUTES)}")
            self._write(wanted)
        return self.route_file.read_text().strip()

    def _write(self, route: str) -> None:
        """In one go: whoever reads meanwhile finds the old file or the new one, and never half of it."""
        new = self.route_file.with_suffix(".new")
        new.write_text(f"{route}\n")
        new.replace(self.route_file)

    def mismatches(self) -> list[dict]:
        written = self.record.read_text() if self.record.exists() else ""
        whole, _, _ = written.rpartition("\n")  # of the last line, half may be there
        return [json.loads(line) for line in whole.splitlines()]


def has_catalog(services: tuple[str, ...], code) -> bool:
    """Whether the monolith is asked for, of a folder with a second service in it."""
    return (
        code is not None and "monolith" in services and (folder_of(code) / PACKAGE / "settings.py").is_file()
    )


def with_catalog(services: list[Service]) -> list[Service]:
    """The catalogue before the monolith, which may ask it as soon as it starts."""
    at = [service.name for service in services].index("monolith")
    return [*services[:at], CATALOG, *services[at:]]
