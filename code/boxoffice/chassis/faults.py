"""Faults of embedded facades, for the lab alone: a function call that is slow, or fails.

    PUT /_lab/facades {"inventory": {"latency_ms": 50, "error_rate": 0.1}}

A remote facade needs no such thing: there the lab breaks the service itself. The address exists under
LAB=1 only.
"""

import json
import math

from django.conf import settings
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from boxoffice.chassis import facades

KNOWN = {"latency_ms", "error_rate"}


@csrf_exempt
@require_http_methods(["GET", "PUT"])
def facade_faults(request):
    if request.method == "PUT":
        try:
            wanted = json.loads(request.body)
        except ValueError:
            wanted = None
        if sentence := _problem(wanted):
            return JsonResponse({"error": sentence}, status=400)
        facades.faults.clear()
        facades.faults.update(wanted)
    return JsonResponse(facades.faults)


def _problem(wanted) -> str | None:
    if not isinstance(wanted, dict):
        return "facade faults are a JSON object: a context, and its faults"
    for context, faults in wanted.items():
        if context not in settings.CONTEXTS:
            return f"{context} is not embedded here; these are: {', '.join(settings.CONTEXTS)}"
        if not isinstance(faults, dict) or not faults.keys() <= KNOWN:
            return f"the faults of {context} are a JSON object with some of: {', '.join(sorted(KNOWN))}"
        for name, value in faults.items():
            fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not fine or value < 0 or (name == "error_rate" and value > 1):
                return f"{name} must be a number, 0 or more (an error_rate is at most 1)"
    return None
