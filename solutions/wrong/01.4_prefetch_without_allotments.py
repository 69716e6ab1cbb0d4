# fault: the bands are prefetched but their allotments are not: one query for each band in the list
# breaks: R3
# should say: queries | allotment | grows
from django.contrib import admin
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
        return super().get_queryset(request).prefetch_related("bands")

    @admin.display(description="seats left")
    def seats_left(self, event):
        allotments = (getattr(band, "allotment", None) for band in event.bands.all())
        return sum(allotment.capacity - allotment.sold for allotment in allotments if allotment)

    @admin.action(description="Close the sale", permissions=["change"])
    def close_sale(self, request, queryset):
        closed = Event.objects.filter(
            pk__in=queryset.values("pk"), sales_closed=False, starts_at__gt=timezone.now()
        ).update(sales_closed=True, updated_at=timezone.now())
        self.message_user(request, f"Closed the sale of {closed} event(s).")
