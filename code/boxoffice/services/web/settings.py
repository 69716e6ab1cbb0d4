"""The pages, and whatever contexts CONTEXTS embeds in the same process: all of them unless it says otherwise.

CONTEXTS unset                 the modular monolith
CONTEXTS=none                  pages alone: every context is reached at its <CONTEXT>_URL
CONTEXTS=accounts,catalog,…    any others
"""

import os
from pathlib import Path

import django

from boxoffice.chassis import environment
from boxoffice.services.common import ALL_CONTEXTS, service

CONTEXTS = tuple(word for word in environment.words("CONTEXTS", ",".join(ALL_CONTEXTS)) if word != "none")

configured = service(
    "web",
    CONTEXTS,
    calls=ALL_CONTEXTS,
    pages=True,
    apps=("boxoffice.services.web",),
    actor=(
        "boxoffice.services.web.visitors.VisitorMiddleware",
        "boxoffice.services.web.failures.FailureMiddleware",
    ),
)
processors = configured["TEMPLATES"][0]["OPTIONS"]["context_processors"]
processors.append("boxoffice.services.web.visitors.visitor")
if "django.contrib.admin" not in configured["INSTALLED_APPS"]:
    # the admin runs in other services, below this site's address: its style is served from here
    style = Path(django.__file__).parent / "contrib" / "admin" / "static" / "admin"
    configured["STATICFILES_DIRS"] = [("admin", style)]
# Where pages open their sockets: the http(s) address of the process that holds them. Without it pages are as they were loaded.
live = environment.address("LIVE_URL") if os.environ.get("LIVE_URL") else ""
configured["LIVE_URL"] = live.replace("http", "ws", 1)
globals().update(configured)
