"""Make each context's OpenAPI document, `contexts/<context>/api/openapi.yaml`, and name what it breaks.

python tools/openapi.py               write what differs; what breaks a caller is named, and not written
python tools/openapi.py --break       write that, too: for callers that are all changed with it
python tools/openapi.py --check       write nothing; exit 1 when anything differs
"""

import argparse
import os
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "code"
sys.path.insert(0, str(CODE))

from lab.openapi import breaking  # noqa: E402 (after the path is set)


def load() -> tuple[str, ...]:
    """Load the box office with all contexts embedded, in an environment in which nothing of it runs."""
    from boxoffice.chassis.keys import new_pair

    private, public = new_pair()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "boxoffice.services.web.settings",
        "DEBUG": "1",
        "DATABASE_URL": "sqlite:///never-made.sqlite3",
        "TOKEN_PRIVATE_KEY": private,
        "TOKEN_PUBLIC_KEYS": public,
    }
    os.environ.pop("CONTEXTS", None)
    import django

    django.setup()
    from boxoffice.services.common import ALL_CONTEXTS

    return ALL_CONTEXTS


def place(context: str) -> Path:
    return CODE / "boxoffice" / "contexts" / context / "api" / "openapi.yaml"


def compared(context: str) -> tuple[str, list[str]]:
    """The document as the code says it, and what of the committed one it breaks."""
    from boxoffice.services import openapi

    fresh = openapi.document(context).decode()
    path = place(context)
    old = yaml.safe_load(path.read_text()) if path.exists() else {"paths": {}}
    return fresh, [str(change) for change in breaking(old, yaml.safe_load(fresh))]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--break", action="store_true", dest="may_break")
    wanted = parser.parse_args()
    bad = False
    for context in load():
        fresh, broken = compared(context)
        path = place(context)
        if path.exists() and path.read_text() == fresh:
            continue
        print(f"{path.relative_to(ROOT)}: differs" if path.exists() else f"{path.relative_to(ROOT)}: is new")
        for change in broken:
            print(f"  breaks callers: {change}")
        if wanted.check or (broken and not wanted.may_break):
            bad = True
        else:
            path.write_text(fresh)
    if bad and not wanted.check:
        print("Nothing that breaks callers was written. Make it a new address, or say --break.")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
