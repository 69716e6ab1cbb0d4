# fault: list_display names an annotation, which is no attribute of admin or model: the list breaks
# breaks: R3
# should say: seats_left | attribute | method
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
        left = Sum(F("bands__allotment__capacity") - F("bands__allotment__sold"))
        return super().get_queryset(request).annotate(seats_left=left)

    @admin.action(description="Close the sale", permissions=["change"])
    def close_sale(self, request, queryset):
        closed = Event.objects.filter(
            pk__in=queryset.values("pk"), sales_closed=False, starts_at__gt=timezone.now()
        ).update(sales_closed=True, updated_at=timezone.now())
        self.message_user(request, f"Closed the sale of {closed} event(s).")
