# fault: select_related cannot follow a relation to many, so the call ends in a FieldError
# breaks: R1, R2
# should say: select_related | fielderror | prefetch
from monolith.catalog.models import Event


def event_list():
    """Every event by date, as (title, [(band name, price), …])."""
    rows = []
    for event in Event.objects.select_related("bands").order_by("starts_at", "pk"):
        rows.append((event.title, [(band.name, band.price) for band in event.bands.all()]))
    return rows
