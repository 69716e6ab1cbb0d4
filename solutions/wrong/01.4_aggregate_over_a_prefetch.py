# fault: the bands are prefetched, and aggregate() on the relation asks again for each row all the same
# breaks: R3
# should say: queries | prefetch | row | grows
from django.contrib import admin
from django.db.models import F, Sum
from django.utils import timezone

from monolith.catalog.models import Event, PriceBand


class PriceBandInline(admin.TabularInline):
    model = PriceBand
    extra = 1


class EventAdmin(admin.ModelAdmin):
    list_display = ["title", "venue", "starts_at", "seats_left", "sales_closed"]
    list_filter = ["sales_closed"]
    date_hierarchy = "starts_at"
    search_fields = ["title", "venue__name"]
    inlines = [PriceBandInline]
    actions = ["close_sale"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("bands__allotment")

    @admin.display(description="seats left")
    def seats_left(self, event):
        left = Sum(F("allotment__capacity") - F("allotment__sold"))
        return event.bands.aggregate(left=left)["left"] or 0

    @admin.action(description="Close the sale", permissions=["change"])
    def close_sale(self, request, queryset):
        closed = Event.objects.filter(
            pk__in=queryset.values("pk"), sales_closed=False, starts_at__gt=timezone.now()
        ).update(sales_closed=True, updated_at=timezone.now())
        self.message_user(request, f"Closed the sale of {closed} event(s).")
