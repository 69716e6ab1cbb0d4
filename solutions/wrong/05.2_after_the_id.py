# fault: in order of time, and after an id: what was entered earlier and comes later is lost
# breaks: R1, R2
# should say: pages of | never
from datetime import datetime
from urllib.parse import urlencode

from rest_framework.exceptions import ValidationError

from monolith.catalog.models import Event


def out(rows, nxt):
    return {"next": nxt, "results": [{"id": r.pk, "title": r.title, "starts_at": r.starts_at} for r in rows]}


def parse(s):
    try:
        a, b = s.split(",")
        a = datetime.fromisoformat(a)
        b = int(b)
    except ValueError:
        raise ValidationError("x") from None
    if a.tzinfo is None or not 1990 < a.year < 9000 or not 0 <= abs(b) < 2**63:
        raise ValidationError("x")
    return a, b


def tok(r):
    return urlencode({"after": f"{r.starts_at.isoformat()},{r.pk}"})


def events(request):
    q = Event.objects.order_by("starts_at", "pk")
    if "after" in request.query_params:
        a, b = parse(request.query_params["after"])
        q = q.filter(pk__gt=b)
    f = list(q[:11])
    p = f[:10]
    return out(p, ("/api/v1/events?" + tok(p[-1])) if len(f) > 10 else None)
