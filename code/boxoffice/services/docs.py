"""The documentation of an API where it runs: its OpenAPI document, as it was committed, and a page that shows it.

The page's script comes from this service itself (drf-spectacular-sidecar brings Swagger UI as static files).
"""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render

CONTEXTS = Path(__file__).resolve().parent.parent / "contexts"


def index(request):
    """Where one context runs, its page; else a page that names them all."""
    if len(settings.CONTEXTS) == 1:
        return redirect("api-docs", settings.CONTEXTS[0])
    return render(request, "docs/index.html", {"contexts": settings.CONTEXTS})


def page(request, context: str):
    _embedded(context)
    return render(request, "docs/page.html", {"context": context})


def document(request, context: str):
    _embedded(context)
    path = CONTEXTS / context / "api" / "openapi.yaml"
    return FileResponse(path.open("rb"), content_type="application/yaml")


def _embedded(context: str) -> None:
    if context not in settings.CONTEXTS:
        raise Http404(f"{context} is not embedded here")
