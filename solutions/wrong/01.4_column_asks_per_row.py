# fault: the column sends an aggregate for each row
# breaks: R3
# should say: queries | row | grows
from django.contrib import admin
from django.db.models import F, Sum
from django.utils import timezone

from monolith.catalog.models import Event, PriceBand
from monolith.inventory.models import Allotment


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

    @admin.display(description="seats left")
    def seats_left(self, event):
        allotments = Allotment.objects.filter(band__event=event)
        return allotments.aggregate(left=Sum(F("capacity") - F("sold")))["left"] or 0

    @admin.action(description="Close the sale", permissions=["change"])
    def close_sale(self, request, queryset):
        closed = Event.objects.filter(
            pk__in=queryset.values("pk"), sales_closed=False, starts_at__gt=timezone.now()
        ).update(sales_closed=True, updated_at=timezone.now())
        self.message_user(request, f"Closed the sale of {closed} event(s).")
