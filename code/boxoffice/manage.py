#!/usr/bin/env python
"""Django's command line for a service of the box office, from any working directory.

python code/boxoffice/manage.py web migrate
"""

import os
import sys
from pathlib import Path


def main() -> None:
    home = Path(__file__).resolve().parent
    sys.path.insert(0, str(home.parent))
    services = sorted(path.parent.name for path in home.glob("services/*/settings.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in services:
        sys.exit(
            f"say which service, then the command: manage.py SERVICE COMMAND. Services: {', '.join(services)}"
        )
    os.environ["DJANGO_SETTINGS_MODULE"] = f"boxoffice.services.{sys.argv.pop(1)}.settings"
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"ImproperlyConfigured: {problem}")


if __name__ == "__main__":
    main()
