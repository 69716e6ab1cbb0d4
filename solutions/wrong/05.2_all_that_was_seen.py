# fault: the address lists all that was seen: it grows with every page, and what lies behind comes up again
# breaks: R2, R5
# should say: characters | behind
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
    seen = request.query_params.get("seen", "")
    try:
        ids = [int(x) for x in seen.split(",") if x]
    except ValueError:
        raise ValidationError("x") from None
    if any(abs(i) > 2**62 for i in ids):
        raise ValidationError("x")
    f = list(Event.objects.exclude(pk__in=ids).order_by("starts_at", "pk")[:11])
    p = f[:10]
    return out(
        p, "?" + urlencode({"seen": ",".join(map(str, ids + [r.pk for r in p]))}) if len(f) > 10 else None
    )
