"""The small services, as the lab is told of them."""

import os
from pathlib import Path

from lab.backend import Service
from lab.home import CODE

SEEN = {"PYTHONPATH": f"{CODE}{os.pathsep}{Path(__file__).resolve().parent}"}
SMALL = {
    service.name: service
    for service in (
        Service("tiny", "tiny:application", env=SEEN),
        Service("leaning", "tiny:application", env=SEEN, needs={"TINY_URL": "tiny"}),
        Service("broken", "broken:application", env=SEEN),
        Service("never_ready", "tiny:never_ready", env=SEEN),
        Service(
            "small", "small:application", "small", env=SEEN, prepare=(("migrate", "--verbosity=0"), ("seed",))
        ),
    )
}
