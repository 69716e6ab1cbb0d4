# idea: a correlated subquery sums the seats; the action is a function of the module with permissions
from django.contrib import admin
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from monolith.catalog.models import Event, PriceBand
from monolith.inventory.models import Allotment


@admin.action(description="Close the sale", permissions=["change"])
def close_sale(model_admin, request, queryset):
    to_close = queryset.filter(sales_closed=False, starts_at__gt=timezone.now())
    keys = list(to_close.values_list("pk", flat=True))
    closed = Event.objects.filter(pk__in=keys, sales_closed=False).update(
        sales_closed=True, updated_at=timezone.now()
    )
    model_admin.message_user(request, f"Sales closed: {closed}")


class PriceBandInline(admin.TabularInline):
    model = PriceBand
    extra = 1


class EventAdmin(admin.ModelAdmin):
    list_display = ["title", "venue", "starts_at", "seats_left", "sales_closed"]
    list_select_related = ["venue"]
    list_filter = ["sales_closed"]
    date_hierarchy = "starts_at"
    search_fields = ["title", "venue__name"]
    inlines = [PriceBandInline]
    actions = [close_sale]

    def get_queryset(self, request):
        allotments = Allotment.objects.filter(band__event=OuterRef("pk")).order_by()
        left = allotments.values("band__event").annotate(left=Sum(F("capacity") - F("sold"))).values("left")
        return super().get_queryset(request).annotate(left=Coalesce(Subquery(left), 0))

    @admin.display(description="seats left", ordering="left")
    def seats_left(self, event):
        return event.left
