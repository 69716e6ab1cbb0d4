"""The pages, and whatever contexts CONTEXTS embeds in the same process: all of them unless it says otherwise.

CONTEXTS unset                 the modular monolith
CONTEXTS=none                  pages alone: every context is reached at its <CONTEXT>_URL
CONTEXTS=accounts,catalog,…    any others
"""

from pathlib import Path

import django

from boxoffice.chassis import environment
from boxoffice.services.common import ALL_CONTEXTS, service

CONTEXTS = tuple(word for word in environment.words("CONTEXTS", ",".join(ALL_CONTEXTS)) if word != "none")

globals().update(
    service(
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
)
TEMPLATES[0]["OPTIONS"]["context_processors"].append("boxoffice.services.web.visitors.visitor")  # noqa: F821
# the admin's own style, also where the admin itself runs in other services
STATICFILES_DIRS = [
    ("admin", Path(django.__file__).parent / "contrib" / "admin" / "static" / "admin"),
]
if "django.contrib.admin" in INSTALLED_APPS:  # noqa: F821
    STATICFILES_DIRS = []
